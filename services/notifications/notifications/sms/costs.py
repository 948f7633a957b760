"""`/notifications/sms/costs`: what text messages cost, month by month, on the territories of who looks."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import CurrentParts
from chassis.web.identity import require
from chassis.web.money import euros
from chassis.web.pages import render
from chassis.web.problems import wants_page
from notifications.settings import NotificationsSettings

router = APIRouter(prefix="/notifications/sms", tags=["sms"])
Reader = Annotated[Actor, Depends(require("operator", "manager"))]
"""Row-level security then leaves a manager the messages of their territories."""


@dataclass(frozen=True, slots=True)
class Month:
    """`messages` caused since the first of that month that a gateway took, in `parts`, for `cents` of a euro."""

    month: date
    messages: int
    parts: int
    cents: int


class Months(BaseModel):
    """The last twelve, newest first."""

    months: Sequence[Month]


@router.get("/costs", response_model=Months)
async def costs(request: Request, parts: CurrentParts, actor: Reader) -> Any:
    """What was sent by text, and at the price of a part today."""
    assert isinstance(parts.settings, NotificationsSettings), "notifications is composed from its own settings"
    async with parts.app.transaction(actor) as tx:
        found = await months(tx, parts.settings.zone, parts.settings.sms_price)
    if wants_page(request):
        return render(
            request, "notifications/sms_costs.html", months=found, euros=euros, priced=parts.settings.sms_price > 0
        )
    return {"months": [asdict(one) for one in found]}


MONTHS = """
SELECT date_trunc('month', event_time AT TIME ZONE $1)::date AS month, count(*) AS messages, sum(parts) AS parts
FROM deliveries WHERE parts > 0 GROUP BY 1 ORDER BY 1 DESC LIMIT 12
"""


async def months(tx: Transaction, zone: ZoneInfo, price: Decimal) -> list[Month]:
    """Those with messages, newest first; `price` is in euros, of one part."""
    rows = await tx.fetch(MONTHS, zone.key)
    return [Month(**row, cents=_cents(row["parts"] * price)) for row in rows]


def _cents(amount: Decimal) -> int:
    return int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP))
