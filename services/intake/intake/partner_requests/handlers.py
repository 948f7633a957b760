"""Partners' requests: opened, checked, and taken in by the same way as all others."""

from collections.abc import Sequence

import orjson
from joserfc.jwk import ECKey
from pydantic import ValidationError

from chassis.database import Transaction
from chassis.handlers import Handlers, Poison, Received, Transient
from contracts.events import PartnerRequestSent
from intake.partner_requests.message import NotReadable, opened, verified
from intake.requests.asked import Asked
from intake.requests.model import NotOffered
from intake.requests.reception import Reception, UnknownCommune
from intake.territories.store import request_keys


def partner_handlers(reception: Reception, key: ECKey | None) -> Handlers:
    """The subscription to partners' requests; without intake's private key they wait."""
    handlers = Handlers()

    @handlers.on(PartnerRequestSent)
    async def requests_sent(tx: Transaction, received: Sequence[Received[PartnerRequestSent]]) -> None:
        if key is None:
            raise Transient("MAILLAGE_PARTNER_PRIVATE_JWK is not set")
        for one in received:
            await _take(tx, reception, key, one)

    return handlers


async def _take(tx: Transaction, reception: Reception, key: ECKey, one: Received[PartnerRequestSent]) -> None:
    """Raises Poison, with a reason that holds nothing of the request but a commune's code."""
    if one.envelope.subject != one.data.aggregate_id:
        raise Poison("la clé n'est pas celle de l'organisation et de sa référence")
    asked = await _read(tx, key, one.data)
    try:
        await reception.from_partner(tx, asked, one.data.organisation_id, one)
    except UnknownCommune:
        raise Poison(f"commune inconnue : {asked.commune}") from None
    except NotOffered:
        raise Poison("dispositif inconnu") from None


async def _read(tx: Transaction, key: ECKey, sent: PartnerRequestSent) -> Asked:
    keys = await request_keys(tx, sent.organisation_id)
    if keys is None:
        raise Poison("organisation inconnue, ou sans clé publique dans l'annuaire")
    try:
        return Asked.model_validate(orjson.loads(verified(opened(sent.body, key), keys)))
    except NotReadable as error:
        raise Poison(str(error)) from None
    except orjson.JSONDecodeError:
        raise Poison("la demande n'est pas du JSON") from None
    except ValidationError as error:
        raise Poison(f"demande mal formée : {_faults(error)}") from None


def _faults(error: ValidationError) -> str:
    """Where and of what kind; never the value, nor the name of a field we do not know."""
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{_place(fault['loc'], fault['type'])}: {fault['type']}" for fault in faults[:5])


def _place(location: tuple[str | int, ...], kind: str) -> str:
    known = location[:-1] if kind == "extra_forbidden" else location
    return ".".join(map(str, known)) or "racine"
