"""What agents do with the shared plan of their dossier. An action is moved and ended like a task."""

from datetime import date
from uuid import UUID

from cases.dossiers.model import WORKERS, must_be_writable
from cases.dossiers.work import Work
from cases.people import store as people
from cases.plans import model, store
from cases.programmes import programme_of
from cases.tasks import acts as tasks
from cases.tasks.model import Kind, Task


async def add_action(work: Work, what: str, who: UUID, by_when: date, checked_by: UUID) -> Task:
    """Agree on an action: what, who carries it out, by when, and which agent checks. Raises Refused."""
    work.require(*WORKERS)
    must_be_writable(work.case)
    programme = programme_of(work.case, work.parts.settings.programmes)
    referents = await store.referents(work.tx, work.case.case_id)
    known = {one.person_id for one in await people.of_case(work.tx, work.case.case_id)}
    agents = {one.agent_id for one in referents}
    model.must_be_plannable(work.case, programme, referents, who, known | agents)
    return await tasks.set_task(work, what, checked_by, by_when, Kind.ACTION, who)
