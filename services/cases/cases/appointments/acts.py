"""What agents do with the appointments of their dossier, in the transaction that holds it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cases import words
from cases.appointments import deadlines, model, slots, store, telling
from cases.appointments.model import Appointment, Help, Party, Place, Plan, Setting, Status
from cases.appointments.store import Taken
from cases.dossiers.model import WORKERS, Refused, must_be_writable
from cases.dossiers.work import NoSuchCase, Work
from cases.people import store as people
from cases.programmes import programmes
from chassis import agents
from chassis.web.translations import translate as _
from contracts.envelope import new_id
from contracts.programme import Programme
from contracts.programmes import UnknownProgramme


@dataclass(frozen=True, slots=True)
class Asked:
    """What an agent asks for. `starts_at` without an offset is read on the clock of the deployment's zone."""

    starts_at: datetime
    minutes: int
    place: Place
    agents: Sequence[UUID]
    people: Sequence[UUID]
    where: str | None = None
    about: str | None = None
    """For those who work on the dossier; in no message and no calendar."""
    proposed: bool = False
    answers_request: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """What changes; None stays as it is."""

    starts_at: datetime
    by: Party
    minutes: int | None = None
    place: Place | None = None
    where: str | None = None
    agents: Sequence[UUID] | None = None


async def book(work: Work, asked: Asked) -> Appointment:
    """Book, or propose, an appointment. Raises NotTheirs, or Refused: with other times when an agent is taken."""
    work.require(*WORKERS)
    must_be_writable(work.case)
    starts_at = slots.instant(asked.starts_at, work.parts.settings.zone)
    plan = Plan(
        starts_at,
        starts_at + timedelta(minutes=asked.minutes),
        asked.place,
        asked.agents,
        asked.people,
        bool(asked.where),
        asked.answers_request,
    )
    made = model.make(
        plan,
        await _setting(work),
        appointment_id=new_id(),
        case_id=work.case.case_id,
        proposed=asked.proposed,
    )
    made = await _with_texts(work, made, where=asked.where, about=asked.about)
    await _save(work, made)
    if asked.proposed:
        await telling.enter(work, "appointment_proposed", made)
    else:
        await telling.booked(work, made)
    return made


async def _setting(work: Work, but: UUID | None = None) -> Setting:
    named = await people.of_case(work.tx, work.case.case_id)
    earlier = await store.of_case(work.tx, work.case.case_id)
    return Setting(
        now=work.now,
        workers=await store.workers(work.tx, work.case),
        people={one.person_id for one in named},
        has_request=work.case.request_id is not None,
        earlier=[one for one in earlier if one.appointment_id != but],
    )


async def _with_texts(work: Work, made: Appointment, **texts: str | None) -> Appointment:
    sealed = {name: await work.seal(text, made.appointment_id, name) for name, text in texts.items() if text}
    return made.model_copy(update=sealed)


async def _save(work: Work, appointment: Appointment) -> None:
    try:
        await store.save(work.tx, appointment)
    except Taken:
        raise Refused(*await _other_times(work, appointment)) from None
    await deadlines.keep(work, appointment, programme_known(work))


def programme_known(work: Work) -> Programme | None:
    """The programme the dossier began under; None when this deployment has lost it: people are met all the same."""
    try:
        return programmes(work.parts.settings.programmes).version(work.case.programme, work.case.programme_version)
    except UnknownProgramme:
        return None


async def _other_times(work: Work, wanted: Appointment) -> list[str]:
    """Who is taken, and when all of them are free."""
    zone, last = work.parts.settings.zone, wanted.ends_at + timedelta(days=slots.AHEAD)
    since = wanted.starts_at - timedelta(days=1)
    taken = await store.busy(work.tx, wanted.agents, since, last, wanted.appointment_id)
    clashing = {agent for agent, (start, end) in taken if start < wanted.ends_at and wanted.starts_at < end}
    found = slots.free(wanted.starts_at, wanted.lasts, [busy for _agent, busy in taken], work.now, zone)
    said = [_("Agent déjà pris à cette heure : {names}.").format(names=await _names(work, clashing))]
    if found:
        times = ", ".join(words.local_moment(one.astimezone(zone)) for one in found)
        said.append(_("Créneaux libres : {times}.").format(times=times))
    return said


