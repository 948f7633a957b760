"""From an empty database to partners and agents that the others hear of."""

from chassis.sealing import WrappedKey
from contracts.sealed import Sealed
from directory.founding import found
from tests.directory.conftest import Directory, agent, offer, organisation, territory


async def test_a_founded_directory_takes_a_territory_an_organisation_an_offer_and_an_agent(
    directory: Directory,
) -> None:
    first = await found(
        directory.service.parts, subject="premiere", name="Dominique Exemple",
        email="d@maillage.example", organisation="Département", force=True,
    )  # fmt: skip
    assert first
    assert (await directory.post("/directory/territories", territory(), "premiere")).status_code == 201
    answer = await directory.post("/directory/organisations", organisation(), "premiere")
    assert answer.status_code == 201, answer.text
    organisation_id = answer.json()["organisation_id"]
    answer = await directory.post("/directory/offers", offer(organisation_id), "premiere")
    assert answer.status_code == 201, answer.text
    answer = await directory.post("/directory/agents", agent(organisation_id), "premiere")
    assert answer.status_code == 201, answer.text

    seen = (await directory.ask("GET", answer.headers["location"], "premiere")).json()
    assert (seen["name"], seen["email"]) == ("Camille Exemple", "camille@maillage.example")
    told = await directory.outbox()
    assert [one.type for one in told] == [
        "OrganisationPublished", "PersonKeyIssued", "AgentPublished", "TerritoryPublished",
        "OrganisationPublished", "OfferPublished", "PersonKeyIssued", "AgentPublished",
    ]  # fmt: skip
    assert all(one.sequence == 1 and one.source == "/maillage/directory" for one in told)
    key, published = told[-2].data, told[-1].data
    opened = directory.service.parts.keyring.master.unwrap(WrappedKey(**key)).open(
        Sealed.model_validate(published["name"])
    )
    assert opened == "Camille Exemple"
    assert "Camille" not in str(published)
