"""One call over a real connection: what the other end may do wrong, and what it may not make us do."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from notifications.webhooks.caller import Caller
from notifications.webhooks.model import Answer, Reason
from tests.notifications.partner import (
    Behaviour,
    Partner,
    answering,
    for_ever,
    hanging_up,
    partner,
    saying_nothing,
)

BODY = b'{"specversion":"1.0"}'


@pytest.fixture
async def theirs() -> AsyncIterator[Partner]:
    async with partner() as made:
        yield made


def caller(**changes: Any) -> Caller:
    return Caller(**{"timeout": 5.0, "loopback": True} | changes)


async def test_a_call_says_what_it_is(theirs: Partner) -> None:
    assert await caller().call(theirs.url, {"webhook-id": "1"}, BODY) == Answer(204)
    [call] = theirs.calls
    assert (call.path, call.body) == ("/maillage", BODY)
    assert (call.headers["webhook-id"], call.headers["host"]) == ("1", f"localhost:{theirs.port}")


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (answering(200, body=b"merci"), Answer(200)),
        (answering(500), Answer(500)),
        (answering(410), Answer(410)),
        (hanging_up, Answer(None, Reason.NO_ANSWER)),
        (for_ever, Answer(200)),
    ],
)
async def test_what_the_other_end_may_do(theirs: Partner, behaviour: Behaviour, expected: Answer) -> None:
    theirs.always = behaviour
    assert await caller().call(theirs.url, {}, BODY) == expected


async def test_a_slow_answer_is_not_waited_for(theirs: Partner) -> None:
    theirs.always = saying_nothing
    assert await caller(timeout=0.2).call(theirs.url, {}, BODY) == Answer(None, Reason.TOO_SLOW)


async def test_redirections_lead_nowhere(theirs: Partner) -> None:
    theirs.always = answering(307, headers=(("Location", f"http://127.0.0.1:{theirs.port}/interne"),))
    assert await caller().call(theirs.url, {}, BODY) == Answer(307)
    assert theirs.connections == 1


async def test_the_proxy_of_the_environment_is_not_used(theirs: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await caller().call(theirs.url, {}, BODY)).taken


async def test_a_name_that_leads_inside_is_not_called(theirs: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    loop, asked = asyncio.get_running_loop(), []

    async def answers(host: str, port: int, **_: Any) -> list[Any]:
        """As a name server that changes its mind: public first, inside when asked again."""
        asked.append(host)
        address = "127.0.0.1" if len(asked) > 1 else "93.184.215.14"
        return [(0, 0, 0, "", (address, port)), (0, 0, 0, "", ("10.0.0.1", port))]

    monkeypatch.setattr(loop, "getaddrinfo", answers)
    assert await caller(loopback=False).call("https://partenaire.example/", {}, BODY) == Answer(
        None, Reason.FORBIDDEN_ADDRESS
    )
    assert asked == ["partenaire.example"]


async def test_the_address_looked_at_is_the_one_connected_to(theirs: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    loop, asked = asyncio.get_running_loop(), []

    async def answers(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        assert len(asked) == 1, "a second look-up may be answered otherwise"
        return [(0, 0, 0, "", ("127.0.0.1", port))]

    monkeypatch.setattr(loop, "getaddrinfo", answers)
    assert (await caller().call(theirs.url, {}, BODY)).taken
    assert asked == ["localhost"]


async def test_nothing_listens_there(theirs: Partner) -> None:
    assert await caller().call("http://127.0.0.1:9/", {}, BODY) == Answer(None, Reason.NO_CONNECTION)
    assert await caller(loopback=False).call(theirs.url, {}, BODY) == Answer(None, Reason.FORBIDDEN_ADDRESS)
    assert theirs.connections == 0


async def test_a_name_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*_: Any, **__: Any) -> list[Any]:
        return []

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    assert await caller().call("https://partenaire.example/", {}, BODY) == Answer(None, Reason.UNKNOWN_HOST)


async def test_the_certificate_is_that_of_the_name(tmp_path: Path) -> None:
    ours, trusting = _certificate(tmp_path)
    async with partner(ours) as theirs:
        assert (await caller(tls=trusting).call(theirs.url, {}, BODY)).taken
        assert await caller().call(theirs.url, {}, BODY) == Answer(None, Reason.BAD_CERTIFICATE)
        other_name = theirs.url.replace("localhost", "127.0.0.1")
        assert await caller(tls=trusting).call(other_name, {}, BODY) == Answer(None, Reason.BAD_CERTIFICATE)


def _certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server that is `localhost`, and who trusts it."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "exemple")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "exemple.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=str(file))
