"""When the report on a grant is due: a month before, on the day, and the day after, told once each."""

from datetime import date, timedelta
from typing import Final

from chassis import due_dates
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.service import Parts
from contracts.durations import Duration, due_instant
from contracts.envelope import derived_id
from contracts.events import GrantReportDue
from directory.aggregates import Versioned, publish
from directory.calls.model import Project
from directory.calls.store import PROJECTS

REPORT: Final = "grant_report"
LEAD: Final = Duration(months=1)


async def schedule(tx: Transaction, parts: Parts, project: Project) -> None:
    """Set what falls due of a project just granted; a lead that is past already is not told."""
    assert project.report_due_on is not None, "a grant has a report due"
    days: dict[str, date] = {"due": project.report_due_on, "overdue": project.report_due_on + timedelta(days=1)}
    zone = parts.settings.zone
    if due_instant(LEAD.before(project.report_due_on), zone) > parts.now():
        days["early"] = LEAD.before(project.report_due_on)
    identity = derived_id(project.project_id, REPORT)
    await due_dates.schedule(
        tx,
        [
            DueDate(
                identity, stage, REPORT, project.project_id, project.report_due_on, zone.key, due_instant(day, zone)
            )
            for stage, day in days.items()
        ],
    )


async def cancel(tx: Transaction, project: Project) -> None:
    """Nothing is due any more."""
    await due_dates.cancel(tx, project.project_id, REPORT)


def on_due(parts: Parts) -> OnDue:
    """Tells that a report falls due."""

    async def tell(tx: Transaction, due: DueDate) -> None:
        project = await PROJECTS.change(tx, await PROJECTS.find(tx, due.subject, changing=True))
        data = GrantReportDue(
            project_id=project.project_id,
            call_id=project.call_id,
            organisation_id=project.organisation_id,
            stage=due.stage,
            due_on=due.due_on,
        )
        await publish(tx, Versioned(data, project.version), id=due.event_id, at=parts.now())

    return tell
