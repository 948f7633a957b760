"""A fictional département, made through the directory alone: one territory, its agents, a partner."""

from dataclasses import dataclass
from typing import Any

from tests.system.people import Person
from tests.system.platform import COMMUNES, TERRITORY, Platform, Process

OPERATOR = "exploitante"
GRANTS: dict[str, list[tuple[str, str]]] = {
    "accueil": [("reception", TERRITORY)],
    "responsable": [("manager", TERRITORY)],
    "assistante": [("social_worker", TERRITORY)],
    "coordinatrice": [("coordinator", TERRITORY)],
}


@dataclass(frozen=True)
class Town:
    """Who is who: ids by subject, and the partner's organisation."""

    agents: dict[str, str]
    partner: str


def email_of(subject: str) -> str:
    return f"{subject}@exemple.fr"


async def found(platform: Platform, directory: Process, partner_keys: dict[str, Any]) -> Town:
    """An operator is named by command; the operator does the rest over HTTP."""
    await platform.command(
        "directory", "operator", "--subject", OPERATOR, "--name", "Essai Exploitante", "--email", email_of(OPERATOR)
    )
    operator = Person(platform, OPERATOR)
    await operator.create(
        directory,
        "/directory/territories",
        {
            "territory_id": TERRITORY,
            "name": "Saint-Brieuc",
            "communes": COMMUNES[TERRITORY],
            "valid_from": "2020-01-01",
        },
    )
    organisation = await _organisation(operator, directory, name="Maison du Département d'essai", kind="departement")
    partner = await _organisation(
        operator, directory, name="Association d'essai", kind="association", request_keys=partner_keys
    )
    agents = {
        subject: (
            await operator.create(
                directory,
                "/directory/agents",
                {
                    "subject": subject,
                    "organisation_id": organisation,
                    "name": f"Essai {subject}",
                    "email": email_of(subject),
                    "grants": [{"role": role, "territory_id": place} for role, place in grants],
                },
            )
        )["agent_id"]
        for subject, grants in GRANTS.items()
    }
    return Town(agents, partner)


async def _organisation(operator: Person, directory: Process, **said: Any) -> str:
    made = await operator.create(directory, "/directory/organisations", {"territory_ids": [TERRITORY], **said})
    return str(made["organisation_id"])


async def known_everywhere(platform: Platform, town: Town, *services: str) -> None:
    """Waits until these services know every agent and the territory's communes."""

    async def arrived() -> bool:
        for service in services:
            if not await _knows(platform, service, [*town.agents.values()]):
                return False
        return "intake" not in services or await platform.count("intake", "territories") > 0

    await platform.until(arrived, "the directory's replicas")


async def _knows(platform: Platform, service: str, agents: list[str]) -> bool:
    return await platform.count(service, "agents", f"agent_id::text = ANY('{{{','.join(agents)}}}')") == len(agents)