async def _names(work: Work, agent_ids: Collection[UUID]) -> str:
    known = await agents.contacts(work.tx, sorted(agent_ids))
    opened = await work.parts.keyring.open(work.tx, [one.name for one in known.values()])
    return ", ".join(sorted(str(one) for one in opened)) or _("un de ceux choisis")


async def hold(work: Work, appointment_id: UUID) -> Appointment:
    """That appointment of the dossier, for who works here. Raises NotTheirs, NoSuchCase, or Refused in a dossier that
    is only read."""
    work.require(*WORKERS)
    must_be_writable(work.case)
    appointment = await store.find(work.tx, work.case.case_id, appointment_id)
    if appointment is None:
        raise NoSuchCase
    return appointment


async def _change(
    work: Work, appointment_id: UUID, change: Callable[[Appointment], Appointment]
) -> tuple[Appointment, Appointment]:
    """Before and after. Raises what `hold` raises, and Refused."""
    before = await hold(work, appointment_id)
    model.must_be_changed_here(before)
    after = change(before)
    await _save(work, after)
    return before, after


async def confirm(work: Work, appointment_id: UUID) -> None:
    """The person says yes to a proposal."""
    _before, after = await _change(work, appointment_id, lambda one: model.confirm(one, work.now))
    await telling.booked(work, after)


async def move(work: Work, appointment_id: UUID, moved: Moved) -> None:
    """Another time, place or agent."""
    before = await hold(work, appointment_id)
    model.must_be_changed_here(before)
    after = model.move(before, _replanned(work, before, moved), await _setting(work, appointment_id))
    after = await _with_texts(work, _without_place(before, after, moved), where=moved.where)
    await _save(work, after)
    await telling.moved(work, after, before.starts_at, moved.by)


def _replanned(work: Work, before: Appointment, moved: Moved) -> Plan:
    starts_at = slots.instant(moved.starts_at, work.parts.settings.zone)
    place = moved.place or before.place
    return Plan(
        starts_at,
        starts_at + (before.lasts if moved.minutes is None else timedelta(minutes=moved.minutes)),
        place,
        before.agents if moved.agents is None else moved.agents,
        before.people,
        bool(moved.where) or (place is before.place and before.where is not None),
    )


def _without_place(before: Appointment, after: Appointment, moved: Moved) -> Appointment:
    """The address of an office is not that of a video call."""
    return after if after.place is before.place else after.model_copy(update={"where": None})


async def keep(work: Work, appointment_id: UUID) -> None:
    """The person was met."""
    _before, after = await _change(work, appointment_id, lambda one: model.keep(one, work.now))
    await telling.kept(work, after)


async def miss(work: Work, appointment_id: UUID, by: Party) -> None:
    """The person, or the service, did not come."""
    _before, after = await _change(work, appointment_id, lambda one: model.miss(one, by, work.now))
    await telling.missed(work, after, by)


async def cancel(work: Work, appointment_id: UUID, by: Party, why: str | None = None) -> None:
    """It will not take place."""
    _before, after = await _change(work, appointment_id, lambda one: model.cancel(one, by, work.now))
    await telling.cancelled(work, after, by, why)


async def arrange(work: Work, appointment_id: UUID, arranged: Collection[Help]) -> None:
    """Say what is booked for the person's needs; also for an appointment that was made elsewhere."""
    before = await hold(work, appointment_id)
    after = model.arrange(before, arranged, work.now)
    await store.save(work.tx, after)
    await telling.enter(work, "appointment_arranged", after)


async def cancel_all(work: Work, by: Party) -> None:
    """The dossier ends: nobody waits for anybody any more. What has begun stays as it is."""
    for appointment in await store.of_case(work.tx, work.case.case_id):
        if appointment.to_come and (appointment.starts_at > work.now or appointment.status is Status.PROPOSED):
            after = model.cancel(appointment, by, work.now)
            await _save(work, after)
            await telling.cancelled(work, after, by)
