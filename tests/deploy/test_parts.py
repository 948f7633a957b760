"""The small parts of the embedded stack: proxy, mail, secrets, ports, jars."""

import asyncio
import base64
import errno
import json
import os
import stat
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiosmtplib
import httpx
import pytest
from jgo.maven import Artifact

from chassis.signatures import check, key_of, signed
from deploy.local import credentials, jars, layout, ports, postgres, stack
from deploy.local.caddy import Caddy
from deploy.local.child import Child
from deploy.local.credentials import SERVICES
from deploy.local.jars import Jar
from deploy.local.part import Program
from deploy.local.postgres import Postgres
from deploy.local.problems import Problem


async def named(name: str) -> tuple[asyncio.Server, int]:
    """A server that answers every request with its own name."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(name)}\r\nConnection: close\r\n\r\n{name}".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


@pytest.fixture(scope="module")
async def address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The one address, in front of four services of which notifications is down."""
    servers = {service: await named(service) for service in SERVICES}
    upstreams = {service: port for service, (_, port) in servers.items()}
    servers.pop("notifications")[0].close()
    folder = tmp_path_factory.mktemp("caddy")
    caddy = Caddy(folder, folder / "caddy.log", ports.free_port(), upstreams)
    await caddy.start()
    await caddy.ready()
    yield f"http://localhost:{caddy.port}"
    await caddy.stop()
    for server, _ in servers.values():
        server.close()


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/", "directory"),
        ("/annuaire", "directory"),
        ("/annuaire/offres?theme=logement", "directory"),
        ("/auth/callback", "directory"),
        ("/directory/organisations", "directory"),
        ("/static/maillage.css", "directory"),
        ("/demande", "intake"),
        ("/suivi/23456789B", "intake"),
        ("/intake/requests", "intake"),
        ("/cases/today", "cases"),
    ],
)
async def test_each_path_has_its_service(address: str, path: str, service: str) -> None:
    async with httpx.AsyncClient() as client:
        assert (await client.get(address + path)).text == service


@pytest.mark.parametrize("path", ["/metrics", "/ready", "/live", "/elsewhere"])
async def test_what_no_service_shows_is_not_found(address: str, path: str) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(address + path)

    assert answer.status_code == 404
    assert "Cette page n'existe pas" in answer.text


async def test_a_service_that_is_down_is_said_in_french(address: str) -> None:
    async with httpx.AsyncClient(timeout=10) as client:
        page, unsent, problem = await asyncio.gather(
            client.get(f"{address}/notifications/messages", headers={"Accept": "text/html"}),
            client.post(f"{address}/notifications/messages", headers={"Accept": "text/html"}),
            client.get(f"{address}/notifications/messages", headers={"Accept": "application/json"}),
        )

    assert page.status_code == unsent.status_code == problem.status_code == 503
    assert page.headers["Retry-After"] == problem.headers["Retry-After"] == "5"
    assert "momentanément indisponible" in page.text
    assert "rechargez cette page" in unsent.text
    assert "href" not in unsent.text.partition("<body>")[2], "a link would lose what was typed"
    assert problem.headers["Content-Type"].startswith("application/problem+json")
    assert problem.json()["status"] == 503


async def test_mails_are_kept(tmp_path: Path) -> None:
    port, folder = ports.free_port(), tmp_path / "mail"
    command = [sys.executable, "-m", "deploy.local.mail", str(port), str(folder)]
    sink = Program(Child("mail", command, tmp_path / "mail.log"), port)
    await sink.start()
    await sink.ready()
    try:
        await aiosmtplib.send(
            "Subject: Exemple\n\nBonjour",
            sender="a@exemple.test",
            recipients=["b@exemple.test"],
            hostname="127.0.0.1",
            port=port,
        )
    finally:
        await sink.stop()

    (mail,) = folder.glob("*.eml")
    assert mail.read_bytes().startswith(b"Subject: Exemple")


