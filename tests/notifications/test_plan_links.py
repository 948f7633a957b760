"""Each of a family group is sent a link of their own to the plan: sealed until it leaves, and nobody else's."""

from uuid import UUID, uuid4

from contracts.envelope import Envelope, event
from contracts.events import PersonKeyIssued
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import MailServer, text_of
from tests.notifications.samples import (
    MASTER,
    NOW,
    SamplePerson,
    follow_up_recorded,
    opened,
    plan_link,
    ratified,
    request,
)

CASE = UUID("00000000-0000-4000-8000-00000000c001")
KEY, WRAPPED = MASTER.issue(f"case:{CASE}")
SAM, ALIX = SamplePerson("sam@exemple.test"), SamplePerson("alix@exemple.test")
NOA = SamplePerson("noa@exemple.test", neutral=True)
ABSENT = SamplePerson("absent@exemple.test")
SECRETS = {
    SAM.id: "SECRETDESAM2222222222222XX",
    ALIX.id: "SECRETDALIX222222222222XXX",
    NOA.id: "SECRETDENOA222222222222XXX",
}


def case_key() -> Envelope:
    data = PersonKeyIssued(key_subject=WRAPPED.key_subject, wrapped=WRAPPED.wrapped, master_key_id="1")
    return event(data, id=uuid4(), source="/maillage/cases", sequence=1, time=NOW)


async def known(desk: Desk) -> None:
    for person in (SAM, ALIX, NOA, ABSENT):
        await desk.hear(person.key_issued(), person.recorded())
    asked = request(None, request_id=uuid4(), programme="family-conference")
    await desk.hear(case_key(), asked, opened(CASE))


def its_plan() -> Envelope:
    links = [plan_link(KEY, person_id, secret) for person_id, secret in SECRETS.items()]
    return ratified(CASE, [SAM.id, ALIX.id, NOA.id, ABSENT.id], links=links)


async def test_each_is_sent_their_own_link_and_no_other(desk: Desk, mails: MailServer) -> None:
    await known(desk)
    await desk.hear(its_plan())
    await desk.drain()
    sent = {str(mail["To"]): text_of(mail) for mail in mails.mails}
    assert set(sent) == {SAM.address, ALIX.address, NOA.address}, "whom cases does not name gets nothing"
    for person in (SAM, ALIX):
        assert f"/cases/lire/{SECRETS[person.id]}" in sent[person.address]
        others = [secret for reader, secret in SECRETS.items() if reader != person.id]
        assert not any(secret in sent[person.address] for secret in others)
        assert "Ce lien est à vous" in sent[person.address]


async def test_who_asked_that_nothing_show_gets_no_link(desk: Desk, mails: MailServer) -> None:
    await known(desk)
    await desk.hear(its_plan())
    await desk.drain()
    [mail] = [one for one in mails.mails if one["To"] == NOA.address]
    assert "/cases/" not in text_of(mail)
    assert mail["Subject"] == "Une information pour vous"


async def test_the_secret_lies_sealed_until_it_leaves(desk: Desk) -> None:
    await known(desk)
    await desk.hear(its_plan())
    waiting = str(await desk.rows())
    await desk.drain()
    kept = waiting + str(await desk.rows())
    assert not any(secret in kept for secret in SECRETS.values())


async def test_an_event_from_before_there_were_links_says_whom_to_ask(desk: Desk, mails: MailServer) -> None:
    await known(desk)
    await desk.hear(ratified(CASE, [SAM.id]))
    await desk.drain()
    [mail] = mails.mails
    assert "/cases/lire/-" in text_of(mail), "which opens a page that says to ask who prepared the meeting"


async def test_nobody_is_written_to_where_cases_names_nobody(desk: Desk, mails: MailServer) -> None:
    """Violence is recorded, or a duty towards a child holds."""
    await known(desk)
    await desk.hear(ratified(CASE, [SAM.id, ALIX.id], links=[]))
    await desk.drain()
    assert mails.mails == []


async def test_what_the_group_agreed_to_share_is_told_by_a_link_too(desk: Desk, mails: MailServer) -> None:
    await known(desk)
    links = [plan_link(KEY, person_id, secret) for person_id, secret in SECRETS.items()]
    await desk.hear(follow_up_recorded(CASE, NOW, links))
    await desk.drain()
    sent = {str(mail["To"]): text_of(mail) for mail in mails.mails}
    assert set(sent) == {SAM.address, ALIX.address, NOA.address}
    assert f"/cases/lire/{SECRETS[ALIX.id]}" in sent[ALIX.address]
    assert "carried_out" not in str(sent)
    assert "/cases/" not in sent[NOA.address]


async def test_where_the_group_shares_nothing_nobody_is_told(desk: Desk, mails: MailServer) -> None:
    await known(desk)
    await desk.hear(follow_up_recorded(CASE, NOW))
    await desk.drain()
    assert mails.mails == []
