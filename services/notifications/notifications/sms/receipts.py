"""`POST /notifications/sms/receipts`: an SMS gateway tells what became of messages, and who answered STOP.

Open to strangers: what counts is the signature, and nothing unsigned leaves a trace.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import AwareDatetime, BaseModel, Field

from chassis.database import Transaction
from chassis.service import CurrentParts
from chassis.signatures import BadSignature, check, key_of
from chassis.web.problems import Problem, not_found
from chassis.web.translations import N_
from notifications.messages import fate
from notifications.messages.model import State
from notifications.settings import NotificationsSettings
from notifications.sms import store
from notifications.sms.gateway import reason_of
from notifications.sms.stops import Stops, is_stop

MOST: Final = 200
"""Receipts in one call."""
FATES: Final[Mapping[str, State]] = {"delivered": State.DELIVERED, "failed": State.BOUNCED}
router = APIRouter(prefix="/notifications/sms", tags=["sms"])


class Receipt(BaseModel):
    """What became of one message. A status that is not of `FATES` is passed over."""

    id: UUID
    status: str
    reason: str | None = None
    at: AwareDatetime


class Reply(BaseModel):
    """What somebody answered. Only STOP is heard, and nothing of the words is kept."""

    sender: Annotated[str, Field(alias="from", max_length=30)]
    text: Annotated[str, Field(max_length=2000)]
    at: AwareDatetime


class Receipts(BaseModel):
    receipts: Annotated[tuple[Receipt, ...], Field(max_length=MOST)] = ()
    replies: Annotated[tuple[Reply, ...], Field(max_length=MOST)] = ()


async def _signed(request: Request, parts: CurrentParts) -> str:
    """The name of the call. Raises a 404 problem where no gateway is connected, a 401 one for who does not hold its
    secret."""
    assert isinstance(parts.settings, NotificationsSettings), "notifications is composed from its own settings"
    secret = parts.settings.sms_secret.get_secret_value()
    if not secret:
        raise not_found()
    try:
        return check(key_of(secret), request.headers, await request.body(), parts.now())
    except BadSignature:
        raise _unsigned() from None


def _unsigned() -> Problem:
    detail = N_("La signature ou l’heure de cet appel ne va pas. Vérifiez le secret partagé avec la passerelle de SMS.")
    return Problem(401, "bad-signature", N_("Signature refusée"), detail)


@router.post("/receipts", status_code=204)
async def receipts(call_id: Annotated[str, Depends(_signed)], told: Receipts, parts: CurrentParts) -> None:
    """Signed as docs/how-to/connect-an-sms-gateway.md tells. Told again, or out of order, they change nothing."""
    async with parts.worker.transaction() as tx:
        if await store.hear(tx, call_id, parts.now()):
            await _learn(tx, told.receipts)
            for reply in filter(lambda one: is_stop(one.text), told.replies):
                stops = Stops(parts.settings.master_key, parts.keyring)
                await stops.hear(tx, reply.sender, min(reply.at, parts.now()), call_id)


async def _learn(tx: Transaction, told: Sequence[Receipt]) -> None:
    # In one order, whoever tells: two calls about the same messages do not wait for one another.
    for one in sorted(told, key=lambda one: one.id):
        if one.status in FATES:
            reason = reason_of(one.reason) if one.status == "failed" else None
            await fate.learn(tx, channel="sms", delivery_id=one.id, fate=FATES[one.status], reason=reason, at=one.at)
