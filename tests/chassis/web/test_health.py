"""What machines ask a service."""

import httpx
import pytest
from fastapi import FastAPI

from chassis.progress import Progress
from tests.chassis.web.sample import Issuer, sample_app


async def _ask(app: FastAPI, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://maillage.test") as made:
        return await made.get(path)


async def test_it_lives_as_long_as_work_gets_done(issuer: Issuer) -> None:
    now = [0.0]
    relay = Progress("relay", patience=10, now=lambda: now[0])
    app = sample_app(issuer, progress=[relay])
    assert (await _ask(app, "/live")).status_code == 200
    relay.working()
    now[0] = 11
    answer = await _ask(app, "/live")
    assert (answer.status_code, answer.json()) == (503, {"stuck": ["relay"]})
    relay.done()
    assert (await _ask(app, "/live")).status_code == 200


@pytest.mark.parametrize(("answers", "status"), [(True, 200), (False, 503)])
async def test_it_is_ready_when_its_database_answers(issuer: Issuer, answers: bool, status: int) -> None:
    async def readiness() -> bool:
        return answers

    assert (await _ask(sample_app(issuer, readiness=readiness), "/ready")).status_code == status


async def test_metrics_name_routes_by_their_template(app: FastAPI, client: httpx.AsyncClient) -> None:
    await client.get("/sample/visits/00000000-0000-0000-0000-00000000abcd")
    text = (await _ask(app, "/metrics")).text
    assert 'route="/sample/visits/{visit_id}"' in text
    assert "00000000abcd" not in text
