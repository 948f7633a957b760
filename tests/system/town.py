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
    own = await organisation(operator, directory, name="Maison du Département d'essai", kind="departement")
    partner = await organisation(
        operator, directory, name="Association d'essai", kind="association", request_keys=partner_keys
    )
    agents = {subject: await agent(operator, directory, subject, own, grants) for subject, grants in GRANTS.items()}
    return Town(agents, partner)


async def organisation(operator: Person, directory: Process, **said: Any) -> str:
    """An organisation of the territory; returns its id."""
    made = await operator.create(directory, "/directory/organisations", {"territory_ids": [TERRITORY], **said})
    return str(made["organisation_id"])


async def agent(
    operator: Person, directory: Process, subject: str, organisation_id: str, grants: list[tuple[str, str]]
) -> str:
    """An agent of an organisation, with what they may do where; returns their id."""
    body = {
        "subject": subject,
        "organisation_id": organisation_id,
        "name": f"Essai {subject}",
        "email": email_of(subject),
        "grants": [{"role": role, "territory_id": place} for role, place in grants],
    }
    return str((await operator.create(directory, "/directory/agents", body))["agent_id"])


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
