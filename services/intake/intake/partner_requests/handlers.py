"""Partners' requests: opened, checked, and taken in by the same way as all others."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson
from joserfc.jwk import ECKey
from pydantic import ValidationError

from chassis.database import Transaction
from chassis.handlers import Handlers, Poison, Received, Transient, Unproved
from chassis.service import Parts
from contracts.events import PartnerRequestSent
from intake.eligibility.answers import BadAnswer
from intake.partner_requests import store
from intake.partner_requests.message import NotReadable, opened, verified
from intake.partner_requests.model import Letter, believable, content_hash, letter_id
from intake.requests.model import ChildAtRisk, NotOffered
from intake.requests.reception import Reception, UnknownCommune
from intake.territories.store import request_keys


def partner_handlers(parts: Parts, reception: Reception, key: ECKey | None) -> Handlers:
    """The subscription to partners' requests; without intake's private key they wait."""
    handlers = Handlers()

    @handlers.on(PartnerRequestSent)
    async def requests_sent(tx: Transaction, received: Sequence[Received[PartnerRequestSent]]) -> None:
        if key is None:
            raise Transient("MAILLAGE_PARTNER_PRIVATE_JWK is not set")
        letterbox = _Letterbox(parts, reception, key)
        for one in received:
            await letterbox.take(tx, one)

    return handlers


@dataclass(frozen=True)
class _Letterbox:
    """Opens letters, and takes in what they ask."""

    parts: Parts
    reception: Reception
    key: ECKey = field(repr=False)

    async def take(self, tx: Transaction, one: Received[PartnerRequestSent]) -> None:
        """Take a letter in, once. Raises Poison, with a reason that holds nothing of it but a commune's code;
        Unproved until the signature showed whose letter it is."""
        if one.envelope.subject != one.data.aggregate_id:
            raise Unproved("la clé n'est pas celle de l'organisation et de sa référence")
        if not believable(one.envelope.time, self.parts.now()):
            raise Unproved("date dans l'avenir, ou de plus de 30 jours : le partenaire vérifie son horloge et renvoie")
        letter = await _read(tx, self.key, one.data)
        if not letter.filed_as(one.data.reference, one.envelope.sequence):
            raise Unproved("la référence ou le numéro signés ne sont pas ceux de l'envoi")
        if await self._is_new(tx, one, letter):
            await self._take_in(tx, one, letter)

    async def _is_new(self, tx: Transaction, one: Received[PartnerRequestSent], letter: Letter) -> bool:
        given = content_hash(letter, self.parts.settings.master_key)
        known = await store.filed(tx, letter_id(one.data, one.envelope.sequence), given)
        if known is not None and known != given:
            raise Poison("une autre demande a déjà cette référence et ce numéro : le partenaire en prend un nouveau")
        return known is None

    async def _take_in(self, tx: Transaction, one: Received[PartnerRequestSent], letter: Letter) -> None:
        id = letter_id(one.data, one.envelope.sequence)
        try:
            await self.reception.from_partner(tx, letter, one.data.organisation_id, id, one.envelope)
        except UnknownCommune:
            raise Poison(f"commune inconnue : {letter.commune}") from None
        except NotOffered:
            raise Poison("dispositif inconnu") from None
        except BadAnswer as error:
            raise Poison(f"réponse à corriger : {error.name or 'question non posée'}") from None
        except ChildAtRisk:
            raise Transient("MAILLAGE_CELL_PUBLIC_JWK is not set") from None


async def _read(tx: Transaction, key: ECKey, sent: PartnerRequestSent) -> Letter:
    keys = await request_keys(tx, sent.organisation_id)
    if keys is None:
        raise Unproved("organisation inconnue, ou sans clé publique dans l'annuaire")
    try:
        return Letter.model_validate(orjson.loads(verified(opened(sent.body, key), keys)))
    except NotReadable as error:
        raise Unproved(str(error)) from None
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
