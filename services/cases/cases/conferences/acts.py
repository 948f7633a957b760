"""What agents do with a conference: one function per act, in the transaction that holds the dossier."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import orjson

from cases.conferences import life, store
from cases.conferences.model import (
    SAFETY_READERS,
    Action,
    Condition,
    Conference,
    Decision,
    Guest,
    MeetingPart,
    Phase,
    Role,
    Stop,
    allows_conference,
)
from cases.conferences.neutrality import around, speaks_of_violence
from cases.dossiers import store as dossiers
from cases.dossiers.model import WORKERS, Refused, must_be_writable
from cases.dossiers.work import Work
from cases.follow_ups import deadlines
from cases.follow_ups import store as follow_ups
from cases.follow_ups.model import FollowUp
from cases.followed import links
from cases.partners import store as partners
from cases.people import store as people
from cases.people.introduction import Introduction, introduce
from cases.programmes import programme_of
from chassis.web.translations import translate as _
from contracts.envelope import new_id
from contracts.events import ConferenceRatified, ConferenceScheduled, ConferenceStopped
from contracts.events.cases import CalendarEntry


async def open_conference(work: Work, declared: life.Declaration, *, continues: bool = False) -> Conference:
    """The dossier's coordinator begins to prepare a conference, declaring their independence. One that `continues`
    takes up the question and the unfinished actions of the one followed up."""
    work.require("coordinator")
    must_be_writable(work.case)
    await _must_be_possible(work)
    by = await around(work.tx, work.parts, work.case)
    conference = life.prepare(work.case.case_id, new_id(), by, declared)
    if continues:
        conference = await _taken_up(work, conference)
    await store.save(work.tx, conference)
    await work.enter("conference_opened")
    return conference


async def _taken_up(work: Work, conference: Conference) -> Conference:
    before = await conference_of(work, "coordinator")
    follow_up = await follow_ups.find(work.tx, before.conference_id)
    left = follow_up.unfinished if follow_up else ()
    # A plan of its own: what was agreed is agreed again, against this conference's conditions.
    unfinished = [
        Action(action_id=new_id(), what=one.what, who=one.who, by_when=one.by_when, checked_by=one.checked_by)
        for one in before.actions
        if one.action_id in left
    ]
    return life.take_up(conference, before, unfinished)


async def _must_be_possible(work: Work) -> None:
    if not allows_conference(programme_of(work.case, work.parts.settings.programmes)):
        raise Refused(_("Le dispositif de ce dossier ne prévoit pas de conférence familiale."))
    await _must_be_agreed_to(work)
    if await store.under_way(work.tx, work.case.case_id) is not None:
        raise Refused(_("Une conférence est déjà en cours dans ce dossier."))


async def _must_be_agreed_to(work: Work) -> None:
    """Asked again before each step that cannot be undone: a withdrawal may have come since."""
    if await people.has_withdrawn_consent(work.tx, work.case.case_id, work.case.programme):
        raise Refused(_("La personne concernée n'est pas, ou n'est plus, d'accord : la conférence n'aura pas lieu."))


async def conference_of(work: Work, *roles: str) -> Conference:
    """The dossier's conference, over or not, for who works here as one of `roles`. Raises NotTheirs or Refused."""
    work.require(*roles)
    conference = await store.latest(work.tx, work.case.case_id)
    if conference is None:
        raise Refused(_("Aucune conférence n'a commencé dans ce dossier."))
    return conference


async def _step(work: Work, step: Callable[[Conference], Conference]) -> Conference:
    """One step of the coordinator's."""
    conference = await conference_of(work, "coordinator")
    changed = step(conference)
    await store.save(work.tx, changed)
    return changed


async def declare(work: Work, declared: life.Declaration) -> Conference:
    by = await around(work.tx, work.parts, work.case)
    changed = await _step(work, lambda conference: life.declare(conference, by, declared))
    await work.enter("independence_declared")
    return changed


async def ask(work: Work, question: str) -> Conference:
    conference = await conference_of(work, "coordinator")
    changed = life.ask(conference, question, await work.seal(question, conference.conference_id, "question"))
    await store.save(work.tx, changed)
    await work.enter("question_asked", text=question)
    return changed


