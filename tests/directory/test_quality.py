"""Quality over HTTP, on PostgreSQL: asked by link, confirmed or corrected without an account, reviewed, merged."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.due_dates import Clock
from contracts.events import ConfirmationAsked, OrganisationPublished
from directory.quality import renewal, store
from directory.quality.model import OFFER, ORGANISATION, Kind
from tests.directory.conftest import Directory, offer, organisation, site, territory
from tests.directory.test_action_pages import Visitor

PATH, LINK = "/directory/quality", "/annuaire/confirmer"
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
MANAGER = "responsable"


class House:
    """A directory whose clock the test turns."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.parts = directory.service.parts
        self.on(NOW)

    def on(self, at: datetime) -> None:
        self.parts.now = lambda: at

    async def clock(self) -> None:
        clock = Clock(self.parts.worker, self.directory.service.on_due, self.parts.now)
        while await clock.fire_one():
            pass

    async def renew(self) -> None:
        """What is done each night."""
        async with self.parts.worker.transaction() as tx:
            await renewal.begin(tx, self.parts.now(), self.parts.settings.zone)
        await self.clock()

    async def read(self, path: str, by: str = MANAGER, status: int = 200, **asked: Any) -> dict[str, Any]:
        answer = await self.directory.ask("GET", f"{PATH}{path}", by, params=asked)
        assert answer.status_code == status, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def do(self, path: str, by: str = MANAGER, status: int = 200, **fields: Any) -> dict[str, Any]:
        answer = await self.directory.ask("POST", f"{PATH}{path}", by, data=fields)
        assert answer.status_code == status, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def asked(self) -> list[ConfirmationAsked]:
        found = [one.data for one in await self.directory.outbox() if one.type == "ConfirmationAsked"]
        return [ConfirmationAsked.model_validate(one) for one in found]

    async def link(self) -> str:
        """The address in the last mail."""
        last = (await self.asked())[-1]
        async with self.parts.worker.transaction() as tx:
            [opened] = await self.parts.keyring.open(tx, [last.link])
        return f"{LINK}/{opened}"

    async def organisation(self, **more: Any) -> str:
        return str(
            (await self.directory.post("/directory/organisations", organisation(**more))).json()["organisation_id"]
        )

    async def offer(self, whose: str, **more: Any) -> str:
        return str((await self.directory.post("/directory/offers", offer(whose, **more))).json()["offer_id"])

    async def state(self, kind: str, identity: str) -> dict[str, Any]:
        body: dict[str, Any] = (await self.directory.ask("GET", f"/directory/{kind}/{identity}")).json()
        return body


@pytest.fixture
async def house(directory: Directory) -> House:
    made = House(directory)
    await directory.post("/directory/territories", territory())
    await directory.grant(MANAGER, ("manager", "saint-brieuc"))
    await directory.grant("ailleurs", ("manager", "dinan"))
    await directory.grant("accueil", ("reception", "saint-brieuc"))
    return made


async def asked(house: House, **more: Any) -> tuple[str, Visitor, str]:
    """An organisation that was sent a link, and its visitor who opened it."""
    whose = await house.organisation(email="accueil@exemple.example", **more)
    await house.do(f"/organisations/{whose}/ask")
    await house.clock()
    visitor = Visitor(house.directory)
    assert (await visitor.http.get(await house.link())).headers["location"] == LINK
    return whose, visitor, await visitor.open(LINK)


async def test_an_organisation_confirms_all_in_one_press(house: House) -> None:
    whose, visitor, _ = await asked(house)
    offered = await house.offer(whose)
    shown = await visitor.open(LINK)
    assert "Tout est juste" in shown
    assert "Permanence logement" in shown
    assert (await visitor.http.post(LINK, data={})).status_code == 403  # not from our page
    assert (await visitor.send(LINK, shown, {})).status_code == 303
    for kind, identity in (("organisations", whose), ("offers", offered)):
        assert (await house.state(kind, identity))["assured"] == {"on": "2026-06-01"}
    assert (await house.read(f"/organisations/{whose}"))["answered_at"] is not None


