"""Appointments as their readers see them: what is sealed opened, and with each what the people met need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from babel import Locale, UnknownLocaleError
from pydantic import ValidationError

from cases import words
from cases.appointments import model
from cases.appointments.model import Appointment, Help
from cases.people import store as people
from chassis import agents
from chassis.database import Transaction
from chassis.sealing import Keyring, Opened
from chassis.web.translations import language
from chassis.web.translations import translate as _
from contracts.events.people import Needs


@dataclass(frozen=True, slots=True)
class Shown:
    """An appointment, what may be read of it opened."""

    appointment: Appointment
    where: Opened | None
    about: Opened | None
    agents: Sequence[str]
    needs: Sequence[Needs]

    @property
    def lacking(self) -> Sequence[str]:
        """Conditions that are not met yet, each with what to do."""
        wanted = model.needed(self.needs)
        return [_still_to_book(one, wanted[one]) for one in model.lacking(self.appointment, self.needs)]

    @property
    def needed(self) -> Sequence[str]:
        """What the people met need, in words; a protection with who protects and whether the person agrees."""
        found = [_named(one, said) for one, said in model.needed(self.needs).items()]
        if any(one.reading_help for one in self.needs):
            found.append(_("Aide à la lecture"))
        return [*found, *(_protection(one) for one in self.needs if one.protection)]


def _named(wanted: Help, languages: str) -> str:
    name = _(words.HELPS[wanted])
    spoken = ", ".join(_language(one) for one in languages.split(", ") if one)
    return f"{name} ({spoken})" if spoken else name


def _language(tag: str) -> str:
    """A language in words; a tag nobody knows shows as it is."""
    try:
        return Locale.parse(tag, sep="-").get_display_name(language()) or tag
    except (UnknownLocaleError, ValueError):
        return tag


def _still_to_book(wanted: Help, languages: str) -> str:
    return _("{help} : à réserver pour ce rendez-vous.").format(help=_named(wanted, languages))


def _protection(needs: Needs) -> str:
    assert needs.protection is not None, "only asked of who has one"
    protection = needs.protection
    kind = _(words.word(words.PROTECTIONS, protection.kind))
    said = f"{kind} ({protection.protector})" if protection.protector else kind
    agreed = protection.own_agreement == "given"
    return said if agreed else _("{protection} : recherchez aussi l'accord de la personne").format(protection=said)


async def open_all(tx: Transaction, keyring: Keyring, found: Sequence[Appointment]) -> list[Shown]:
    """Open appointments, and what those they are with need, in as few queries as for one."""
    known = await people.needs_of(tx, list({person for one in found for person in one.people}))
    called = await agents.contacts(tx, list({agent for one in found for agent in one.agents}))
    opened = iter(
        await keyring.open(
            tx,
            [
                *known.values(),
                *(contact.name for contact in called.values()),
                *(block for one in found for block in (one.where, one.about)),
            ],
        )
    )
    needs = {person: _needs(next(opened)) for person in known}
    names = {agent: str(next(opened)) for agent in called}
    return [_shown(one, next(opened), next(opened), names, needs) for one in found]


def _needs(opened: Opened | None) -> Needs | None:
    if opened is None or not opened.readable:
        return None
    try:
        return Needs.model_validate_json(opened.text)
    except ValidationError:  # written by a later release, in a form this one does not know
        return None


def _shown(
    one: Appointment,
    where: Opened | None,
    about: Opened | None,
    names: Mapping[UUID, str],
    needs: Mapping[UUID, Needs | None],
) -> Shown:
    theirs = [known for person in one.people if (known := needs.get(person))]
    return Shown(one, where, about, [names[agent] for agent in one.agents if agent in names], theirs)


def shown(one: Shown) -> dict[str, Any]:
    """An appointment in JSON."""
    appointment = one.appointment
    return dated(one) | {
        "kind": appointment.kind,
        "people": appointment.people,
        "where": str(one.where) if one.where else None,
        "about": str(one.about) if one.about else None,
        "answers_request": appointment.answers_request,
        "booked_elsewhere": appointment.booking is not None,
        "arranged": sorted(appointment.arranged),
        "by": appointment.by,
    }


def dated(one: Shown) -> dict[str, Any]:
    """What an agenda says of an appointment."""
    appointment = one.appointment
    return {
        "appointment_id": appointment.appointment_id,
        "case_id": appointment.case_id,
        "status": appointment.status,
        "starts_at": appointment.starts_at,
        "ends_at": appointment.ends_at,
        "place": appointment.place,
        "agents": appointment.agents,
        "needs": one.needed,
        "missing": one.lacking,
        "uid": appointment.uid,
        "sequence": appointment.sequence,
    }