async def invite(
    work: Work,
    who: UUID | Introduction,
    role: Role,
    requested_by: UUID | None = None,
    *,
    parental_authority: bool = False,
    other_parent: bool | None = None,
) -> tuple[Conference, UUID]:
    """Invite somebody of the dossier, or somebody met only now. Returns the person's id too."""
    await conference_of(work, "coordinator")
    by = await around(work.tx, work.parts, work.case)
    places = {(one.person_id, one.role) for one in await people.of_case(work.tx, work.case.case_id)}
    known = who if isinstance(who, UUID) else None
    _must_fit(places, known, role)
    person_id = who if isinstance(who, UUID) else await introduce(work, who)
    came = known is None or (role is Role.CONCERNED and (known, role) not in places)
    guest = Guest(
        person_id=person_id,
        role=role,
        requested_by=requested_by,
        parental_authority=parental_authority,
        other_parent=other_parent,
        came=came,
    )
    changed = await _step(work, lambda conference: life.invite(conference, guest, by))
    if came:
        await people.add_to_case(work.tx, work.case.case_id, person_id, role)
    await work.enter("guest_invited", details={"person_id": str(person_id), "role": role})
    return changed, person_id


def _must_fit(places: Collection[tuple[UUID, str]], known: UUID | None, role: Role) -> None:
    """Raises Refused: an invitation neither brings somebody of another dossier nor a second person concerned."""
    concerned = {person_id for person_id, held in places if held == Role.CONCERNED}
    if known is not None and known not in {person_id for person_id, held in places}:
        raise Refused(_("Cette personne n'est pas dans le dossier : donnez son nom pour l'y ajouter."))
    if role is Role.CONCERNED and concerned and known not in concerned:
        raise Refused(
            _("Le dossier a déjà une personne concernée : choisissez-la, ou invitez celle-ci à un autre titre.")
        )
    if role is not Role.CONCERNED and known in concerned:
        raise Refused(_("C'est la personne concernée par ce dossier : invitez-la à ce titre."))


async def uninvite(work: Work, person_id: UUID) -> Conference:
    conference = await conference_of(work, "coordinator")
    changed = await _step(work, lambda conference: life.uninvite(conference, person_id))
    await store.drop_check(work.tx, changed.conference_id, person_id)
    guest = conference.guest(person_id)
    if guest is not None and guest.came:
        await people.remove_from_case(work.tx, work.case.case_id, person_id, guest.role)
    await work.enter("guest_uninvited", readers=SAFETY_READERS, details={"person_id": str(person_id)})
    return changed


async def check_safety(work: Work, person_id: UUID, *, safe: bool, met_on: date | None) -> Conference:
    if met_on is not None and met_on > work.today:
        raise Refused(_("Indiquez le jour où vous avez rencontré cette personne : il ne peut pas être à venir."))
    before = await conference_of(work, "coordinator")
    changed = await _step(work, lambda conference: life.check_safety(conference, person_id, safe=safe, met_on=met_on))
    guest = changed.guest(person_id)
    assert guest is not None, "only a guest is checked"
    await store.save_check(work.tx, changed, guest)
    if person_id in set(_to_be_invited(work, changed)) - set(_to_be_invited(work, before)):
        await _tell_day(work, changed, [person_id])  # Invited after the others were told.
    await work.enter("safety_checked", readers=SAFETY_READERS, details={"person_id": str(person_id), "safe": safe})
    return changed


async def describe(work: Work, person_id: UUID, *, parental_authority: bool, other_parent: bool | None) -> Conference:
    """Say of a guest whether they hold parental authority, and whether they are the other parent."""
    changed = await _step(
        work,
        lambda conference: life.describe(
            conference, person_id, parental_authority=parental_authority, other_parent=other_parent
        ),
    )
    await work.enter("guest_described", readers=SAFETY_READERS, details={"person_id": str(person_id)})
    return changed


async def record_violence(work: Work, recorded: bool) -> Conference:
    """Whoever works here says that violence is known; only a manager, that it no longer counts."""
    conference = await conference_of(work, *(WORKERS if recorded else ("manager",)))
    changed = life.record_violence(conference, recorded)
    await store.save(work.tx, changed)
    await work.enter("violence_recorded" if recorded else "violence_lifted", readers=SAFETY_READERS)
    return changed


async def decide_on_other_parent(
    work: Work, *, may_be_contacted: bool, decided_by: Literal["manager", "cell"], why: str
) -> Conference:
    """A manager records their decision, or the cell's, on contacting the other parent."""
    conference = await conference_of(work, "manager")
    assert work.actor.agent_id is not None, "a manager is an agent"
    decision = Decision(
        may_be_contacted=may_be_contacted,
        decided_by=decided_by,
        recorded_by=work.actor.agent_id,
        recorded_on=work.today,
    )
    by = await around(work.tx, work.parts, work.case)
    changed = life.decide_on_other_parent(conference, by, decision)
    await store.save(work.tx, changed)
    kind = "other_parent_may_be_contacted" if may_be_contacted else "other_parent_not_contacted"
    await work.enter(kind, text=why, readers=SAFETY_READERS, details={"decided_by": decided_by})
    return changed


