"""What a search across asks, the same on every service's pages: each answers for what its reader may see."""

from typing import Final

from contracts.navigation import Entry

SEARCHES: Final = (
    Entry("Personnes", "/intake/find", ("reception", "social_worker", "manager", "cell")),
    Entry("Dossiers", "/cases/find", ("social_worker", "coordinator", "manager")),
    Entry("Qui peut aider ?", "/directory/find", ("reception", "social_worker", "coordinator", "manager", "operator")),
)
