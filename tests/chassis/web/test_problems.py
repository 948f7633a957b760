"""Every refusal is a problem with a stable type and a French sentence, and repeats nothing."""

from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter, ValidationError

from chassis.web.validation import SENTENCES, sentence

VISITS = "/sample/visits"
VISIT = "/sample/visits/00000000-0000-0000-0000-000000000001"
JSON = {"content-type": "application/json"}
GOOD = {"people": [{"name": "Camille Exemple", "age": 40}], "commune": "22278"}
SECRET = "Zoé-Secrète-0600000000"


@pytest.mark.parametrize(
    ("method", "path", "arguments", "status", "slug"),
    [
        ("POST", VISITS, {"json": GOOD | {"commune": SECRET}}, 422, "invalid"),
        ("POST", VISITS, {"json": GOOD | {"people": SECRET}}, 422, "invalid"),
        ("POST", VISITS, {"json": GOOD | {"people": [{SECRET: 1}]}}, 422, "invalid"),
        ("POST", VISITS, {"json": [SECRET]}, 422, "invalid"),
        ("POST", VISITS, {"content": b'{"people": ', "headers": JSON}, 400, "malformed"),
        ("POST", VISITS, {"content": b"\xff\xfe", "headers": JSON}, 400, "malformed"),
        ("POST", VISITS, {"content": b"a=b", "headers": {"content-type": "text/plain"}}, 415, "unsupported-media-type"),
        ("POST", VISITS, {"content": b"{}"}, 415, "unsupported-media-type"),
        ("POST", VISITS, {"content": b" " * 300_000}, 413, "too-large"),
        ("GET", "/sample/visits/" + SECRET, {}, 422, "invalid"),
        ("DELETE", "/sample/visits", {}, 405, "method-not-allowed"),
        ("GET", "/nowhere", {}, 404, "not-found"),
        ("PUT", VISIT, {}, 428, "precondition-required"),
        ("PUT", VISIT, {"headers": {"if-match": '"2"'}}, 412, "version-conflict"),
        ("PUT", VISIT, {"headers": {"if-match": "*"}}, 400, "malformed"),
        ("GET", "/sample/territories/T2", {}, 403, "forbidden"),
        ("GET", "/sample/trouble/night", {}, 409, "night"),
        ("GET", "/sample/trouble/database", {}, 503, "unavailable"),
        ("GET", "/sample/trouble/bug", {}, 500, "unexpected"),
    ],
)  # fmt: skip
async def test_refusal(
    client: httpx.AsyncClient, method: str, path: str, arguments: dict[str, Any], status: int, slug: str
) -> None:
    answer = await client.request(method, path, **arguments)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert problem["type"] == f"urn:maillage:problem:{slug}"
    assert problem["status"] == status
    assert problem["detail"].endswith(".")
    assert SECRET not in answer.text
    assert "Madame" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")


async def test_each_wrong_field_is_pointed_at(client: httpx.AsyncClient) -> None:
    people = [{"name": "A", "age": 200}, {"age": 3}]
    answer = await client.post("/sample/visits", json={"people": people, "commune": "0"})
    assert answer.json()["errors"] == [
        {"pointer": "#/people/0/name", "detail": "Indiquez au moins 2 caractère(s)."},
        {"pointer": "#/people/0/age", "detail": "Indiquez au plus 130."},
        {"pointer": "#/people/1/name", "detail": "Cette information est obligatoire."},
        {"pointer": "#/commune", "detail": "Cette commune n'est pas dans la liste officielle."},
    ]


async def test_a_wrong_path_part_is_named(client: httpx.AsyncClient) -> None:
    errors = (await client.get("/sample/visits/7")).json()["errors"]
    assert errors == [{"pointer": "#", "detail": "Cet identifiant n'est pas valable.", "parameter": "visit_id"}]


@pytest.mark.parametrize(
    ("path", "header", "value"),
    [("/sample/trouble/database", "retry-after", "5"), ("/sample/visits", "allow", "POST")],
)
async def test_headers_say_what_to_do(client: httpx.AsyncClient, path: str, header: str, value: str) -> None:
    assert (await client.get(path)).headers[header] == value


async def test_a_browser_gets_a_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/nowhere", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "<h1>Introuvable</h1>" in answer.text


async def test_a_body_that_lies_about_its_length_is_cut_off(client: httpx.AsyncClient) -> None:
    async def endless() -> Any:
        for _ in range(40):
            yield b" " * 10_000

    headers = {"content-type": "application/json"}
    answer = await client.post("/sample/visits", content=endless(), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:maillage:problem:too-large")


async def test_a_good_request_passes(client: httpx.AsyncClient) -> None:
    assert (await client.post("/sample/visits", json=GOOD)).status_code == 201
    path = "/sample/visits/00000000-0000-0000-0000-000000000001"
    answer = await client.put(path, headers={"if-match": '"3"'})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"4"')


def test_limits_are_said_and_the_unknown_is_said_plainly() -> None:
    assert sentence({"type": "string_too_long", "ctx": {"max_length": 9}}) == "Indiquez au plus 9 caractères."
    assert sentence({"type": "never_heard_of"}) == "Cette valeur n'est pas valable."
    assert all(text.endswith(".") for text in SENTENCES.values())


@pytest.mark.parametrize("kind", [int, bool, list[str]])
def test_the_sentences_are_for_errors_pydantic_has(kind: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(object())
    assert caught.value.errors()[0]["type"] in SENTENCES