async def test_corrections_are_reviewed_field_by_field(house: House) -> None:
    whose, visitor, shown = await asked(house, phone="+33296000000")
    wrong = await visitor.send(f"{LINK}/correction/{whose}", shown, {"phone": "demain", "name": "Autre nom"})
    assert wrong.status_code == 422
    assert "numéro de téléphone" in wrong.text
    assert 'value="Autre nom"' in wrong.text
    assert (await house.read("/corrections"))["corrections"] == []

    said = {"name": "Nouveau nom", "phone": "02 96 11 11 11", "email": "accueil@exemple.example"}
    assert (await visitor.send(f"{LINK}/correction/{whose}", shown, said)).status_code == 303
    found = {one["field"]: one for one in (await house.read("/corrections"))["corrections"]}
    assert {name: (one["before"], one["after"]) for name, one in found.items()} == {
        "name": ("Association Exemple", "Nouveau nom"), "phone": ("+33296000000", "+33296111111"),
    }  # fmt: skip
    assert (await house.state("organisations", whose))["phone"] == "+33296000000"  # nothing before somebody agrees

    assert (await house.read("/corrections", "ailleurs"))["corrections"] == []
    await house.do(f"/corrections/{found['phone']['correction_id']}/accept", "ailleurs", 404)
    await house.do(f"/corrections/{found['phone']['correction_id']}/accept", "accueil", 403)
    await house.do(f"/corrections/{found['phone']['correction_id']}/accept")
    await house.do(f"/corrections/{found['name']['correction_id']}/refuse")
    await house.do(f"/corrections/{found['name']['correction_id']}/accept", status=404)  # decided
    state = await house.state("organisations", whose)
    assert (state["name"], state["phone"]) == ("Association Exemple", "+33296111111")
    assert state["told"]["phone"]["source"] == "organisation"


async def test_a_link_reaches_one_organisation_alone(house: House) -> None:
    stranger = await house.organisation(name="Étrangère")
    theirs = await house.offer(stranger)
    _, visitor, shown = await asked(house)
    assert "Étrangère" not in shown
    for identity in (stranger, theirs, str(uuid4())):
        sent = await visitor.send(f"{LINK}/correction/{identity}", shown, {"name": "Pris"})
        assert sent.status_code == 404
    assert (await house.read("/corrections"))["corrections"] == []


async def test_a_link_ends_is_renewed_by_its_holder_and_revoked(house: House) -> None:
    whose, visitor, shown = await asked(house)
    assert (await visitor.send(f"{LINK}/renew", shown, {})).status_code == 409  # still good
    house.on(NOW + timedelta(days=8))
    await visitor.http.get(await house.link())
    over = await visitor.open(LINK)
    assert "Recevoir un nouveau lien" in over
    assert "Tout est juste" not in over
    assert (await visitor.send(LINK, over, {})).status_code == 409
    assert (await visitor.send(f"{LINK}/renew", over, {})).status_code == 303
    assert [one.occasion for one in await house.asked()] == ["campaign", "renewal"]
    assert "Ouvrez le lien du dernier message" in await visitor.open(LINK)  # the old one is none any more

    await visitor.http.get(await house.link())
    await house.do(f"/organisations/{whose}/revoke", "ailleurs", 403)
    await house.do(f"/organisations/{whose}/revoke")
    await house.do(f"/organisations/{whose}/revoke", status=409)
    assert "a été révoqué" in await visitor.open(LINK)
    assert (await visitor.send(LINK, over, {})).status_code == 409
    assert "Ouvrez le lien" in await Visitor(house.directory).open(LINK)  # without any


async def test_a_campaign_asks_a_territory_in_turn_each_at_its_rhythm(house: House) -> None:
    spared = await house.organisation(name="Rythme réglé", email="b@exemple.example")
    await house.do(f"/organisations/{spared}/rhythm", every_months=0)
    await house.organisation(name="Sans adresse")
    whose = await house.organisation(email="a@exemple.example")
    await house.do("/campaign", "ailleurs", 403, territory_id="saint-brieuc", every_months=6)
    answer = await house.do("/campaign", territory_id="saint-brieuc", every_months=6)
    assert answer["organisations"] == 1
    await house.clock()
    assert await house.asked() == []  # it was entered today: sure enough for six months
    for months, times in ((6, 1), (7, 1), (13, 2)):
        house.on(NOW + timedelta(days=31 * months))
        await house.clock()
        told = [str(one.organisation_id) for one in await house.asked()]
        assert told == [whose] * times
    await house.do(f"/organisations/{await house.organisation(name='Muette')}/ask", status=409)


