"""Appointments of the external booking service in their dossier: it is told, here they follow.

A dossier is held before the row of a booking: who attaches one and who hears of it come in the same order.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from cases.appointments import booking_store, deadlines, notices, store, telling
from cases.appointments.acts import programme_known
from cases.appointments.booking_store import Booking
from cases.appointments.model import Appointment, Party, Status
from cases.appointments.notices import Facts, Notice
from cases.appointments.store import Taken
from cases.dossiers import store as dossiers
from cases.dossiers.model import Refused, must_be_writable
from cases.dossiers.work import Work
from cases.people import store as people
from chassis import agents
from chassis.actor import WORKER
from chassis.database import Transaction
from chassis.observability.traces import current_traceparent
from chassis.service import Parts
from chassis.web.translations import translate as _
from contracts.envelope import new_id


class NotNow(Exception):
    """A family is in its private time, when nothing is recorded; or the booking was attached at this very moment."""


class Outcome(StrEnum):
    """What came of a notice."""

    APPLIED = "applied"
    REPEATED = "repeated"
    """Told before."""
    OUTDATED = "outdated"
    """Something newer was told before."""
    SET_ASIDE = "set_aside"
    """No dossier it could belong to: an agent says which."""
    CLOSED = "closed"
    """Its dossier is closed: only read."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A notice that is signed, and the bytes it came in."""

    notice: Notice
    body: bytes

    @property
    def digest(self) -> bytes:
        """Tells notices apart: the service gives them no id."""
        return hashlib.sha256(self.body).digest()


async def hear(parts: Parts, heard: Heard) -> Outcome:
    """Do what a notice tells, once and in its order. Raises NotNow: it is told again later."""
    async with parts.worker.transaction() as tx:
        known = await booking_store.find(tx, str(heard.notice.data.id))
        return _passed(known, heard) or await _follow(tx, parts, known, heard)


async def _follow(tx: Transaction, parts: Parts, known: Booking | None, heard: Heard) -> Outcome:
    facts = notices.facts_of(heard.notice)
    work = await _taken(tx, parts, known, heard.notice)
    booking = await booking_store.hold(tx, facts.booking)
    if _case_of(booking) != _case_of(known):
        raise NotNow
    passed = _passed(booking, heard)
    if passed is not None:
        return passed
    await booking_store.keep(tx, _told(facts, work.case.case_id if work else None, booking, heard))
    if work is None:
        return Outcome.SET_ASIDE
    if not work.case.open:
        return Outcome.CLOSED
    await _apply(work, facts, heard.notice)
    return Outcome.APPLIED


def _case_of(booking: Booking | None) -> UUID | None:
    return booking.case_id if booking else None


def _passed(booking: Booking | None, heard: Heard) -> Outcome | None:
    at = heard.notice.meta.timestamp
    if booking is None or at > booking.told_at:
        return None
    if at < booking.told_at:
        return Outcome.OUTDATED
    return Outcome.REPEATED if heard.digest in booking.digests else None


def _told(facts: Facts, case_id: UUID | None, booking: Booking | None, heard: Heard) -> Booking:
    at = heard.notice.meta.timestamp
    # Moments are told by the second: two notices may share one.
    earlier = booking.digests if booking and booking.told_at == at else ()
    return Booking(facts.booking, case_id, at, (*earlier, heard.digest), facts)


async def _taken(tx: Transaction, parts: Parts, known: Booking | None, notice: Notice) -> Work | None:
    """The dossier a notice belongs to, held: the one it was said to be of, else the one whose reference it carries."""
    case_id = known.case_id if known and known.case_id else await _named(tx, notice)
    case = await dossiers.take(tx, case_id) if case_id else None
    if case is None:
        return None
    if case.private_time:
        raise NotNow
    return Work(tx, parts, case, WORKER, parts.now(), lambda _label: new_id(), traceparent=current_traceparent())


