"""The shares on the dossier's page: what its reader may share, and with whom."""

from typing import Any

from cases import words
from cases.dossiers.view import Dossier
from cases.measures.store import organisations
from cases.shares import view
from cases.shares.acts import SHARERS
from cases.shares.model import LegalGround, Part
from cases.territories import store as territories
from chassis.database import Transaction
from chassis.service import Parts
from chassis.web.translations import translate as _


async def section(tx: Transaction, parts: Parts, read: Dossier) -> dict[str, Any]:
    """What the dossier's page shows of its shares; what its reader may share, and with whom."""
    if not read.works_here:
        return {}
    by_name = sorted((await territories.names(tx)).items(), key=lambda one: one[1])
    return {
        "shares": await view.of_dossier(tx, parts, read.case.case_id),
        "may_share": read.case.open and not read.roles.isdisjoint(SHARERS),
        "share_organisations": [(str(one), name) for one, name in await organisations(tx)],
        "share_parts": [(part.value, _(words.SHARED[part])) for part in Part],
        "may_transfer": read.case.open and "manager" in read.roles,
        "transfer_territories": [one for one in by_name if one[0] != read.case.territory_id],
        "legal_grounds": [(one.value, _(words.LEGAL_GROUNDS[one])) for one in LegalGround],
    }
