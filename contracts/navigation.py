"""The pages services show each other's readers: the main menu, the same on every service's pages."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the menu. `roles`: who sees it; none means everybody."""

    text: str
    path: str
    roles: tuple[str, ...] = ()


MENU: Final = (
    Entry("À traiter", "/notifications/inbox", ("reception", "social_worker", "coordinator", "manager", "operator")),
    Entry("Téléphone et guichet", "/intake/desk", ("reception", "social_worker", "manager")),
    Entry("Demandes reçues", "/intake/requests", ("reception", "social_worker", "manager")),
    Entry("Dossiers", "/cases", ("social_worker", "coordinator", "manager")),
    Entry("Équipe", "/cases/team", ("manager",)),
    Entry("Conférences territoriales", "/cases/territorial-conferences", ("manager",)),
    Entry("Mes rendez-vous", "/cases/appointments", ("social_worker", "coordinator", "manager")),
    Entry("Messages", "/notifications/messages", ("manager", "operator")),
    Entry("Lettres", "/notifications/letters", ("manager", "operator")),
    Entry("Logiciels des partenaires", "/notifications/webhooks", ("manager", "operator")),
    Entry(
        "Qui peut aider ?", "/directory/search", ("reception", "social_worker", "coordinator", "manager", "operator")
    ),
    Entry("Structures", "/directory/", ("reception", "social_worker", "coordinator", "manager", "operator")),
    Entry("Conventions", "/directory/agreements", ("manager", "operator")),
    Entry("Agents", "/directory/agents", ("manager", "operator")),
    Entry("Faire une demande", "/demande"),
    Entry("Suivre une demande", "/suivi"),
    Entry("Annuaire", "/annuaire"),
)
"""In the order shown: one's own work first."""