async def _named(tx: Transaction, notice: Notice) -> UUID | None:
    found = [case for one in notices.references(notice) for case in await dossiers.by_reference(tx, one)]
    # A closed dossier is only read, and two dossiers are no answer.
    return found[0].case_id if len(found) == 1 and found[0].open else None


async def _apply(work: Work, facts: Facts, notice: Notice) -> None:
    receiving = await _receiving(work, [one.email for one in notice.data.agents if one.email])
    before = await booking_store.appointment_of(work.tx, work.case.case_id, facts.booking)
    if before is None:
        await _begin(work, facts, receiving, notice.data.address)
        return
    after = notices.follow(before, facts, receiving, work.now)
    if after is not before:
        if notices.moved(before, after):
            after = await _with_address(work, after, notice.data.address)
        await _say(work, before, await _save(work, after))


async def _receiving(work: Work, addresses: Sequence[str]) -> list[UUID]:
    """Agents of the dossier who have these e-mail addresses."""
    known = list((await agents.contacts(work.tx, await store.workers(work.tx, work.case))).values())
    opened = await work.parts.keyring.open(work.tx, [contact.email for contact in known])
    wanted = {address.strip().casefold() for address in addresses}
    return [one.agent_id for one, email in zip(known, opened, strict=True) if str(email).casefold() in wanted]


async def _begin(work: Work, facts: Facts, receiving: Sequence[UUID], address: str | None) -> Appointment:
    concerned = await people.concerned_by(work.tx, work.case.case_id)
    made = notices.begin(
        facts,
        appointment_id=new_id(),
        case_id=work.case.case_id,
        agents=receiving,
        people=[concerned] if concerned else [],
        earlier=await store.of_case(work.tx, work.case.case_id),
        now=work.now,
    )
    saved = await _save(work, await _with_address(work, made, address))
    await _say(work, None, saved)
    return saved


async def _with_address(work: Work, appointment: Appointment, address: str | None) -> Appointment:
    where = await work.seal(address, appointment.appointment_id, "where") if address else None
    return appointment.model_copy(update={"where": where})


async def _save(work: Work, appointment: Appointment) -> Appointment:
    """As it was booked over there. An agent who is taken is left out, and it is said: nobody here can refuse it."""
    try:
        await store.save(work.tx, appointment)
    except Taken:
        appointment = appointment.model_copy(update={"agents": ()})
        await store.save(work.tx, appointment)
        await telling.enter(work, "appointment_clash", appointment)
    await deadlines.keep(work, appointment, programme_known(work))
    return appointment


async def _say(work: Work, before: Appointment | None, after: Appointment) -> None:
    """Each difference, in its words. Over there it is not told who moved an appointment: the service did."""
    if before is not None and notices.moved(before, after):
        await telling.moved(work, after, before.starts_at, Party.SERVICE)
    if before is None and after.status in (Status.KEPT, Status.MISSED):
        await telling.booked(work, after)
    if before is None or before.status is not after.status or before.by is not after.by:
        await _say_status(work, after)


async def _say_status(work: Work, after: Appointment) -> None:
    by = after.by or Party.SERVICE
    match after.status:
        case Status.KEPT:
            await telling.kept(work, after)
        case Status.MISSED:
            await telling.missed(work, after, by)
        case Status.CANCELLED:
            await telling.cancelled(work, after, by)
        case _:
            await telling.booked(work, after)


async def attach(work: Work, booking: str) -> Appointment:
    """An agent says that a booking that was set aside is of this dossier, and receives. Raises NotTheirs or Refused."""
    work.require("social_worker", "manager")
    must_be_writable(work.case)
    known = await booking_store.hold(work.tx, booking)
    if known is None or known.case_id is not None:
        raise Refused(_("Aucun rendez-vous à rattacher ne porte ce numéro : vérifiez-le là où il a été pris."))
    await booking_store.attach(work.tx, booking, work.case.case_id)
    assert work.actor.agent_id is not None, "an agent attaches it"
    return await _begin(work, known.facts, [work.actor.agent_id], None)