async def test_text_messages_are_kept_once_and_told_delivered(tmp_path: Path) -> None:
    secret, told = "whsec_" + base64.b64encode(bytes(32)).decode(), asyncio.Queue[tuple[dict[str, str], bytes]]()

    async def receipts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        told.put_nowait((headers, await reader.readexactly(int(headers["content-length"]))))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()

    service = await asyncio.start_server(receipts, "127.0.0.1", 0)
    port, folder, identity = ports.free_port(), tmp_path / "sms", str(uuid4())
    address = f"http://127.0.0.1:{service.sockets[0].getsockname()[1]}/"
    command = [sys.executable, "-m", "deploy.local.sms", str(port), str(folder), address]
    sink = Program(Child("sms", command, tmp_path / "sms.log", {"MAILLAGE_SMS_SECRET": secret}), port)
    await sink.start()
    await sink.ready()
    body = json.dumps({"id": identity, "to": "+33639980101", "text": "Exemple", "sender": "Accueil"}).encode()
    headers = signed(key_of(secret), identity, datetime.now(UTC), body)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            answers = [await client.post("/", content=body, headers=headers) for _ in range(2)]
            forged = await client.post("/", content=body + b" ", headers=headers)
        receipt, content = await told.get()
    finally:
        await sink.stop()
        service.close()

    assert [one.status_code for one in (*answers, forged)] == [202, 202, 401]
    assert answers[0].json() == answers[1].json()
    (kept,) = folder.glob("*.json")
    assert (kept.stem, json.loads(kept.read_text())["text"]) == (identity, "Exemple")
    assert check(key_of(secret), receipt, content, datetime.now(UTC)) == f"receipt-{identity}"
    assert identity.encode() in content


async def test_postgres_killed_outright_keeps_what_was_committed(tmp_path_factory: pytest.TempPathFactory) -> None:
    import asyncpg

    folder = tmp_path_factory.mktemp("postgres")
    # Closed to our group: as root, initdb once ran with it and could not reach its own program.
    folder.chmod(0o700)
    server = Postgres(folder / "data", folder / "log", "sample-password", durable=False)
    await server.start()
    await server.ready()
    connection = await asyncpg.connect(server.url())
    await connection.execute("CREATE TABLE kept AS SELECT 1 AS value")
    await server.child.kill()
    connection.terminate()

    await server.start()
    await server.ready()
    connection = await asyncpg.connect(server.url())
    try:
        assert await connection.fetchval("SELECT value FROM kept") == 1
    finally:
        await connection.close()
        await server.stop()


async def test_a_postgres_that_dies_while_it_recovers_is_told(tmp_path: Path) -> None:
    """On a full disk it listens, recovers, and ends: pg_isready alone would be asked for ever."""
    server = Postgres(tmp_path / "data", tmp_path / "log", "sample-password")
    listen = (
        "import socket, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); s.accept(); sys.exit('full')"
    )
    server.child.command = [sys.executable, "-c", listen, str(server.port)]
    server.child.user = None
    await server.child.start()

    async with asyncio.timeout(20):
        with pytest.raises(Problem, match="postgres s'est arrêté au démarrage : full"):
            await server.ready()


async def test_a_postgres_that_never_recovers_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "RECOVERY_SECONDS", 0.5)
    server = Postgres(tmp_path / "data", tmp_path / "log", "sample-password")
    server.child.command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(server.port)]
    server.child.user = None
    await server.child.start()
    try:
        with pytest.raises(Problem, match="ne répond pas"):
            await server.ready()
    finally:
        await server.stop()


async def test_a_machine_without_ipv6_has_its_address_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "LOOPBACK_6", "2001:db8::1")  # for documentation: no machine has it
    caddy = Caddy(tmp_path, tmp_path / "caddy.log", ports.free_port(), {})
    await caddy.start()
    try:
        await caddy.ready()
    finally:
        await caddy.stop()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_a_port_taken_on_either_loopback_is_not_free(address: str) -> None:
    try:
        server = await asyncio.start_server(lambda reader, writer: None, address, 0)
    except OSError:
        pytest.skip(f"this machine has no {address}")
    async with server:
        assert not ports.is_free(server.sockets[0].getsockname()[1])


