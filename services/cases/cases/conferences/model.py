"""A family conference: a decision-making meeting of the family on a concern of its own.

It holds no clear text: the question, the conditions and the actions are sealed.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts.events.cases import CalendarEntry
from contracts.programme import Programme
from contracts.sealed import Sealed

FOLLOW_UP: Final = "conference_follow_up"
"""Code of the programme's deadline, and kind of the due dates, of a follow-up."""
ACTION: Final = "action"
"""Code of the programme's deadline of an action, and kind of the events that tell it."""
PLAN_ACTION: Final = "plan_action"
"""Kind of the due dates of a ratified plan's actions."""


class Phase(StrEnum):
    PREPARATION = "preparation"
    SCHEDULED = "scheduled"
    INFORMATION_SHARING = "information_sharing"
    PRIVATE_TIME = "private_time"
    ACCEPTANCE = "acceptance"
    RATIFIED = "ratified"
    FOLLOWED_UP = "followed_up"
    STOPPED = "stopped"


MeetingPart = Literal[Phase.INFORMATION_SHARING, Phase.PRIVATE_TIME, Phase.ACCEPTANCE]
"""What a meeting is made of, in that order."""
OVER: Final = frozenset({Phase.FOLLOWED_UP, Phase.STOPPED})
USUALLY_LASTS: Final = timedelta(hours=2)
"""What a meeting takes of people's calendars: it lasts from an hour to a day, which nobody knows beforehand."""


class Role(StrEnum):
    """As what somebody is invited."""

    CONCERNED = "concerned"
    RELATIVE = "relative"
    SOCIAL_NETWORK = "social_network"
    PROFESSIONAL = "professional"


FAMILY: Final = frozenset({Role.CONCERNED, Role.RELATIVE})
FAMILY_GROUP: Final = FAMILY | {Role.SOCIAL_NETWORK}
"""Friends and the social network belong to the family group; professionals do not."""


SAFETY_READERS: Final = ("coordinator", "manager")
"""Who reads how a guest's safety was judged: it may be another reader's client who endangers them."""


class Safety(StrEnum):
    UNCHECKED = "unchecked"
    SAFE = "safe"
    REFUSED = "refused"


class Stop(StrEnum):
    """Why a conference stops. Read by those who work on the dossier, never by other invitees."""

    CONSENT_WITHDRAWN = "consent_withdrawn"
    UNSAFE = "unsafe"
    REQUEST_WITHDRAWN = "request_withdrawn"
    EXCLUDED = "excluded"
    """It turns out to be a situation in which the programme holds no conference."""
    OTHER = "other"


StopReason = Literal[Stop.CONSENT_WITHDRAWN, Stop.UNSAFE, Stop.OTHER]
"""Why an agent may stop one; a request is withdrawn in intake, and an exclusion names which."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Guest(_Part):
    """An invitee. `requested_by`: for a professional, who of the family group wants them there.

    `parental_authority`: they hold it over the minor concerned. `other_parent`: None while nobody has said.
    `came`: their place in the dossier came with the invitation. `met_on` and `safety` are for the dossier's
    coordinator and managers alone: others find them as if nothing had been checked.
    """

    person_id: UUID
    role: Role
    requested_by: UUID | None = None
    parental_authority: bool = False
    other_parent: bool | None = None
    came: bool = False
    met_on: date | None = None
    safety: Safety = Safety.UNCHECKED

    @property
    def of_the_family_group(self) -> bool:
        return self.role in FAMILY_GROUP


class Condition(_Part):
    """A non-negotiable condition of a mandated service. `stated_on`: the day it was, which precedes the meeting."""

    condition_id: UUID
    text: Sealed
    stated_on: date | None = None


class Decision(_Part):
    """Of a manager, or of the cell: whether the other parent may be contacted although violence is recorded."""

    may_be_contacted: bool
    decided_by: Literal["manager", "cell"]
    recorded_by: UUID
    recorded_on: date


class Action(_Part):
    """One action of the plan. `respects`: the conditions that the coordinator `compared_by` checked it against then,
    and that it does not contradict."""

    action_id: UUID
    what: Sealed
    who: UUID
    by_when: date
    checked_by: UUID
    respects: frozenset[UUID] = frozenset()
    compared_by: UUID | None = None
    compared_at: datetime | None = None
    feasible: bool = False


class Conference(_Part):
    """A conference as it stands. Moments are aware; `present` and `ratified_by` are persons.

    `scale` says which rules hold (`cases.conferences.family`); `continues` is the one whose question and unfinished
    actions this one takes up.
    """

    conference_id: UUID
    case_id: UUID
    scale: Literal["family"] = "family"
    continues: UUID | None = None
    phase: Phase = Phase.PREPARATION
    independent: UUID | None = None
    """The coordinator who declared to be independent."""
    question: Sealed | None = None
    mandated_service: bool | None = None
    """Whether a State service, or one mandated by it, is involved; None: not known yet."""
    mandated_by: frozenset[UUID] = frozenset()
    """Which organisations these are: nobody of theirs coordinates."""
    violence: bool = False
    """Violence, or a protection order, is recorded."""
    decision: Decision | None = None
    """On contacting the other parent all the same."""
    guests: tuple[Guest, ...] = ()
    conditions: tuple[Condition, ...] = ()
    meeting_at: datetime | None = None
    sequence: int = 0
    """How often the meeting was moved or called off, for the calendars it is in (RFC 5545)."""
    met_at: datetime | None = None
    private_from: datetime | None = None
    private_until: datetime | None = None
    present: frozenset[UUID] = frozenset()
    actions: tuple[Action, ...] = ()
    ratified_at: datetime | None = None
    ratified_by: frozenset[UUID] = frozenset()
    stopped: Stop | None = None

    @property
    def calendar(self) -> CalendarEntry | None:
        """The meeting for people's calendars, once it has a date."""
        if self.meeting_at is None:
            return None
        return CalendarEntry(
            uid=f"{self.conference_id}@maillage",
            sequence=self.sequence,
            starts_at=self.meeting_at,
            ends_at=self.meeting_at + USUALLY_LASTS,
        )

    @property
    def over(self) -> bool:
        return self.phase in OVER

    @property
    def family_group(self) -> tuple[Guest, ...]:
        return tuple(guest for guest in self.guests if guest.of_the_family_group)

    @property
    def family_present(self) -> frozenset[UUID]:
        """Those of the family group who are at the meeting: the plan is theirs."""
        return frozenset(guest.person_id for guest in self.family_group) & self.present

    def guest(self, person_id: UUID) -> Guest | None:
        return next((guest for guest in self.guests if guest.person_id == person_id), None)


class Coordination(_Part):
    """What is known around a conference, as it is now: who coordinates, what ties them, and whom it is about.

    `organisation_id`: the coordinator's. `tied_to`: people of the dossier whom they follow elsewhere, or declared a
    tie to. `violence`: the request itself speaks of it.
    """

    coordinator_id: UUID | None
    referent_ids: tuple[UUID, ...] = ()
    organisation_id: UUID | None = None
    tied_to: frozenset[UUID] = frozenset()
    minor: bool = False
    violence: bool = False


def allows_conference(programme: Programme) -> bool:
    """Whether dossiers of this programme may hold a conference: it says when its plan is followed up."""
    return any(deadline.code == FOLLOW_UP for deadline in programme.deadlines)
