"""Who has a place in an action and who waits for one: in the order they came, whoever they are."""

from dataclasses import dataclass, replace
from uuid import UUID

from chassis.web.translations import N_
from directory.refusal import Refused


@dataclass(frozen=True, slots=True)
class Roll:
    """Registrations of one action. `places` is None where everybody fits; `waiting` is in the order they came.

    Nobody waits while a place is free, and nobody who holds one loses it to somebody else.
    """

    places: int | None = None
    registered: frozenset[UUID] = frozenset()
    waiting: tuple[UUID, ...] = ()

    @property
    def free(self) -> int | None:
        """Places left; None without a limit."""
        return None if self.places is None else self.places - len(self.registered)

    def entered(self, one: UUID) -> "Roll":
        """Somebody comes: behind those who wait, if anybody does."""
        return replace(self, waiting=(*self.waiting, one))._filled()

    def left(self, one: UUID) -> "Roll":
        """Somebody comes no more: whoever waits longest takes their place."""
        waiting = tuple(other for other in self.waiting if other != one)
        return replace(self, registered=self.registered - {one}, waiting=waiting)._filled()

    def resized(self, places: int | None) -> "Roll":
        """The room is another one. Raises Refused when it is smaller than what is taken."""
        if places is not None and places < len(self.registered):
            raise Refused("places", N_("Plus de personnes sont déjà inscrites. Annulez d'abord des inscriptions."))
        return replace(self, places=places)._filled()

    def moved_up(self, before: "Roll") -> frozenset[UUID]:
        """Who waited before and has a place now."""
        return self.registered & frozenset(before.waiting)

    def _filled(self) -> "Roll":
        free = len(self.waiting) if self.free is None else self.free
        return replace(self, registered=self.registered | set(self.waiting[:free]), waiting=self.waiting[free:])
