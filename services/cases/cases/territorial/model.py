"""A conference of a territory: its partners decide together what to do for its inhabitants, and by whom it is done.

The same cycle as a family's, other scale: what is the matter (diagnosis), what is said of it (consultation), what is
decided (restitution), all of it in one sitting or in one meeting each; then a ratified plan, followed up and evaluated.
It is about organisations and names no person. Source: the practice of conférences sociales and projets sociaux de
territoire as départements hold them.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from cases.follow_ups.model import SETTLED, FollowUp
from cases.territorial.figures import Figures
from contracts.envelope import derived_id

FOLLOW_UP: Final = "territorial_follow_up"
EVALUATION: Final = "territorial_evaluation"
QUARTERLY: Final = "quarterly_meeting"
NEXT: Final = "next_conference"
ACTION: Final = "action"
"""Codes of the programme's deadlines, and kinds of what is told to fall due."""
OWN_ACTION: Final = "territorial_action"
"""Kind of the due dates of the plan's actions."""
Round = Literal["territorial_follow_up", "territorial_evaluation"]
"""Each time the partners say what became of the plan."""


class Course(StrEnum):
    """How it is held: a meeting for each phase, or one sitting in the year."""

    PHASES = "phases"
    SITTING = "sitting"


class Phase(StrEnum):
    DIAGNOSIS = "diagnosis"
    CONSULTATION = "consultation"
    RESTITUTION = "restitution"
    SITTING = "sitting"
    RATIFIED = "ratified"
    EVALUATED = "evaluated"
    STOPPED = "stopped"


ROUTES: Final[Mapping[Course, tuple[Phase, ...]]] = {
    Course.PHASES: (Phase.DIAGNOSIS, Phase.CONSULTATION, Phase.RESTITUTION),
    Course.SITTING: (Phase.DIAGNOSIS, Phase.SITTING),
}
"""Phases up to the ratification, in their order."""
OVER: Final = frozenset({Phase.EVALUATED, Phase.STOPPED})
FindingKind = Literal["need", "group", "risk", "means"]
"""What a diagnosis finds: a need, a group in difficulty, a risk that it gets worse, or means there are."""
Level = Literal["communal", "intercommunal"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Finding(_Part):
    """Something the diagnosis says that no figure does."""

    finding_id: UUID
    kind: FindingKind
    text: str


class Workshop(_Part):
    """A group that works on one subject."""

    workshop_id: UUID
    title: str


class Contribution(_Part):
    """What somebody says in a workshop: an organisation, or else a resident, who is not named."""

    contribution_id: UUID
    workshop_id: UUID
    organisation_id: UUID | None
    text: str


class Pitch(_Part):
    """An initiative presented in a few minutes, by an organisation or by residents."""

    pitch_id: UUID
    title: str
    organisation_id: UUID | None
    text: str


class Axis(_Part):
    axis_id: UUID
    title: str


class Action(_Part):
    """One action of the plan: the organisation that does it and the one that checks, and how one will know.
    `commune`: INSEE code, of a communal one."""

    action_id: UUID
    axis_id: UUID
    what: str
    level: Level
    commune: str | None = None
    organisation_id: UUID
    indicator: str
    by_when: date
    checked_by: UUID


class Attendance(_Part):
    """Who came to a meeting; residents are counted, not named."""

    on: date
    organisations: frozenset[UUID]
    residents: int = 0


class Gathering(_Part):
    """A quarterly meeting of the territory's professionals."""

    gathering_id: UUID
    on: date
    organisations: frozenset[UUID]
    text: str


class Presented(_Part):
    """The diagnosis was shown: its figures stay as they were then; None where there were too few to show any."""

    on: date
    figures: Figures


class Territorial(_Part):
    """A conference of a territory as it stands. Moments are aware.

    `facilitator_id`: the manager who leads it and is told what falls due. `continues`: the dossier of the conference of
    the year before. `contract`: an agreement is to come of it. `measured`: action → value of its indicator.
    """

    case_id: UUID
    territory_id: str
    programme: str
    programme_version: int
    title: str
    course: Course
    facilitator_id: UUID
    opened_at: datetime
    continues: UUID | None = None
    phase: Phase = Phase.DIAGNOSIS
    findings: tuple[Finding, ...] = ()
    presented: Presented | None = None
    partners: tuple[UUID, ...] = ()
    meeting_at: datetime | None = None
    """When the next meeting is; None once it has begun."""
    attended: Mapping[Phase, Attendance] = {}
    workshops: tuple[Workshop, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    pitches: tuple[Pitch, ...] = ()
    axes: tuple[Axis, ...] = ()
    actions: tuple[Action, ...] = ()
    ratified_at: datetime | None = None
    ratified_by: frozenset[UUID] = frozenset()
    contract: bool = False
    rounds: Mapping[Round, FollowUp] = {}
    measured: Mapping[UUID, str] = {}
    gatherings: tuple[Gathering, ...] = ()
    stopped: str | None = None
    """Why, in words."""

    @property
    def conference_id(self) -> UUID:
        return derived_id(self.case_id, "conference")

    @property
    def over(self) -> bool:
        return self.phase in OVER

    @property
    def next_phase(self) -> Phase | None:
        """The next meeting's; None when the plan is what comes next, or nothing."""
        route = ROUTES[self.course]
        if self.phase not in route or self.phase is route[-1]:
            return None
        return route[route.index(self.phase) + 1]

    @property
    def last_meeting(self) -> Attendance | None:
        """Of those before the plan was ratified: the partners present at it decide."""
        found = [self.attended[phase] for phase in ROUTES[self.course] if phase in self.attended]
        return found[-1] if found else None

    @property
    def present(self) -> frozenset[UUID]:
        return self.last_meeting.organisations if self.last_meeting else frozenset()

    @property
    def settled(self) -> frozenset[UUID]:
        """Actions of which nothing more is expected."""
        return frozenset(
            action for one in self.rounds.values() for action, outcome in one.outcomes.items() if outcome in SETTLED
        )
