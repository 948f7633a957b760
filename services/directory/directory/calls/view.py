"""A call and a project as one reader sees them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from directory.calls import acts, store
from directory.calls.model import Call, Left, Project, Reading, Sharing, left, proposed, score
from directory.calls.store import CALLS, PROJECTS
from directory.work import Work


@dataclass(frozen=True, slots=True)
class CallSeen:
    """A call with the projects its reader may read. `left` is None for who does not read them all; `scores` hold those
    read by somebody; `proposed` is what a sharing by score gives each of those not yet decided."""

    call: Call
    projects: Sequence[Project]
    runs: bool
    left: Left | None
    scores: Mapping[UUID, Fraction]
    proposed: Mapping[UUID, int]

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON. Scores are rounded to a tenth for reading; sharing uses them exact."""
        if self.left is None:
            return CALLS.plain(self.call)
        return CALLS.plain(self.call) | {
            "left_cents": self.left.cents,
            "left_by_territory": dict(self.left.by_territory),
            "scores": {str(one): float(round(value, 1)) for one, value in self.scores.items()},
            "proposed_cents": {str(one): cents for one, cents in self.proposed.items()},
        }


@dataclass(frozen=True, slots=True)
class ProjectSeen:
    """A project; `readings` are empty for who may not read them."""

    project: Project
    call: Call
    runs: bool
    reads: bool
    asks: bool
    left: Left | None
    readings: Sequence[Reading]
    score: Fraction | None

    @property
    def plain(self) -> dict[str, Any]:
        body = PROJECTS.plain(self.project)
        if not self.reads:
            return body
        said = [
            {"agent_id": str(one.agent_id), "scores": dict(one.scores), "opinion": one.opinion, "comment": one.comment}
            for one in self.readings
        ]
        return body | {"readings": said, "score": None if self.score is None else float(round(self.score, 1))}


async def of_call(work: Work, call_id: UUID) -> CallSeen:
    """Raises NotKept."""
    call = await CALLS.find(work.tx, call_id)
    projects = await store.projects(work.tx, call_id)
    runs = acts.runs(work.actor, call)
    if not acts.reads(work.actor, call):
        return CallSeen(call, projects, runs, None, {}, {})
    said = await store.readings(work.tx, [one.project_id for one in projects])
    scores = {one: value for one, readings in said.items() if (value := score(call, readings)) is not None}
    rest = left(call, await store.granted(work.tx, call_id))
    by_score = proposed(call, projects, scores) if call.sharing == Sharing.SCORE else {}
    return CallSeen(call, projects, runs, rest, scores, by_score)


async def of_project(work: Work, project_id: UUID) -> ProjectSeen:
    """Raises NotKept."""
    project = await PROJECTS.find(work.tx, project_id)
    call = await CALLS.find(work.tx, project.call_id)
    reads = acts.reads(work.actor, call)
    readings = (await store.readings(work.tx, [project_id]))[project_id] if reads else []
    rest = left(call, await store.granted(work.tx, call.call_id)) if reads else None
    asks = project.organisation_id == work.actor.organisation_id
    return ProjectSeen(project, call, acts.runs(work.actor, call), reads, asks, rest, readings, score(call, readings))
