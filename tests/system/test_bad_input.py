"""What cannot be accepted gets a clear problem, and leaves nothing anywhere."""

import json
from typing import Any
from uuid import uuid4

import pytest

from deploy.local.credentials import SERVICES
from tests.system.checker import settled
from tests.system.conftest import LivedIn
from tests.system.load import request_of
from tests.system.people import Person
from tests.system.platform import AGENT, COMMUNES, ELSEWHERE, STRANGER, Platform, Process

pytestmark = pytest.mark.timeout(600)

GOOD = request_of(1, "essai@exemple.fr")
OWN_TABLES = {
    "intake": ("requests", "persons", "contact_points", "outbox", "subject_keys", "idempotency_keys"),
    "cases": ("cases", "outbox", "inbox"),
    "directory": ("outbox",),
    "notifications": ("deliveries", "outbox", "inbox"),
}


def _json(**changes: Any) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


BODIES: list[tuple[str, bytes, int]] = [
    ("malformed JSON", b'{"commune": "22278", ', 400),
    ("not an object", b'["commune"]', 422),
    ("nothing", b"", 422),
    ("wrong type of a field", _json(themes="housing"), 422),
    ("wrong type within a field", _json(requester={"role": "self", "person": {"given_name": 12}}), 422),
    ("unknown field", _json(priority="high"), 422),
    ("unknown theme", _json(themes=["astrology"]), 422),
    ("unknown commune", _json(commune="22998"), 422),
    ("malformed commune", _json(commune="Saint-Brieuc"), 422),
    ("unknown programme", _json(programme="nothing-known"), 422),
    ("text that cannot be stored", _json(summary="nul \0 inside"), 422),
    ("another territory", _json(commune=COMMUNES[ELSEWHERE][0]), 403),
    ("oversized body", _json(summary="x" * 400_000), 413),
]


async def test_a_bad_request_gets_a_problem_and_leaves_nothing(lived_in: LivedIn) -> None:
    platform, intake = lived_in.platform, lived_in.intake
    await settled(platform)
    before = await _kept(platform)
    issuer = platform.servers.issuer
    tokens = {
        "no token": {},
        "a token of somebody unknown": issuer.bearer("inconnue"),
        "an expired token": issuer.bearer(AGENT, lasts=-3600),
        "a token for another audience": issuer.bearer(AGENT, audience="ailleurs"),
        "an altered token": {"Authorization": issuer.bearer(AGENT)["Authorization"][:-4] + "AAAA"},
        "no token at all": {"Authorization": "Bearer nothing.of.that"},
    }
    wrong = [
        *[await _judged(platform, intake, name, body, status, issuer.bearer(AGENT)) for name, body, status in BODIES],
        *[await _judged(platform, intake, name, _json(), (401, 403), headers) for name, headers in tokens.items()],
        await _judged(platform, intake, "an agent of elsewhere", _json(), 403, issuer.bearer(STRANGER)),
        await _judged(platform, intake, "no key", _json(), 400, issuer.bearer(AGENT) | {"Idempotency-Key": ""}),
    ]
    assert not [fault for fault in wrong if fault]
    await settled(platform)
    assert await _kept(platform) == before


async def _kept(platform: Platform) -> dict[tuple[str, str], int]:
    """How many rows each table holds."""
    tables = [(service, table) for service in SERVICES for table in OWN_TABLES[service]]
    return {(service, table): await platform.count(service, table) for service, table in tables}


async def _judged(
    platform: Platform,
    intake: Process,
    name: str,
    body: bytes,
    status: int | tuple[int, ...],
    headers: dict[str, str],
) -> str:
    """What is wrong with the answer to a bad request; empty when nothing is."""
    sent = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4()), **headers}
    answer = await Person(platform).ask(intake, "POST", "/intake/requests", content=body, headers=sent)
    expected = status if isinstance(status, tuple) else (status,)
    problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    sentence = answer.json().get("detail", "") if problem else ""
    if answer.status_code in expected and sentence.endswith((".", "!", "?")):
        return ""
    return f"{name}: {answer.status_code} {answer.text[:200]}"
