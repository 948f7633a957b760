"""A worry about a child exists for the cell alone: nobody else finds a trace of it, wherever they look."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import TopicAuthorizationFailedError

from deploy.local.credentials import SERVICES
from tests.system.conftest import LivedIn
from tests.system.people import Person
from tests.system.platform import AGENT, COMMUNES, TERRITORY, Platform, Process, appoint
from tests.system.topics import admin_client

pytestmark = pytest.mark.timeout(600)

CHILD, SAID = "Zéphyrin-Témoin", "ecchymoses-témoins"
OTHERS = {
    "coordination": [("coordinator", "*")],
    "direction": [("manager", "*"), ("social_worker", "*"), ("reception", "*")],
    "exploitation": [("operator", "*")],
}
CELL = {"cellule": [("cell", "*")]}
CONCERN = {
    "programme": "child-concern",
    "channel": "phone",
    "commune": COMMUNES[TERRITORY][0],
    "themes": ["family"],
    "summary": SAID,
    "requester": {"role": "school", "person": {"family_name": "Collège Exemple"}},
    "concerned": {"minor": True, "person": {"given_name": CHILD, "birth_date": "2018-05-02"}},
}


async def test_only_the_cell_finds_it(lived_in: LivedIn) -> None:
    platform, by_service = lived_in.platform, lived_in.processes
    await appoint(platform.databases, OTHERS | CELL)
    agent, cell = Person(platform, AGENT), Person(platform, "cellule")
    await agent.create(by_service["intake"], "/intake/requests", {**CONCERN, "programme": "first-contact",
        "summary": "une demande ordinaire", "concerned": {"minor": False}})  # fmt: skip
    told = await agent.create(by_service["intake"], "/intake/requests", CONCERN)
    assert set(told) == {"reference", "transmitted", "sentence"}

    async def seen() -> bool:
        return bool((await cell.get(by_service["cases"], "/cases/concerns"))["items"])

    await platform.until(seen, "the report at the cell's desk")
    [listed] = (await cell.get(by_service["cases"], "/cases/concerns"))["items"]
    opened = await cell.get(by_service["cases"], f"/cases/concerns/{listed['case_id']}")
    assert CHILD in str(opened), "the cell reads everything that was said"
    traces = (CHILD, SAID, told["reference"], told["reference"].replace("-", ""), listed["case_id"])

    assert [one async for one in _pages(platform, by_service, traces)] == []
    assert [one async for one in _topics(platform, traces)] == []
    assert [one async for one in _tables(platform, traces)] == []
    assert list(_logs(platform, traces)) == []
    for process in by_service.values():
        assert "concern" not in (await cell.ask(process, "GET", "/metrics")).text
    assert platform.mails() == [] or not any(trace in str(mail) for mail in platform.mails() for trace in traces)


async def _pages(platform: Platform, by_service: dict[str, Process], traces: tuple[str, ...]) -> Any:
    """Every list, search, count and page of every service, as everybody else asks for it."""
    *_, case_id = traces
    for service, process in by_service.items():
        described = await Person(platform).get(process, f"/{service}/openapi.json")
        for path in _paths(described, case_id, traces[2]):
            for subject in ("direction", "coordination", "exploitation", ""):
                for accept in ("application/json", "text/html"):
                    answer = await Person(platform, subject).ask(process, "GET", path, headers={"Accept": accept})
                    # What was searched for stands in the search field again.
                    if found := [trace for trace in traces if trace not in path and trace in answer.text]:
                        yield service, path, subject, found


def _paths(described: dict[str, Any], case_id: str, reference: str) -> Iterator[str]:
    for template, operations in described["paths"].items():
        if "get" not in operations:
            continue
        for id in (case_id, reference):
            path = template
            for one in operations["get"].get("parameters", []):
                if one["in"] == "path":
                    path = path.replace("{" + one["name"] + "}", id)
            yield path
            if template == path:
                break
        queries = [one["name"] for one in operations["get"].get("parameters", []) if one["in"] == "query"]
        if {"q", "reference"} & set(queries):
            yield f"{template}?q=Zephyrin&reference={reference}"


async def _topics(platform: Platform, traces: tuple[str, ...]) -> Any:
    """Every byte on every topic: the restricted one has the id, and nothing that was said."""
    async with AIOKafkaConsumer(**admin_client(platform), auto_offset_reset="earliest") as consumer:
        names = [name for name in await consumer.topics() if name.startswith(platform.prefix)]
        partitions = [TopicPartition(name, one) for name in names for one in consumer.partitions_for_topic(name) or ()]
        ends = await consumer.end_offsets(partitions)
        consumer.assign(partitions)
        for partition in partitions:
            consumer.seek(partition, 0)
        while any([await consumer.position(one) < end for one, end in ends.items()]):
            for partition, records in (await consumer.getmany(timeout_ms=500)).items():
                restricted = partition.topic.endswith("child-concern")
                for record in records:
                    text = b" ".join((record.key or b"", record.value or b"", repr(record.headers).encode())).decode()
                    if found := [one for one in (traces[:4] if restricted else traces) if one in text]:
                        yield partition.topic, found


async def _tables(platform: Platform, traces: tuple[str, ...]) -> Any:
    """Every row of every database: the id lies with the cell, what was said nowhere."""
    allowed = {("cases", "concerns"), ("cases", "due_dates")}
    for service in SERVICES:
        for [table] in await platform.fetch(service, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
            rows = await platform.fetch(service, f'SELECT whole::text FROM "{table}" AS whole')
            wanted = traces[:4] if (service, table) in allowed else traces
            for row in rows:
                if found := [one for one in wanted if one in row[0]]:
                    yield service, table, found


def _logs(platform: Platform, traces: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for file in (platform.folder / "logs").glob("*.log"):
        for line in file.read_text(errors="replace").splitlines():
            if any(trace in line for trace in (*traces, "concern", "Concern")):
                yield file.name, line


@pytest.mark.parametrize("user", ["directory", "notifications"])
async def test_the_broker_keeps_everybody_else_from_its_topic(platform: Platform, user: str) -> None:
    passwords = platform.servers.stack.secrets.kafka_passwords
    options = admin_client(platform) | {"sasl_plain_username": user, "sasl_plain_password": passwords[user]}
    consumer = AIOKafkaConsumer(f"{platform.prefix}child-concern", **options, group_id=f"{platform.prefix}{user}")
    try:
        with pytest.raises(TopicAuthorizationFailedError):
            await consumer.start()
    finally:
        await consumer.stop()


async def test_suspected_abuse_of_a_minor_opens_one_at_once(platform: Platform) -> None:
    intake = await platform.start("intake", "serve")
    body = {**CONCERN, "programme": "family-conference", "exclusions": ["sexual_abuse"]}
    answer = await Person(platform, "agent-accueil").ask(
        intake, "POST", "/intake/requests", json=body, headers={"Idempotency-Key": str(uuid4())}
    )
    assert answer.status_code == 201
    assert answer.json()["transmitted"] is True
    assert await platform.count("intake", "requests") == await platform.count("intake", "persons") == 0
    assert await platform.count("intake", "outbox", "topic = 'child-concern'") == 1