async def say_mandated(work: Work, mandated: bool, organisations: Collection[UUID] = ()) -> Conference:
    known = await partners.organisations(work.tx, list(organisations))
    if len(known) < len(set(organisations)):
        raise Refused(_("Un service nommé n'est pas, ou n'est plus, dans l'annuaire : choisissez-en un autre."))
    return await _step(work, lambda conference: life.say_mandated(conference, mandated, organisations))


async def state_condition(work: Work, text: str, stated_on: date | None = None) -> tuple[Conference, UUID]:
    """Record a condition; returns its id too. Unless it says otherwise it was stated today."""
    made = new_id()
    condition = Condition(
        condition_id=made, text=await work.seal(text, made, "condition"), stated_on=stated_on or work.today
    )
    changed = await _step(work, lambda conference: life.state_condition(conference, condition, work.today))
    await work.enter("condition_stated", text=text)
    return changed, made


async def schedule(work: Work, meeting_at: datetime) -> Conference:
    await _must_be_agreed_to(work)
    by, zone = await around(work.tx, work.parts, work.case), work.parts.settings.zone
    changed = await _step(work, lambda conference: life.schedule(conference, by, meeting_at, work.now, zone))
    await _tell_day(work, changed, _to_be_invited(work, changed))
    await work.enter("meeting_scheduled", details={"meeting_at": meeting_at.isoformat()})
    return changed


async def _tell_day(work: Work, conference: Conference, members: Sequence[UUID]) -> None:
    assert conference.meeting_at is not None, "it has a day"
    told = ConferenceScheduled(
        case_id=work.case.case_id,
        conference_id=conference.conference_id,
        scale=conference.scale,
        meeting_at=conference.meeting_at,
        members=tuple(members),
        calendar=conference.calendar,
    )
    await work.tell(told)


def _to_be_invited(work: Work, conference: Conference) -> Sequence[UUID]:
    """Whom the day is told to; nobody where the meeting begins at this moment, with those who are there."""
    if conference.meeting_at is None or conference.meeting_at <= work.now:
        return ()
    unsafe = speaks_of_violence(work.case) or work.case.legal_duty
    return life.to_be_invited(conference, minor=work.case.minor, unsafe=unsafe)


async def advance(work: Work, phase: MeetingPart, at: datetime | None, present: Collection[UUID]) -> Conference:
    """Begin the next part of the meeting, now or at the moment it really began."""
    moment = at or work.now
    if moment > work.now:
        raise Refused(_("L'heure indiquée est à venir : une étape s'enregistre quand elle commence."))
    if phase is Phase.INFORMATION_SHARING:
        await _must_be_agreed_to(work)
    by, zone = await around(work.tx, work.parts, work.case), work.parts.settings.zone
    steps: dict[Phase, Callable[[Conference], Conference]] = {
        Phase.INFORMATION_SHARING: lambda before: life.share_information(before, by, moment, present, zone),
        Phase.PRIVATE_TIME: lambda before: life.leave_the_family_alone(before, moment),
        Phase.ACCEPTANCE: lambda before: life.come_back(before, moment),
    }
    changed = await _step(work, steps[phase])
    await work.end_private_time()
    await work.enter(f"meeting_{phase}")
    if phase is Phase.PRIVATE_TIME:
        await dossiers.mark(work.tx, work.case.case_id, private_time=True)
    return changed


async def plan_action(
    work: Work,
    what: str,
    *,
    who: UUID,
    by_when: date,
    checked_by: UUID,
    respects: Collection[UUID],
    feasible: bool,
    action_id: UUID | None = None,
) -> tuple[Conference, UUID]:
    """Add an action, or change the one of that id; returns its id too."""
    identity = action_id or new_id()
    action = Action(
        action_id=identity,
        what=await work.seal(what, identity, "action"),
        who=who,
        by_when=by_when,
        checked_by=checked_by,
        respects=frozenset(respects),
        compared_by=work.actor.agent_id,
        compared_at=work.now,
        feasible=feasible,
    )
    return await _step(work, lambda conference: life.plan_action(conference, action)), identity


async def drop_action(work: Work, action_id: UUID) -> Conference:
    return await _step(work, lambda conference: life.drop_action(conference, action_id))