def test_secrets_are_made_once_and_are_nobody_elses(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    made = credentials.load_or_make(file)

    assert credentials.load_or_make(file) == made
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert made.demo_password not in repr(made)


@pytest.mark.parametrize("write", [os.fsync, os.replace], ids=["the disk is full", "killed before it is whole"])
def test_a_file_is_whole_or_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[..., Any]
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    state = layout.State(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(os, write.__name__, fail)
        for attempt in (lambda: credentials.load_or_make(state.secrets), lambda: stack.choose_ports(state, {})):
            with pytest.raises(OSError, match="No space left"):
                attempt()

    assert list(tmp_path.iterdir()) == []
    made, chosen = credentials.load_or_make(state.secrets), stack.choose_ports(state, {})
    assert (credentials.load_or_make(state.secrets), stack.kept_ports(state)) == (made, chosen)


def test_addresses_stay_the_same_while_their_ports_are_free(tmp_path: Path) -> None:
    state = layout.State(tmp_path)

    assert stack.choose_ports(state, {}) == stack.choose_ports(state, {})


async def test_a_port_in_use_is_said_with_the_way_out(tmp_path: Path) -> None:
    server, port = await named("somebody")
    async with server:
        with pytest.raises(Problem, match="MAILLAGE_PORT=") as refusal:
            stack.choose_ports(layout.State(tmp_path), {"MAILLAGE_PORT": str(port)})

    assert f"Le port {port} est déjà pris." in refusal.value.what


def test_each_jar_is_locked_by_its_content() -> None:
    locked = jars.locked()

    assert any(jar.artifact == "kafka-clients" for jar in locked)
    assert all(len(jar.sha256) == 64 for jar in locked)


def test_a_jar_with_other_content_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forge(jar: Jar, _: Path) -> Path:
        forged = tmp_path / jar.file_name
        forged.write_bytes(b"not what was locked")
        return forged

    monkeypatch.setattr(jars, "_download", forge)

    with pytest.raises(Problem, match="empreinte différente"):
        jars.install(tmp_path / "cache")
    assert not jars.installed(tmp_path / "cache")


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_full_disk_is_not_told_as_an_absent_registry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrapped: bool
) -> None:
    def resolve(_: Artifact) -> Path:
        full = OSError(errno.ENOSPC, "No space left on device")
        if wrapped:
            raise RuntimeError("could not write") from full
        raise full

    monkeypatch.setattr(Artifact, "resolve", resolve)

    with pytest.raises(OSError, match="No space left") as told:
        jars.install(tmp_path / "cache")
    assert told.value.errno == errno.ENOSPC


def test_the_stack_names_external_parts_instead_of_its_own(tmp_path: Path) -> None:
    environment = {
        "MAILLAGE_KAFKA_BOOTSTRAP": "broker.exemple:9092",
        "MAILLAGE_DATABASE_URL": "postgresql://admin:secret@base.exemple/postgres",
        "MAILLAGE_OIDC_ISSUER": "https://identite.exemple",
        "MAILLAGE_SMTP_URL": "smtp://courrier.exemple:25",
        "MAILLAGE_SMS_URL": "https://sms.exemple",
        "MAILLAGE_SMS_SECRET": "whsec_c2VjcmV0",
    }
    numbers = dict.fromkeys((*stack.LOCAL_PORTS, "public"), 1)
    installation = stack.Stack(layout.State(tmp_path), credentials.Secrets(), numbers, environment)

    told = installation.service_environment("notifications")

    assert list(installation.parts) == ["caddy"]
    assert told["MAILLAGE_KAFKA_BOOTSTRAP"] == "broker.exemple:9092"
    assert "@base.exemple/notifications" in told["MAILLAGE_DATABASE_URL"]
    assert told["MAILLAGE_OIDC_ISSUER"] == "https://identite.exemple"
    assert told["MAILLAGE_SMTP_URL"] == "smtp://courrier.exemple:25"
    assert json.dumps(told).count("secret@") == 0