async def test_what_is_stale_comes_worst_first_by_page(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("directory.quality.pages.PAGE", 2)
    whose = await house.organisation()
    made = [await house.offer(whose, name=f"Offre {n}") for n in range(4)]
    house.on(NOW + timedelta(days=30))
    fresh = await house.organisation(name="Récente")
    house.on(NOW + timedelta(days=366 + 10))
    await house.renew()
    seen: list[str] = []
    following: str | None = "order=age"
    while following:
        answer = await house.directory.ask("GET", f"{PATH}?{following}", MANAGER)
        seen += [one["aggregate_id"] for one in answer.json()["entries"]]
        following = answer.json()["next"]
    assert sorted(seen) == sorted([whose, *made])
    assert fresh not in seen
    assert (await house.read("", "ailleurs"))["entries"] == []
    assert (await house.read("", territory="ailleurs"))["entries"] == []
    await house.read("", "accueil", 403)


async def test_the_national_score_is_kept_and_what_would_raise_it_said(house: House) -> None:
    made = await house.offer(await house.organisation())
    good = await house.offer(await house.organisation(), name="Complète", fees="gratuit", phone="+33296000000",
        description="d" * 300, publics=["jeunes"], mobilisation=["telephoner"], mobilised_by=["usagers"])  # fmt: skip
    await house.renew()
    low = await house.read("", order="score")
    assert [one["aggregate_id"] for one in low["entries"]] == [made, good]
    assert low["entries"][1]["score"] == 1.0
    told = await house.read(f"/offers/{made}")
    assert told["score"] == low["entries"][0]["score"]
    assert "gratuite" in told["raises"]["frais_bien_definis"]
    await house.read(f"/offers/{uuid4()}", status=404)


async def sourced(house: House, source: str, *names: str, **more: Any) -> list[OrganisationPublished]:
    """Organisations as a source brings them."""
    from directory.organisations import store as organisations

    made = [
        OrganisationPublished(organisation_id=uuid4(), name=name, kind="association",
            territory_ids=("saint-brieuc",), source=source, **more)
        for name in names
    ]  # fmt: skip
    async with house.parts.worker.transaction() as tx:
        await organisations.keep(tx, made)
    return made


async def test_probable_duplicates_are_proposed_with_reasons_and_merged_by_a_steward(house: House) -> None:
    [one] = await sourced(house, "dora", "Les Amis", siret="12345678901234", phone="+33296000000")
    [other] = await sourced(house, "soliguide", "Association les amis", siret="12345678901234", email="a@e.example")
    await sourced(house, "dora", "Les Amis bis", siret="12345678901234")  # one source knows its own apart
    offered = await house.offer(str(other.organisation_id))
    await house.renew()
    pairs = (await house.read("/duplicates"))["duplicates"]
    assert {tuple(pair["reasons"]) for pair in pairs} == {("siret",)}
    assert len(pairs) == 2
    [pair] = [pair for pair in pairs if {pair["first_id"], pair["second_id"]} == {
        str(one.organisation_id), str(other.organisation_id)}]  # fmt: skip
    path = f"/duplicates/{pair['first_id']}/{pair['second_id']}"
    await house.do(f"{path}/merge", "ailleurs", 404, keep=str(one.organisation_id))
    await house.do(f"{path}/merge", status=409, keep=str(uuid4()))
    await house.do(f"{path}/merge", keep=str(one.organisation_id))
    kept = await house.state("organisations", str(one.organisation_id))
    assert (kept["phone"], kept["email"]) == ("+33296000000", "a@e.example")
    assert (await house.state("offers", offered))["organisation_id"] == str(one.organisation_id)
    gone = await house.read(f"/organisations/{other.organisation_id}")
    assert gone["merged_into"] == str(one.organisation_id)
    await house.do(f"{path}/merge", status=404, keep=str(one.organisation_id))
    assert ("OrganisationPublished", 2) in await house.directory.told("OrganisationPublished")


async def test_a_pair_dismissed_is_not_proposed_again_and_agents_hold_a_merge_up(house: House) -> None:
    [one] = await sourced(house, "dora", "Les Amis", siret="12345678901234")
    [other] = await sourced(house, "soliguide", "Autre nom", siret="12345678901234")
    await house.directory.grant("agent", ("reception", "saint-brieuc"), organisation_id=other.organisation_id)
    await house.renew()
    [pair] = (await house.read("/duplicates"))["duplicates"]
    path = f"/duplicates/{pair['first_id']}/{pair['second_id']}"
    await house.do(f"{path}/merge", "exploitation", 409, keep=str(one.organisation_id))
    assert not (await house.state("organisations", str(other.organisation_id)))["retired"]
    await house.do(f"{path}/dismiss", "ailleurs", 404)
    await house.do(f"{path}/dismiss")
    await house.renew()
    assert (await house.read("/duplicates"))["duplicates"] == []


async def test_offers_look_the_same_by_name_and_something_more(house: House) -> None:
    whose, premises = await house.organisation(phone="+33296000000"), {}
    for name in ("here", "there"):
        answer = await house.directory.post("/directory/sites", site(organisation_id=whose))
        premises[name] = answer.json()["site_id"]
    usual = {"phone": "+33296000000"}
    first = await house.offer(whose, name="Permanence logement", places=[{"site_id": premises["here"]}], **usual)
    second = await house.offer(whose, name="Permanences logement", places=[{"site_id": premises["there"]}], **usual)
    await house.offer(whose, name="Atelier cuisine", places=[{"site_id": premises["here"]}], **usual)
    await house.renew()
    [pair] = (await house.read("/duplicates"))["duplicates"]
    assert {pair["first_id"], pair["second_id"]} == {first, second}
    assert "name" in pair["reasons"]


@pytest.mark.parametrize("kind", [ORGANISATION, OFFER])
async def test_pairs_are_found_by_what_is_rare_never_by_all_with_all(house: House, kind: Kind) -> None:
    async with house.parts.worker.transaction() as tx:
        plan = [row[0].strip() for row in await tx.fetch(f"EXPLAIN {store.FINDING[kind]}", NOW, 0, 1)]
    pairing = plan.index("Join Filter: (other.id > one.id)")
    assert plan[pairing - 1] in ("Hash Cond: (one.said = other.said)", "Merge Cond: (one.said = other.said)"), plan


async def test_pairs_found_in_parts_are_those_found_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(12):
        await sourced(house, "dora", f"Les Amis {n}", siret=f"123456789012{n:02}", phone=f"+332960000{n:02}")
        await sourced(house, "soliguide", f"Autre nom {n}", siret=f"123456789012{n:02}", phone=f"+332960000{n:02}")
    await house.renew()
    at_once = (await house.read("/duplicates"))["duplicates"]
    assert len(at_once) == 12
    monkeypatch.setattr(store, "_PER_PART", 5)
    house.on(NOW + timedelta(days=1))
    await house.renew()
    assert (await house.read("/duplicates"))["duplicates"] == at_once


async def standing(house: House) -> set[UUID]:
    async with house.parts.worker.transaction() as tx:
        return {row["aggregate_id"] for row in await tx.fetch("SELECT aggregate_id FROM entry_quality")}


async def test_how_entries_stand_is_made_in_parts_as_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(5):
        await house.offer(await house.organisation(name=f"Les Amis {n}"), name=f"Aide {n}")
    gone = UUID(await house.offer(await house.organisation(name="Les Amis d'avant"), name="Aide d'avant"))
    await house.renew()
    at_once = await standing(house)
    assert len(at_once) == 12
    async with house.parts.worker.transaction() as tx:
        await tx.execute("UPDATE offers SET retired = true WHERE offer_id = $1", gone)
        await tx.execute("DELETE FROM entry_quality WHERE aggregate_id <> $1", gone)
    monkeypatch.setattr(renewal, "_STAND_AT_ONCE", 2)
    house.on(NOW + timedelta(days=1))
    await house.renew()
    assert await standing(house) == at_once - {gone}


async def test_a_pair_that_is_no_longer_alike_is_no_longer_proposed(house: House) -> None:
    [one] = await sourced(house, "dora", "Les Amis", siret="12345678901234")
    await sourced(house, "soliguide", "Autre nom", siret="12345678901234")
    await house.renew()
    assert len((await house.read("/duplicates"))["duplicates"]) == 1
    async with house.parts.worker.transaction() as tx:
        await tx.execute("UPDATE organisations SET siret = NULL WHERE organisation_id = $1", one.organisation_id)
    house.on(NOW + timedelta(days=1))
    await house.renew()
    assert (await house.read("/duplicates"))["duplicates"] == []


@pytest.mark.scale  # a hundred thousand offers take some seconds to write
async def test_duplicates_among_a_hundred_thousand_offers(house: House) -> None:
    """In parts each of which ends well within what a transaction is allowed."""
    filled = [
        """INSERT INTO sites (site_id, commune, address)
           SELECT md5('s' || n)::uuid, (22000 + n / 2 % 5000)::text, n / 2 || ' rue de l’Exemple'
           FROM generate_series(1, 100000) AS n""",
        """INSERT INTO organisations (organisation_id, name, kind, themes, territory_ids, siret, site_id, source)
           SELECT md5('o' || n)::uuid, 'Association ' || md5((n / 2)::text), 'association', '{}', '{}',
               lpad((n / 2)::text, 14, '0'), md5('s' || n)::uuid, 'source' || n % 2
           FROM generate_series(1, 100000) AS n""",
        """INSERT INTO offers (offer_id, organisation_id, name, themes, territory_ids, words, phone, source, places)
           SELECT md5('f' || n)::uuid, md5('o' || n)::uuid, 'Permanence accueil ' || left(md5((n / 2)::text), 8), '{}',
               '{}', '', '+332' || lpad((n / 2)::text, 8, '0'), 'source' || n % 2,
               jsonb_build_array(jsonb_build_object('site_id', md5('s' || n)::uuid))
           FROM generate_series(1, 100000) AS n""",
    ]
    for statement in filled:
        async with house.parts.worker.transaction() as tx:
            await tx.execute(statement)
    for kind in (ORGANISATION, OFFER):
        async with house.parts.worker.transaction() as tx:
            of = await store.parts_of_pairs(tx, kind)
        for part in range(of):
            async with house.parts.worker.transaction() as tx:
                await store.find_duplicates(tx, kind, NOW, part=part, of=of)
    async with house.parts.worker.transaction() as tx:
        count = await tx.fetchval("SELECT count(*) FROM duplicates")
    assert count > 90_000
