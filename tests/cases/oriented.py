"""Partners of an invented place, and a dossier to orient to them."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx

from chassis.sealing import Shown
from contracts.envelope import Envelope
from contracts.events import ConsentGiven, ConsentWithdrawn, OfferPublished, OrganisationPublished
from contracts.events.cases import case_id_of
from contracts.sealed import Sealed
from tests import identity
from tests.cases.conftest import HERE, Cases, submitted, told

STRUCTURE, OTHER, UNREACHABLE = UUID(int=0xA1), UUID(int=0xA2), UUID(int=0xA3)
OFFER, SECOND, ELSEWHERE, ALONE, GONE = (UUID(int=0xB0 + number) for number in range(1, 6))
ASKED = "Une aide pour remplir un dossier de logement."
FIRST_NAME, REACH = "Sam", "06 00 00 00 00, le matin"
WHOLE = {
    "offer_id": str(OFFER),
    "asked": ASKED,
    "first_name": FIRST_NAME,
    "reach": REACH,
    "reach_is_safe": True,
}


def organisation(organisation_id: UUID, name: str, sequence: int = 1, **changes: Any) -> Envelope:
    fields: dict[str, Any] = {
        "organisation_id": organisation_id,
        "name": name,
        "kind": "association",
        "email": "accueil@structure.example",
        "phone": "02 00 00 00 00",
    }
    return told(OrganisationPublished.model_validate(fields | changes), sequence, source="/maillage/directory")


def offer(offer_id: UUID, organisation_id: UUID, name: str, sequence: int = 1, **changes: Any) -> Envelope:
    fields: dict[str, Any] = {
        "offer_id": offer_id,
        "organisation_id": organisation_id,
        "name": name,
        "themes": ("housing",),
        "territory_ids": (HERE,),
    }
    return told(OfferPublished.model_validate(fields | changes), sequence, source="/maillage/directory")


PARTNERS = (
    organisation(STRUCTURE, "Association Exemple"),
    organisation(OTHER, "Relais Exemple"),
    organisation(UNREACHABLE, "Permanence Exemple", email=None),
    offer(OFFER, STRUCTURE, "Aide au logement"),
    offer(SECOND, OTHER, "Permanence logement"),
    offer(ELSEWHERE, OTHER, "Logement ailleurs", territory_ids=("saint-flour",)),
    offer(ALONE, UNREACHABLE, "Écoute", themes=("isolation",)),
    offer(GONE, OTHER, "Offre d'hier", retired=True),
)


@dataclass
class Oriented:
    """A dossier of a first contact about Sam, led by its social worker."""

    cases: Cases
    case_id: UUID
    person: UUID
    consents: list[UUID] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"/cases/{self.case_id}/orientations"

    async def agree(self, organisation_id: UUID = STRUCTURE, by: UUID | None = None) -> None:
        """The person, or who may for them, agrees to share with that structure."""
        self.consents.append(uuid4())
        given = ConsentGiven(
            consent_id=self.consents[-1],
            person_id=self.person,
            kind="sharing",
            organisation_id=organisation_id,
            given_how="oral",
            given_at=self.cases.now,
            given_by=by,
        )
        await self.cases.receive(told(given, 2))

    async def take_back(self) -> Envelope:
        """They take it back."""
        withdrawn = told(
            ConsentWithdrawn(
                consent_id=self.consents[-1], person_id=self.person, kind="sharing", withdrawn_at=self.cases.now
            ),
            3,
        )
        await self.cases.receive(withdrawn)
        return withdrawn

    async def propose(self, **changes: Any) -> dict[str, Any]:
        answer = await self.try_propose(**changes)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def try_propose(self, by: str = "social_worker", **changes: Any) -> httpx.Response:
        body = {name: value for name, value in (WHOLE | changes).items() if value is not None}
        return await self.cases.create(self.path, body, by)

    async def listed(self) -> list[dict[str, Any]]:
        answer = await self.cases.get(self.path, "social_worker")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    async def answer(self, orientation_id: str, by: str = "partner", version: int = 1, **body: Any) -> httpx.Response:
        """An agent of the structure answers in the workspace."""
        path = f"/cases/orientations/{orientation_id}/answer"
        return await self.cases.ask("POST", path, by, json=body, headers={"If-Match": f'"{version}"'})

    async def secret(self, type: str, name: str) -> str:
        """What the last event of that type carries sealed: what only the mail shows."""
        block = Sealed.model_validate((await self.cases.outbox(type))[-1].data[name])
        parts = self.cases.service.parts
        async with parts.worker.transaction() as tx:
            [opened] = await parts.keyring.open(tx, [block])
        assert opened is not None
        assert opened.state is Shown.OPEN
        return opened.text


async def oriented_on(cases: Cases, **changes: Any) -> Oriented:
    person = uuid4()
    usual: dict[str, Any] = {
        "programme": "first-contact",
        "requester": {"person_id": person, "role": "self"},
        "concerned": {"person_id": person, "minor": False},
    }
    request = submitted(**usual | changes)
    await cases.receive(told(request), *PARTNERS)
    await cases.record_person(person, "Sam Exemple")
    for subject, role in (("partner", "social_worker"), ("director", "manager"), ("welcome", "reception")):
        await identity.grant(cases.service.parts.worker, subject, [(role, "elsewhere")], STRUCTURE)
    await identity.grant(cases.service.parts.worker, "neighbour", [("social_worker", "elsewhere")], OTHER)
    return Oriented(cases, case_id_of(request.request_id), person)
