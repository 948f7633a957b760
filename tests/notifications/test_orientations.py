"""Orientations by mail: the structure gets a link and a code, its agent and the person learn of the answer."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.sealing import SubjectKey, WrappedKey
from contracts.envelope import Envelope, event
from contracts.events import (
    EventData,
    FollowUpDue,
    OrientationAnswered,
    OrientationCodeAsked,
    OrientationExpired,
    OrientationLinkIssued,
    PersonKeyIssued,
)
from contracts.events.cases import case_id_of
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import text_of
from tests.notifications.samples import MASTER, NOW, ORGANISATION, SamplePerson, opened, organisation, request

ADDRESS, SECRET, CODE = "accueil@structure.example", "LIENSECRET2345", "482913"
AGENT, DIRECTOR = SamplePerson("agent@exemple.test"), SamplePerson("direction@exemple.test")


class Orientation:
    """What cases tells of one orientation."""

    def __init__(self, case_id: UUID | None = None) -> None:
        self.case_id = case_id or uuid4()
        self.orientation_id = uuid4()
        self.key, self.wrapped = self._issue()

    def _issue(self) -> tuple[SubjectKey, WrappedKey]:
        return MASTER.issue(f"case:{self.case_id}")

    @property
    def key_issued(self) -> Envelope:
        key = self.wrapped
        data = PersonKeyIssued(key_subject=key.key_subject, wrapped=key.wrapped, master_key_id=key.master_key_id)
        return event(data, id=uuid4(), source="/maillage/cases", sequence=1, time=NOW)

    def tells(self, type: type[EventData], **fields: Any) -> Envelope:
        ids = {
            "case_id": self.case_id,
            "orientation_id": self.orientation_id,
            "offer_id": uuid4(),
            "organisation_id": ORGANISATION,
            "agent_id": AGENT.id,
        }
        return event(type.model_validate(ids | fields), id=uuid4(), source="/maillage/cases", sequence=2, time=NOW)

    def link(self, occasion: str = "proposal") -> Envelope:
        sealed = self.key.seal(SECRET, event_id=self.orientation_id, name="link")
        more = {"answer_by": date(2026, 3, 17), "expires_at": NOW + timedelta(days=7), "link": sealed}
        return self.tells(OrientationLinkIssued, occasion=occasion, **more)

    def code(self) -> Envelope:
        sealed = self.key.seal(CODE, event_id=self.orientation_id, name="code")
        return self.tells(OrientationCodeAsked, code=sealed, expires_at=NOW + timedelta(minutes=10))

    def due(self, stage: str, agent: SamplePerson) -> Envelope:
        data = FollowUpDue(
            case_id=self.case_id,
            due_date_id=uuid4(),
            kind="orientation",
            stage=stage,
            due_on=date(2026, 3, 17),
            agent_id=agent.id,
            orientation_id=self.orientation_id,
        )
        return event(data, id=uuid4(), source="/maillage/cases", sequence=3, time=NOW)


@pytest.fixture
def orientation() -> Orientation:
    return Orientation()


def mailed(desk: Desk) -> list[tuple[str, str]]:
    """(recipient, subject) of the mails that left."""
    return [(str(mail["To"]), str(mail["Subject"])) for mail in desk.mails.mails]


# occasion, subject, what the mail says
LINKS = [
    ("proposal", "Une réponse est attendue de votre structure", "propose d’orienter une personne"),
    ("renewal", "Une réponse est attendue de votre structure", "Il remplace le précédent"),
    ("reminder", "Rappel : une réponse est attendue de votre structure", "pas encore répondu"),
    ("escalation", "À l’attention de la direction : une réponse est attendue", "personne responsable"),
    ("an occasion of tomorrow", "Une réponse est attendue de votre structure", "propose d’orienter une personne"),
]


@pytest.mark.parametrize(("occasion", "subject", "said"), LINKS)
async def test_a_structure_gets_a_link_without_a_name_or_a_reason(
    desk: Desk, orientation: Orientation, occasion: str, subject: str, said: str
) -> None:
    await desk.hear(
        opened(orientation.case_id, programme="first-contact"),
        orientation.key_issued,
        organisation(email=ADDRESS),
        orientation.link(occasion),
    )
    await desk.drain()
    assert mailed(desk) == [(ADDRESS, subject)]
    text = text_of(desk.mails.mails[0])
    assert said in text
    assert f"http://localhost/cases/orientations/answer/{SECRET}" in text
    assert "17 mars 2026" in text
    assert str(orientation.case_id) not in text
    assert SECRET not in str(await desk.rows()), "what is kept holds no secret in clear"


async def test_a_code_is_mailed_and_kept_sealed(desk: Desk, orientation: Orientation) -> None:
    await desk.hear(orientation.key_issued, organisation(email=ADDRESS), orientation.code())
    await desk.drain()
    assert mailed(desk) == [(ADDRESS, "Votre code à usage unique")]
    assert f"Votre code : {CODE}" in text_of(desk.mails.mails[0])
    assert CODE not in str(await desk.rows("facts"))


async def test_a_link_waits_for_the_dossiers_key_and_for_the_structure(desk: Desk, orientation: Orientation) -> None:
    await desk.hear(orientation.link())
    await desk.drain()
    assert await desk.states() == [("waiting", "unknown_recipient")]
    await desk.hear(organisation(email=ADDRESS))
    await desk.drain()
    assert await desk.states() == [("waiting", "no_key")]
    await desk.hear(orientation.key_issued)
    await desk.drain()
    assert await desk.states() == [("sent", None)]


@pytest.mark.parametrize(
    ("changes", "reason"), [({"email": None}, "no_safe_contact"), ({"email": ADDRESS, "retired": True}, "retired")]
)
async def test_a_structure_that_cannot_be_written_to_is_not(
    desk: Desk, orientation: Orientation, changes: dict[str, Any], reason: str
) -> None:
    await desk.hear(orientation.key_issued, organisation(**changes), orientation.link())
    await desk.drain()
    assert await desk.states() == [("suppressed", reason)]
    assert mailed(desk) == []


async def test_a_newer_address_of_a_structure_counts(desk: Desk, orientation: Orientation) -> None:
    await desk.hear(organisation(2, email=ADDRESS))
    await desk.hear(organisation(1, email="ancienne@structure.example"), orientation.key_issued, orientation.link())
    await desk.drain()
    assert [to for to, _ in mailed(desk)] == [ADDRESS]


@pytest.mark.parametrize(
    ("stage", "subject"),
    [
        ("early", "Une orientation attend toujours une réponse"),
        ("due", "Une orientation est restée sans réponse"),
    ],
)
async def test_agents_are_told_of_silence_with_a_link_to_the_orientation(
    desk: Desk, orientation: Orientation, stage: str, subject: str
) -> None:
    await desk.hear(DIRECTOR.key_issued(), DIRECTOR.as_agent(), opened(orientation.case_id, programme="first-contact"))
    await desk.hear(orientation.due(stage, DIRECTOR))
    await desk.drain()
    assert mailed(desk) == [(DIRECTOR.address, subject)]
    text = text_of(desk.mails.mails[0])
    assert f"/cases/orientations/{orientation.orientation_id}" in text
    assert str(orientation.case_id) not in text


async def test_a_programme_with_reminders_sends_one_for_an_orientation_not_two(
    desk: Desk, orientation: Orientation
) -> None:
    await desk.hear(AGENT.key_issued(), AGENT.as_agent(), opened(orientation.case_id))
    await desk.hear(orientation.due("early", AGENT))
    await desk.drain()
    assert [row["rule"] for row in await desk.rows()] == ["orientation-reminder"]


async def _answered(desk: Desk, person: SamplePerson, **changes: Any) -> None:
    request_id = uuid4()
    orientation = Orientation(case_id_of(request_id))
    await desk.hear(AGENT.key_issued(), AGENT.as_agent(), person.key_issued(), person.recorded())
    await desk.hear(request(None, request_id=request_id, **changes), opened(orientation.case_id, request_id))
    await desk.hear(orientation.tells(OrientationAnswered, answer="refused", reason="full", person_id=person.id))
    await desk.drain()


@pytest.mark.parametrize("neutral", [False, True])
async def test_the_person_learns_that_there_is_an_answer_never_which(desk: Desk, neutral: bool) -> None:
    person = SamplePerson("personne.exemple@exemple.test", neutral=neutral)
    await _answered(desk, person)
    assert sorted(to for to, _ in mailed(desk)) == sorted([AGENT.address, person.address])
    [text] = [text_of(mail) for mail in desk.mails.mails if mail["To"] == person.address]
    assert not [word for word in ("refus", "orientation", "structure", "logement", "complet") if word in text.lower()]


async def test_nobody_is_written_to_where_it_is_not_safe(desk: Desk) -> None:
    await _answered(desk, SamplePerson("personne.exemple@exemple.test", safe=False))
    assert [to for to, _ in mailed(desk)] == [AGENT.address]


async def test_nor_where_there_is_violence(desk: Desk) -> None:
    violence = "famille--surmonter-conflits-separation-violence"
    await _answered(desk, SamplePerson("personne.exemple@exemple.test"), themes=(violence,))
    assert [to for to, _ in mailed(desk)] == [AGENT.address]


async def test_the_agent_learns_that_nobody_answered(desk: Desk, orientation: Orientation) -> None:
    await desk.hear(AGENT.key_issued(), AGENT.as_agent(), opened(orientation.case_id, programme="first-contact"))
    expired = orientation.tells(OrientationExpired)
    await desk.hear(expired)
    await desk.hear(expired)
    await desk.drain()
    assert mailed(desk) == [(AGENT.address, "Une orientation est restée sans réponse")]
    assert f"/cases/{orientation.case_id}" in text_of(desk.mails.mails[0])
