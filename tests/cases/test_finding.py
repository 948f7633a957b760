"""The search across, as cases answers it: a dossier by its reference, one's own by the name of who is concerned."""

import re
from random import Random
from uuid import uuid4

from contracts.references import new_reference, readable
from tests.cases.conftest import HERE, Cases

HIT = re.compile(r'<a href="([^"]+)" data-hit')
NAME = "Éloïse Exemple"


async def found(cases: Cases, who: str, text: str) -> list[str]:
    """Where the answers lead."""
    answer = await cases.ask("POST", "/cases/find", who, data={"q": text}, headers={"accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return HIT.findall(answer.text)


async def test_a_dossier_is_found_by_its_reference_and_ones_own_by_a_name(cases: Cases) -> None:
    person = uuid4()
    reference = new_reference(Random(1))
    case_id = await cases.open_case(reference=reference, concerned={"person_id": person, "minor": False})
    await cases.record_person(person, NAME)
    own, page = await cases.grant("mine", ("social_worker", HERE)), [f"/cases/{case_id}"]
    await cases.grant("colleague", ("social_worker", HERE))
    await cases.grant("stranger", ("social_worker", "there"))
    await cases.grant("chief", ("manager", HERE))
    referent = {"agent_id": str(own), "role": "referent"}
    assert (await cases.create(f"/cases/{case_id}/referents", referent, "chief")).status_code == 201

    for text in (reference, readable(reference), readable(reference).lower()):
        assert await found(cases, "colleague", text) == page
        assert await found(cases, "stranger", text) == []
    for text in ("eloi", "ÉLOÏSE EXEMPLE"):
        assert await found(cases, "mine", text) == page
        assert await found(cases, "colleague", text) == []
    assert await found(cases, "mine", "quelqu'un") == []


async def test_reception_searches_no_dossiers(cases: Cases) -> None:
    await cases.grant("desk", ("reception", HERE))
    assert (await cases.ask("POST", "/cases/find", "desk", data={"q": "Exemple"})).status_code == 403
