"""Who may write what concerns a set of territories: operators, and managers within their own."""

from collections.abc import Collection

from chassis.actor import Actor


class OutOfScope(Exception):
    """The actor's rights do not reach all the territories concerned."""


def check(actor: Actor, *concerned: Collection[str]) -> None:
    """Raises OutOfScope unless the actor is operator or manager on each of them (`*` asks for all). What concerns none
    of our territories is the operators' alone."""
    if not all(_within(actor, territory_ids) for territory_ids in concerned):
        raise OutOfScope


def _within(actor: Actor, territory_ids: Collection[str]) -> bool:
    if not territory_ids:
        return actor.has("operator")
    return all(actor.has("operator", "manager", territory_id=one) for one in territory_ids)
