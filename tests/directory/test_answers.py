"""What a creation answers, the first time and again."""

from typing import Any

import pytest

from tests.directory.conftest import Directory, agent, offer, organisation, territory


@pytest.mark.parametrize("collection", ["territories", "organisations", "offers", "agents"])
async def test_a_creation_sent_again_is_found_at_the_same_place(directory: Directory, collection: str) -> None:
    await directory.post("/directory/territories", territory())
    home = (await directory.post("/directory/organisations", organisation())).json()["organisation_id"]
    bodies: dict[str, dict[str, Any]] = {
        "territories": territory("arcachon", ["33009"]),
        "organisations": organisation(name="Autre structure"),
        "offers": offer(home),
        "agents": agent(home),
    }
    path = f"/directory/{collection}"

    made = await directory.post(path, bodies[collection], key="the-same-key")
    again = await directory.post(path, bodies[collection], key="the-same-key")

    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert again.headers["location"] == made.headers["location"]
    assert (await directory.ask("GET", again.headers["location"])).status_code == 200
