"""A follow-up comes back: announced and recalled to its coordinator, and told to the manager once it is overdue."""

from uuid import UUID, uuid4

import pytest

from contracts.envelope import Envelope, event
from contracts.events import AgentPublished
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import MailServer, text_of
from tests.notifications.samples import (
    NOW,
    ORGANISATION,
    SamplePerson,
    follow_up_due,
    follow_up_recorded,
    opened,
)

HERE, EVERYWHERE = "saint-brieuc", "*"


def manages(agent: SamplePerson, territory: str, *, retired: bool = False) -> Envelope:
    data = AgentPublished.model_validate(
        {
            "agent_id": agent.id,
            "subject": f"agent-{agent.id}",
            "organisation_id": ORGANISATION,
            "name": agent.sealed("Agent Exemple", "name"),
            "email": agent.sealed(agent.address, "email"),
            "grants": [{"role": "manager", "territory_id": territory}],
            "retired": retired,
        }
    )
    return event(data, id=uuid4(), source="/maillage/directory", sequence=1, time=NOW)


async def team(desk: Desk, *managers: Envelope) -> tuple[UUID, SamplePerson]:
    """A dossier of the territory and its coordinator."""
    coordinator, case_id = SamplePerson("coordination.exemple@exemple.test"), uuid4()
    await desk.hear(coordinator.key_issued(), coordinator.as_agent(), opened(case_id), *managers)
    return case_id, coordinator


def to_whom(mails: MailServer) -> list[str]:
    return sorted(mail["To"] for mail in mails.mails)


@pytest.mark.parametrize(("stage", "managers"), [("early", 0), ("due", 0), ("overdue", 1)])
async def test_the_manager_is_told_once_it_is_overdue(desk: Desk, mails: MailServer, stage: str, managers: int) -> None:
    manager = SamplePerson("encadrement.exemple@exemple.test")
    case_id, coordinator = await team(desk, manager.key_issued(), manages(manager, HERE))
    due = follow_up_due(case_id, coordinator.id, stage)
    await desk.hear(due)
    await desk.hear(due)
    await desk.drain()
    assert to_whom(mails) == sorted([coordinator.address, *[manager.address] * managers])
    for mail in mails.mails:
        assert f"http://localhost/cases/{case_id}" in text_of(mail)


async def test_who_manages_everything_is_told_where_nobody_manages_the_place(desk: Desk, mails: MailServer) -> None:
    there, gone, all_over = (SamplePerson(f"{name}@exemple.test") for name in ("ailleurs", "parti", "partout"))
    case_id, coordinator = await team(
        desk,
        all_over.key_issued(),
        manages(there, "arcachon"),
        manages(gone, HERE, retired=True),
        manages(all_over, EVERYWHERE),
    )
    await desk.hear(follow_up_due(case_id, coordinator.id, "overdue"))
    await desk.drain()
    assert to_whom(mails) == [coordinator.address, all_over.address]


async def test_what_is_overdue_of_another_kind_stays_with_its_agent(desk: Desk, mails: MailServer) -> None:
    manager = SamplePerson("encadrement.exemple@exemple.test")
    case_id, agent = await team(desk, manager.key_issued(), manages(manager, HERE))
    await desk.hear(follow_up_due(case_id, agent.id, "overdue", kind="task"))
    await desk.drain()
    assert to_whom(mails) == [agent.address]


async def test_a_follow_up_recorded_meanwhile_is_told_to_nobody(desk: Desk, mails: MailServer) -> None:
    manager = SamplePerson("encadrement.exemple@exemple.test")
    case_id, coordinator = await team(desk, manager.key_issued(), manages(manager, HERE))
    await desk.hear(follow_up_due(case_id, coordinator.id, "overdue"), follow_up_recorded(case_id))
    await desk.drain()
    assert (mails.mails, await desk.states()) == ([], [("suppressed", "overtaken")] * 2)
