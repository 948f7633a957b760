"""Who of a family group reads, without an account, the plan they agreed to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cases.conferences.life import AGREED
from cases.conferences.model import Conference, Role, Safety
from cases.conferences.neutrality import speaks_of_violence
from cases.dossiers.model import Case


@dataclass(frozen=True, slots=True)
class Held:
    """What a link opens, to whom, and until when."""

    link_hash: bytes
    case_id: UUID
    conference_id: UUID
    person_id: UUID
    expires_at: datetime


def stands(conference: Conference, case: Case) -> bool:
    """Whether the plan holds, and nothing is known that makes it unsafe to write about or to show: violence, or a duty
    towards a child."""
    unsafe = conference.violence or speaks_of_violence(case) or case.legal_duty
    return conference.phase in AGREED and not unsafe


def readers(conference: Conference, case: Case) -> tuple[UUID, ...]:
    """Those of the family group who were there when it was agreed and whose safety is known; not the minor it is
    about, and nobody where the plan may not be shown."""
    if not stands(conference, case):
        return ()
    there = [one for one in conference.family_group if one.person_id in conference.present]
    safe = [one for one in there if one.safety is Safety.SAFE]
    return tuple(sorted(one.person_id for one in safe if not (case.minor and one.role is Role.CONCERNED)))
