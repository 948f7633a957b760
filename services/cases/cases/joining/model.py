"""When two dossiers become one."""

from collections.abc import Collection

from cases.dossiers.model import WORKERS, Case
from chassis.actor import Actor


def may_join(one: Case, into: Case, agents: Collection[Actor], *, under_way: bool) -> bool:
    """Whether a dossier goes on in another: the same programme, both open, nothing under way in the one that closes, no
    legal duty in it, and the same readers, so that nobody loses a dossier or comes to read one.

    `agents` are those assigned to either. `under_way`: a conference, a measure, an orientation, a task… is still to be
    carried through in `one`.
    """
    both_open = one.open and into.open and not one.private_time and not into.private_time
    return (
        both_open
        and not under_way
        and not one.legal_duty
        and one.programme == into.programme
        and (same_readers(one, into, agents))
    )


def same_readers(one: Case, other: Case, agents: Collection[Actor]) -> bool:
    """Whether both lie on one territory and whoever is assigned to one of them works on both."""
    return one.territory_id == other.territory_id and all(
        _works_on(one, agent) and _works_on(other, agent) for agent in agents
    )


def _works_on(case: Case, agent: Actor) -> bool:
    return not case.roles_of(agent).isdisjoint(WORKERS)
