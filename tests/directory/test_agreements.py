"""Agreements over HTTP, on PostgreSQL: negotiated, approved, signed; what they open begins and ends with them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import httpx
import pytest

from chassis.due_dates import Clock
from contracts.envelope import Envelope
from contracts.events import OfferPublished, OrganisationPublished
from directory.offers import store as offers
from directory.organisations import store as organisations
from tests import identity
from tests.conftest import ServiceDatabaseFactory
from tests.directory.agreed import (
    BAR,
    CCAS,
    CITY,
    DEPARTMENT,
    ORGANISATIONS,
    convention,
    cooperation,
    early_detection,
    legal_access,
    social_centres,
    stated,
)
from tests.directory.conftest import Directory, directory_on, territory

PATH = "/directory/agreements"
TODAY = date(2026, 2, 2)


@dataclass
class Partners:
    """A directory whose clock the test turns, with the organisations of the sample agreements."""

    directory: Directory

    def on(self, day: date) -> None:
        self.directory.service.parts.now = lambda: datetime.combine(day, time(12), UTC)

    async def until(self, day: date) -> None:
        """Let the clock do all that is due by noon of that day."""
        self.on(day)
        parts = self.directory.service.parts
        clock = Clock(parts.worker, self.directory.service.on_due, parts.now)
        while await clock.fire_one():
            pass

    async def open(self, text: dict[str, Any], kind: str = "convention", by: str = "responsable") -> str:
        made = await self.directory.post(PATH, {"kind": kind, "terms": text}, by)
        assert made.status_code == 201, made.text
        return str(made.json()["agreement_id"])

    async def read(self, agreement: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.directory.ask("GET", f"{PATH}/{agreement}", "responsable")).json()
        return found

    async def step(self, agreement: str, step: str, body: Any = None, by: str = "responsable") -> httpx.Response:
        version = (await self.read(agreement))["version"]
        headers = {"If-Match": f'"{version}"'}
        return await self.directory.ask("POST", f"{PATH}/{agreement}/{step}", by, json=body or {}, headers=headers)

    async def write(self, agreement: str, text: dict[str, Any]) -> httpx.Response:
        return await self.directory.put(
            f"{PATH}/{agreement}/terms", text, (await self.read(agreement))["version"], "responsable"
        )

    async def signed(self, text: dict[str, Any], kind: str = "convention") -> str:
        """An agreement taken to its last signature, today."""
        agreement = await self.open(text, kind)
        steps = [("negotiated", {"on": "2026-01-05"})]
        deliberating = [one for one in text["parties"] if one["assembly"]]
        steps += [("approvals", approval(one["organisation_id"])) for one in deliberating]
        steps += [("signatures", signature(one["organisation_id"])) for one in text["parties"]]
        for step, body in steps:
            answer = await self.step(agreement, step, body)
            assert answer.status_code == 200, answer.text
        return agreement

    async def told(self, agreement: str) -> list[Envelope]:
        return [one for one in await self.directory.outbox() if one.subject == agreement]

    async def offer(self, **more: Any) -> UUID:
        usual = {"organisation_id": BAR, "name": "Permanence d'avocats", "territory_ids": ["saint-brieuc"]}
        state = OfferPublished.model_validate({"offer_id": UUID(int=1000 + len(SEEN))} | usual | more)
        SEEN.append(state.offer_id)
        async with self.directory.service.parts.worker.transaction() as tx:
            await offers.create(tx, state)
        return state.offer_id

    async def offered(self, offer_id: UUID) -> OfferPublished:
        async with self.directory.service.parts.worker.transaction() as tx:
            found = await offers.find(tx, offer_id)
        assert found is not None
        return found.state


SEEN: list[UUID] = []


def approval(organisation_id: object, **more: Any) -> dict[str, Any]:
    usual = {"assembly": "Assemblée", "on": "2026-01-20", "number": "2026-017"}
    return {"organisation_id": str(organisation_id)} | usual | more


def signature(organisation_id: object) -> dict[str, Any]:
    return {"organisation_id": str(organisation_id), "signatory": "Signataire", "on": "2026-02-02"}


@pytest.fixture(scope="module")
async def running(module_database: ServiceDatabaseFactory) -> AsyncIterator[Partners]:
    async for directory in directory_on(await module_database("directory")):
        for name, communes in (("saint-brieuc", ["22278"]), ("arcachon", ["33009"]), ("pays-exemple", ["22113"])):
            await directory.post("/directory/territories", territory(name, communes))
        await directory.grant("responsable", ("manager", "saint-brieuc"))
        await directory.grant("ailleurs", ("manager", "arcachon"))
        await directory.grant("accueil", ("reception", "saint-brieuc"))
        async with directory.service.parts.worker.transaction() as tx:
            for identity, name in ORGANISATIONS.items():
                state = OrganisationPublished(
                    organisation_id=identity, name=name, kind="other", territory_ids=("saint-brieuc",)
                )
                await organisations.create(tx, state)
        yield Partners(directory)


@pytest.fixture
def partners(running: Partners) -> Partners:
    running.on(TODAY)
    return running


async def test_from_a_draft_to_three_years_in_force_and_its_end(partners: Partners) -> None:
    agreement = await partners.signed(convention())
    assert (await partners.read(agreement))["phase"] == "signed"
    await partners.until(TODAY)
    assert (await partners.read(agreement))["phase"] == "in_force"
    await partners.until(date(2028, 6, 29))
    await partners.until(date(2028, 6, 30))
    await partners.until(date(2028, 9, 30))
    await partners.until(date(2028, 12, 31))
    assert (await partners.read(agreement))["phase"] == "in_force"
    await partners.until(date(2029, 1, 1))
    found = await partners.read(agreement)
    assert (found["phase"], found["ended_on"], found["end_reason"]) == ("ended", "2028-12-31", "expired")
    told = await partners.told(agreement)
    assert [(one.type, one.data.get("stage")) for one in told] == [
        ("AgreementSigned", None),
        ("AgreementInForce", None),
        ("AgreementEnding", "six_months"),
        ("AgreementEnding", "three_months"),
        ("AgreementEnded", None),
    ]
    assert told[0].data["total_cents"] == 45_000_000
    assert told[2].data["manager_ids"] == [str(identity.agent_id("responsable"))], "nobody of elsewhere is told"
    assert len({one.sequence for one in told}) == len(told)


async def test_every_sample_agreement_goes_through(partners: Partners) -> None:
    for text, kind in ((cooperation(), "protocol"), (early_detection(), "protocol"), (legal_access(), "convention")):
        agreement = await partners.signed(text, kind)
        assert (await partners.read(agreement))["kind"] == kind
    by_operator = await partners.open(social_centres(), "award", "exploitation")
    assert (await partners.read(by_operator))["faults"] == []


async def test_what_is_tacit_goes_on_and_warns_again_each_time(partners: Partners) -> None:
    agreement = await partners.signed(cooperation(), "protocol")
    for day in (TODAY, date(2026, 6, 30), date(2026, 9, 30), date(2027, 1, 1), date(2027, 6, 30), date(2027, 6, 30)):
        await partners.until(day)
    assert (await partners.read(agreement))["last_day"] == "2027-12-31"
    assert [(one.type, one.data["ends_on"]) for one in await partners.told(agreement)][2:] == [
        ("AgreementEnding", "2026-12-31"),
        ("AgreementEnding", "2026-12-31"),
        ("AgreementRenewed", "2027-12-31"),
        ("AgreementEnding", "2027-12-31"),
    ]
    last = {"organisation_id": str(CCAS), "on": "2027-06-30", "last_day": "2027-12-31", "why": "Nouveau projet"}
    assert (await partners.step(agreement, "denunciation", last)).status_code == 200
    await partners.until(date(2028, 1, 1))
    assert (await partners.read(agreement))["end_reason"] == "denounced"


async def test_a_clock_that_was_stopped_for_two_years_does_everything_once(partners: Partners) -> None:
    agreement = await partners.signed(cooperation(), "protocol")
    await partners.until(date(2028, 2, 1))
    assert (await partners.read(agreement))["last_day"] == "2028-12-31"
    types = [one.type for one in await partners.told(agreement)]
    assert types[:2] == ["AgreementSigned", "AgreementInForce"]
    assert types.count("AgreementRenewed") == 1
    await partners.until(date(2028, 2, 1))
    assert [one.type for one in await partners.told(agreement)] == types


async def test_what_it_opens_begins_and_ends_with_it(partners: Partners) -> None:
    permanence = await partners.offer()
    workshop = await partners.offer(
        name="Atelier budget", ends_on="2030-01-01", capacity={"left": 9, "on": "2026-01-01"}
    )
    opens = [
        {"offer_id": str(permanence), "how": "permanence"},
        {"offer_id": str(workshop), "how": "places", "places": 4},
    ]
    agreement = await partners.signed(legal_access(opens=opens))
    assert (await partners.offered(permanence)).agreement_id is None
    await partners.until(TODAY)
    opened, kept = await partners.offered(permanence), await partners.offered(workshop)
    assert (str(opened.agreement_id), opened.starts_on, opened.ends_on) == (
        agreement,
        date(2026, 1, 1),
        date(2027, 12, 31),
    )
    assert kept.capacity is not None
    assert (kept.capacity.reserved, kept.capacity.left, kept.ends_on) == (4, 9, date(2030, 1, 1))
    assert opened.told["agreement_id"].source == "local"

    # Somebody edits the offer meanwhile: nothing of it is lost at the end.
    async with partners.directory.service.parts.worker.transaction() as tx:
        await offers.keep(tx, [opened.model_copy(update={"phone": "0199000000"})])
    await partners.until(date(2028, 1, 1))
    closed, left = await partners.offered(permanence), await partners.offered(workshop)
    assert (closed.retired, closed.ends_on, closed.phone) == (True, date(2027, 12, 31), "0199000000")
    assert (left.retired, left.agreement_id, left.ends_on) == (False, None, date(2030, 1, 1))
    assert left.capacity is not None
    assert (left.capacity.reserved, left.capacity.left) == (None, 9)
    [ended] = [one for one in await partners.told(agreement) if one.type == "AgreementEnded"]
    assert set(ended.data["offer_ids"]) == {str(permanence), str(workshop)}
    assert [one.type for one in await partners.directory.outbox() if one.subject == str(permanence)] == [
        "OfferPublished",
        "OfferPublished",
    ]


async def test_an_amendment_opens_and_closes_at_once(partners: Partners) -> None:
    before, after = await partners.offer(), await partners.offer(name="Permanence notaire")
    agreement = await partners.signed(legal_access(opens=[{"offer_id": str(before), "how": "permanence"}]))
    await partners.until(TODAY)
    text = legal_access(
        opens=[{"offer_id": str(after), "how": "permanence"}], ends_on="2026-12-31", amounts=[], stated=[]
    )
    assert (await partners.write(agreement, text)).json()["proposed"]["ends_on"] == "2026-12-31"
    assert (await partners.offered(before)).ends_on == date(2027, 12, 31)
    signed = {
        "what": "Une année, et un notaire",
        "signed_on": "2026-02-02",
        "approvals": [approval(DEPARTMENT), approval(CITY)],
    }
    amended = await partners.step(agreement, "amendments", signed)
    assert [one["changed"] for one in amended.json()["amendments"]] == [["ends_on", "amounts", "stated", "opens"]]
    await partners.until(TODAY)
    assert (await partners.offered(before)).retired
    assert (await partners.offered(after)).ends_on == date(2026, 12, 31)
    assert [one.type for one in await partners.told(agreement)][-1] == "AgreementAmended"


async def test_a_review_says_where_each_action_stands(partners: Partners) -> None:
    agreement = await partners.signed(cooperation(), "protocol")
    await partners.until(TODAY)
    assert (await partners.read(agreement))["review_due_on"] == "2026-12-31"
    held = {"year": 1, "held_on": "2026-02-02", "results": [{"action": 1, "progress": "done", "value": "94 %"}]}
    missing = await partners.step(agreement, "reviews", held)
    assert (missing.status_code, missing.json()["detail"]) == (409, "Action 2 : dites où elle en est.")
    held["results"] = [*held["results"], {"action": 2, "progress": "under_way"}]  # type: ignore[misc]
    assert (await partners.step(agreement, "reviews", held)).json()["review_due_on"] is None


async def test_where_its_copies_lie_is_kept_with_it(partners: Partners) -> None:
    agreement = await partners.open(cooperation())
    copy = {"title": "Protocole signé", "link": "https://archives.example/protocole.pdf"}
    [filed] = (await partners.step(agreement, "documents", copy)).json()["documents"]
    wrong = await partners.step(agreement, "documents", copy | {"link": "javascript:alert(1)"})
    assert wrong.status_code == 422
    place = f"{PATH}/{agreement}/documents/{filed['document_id']}"
    assert (await partners.directory.delete(place, 2, "responsable")).json()["documents"] == []


async def test_a_text_whose_sums_are_off_is_not_settled_and_says_which(partners: Partners) -> None:
    agreement = await partners.open(convention(stated=[stated("year", 2027, 149_999), stated("axis", 2, 90_001)]))
    refused = await partners.step(agreement, "negotiated", {"on": "2026-02-02"})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:maillage:problem:step-refused")
    said = [one["detail"] for one in refused.json()["errors"]]
    assert [one.split(" : ")[0] for one in said] == ["Année 2027", "Axe 2"]
    found = await partners.read(agreement)
    assert (found["phase"], found["version"], found["faults"]) == ("draft", 1, said)
    assert await partners.told(agreement) == []


async def test_who_may_do_what(partners: Partners) -> None:
    agreement = await partners.open(cooperation())
    for by, status in (("accueil", 403), ("ailleurs", 403), (None, 401)):
        body = {"kind": "protocol", "terms": cooperation()}
        assert (await partners.directory.post(PATH, body, by)).status_code == status
        answer = await partners.directory.ask(
            "POST", f"{PATH}/{agreement}/negotiated", by, json={"on": "2026-02-02"}, headers={"If-Match": '"1"'}
        )
        assert answer.status_code == status
    assert (await partners.directory.ask("GET", f"{PATH}/{agreement}", "accueil")).status_code == 200
    assert (await partners.directory.ask("GET", f"{PATH}/{agreement}", None)).status_code == 401
    assert (await partners.read(agreement))["version"] == 1


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"territory_ids": ["nowhere"]}, 403, "droits"),
        ({"territory_ids": ["saint-brieuc", "arcachon"]}, 403, "droits"),
        (
            {"parties": [{"organisation_id": "00000000-0000-4000-8000-000000000000", "signatory": "Nul"}]},
            409,
            "Une structure n'est pas",
        ),
        (
            {"opens": [{"offer_id": "00000000-0000-4000-8000-000000000000", "how": "permanence"}]},
            409,
            "Une offre n'est pas",
        ),
        ({"title": ""}, 422, "Corrigez"),
    ],
)
async def test_what_names_nothing_known_is_refused(
    partners: Partners, change: dict[str, Any], status: int, said: str
) -> None:
    refused = await partners.directory.post(PATH, {"kind": "protocol", "terms": cooperation() | change}, "responsable")
    assert refused.status_code == status
    assert said in refused.text


async def test_offers_of_elsewhere_or_of_another_agreement_are_not_opened(partners: Partners) -> None:
    theirs = await partners.offer(territory_ids=["arcachon"])
    taken = await partners.offer(agreement_id=UUID(int=77))
    for offer_id, status in ((theirs, 403), (taken, 409)):
        text = cooperation(opens=[{"offer_id": str(offer_id), "how": "permanence"}])
        body = {"kind": "protocol", "terms": text}
        assert (await partners.directory.post(PATH, body, "responsable")).status_code == status


async def test_an_edit_of_what_somebody_changed_meanwhile_is_refused(partners: Partners) -> None:
    agreement = await partners.open(cooperation())
    assert (await partners.write(agreement, cooperation(title="Autre titre"))).json()["version"] == 2
    late = await partners.directory.put(f"{PATH}/{agreement}/terms", cooperation(), 1, "responsable")
    assert late.status_code == 412
    abandoned = await partners.step(agreement, "abandoned", {"why": "Le CIAS se retire."})
    assert (abandoned.json()["phase"], abandoned.json()["end_reason"]) == ("ended", "abandoned")
    assert [one.type for one in await partners.told(agreement)] == ["AgreementEnded"]


async def test_the_list_begins_with_what_ends_first(partners: Partners) -> None:
    for text in (convention(title="Longue"), cooperation(title="Courte")):
        await partners.open(text)
    listed = await partners.directory.ask(
        "GET", PATH, "accueil", params={"phase": "draft", "territory": "saint-brieuc", "party": str(CCAS)}
    )
    days = [one["last_day"] for one in listed.json()["agreements"]]
    assert days == sorted(days)
    assert {"Longue", "Courte"} <= {one["terms"]["title"] for one in listed.json()["agreements"]}
    nothing = await partners.directory.ask("GET", PATH, "accueil", params={"territory": "elsewhere"})
    assert nothing.json() == {"agreements": [], "next": None}