async def ratify(work: Work, ratified_by: Collection[UUID]) -> tuple[Conference, FollowUp]:
    """The plan is ratified: its follow-up begins, and the others are told."""
    await _must_be_agreed_to(work)
    by = await around(work.tx, work.parts, work.case)
    changed = await _step(work, lambda conference: life.ratify(conference, by, ratified_by, work.now))
    programme = programme_of(work.case, work.parts.settings.programmes)
    follow_up = await deadlines.begin(work, changed, programme)
    if changed.continues is not None:
        await deadlines.cancel(work.tx, changed.continues)
    await _tell_ratified(work, changed, follow_up)
    await work.enter("conference_ratified", details={"due_on": follow_up.due_on.isoformat()})
    return changed, follow_up


async def _tell_ratified(work: Work, conference: Conference, follow_up: FollowUp) -> None:
    assert work.case.coordinator_id is not None, "the coordinator ratifies"
    event_id = new_id()
    told = ConferenceRatified(
        case_id=work.case.case_id,
        conference_id=conference.conference_id,
        scale=conference.scale,
        met_on=follow_up.met_on,
        ratified_on=work.today,
        follow_up_due_on=follow_up.due_on,
        coordinator_id=work.case.coordinator_id,
        members=tuple(sorted(conference.ratified_by)),
        action_count=len(conference.actions),
        plan=await work.seal(await _plan(work, conference), event_id, "plan"),
        links=await links.issue(work, conference, event_id),
    )
    await work.tell(told, id=event_id)


async def _plan(work: Work, conference: Conference) -> str:
    """The plan as one JSON text: the question, and each action with who, by when, and who checks."""
    blocks = [conference.question, *(action.what for action in conference.actions)]
    question, *whats = await work.parts.keyring.open(work.tx, blocks)
    actions = [
        {"what": str(what), "who": action.who, "by_when": action.by_when, "checked_by": action.checked_by}
        for what, action in zip(whats, conference.actions, strict=True)
    ]
    return orjson.dumps({"question": str(question), "actions": actions}).decode()


async def stop(work: Work, reason: Stop) -> Conference:
    """Stop a conference at any phase, its follow-up included."""
    conference = await conference_of(work, "coordinator", "social_worker", "manager")
    return await stop_it(work, conference, reason)


async def exclude(work: Work, exclusion: str) -> Conference:
    """It turns out that no conference is possible: it stops, and only who may know reads which exclusion it was.

    Raises Refused for an exclusion the programme does not have.
    """
    conference = await conference_of(work, "coordinator", "social_worker", "manager")
    programme = programme_of(work.case, work.parts.settings.programmes)
    if exclusion not in {one.code for one in programme.exclusions}:
        raise Refused(_("Cette raison n'est pas une de celles pour lesquelles le dispositif exclut une conférence."))
    changed = await stop_it(work, conference, Stop.EXCLUDED)
    await work.enter("conference_excluded", readers=SAFETY_READERS, details={"exclusion": exclusion})
    return changed


def after_exclusion(work: Work, exclusion: str) -> list[str]:
    """What is still to be done for the person, in French."""
    programme = programme_of(work.case, work.parts.settings.programmes)
    excluded = next(one for one in programme.exclusions if one.code == exclusion)
    then = [_("Une conférence n'est pas possible : proposez une orientation à la personne.")]
    if work.case.minor and excluded.child_concern_for_minor:
        then.append(_("Un enfant peut être en danger : transmettez sans attendre une information à la cellule."))
    return then


async def stop_it(work: Work, conference: Conference, reason: Stop) -> Conference:
    """`stop`, for who already holds the conference: a handler, or the closing of the dossier. Those who knew of a
    meeting learn that it will not take place."""
    changed = life.stop(conference, reason)
    await store.save(work.tx, changed)
    await work.end_private_time()
    await deadlines.cancel(work.tx, conference.conference_id)
    await _tell_stopped(work, conference, changed.calendar)
    await work.enter("conference_stopped")
    return changed


async def _tell_stopped(work: Work, conference: Conference, calendar: CalendarEntry | None) -> None:
    """Those who were to meet are told, all in the same words; once they have met there is nothing to call off."""
    if conference.phase in life.AGREED:
        return
    safe = await _safe_guests(work, conference.conference_id)
    told = ConferenceStopped(
        case_id=work.case.case_id,
        conference_id=conference.conference_id,
        scale=conference.scale,
        members=life.to_be_told(conference, safe, violence=speaks_of_violence(work.case)),
        calendar=calendar,
    )
    await work.tell(told)


async def _safe_guests(work: Work, conference_id: UUID) -> frozenset[UUID]:
    """Read by the service itself: not everybody who may stop a conference may know who is safe."""
    async with work.as_service() as seeing:
        return await store.safe_guests(seeing, conference_id)
