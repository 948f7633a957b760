"""A grant is written as an agreement: a draft between who gives and who receives, to be signed like any other."""

from datetime import date
from uuid import UUID

from chassis.web.translations import N_, translate
from directory.agreements import acts
from directory.agreements.model import Amount, Party, Stated, Terms
from directory.author import Author
from directory.calls.model import Call, Project
from directory.work import Work

_TO_NAME = N_("à désigner")


async def draft(work: Work, call: Call, project: Project) -> UUID:
    """The agreement of a project just granted. Raises what `agreements.acts.open_draft` raises."""
    by = Author(work.actor, work.now, work.today)
    made = await acts.open_draft(work.tx, by, "award", terms(call, project))
    return made.agreement_id


def terms(call: Call, project: Project) -> Terms:
    """Its text: two parties, and what is paid each year. It lasts until the report and the last payment are due."""
    assert project.decided_on is not None, "what is awarded is decided"
    assert project.report_due_on is not None, "what is granted has a report due"
    assert project.granted_cents is not None, "what is awarded is granted"
    years: dict[int, int] = {}
    for day, cents in _paid(project, project.decided_on, project.granted_cents):
        years[day.year] = years.get(day.year, 0) + cents
    last = max([project.decided_on, project.report_due_on, *(one.due_on for one in project.payments)])
    return Terms(
        title=f"{call.title[:140]} – {project.title[:140]}",
        territory_ids=(project.territory_id,),
        starts_on=project.decided_on,
        ends_on=last,
        parties=tuple(
            Party(organisation_id=one, signatory=translate(_TO_NAME))
            for one in (call.organisation_id, project.organisation_id)
        ),
        amounts=tuple(
            Amount(
                year=year,
                payer_id=call.organisation_id,
                payee_id=project.organisation_id,
                territory_id=project.territory_id,
                cents=cents,
            )
            for year, cents in sorted(years.items())
        ),
        stated=(Stated(of="whole", cents=project.granted_cents),),
    )


def _paid(project: Project, decided_on: date, cents: int) -> list[tuple[date, int]]:
    """The payments, or all of it when it was decided."""
    return [(one.due_on, one.cents) for one in project.payments] or [(decided_on, cents)]
