"""What happens to a message before it leaves: it waits, it is dropped, and it is never planned twice."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.handlers import Poison
from contracts.envelope import Envelope
from contracts.events.cases import case_id_of
from contracts.events.people import Hours
from notifications.messages.gateway import Accepted
from notifications.people.store import reachable
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import MailServer, text_of
from tests.notifications.samples import (
    NOW,
    SamplePerson,
    agreement_ending,
    closed,
    follow_up_due,
    follow_up_recorded,
    opened,
    organisation,
    ratified,
    request,
    withdrawn,
)

ADDRESS = "personne.exemple@exemple.test"


async def erase(desk: Desk, person: SamplePerson) -> None:
    async with desk.service.parts.worker.transaction() as tx:
        await tx.execute(
            "UPDATE subject_keys SET wrapped = NULL, erased_at = now() WHERE key_subject = $1", f"person:{person.id}"
        )


# It waits -------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [("key", "person"), ("person", "key")], ids=["key first", "person first"])
async def test_a_message_waits_until_its_recipient_and_their_key_are_known(
    desk: Desk, mails: MailServer, order: Sequence[str]
) -> None:
    person = SamplePerson(ADDRESS)
    arrives = {"key": person.key_issued(), "person": person.recorded()}
    reasons = {"key": "unknown_recipient", "person": "no_key"}
    await desk.hear(request(person.id))
    await desk.drain()
    assert await desk.states() == [("waiting", "unknown_recipient")]
    await desk.hear(arrives[order[0]])
    await desk.drain()
    assert await desk.states() == [("waiting", reasons[order[0]])]
    await desk.hear(arrives[order[1]])
    assert await desk.drain() == [Accepted()]
    assert len(mails.mails) == 1


async def test_a_message_leaves_at_the_hours_its_recipient_gave(desk: Desk, mails: MailServer) -> None:
    person = SamplePerson(ADDRESS)
    evening = Hours(weekdays=(1,), opens=time(18), closes=time(19))
    [point] = person.contact_points
    only_then = point.model_copy(update={"hours": (evening,)})
    await desk.hear(request(person.id), person.key_issued(), person.recorded(contact_points=(only_then,)))
    await desk.drain()
    assert await desk.states() == [("planned", "outside_hours")]
    assert await desk.drain() == [], "nothing is tried before"

    desk.now = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # 18:00 in Paris
    assert await desk.drain() == [Accepted()]
    assert len(mails.mails) == 1


async def test_a_reminder_waits_for_its_agent(desk: Desk, mails: MailServer) -> None:
    agent, case_id = SamplePerson("agent.exemple@exemple.test"), uuid4()
    await desk.hear(opened(case_id), follow_up_due(case_id, agent.id))
    await desk.drain()
    assert await desk.states() == [("waiting", "unknown_recipient")]
    await desk.hear(agent.as_agent())
    await desk.drain()
    await desk.hear(agent.key_issued())
    assert await desk.drain() == [Accepted()]
    [mail] = mails.mails
    assert mail["To"] == "agent.exemple@exemple.test"
    assert f"http://localhost/cases/{case_id}" in text_of(mail)


async def test_a_notice_waits_for_the_request_its_case_began_with(desk: Desk, mails: MailServer) -> None:
    member = SamplePerson(ADDRESS)
    begun = request(member.id, programme="family-conference")
    case_id = case_id_of(UUID(begun.data["request_id"]))
    await desk.hear(member.key_issued(), member.recorded(), opened(case_id, uuid4()), ratified(case_id, [member.id]))
    await desk.drain()
    assert await desk.states() == [("waiting", "unknown_case")]
    await desk.hear(begun)
    assert await desk.drain() == [Accepted(), Accepted()]
    assert {mail["Subject"] for mail in mails.mails} == {"Les suites de votre réunion", "Votre demande est bien reçue"}


# It is dropped --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        (SamplePerson(ADDRESS, safe=False), "no_safe_contact"),
        (SamplePerson("pas une adresse"), "unreadable"),
        (SamplePerson("personne@exemple.test\r\nBcc: autre@exemple.test"), "unreadable"),
    ],
    ids=["no safe address", "no address", "a forged address"],
)
async def test_nothing_leaves_without_a_safe_address(
    desk: Desk, mails: MailServer, person: SamplePerson, reason: str
) -> None:
    await desk.hear(person.key_issued(), person.recorded(), request(person.id))
    await desk.drain()
    assert await desk.states() == [("suppressed", reason)]
    assert mails.mails == []


async def test_nobody_is_written_to_about_violence_and_the_list_does_not_say_why(desk: Desk, mails: MailServer) -> None:
    person = SamplePerson(ADDRESS)
    about = request(person.id, themes=("violence",), programme="family-conference")
    case_id = case_id_of(UUID(about.data["request_id"]))
    await desk.hear(person.key_issued(), person.recorded(), about)
    await desk.hear(opened(case_id, uuid4()), ratified(case_id, [person.id]))
    await desk.drain()
    assert await desk.states() == [("suppressed", "no_safe_contact")] * 2
    assert mails.mails == []


async def test_an_erased_person_is_not_written_to(desk: Desk, mails: MailServer) -> None:
    person = SamplePerson(ADDRESS)
    await desk.hear(person.key_issued(), person.recorded(), request(person.id))
    await erase(desk, person)
    await desk.drain()
    assert await desk.states() == [("suppressed", "erased")]


async def test_an_address_sealed_for_another_place_is_not_used(desk: Desk, mails: MailServer) -> None:
    person, other = SamplePerson(ADDRESS), SamplePerson(ADDRESS)
    moved = other.sealed(ADDRESS, "value").model_copy(update={"key_subject": f"person:{person.id}"})
    points = [person.contact_points[0].model_copy(update={"value": moved})]
    await desk.hear(person.key_issued(), person.recorded(contact_points=points), request(person.id))
    await desk.drain()
    assert await desk.states() == [("suppressed", "unreadable")]


async def test_a_retired_agent_is_not_written_to(desk: Desk) -> None:
    agent, case_id = SamplePerson(ADDRESS), uuid4()
    await desk.hear(agent.key_issued(), agent.as_agent(retired=True), opened(case_id))
    await desk.hear(follow_up_due(case_id, agent.id))
    await desk.drain()
    assert await desk.states() == [("suppressed", "retired")]


async def test_who_took_back_their_consent_is_not_written_to(desk: Desk, mails: MailServer) -> None:
    person, first, second = SamplePerson(ADDRESS), uuid4(), uuid4()
    await desk.hear(person.key_issued(), person.recorded(), request(person.id), request(person.id))
    await desk.hear(person.agreed_to_messages(first), person.takes_back(first))
    [_, _] = await desk.drain()
    assert await desk.states() == [("suppressed", "declined")] * 2
    await desk.hear(person.agreed_to_messages(second), request(person.id))
    assert await desk.drain() == [Accepted()]


async def test_an_address_forbidden_after_the_message_was_planned_is_not_written_to(
    desk: Desk, mails: MailServer
) -> None:
    person = SamplePerson(ADDRESS)
    await desk.hear(person.key_issued(), person.recorded(), request(person.id))
    [point] = person.contact_points
    tuesdays = Hours(weekdays=(2,), opens=time(9), closes=time(12))
    forbidden = point.model_copy(update={"never": True, "hours": (tuesdays,)})
    await desk.hear(person.changed(2, contact_points=(forbidden,)))
    await desk.drain()
    assert (await desk.states(), mails.mails) == ([("suppressed", "no_safe_contact")], [])
    async with desk.service.parts.worker.transaction() as tx:
        kept = await reachable(tx, person.id)
    assert kept is not None
    assert (kept.contact_points[0].never, kept.contact_points[0].hours) == (True, (tuesdays,))


async def test_a_consent_taken_back_stays_so_when_it_is_heard_of_again(desk: Desk) -> None:
    person, consent = SamplePerson(ADDRESS), uuid4()
    given, back = person.agreed_to_messages(consent), person.takes_back(consent)
    await desk.hear(back, given, given)
    await desk.hear(person.key_issued(), person.recorded(), request(person.id))
    await desk.drain()
    assert await desk.states() == [("suppressed", "declined")]


@pytest.mark.parametrize("ends", [follow_up_recorded, closed])
async def test_a_reminder_of_what_is_done_does_not_leave(desk: Desk, mails: MailServer, ends: Any) -> None:
    agent, case_id, other = SamplePerson(ADDRESS), uuid4(), uuid4()
    await desk.hear(agent.key_issued(), agent.as_agent(), opened(case_id), opened(other))
    await desk.hear(follow_up_due(case_id, agent.id), follow_up_due(other, agent.id))
    await desk.hear(ends(case_id))
    await desk.drain()
    assert sorted(await desk.states()) == [("sent", None), ("suppressed", "overtaken")]
    assert str(other) in text_of(mails.mails[0])


@pytest.mark.parametrize(
    ("renews", "said"), [(False, "prend fin le jeudi 31 décembre 2026"), (True, "continuera de lui-même, sauf si")]
)
async def test_managers_are_told_that_an_agreement_ends(desk: Desk, mails: MailServer, renews: bool, said: str) -> None:
    manager, gone = SamplePerson(ADDRESS), SamplePerson("ailleurs@exemple.test")
    await desk.hear(manager.key_issued(), manager.as_agent(), gone.key_issued(), gone.as_agent(retired=True))
    await desk.hear(ending := agreement_ending([manager.id, gone.id], renews=renews))
    await desk.drain()
    assert sorted(await desk.states()) == [("sent", None), ("suppressed", "retired")]
    [mail] = mails.mails
    assert said in text_of(mail)
    assert f"/directory/agreements/{ending.subject}" in text_of(mail)


async def test_what_fell_due_after_an_earlier_follow_up_still_leaves(desk: Desk) -> None:
    agent, case_id = SamplePerson(ADDRESS), uuid4()
    recorded = follow_up_recorded(case_id, NOW)
    later = follow_up_due(case_id, agent.id, at=recorded.time.replace(year=2027))
    desk.now = later.time
    await desk.hear(agent.key_issued(), agent.as_agent(), opened(case_id), later)
    await desk.hear(recorded)
    assert await desk.drain() == [Accepted()]


async def test_an_acknowledgement_of_a_withdrawn_request_does_not_leave(desk: Desk, mails: MailServer) -> None:
    person, request_id = SamplePerson(ADDRESS), uuid4()
    await desk.hear(person.key_issued(), person.recorded(), request(person.id, request_id=request_id))
    await desk.hear(withdrawn(request_id))
    await desk.drain()
    assert await desk.states() == [("suppressed", "overtaken")]


async def test_what_waited_for_somebody_nobody_knows_ends_when_it_is_overtaken(desk: Desk) -> None:
    request_id = uuid4()
    await desk.hear(request(uuid4(), request_id=request_id))
    await desk.drain()
    await desk.hear(withdrawn(request_id))
    await desk.drain()
    assert await desk.states() == [("suppressed", "overtaken")]


async def test_a_programme_this_release_does_not_know_goes_to_the_dead_letters(desk: Desk) -> None:
    with pytest.raises(Poison, match="dispositif inconnu : of-tomorrow version 1"):
        await desk.hear(request(uuid4(), programme="of-tomorrow"))
    assert await desk.states() == []


async def test_who_received_the_request_is_whom_to_call(desk: Desk, mails: MailServer) -> None:
    person, desk_of_town = SamplePerson(ADDRESS), uuid4()
    town = organisation(organisation_id=desk_of_town, name="Accueil de l’exemple", kind="ccas", phone="02 11 11 11 11")
    await desk.hear(organisation(), town, person.key_issued(), person.recorded())
    await desk.hear(request(person.id, received_by={"organisation_id": desk_of_town}))
    await desk.hear(organisation(2, retired=True), request(person.id, territory_id="arcachon"))
    await desk.drain()
    assert sorted("02\xa011\xa011\xa011\xa011" in text_of(mail) for mail in mails.mails) == [False, True]
    assert not any("02 00 00 00 00" in text_of(mail) for mail in mails.mails)


async def test_an_anonymous_request_plans_nothing(desk: Desk) -> None:
    await desk.hear(request(None))
    assert await desk.states() == []


async def test_a_case_nobody_told_us_of_reminds_its_agent_and_writes_to_no_member(desk: Desk) -> None:
    agent, case_id = SamplePerson(ADDRESS), uuid4()
    await desk.hear(agent.key_issued(), agent.as_agent())
    await desk.hear(ratified(case_id, [agent.id]), follow_up_due(case_id, agent.id))
    assert await desk.drain() == [Accepted()]
    assert [row["rule"] for row in await desk.rows()] == ["follow-up-reminder"]


# It is planned once ---------------------------------------------------------------------------


async def test_redelivered_five_times_everybody_gets_one_mail(desk: Desk, mails: MailServer) -> None:
    people = [SamplePerson(f"personne-{number}@exemple.test") for number in range(3)]
    agent, request_id = SamplePerson("agent@exemple.test"), uuid4()
    case_id = case_id_of(request_id)
    everything: list[Envelope] = [
        *(event for person in people for event in (person.key_issued(), person.recorded())),
        agent.key_issued(),
        agent.as_agent(),
        request(people[0].id, request_id=request_id, programme="family-conference"),
        opened(case_id, request_id),
        ratified(case_id, [person.id for person in people]),
        follow_up_due(case_id, agent.id),
    ]
    for _ in range(5):
        await desk.hear(*everything)
        await desk.drain()
    assert await desk.states() == [("sent", None)] * 5
    assert sorted(str(mail["To"]) for mail in mails.mails) == sorted(
        ["agent@exemple.test", "personne-0@exemple.test", *(f"personne-{number}@exemple.test" for number in range(3))]
    )
    assert len(await desk.told()) == 5


async def test_people_are_known_by_their_newest_state(desk: Desk, mails: MailServer) -> None:
    person = SamplePerson(ADDRESS)
    moved = person.sealed("nouvelle@exemple.test", "value")
    newer = person.changed(3, contact_points=[person.contact_points[0].model_copy(update={"value": moved})])
    await desk.hear(newer, person.recorded(), person.changed(2), person.key_issued(), request(person.id))
    await desk.drain()
    assert [mail["To"] for mail in mails.mails] == ["nouvelle@exemple.test"]


async def test_what_intake_says_of_an_invitee_wins_over_who_introduced_them(desk: Desk, mails: MailServer) -> None:
    invitee, case_id = SamplePerson(ADDRESS), uuid4()
    unsafe = [invitee.contact_points[0].model_copy(update={"safe_to_write": False})]
    await desk.hear(invitee.key_issued(), invitee.introduced(), opened(case_id), ratified(case_id, [invitee.id]))
    assert await desk.drain() == [Accepted()]
    await desk.hear(invitee.recorded(contact_points=unsafe), ratified(case_id, [invitee.id]))
    await desk.drain()
    assert (await desk.states())[1] == ("suppressed", "no_safe_contact")


async def test_a_large_batch_is_planned_at_once(desk: Desk) -> None:
    await desk.hear(*(request(uuid4()) for _ in range(500)))
    assert len(await desk.rows("place")) == 500
