"""Talking to a mail server that wants TLS, or to know who we are."""

import asyncio
import datetime
import ssl
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from notifications.email.gateway import IDLE, MailGateway
from notifications.email.mail import Mail, Mailbox, compose
from notifications.messages.gateway import Accepted, Later
from notifications.messages.wording import Words
from tests.notifications.mailserver import MailServer, mail_server
from tests.notifications.samples import NOW


def mail() -> Mail:
    words = Words("Bien reçu", "Bonjour,\n.\n", "<p>Bonjour,</p>")
    sender = Mailbox("Accueil social", "ne-pas-repondre@maillage.example")
    return compose(words, to="personne.exemple@exemple.test", sender=sender, delivery_id=uuid4(), at=NOW)


async def sent_by(url: str, seconds: float = 5) -> object:
    gateway = MailGateway(url, seconds)
    try:
        return await gateway.send(mail())
    finally:
        await gateway.close()


@pytest.mark.parametrize("url", ["http://localhost:25", "smtp://", "localhost:25", ""])
def test_another_kind_of_address_is_refused_at_start(url: str) -> None:
    with pytest.raises(ValueError, match="smtps"):
        MailGateway(url, timeout=5)


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate of the server's, which this process trusts."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, secret = tmp_path / "certificate.pem", tmp_path / "key.pem"
    chain.write_bytes(certificate.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(chain, secret)
    return made


@pytest.mark.parametrize("scheme", ["smtp", "smtp+starttls"])
async def test_tls_is_used_where_it_is_offered(context: ssl.SSLContext, scheme: str) -> None:
    async with mail_server(tls_context=context, require_starttls=True) as mails:
        assert await sent_by(f"{scheme}://localhost:{mails.port}") == Accepted()
        assert len(mails.mails) == 1


async def test_nothing_leaves_in_clear_where_tls_is_asked_for(mails: MailServer) -> None:
    assert await sent_by(f"smtp+starttls://localhost:{mails.port}") == Later("no_connection", away=True)
    assert mails.mails == []


async def test_a_certificate_nobody_vouches_for_is_not_trusted(
    context: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    async with mail_server(tls_context=context) as mails:
        assert await sent_by(f"smtp+starttls://localhost:{mails.port}") == Later("no_connection", away=True)
        assert mails.mails == []


@pytest.mark.parametrize("scheme", ["smtp", "smtp+starttls", "smtps"])
async def test_a_certificate_of_another_name_is_not_trusted(context: ssl.SSLContext, scheme: str) -> None:
    options: dict[str, Any] = {"tls": context} if scheme == "smtps" else {"tls_context": context}
    async with mail_server(**options) as mails:
        assert await sent_by(f"{scheme}://127.0.0.1:{mails.port}") == Later("no_connection", away=True)
        assert await sent_by(f"{scheme}://localhost:{mails.port}") == Accepted(), "its own is"
        assert len(mails.mails) == 1


def failing(step: str, *, silent: bool) -> type[SMTP]:
    """A server that at one step drops the line, or says no more."""

    class Failing(SMTP):
        async def fail(self) -> None:
            if silent:
                await asyncio.Event().wait()
            transport: Any = self.transport
            transport.abort()
            await asyncio.Event().wait()

        async def push(self, status: Any) -> None:
            if step == "greeting" and str(status).startswith("220"):
                await self.fail()
            await super().push(status)

    async def at_step(server: Any, arg: str | None) -> None:
        await server.fail()

    if step != "greeting":
        setattr(Failing, f"smtp_{step}", at_step)
    return Failing


@pytest.mark.parametrize("silent", [False, True], ids=["dropped", "silent"])
@pytest.mark.parametrize("step", ["greeting", "EHLO", "MAIL", "RCPT", "DATA"])
async def test_a_line_that_fails_before_the_mail_was_handed_over_leaves_no_doubt(step: str, silent: bool) -> None:
    async with mail_server(kind=failing(step, silent=silent)) as mails:
        outcome = await sent_by(mails.url, 0.3)
        assert (type(outcome), getattr(outcome, "away", None), mails.mails) == (Later, True, [])
        assert getattr(outcome, "in_doubt", None) is (step == "DATA"), (
            "the library says DATA and the mail in one breath"
        )


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")  # aiosmtpd's own advice
@pytest.mark.parametrize(
    ("password", "outcome"), [("p%40ss", Accepted()), ("wrong", Later("smtp_535", away=True))], ids=["right", "wrong"]
)
async def test_who_we_are_is_said_and_a_wrong_password_fails_no_message(password: str, outcome: object) -> None:
    def known(_: object, __: object, ___: object, ____: object, data: object) -> AuthResult:
        given = isinstance(data, LoginPassword) and (data.login, data.password) == (b"maillage", b"p@ss")
        return AuthResult(success=given, handled=given)

    options: dict[str, Any] = {"authenticator": known, "auth_required": True, "auth_require_tls": False}
    async with mail_server(**options) as mails:
        assert await sent_by(f"smtp://maillage:{password}@127.0.0.1:{mails.port}") == outcome


async def test_a_connection_long_unused_is_replaced(mails: MailServer) -> None:
    clock = 0.0
    gateway = MailGateway(mails.url, timeout=5, now=lambda: clock)
    for wait in (0, IDLE - 1, IDLE + 1):
        clock += wait
        assert await gateway.send(mail()) == Accepted()
    await gateway.close()
    assert (len(mails.mails), mails.connections) == (3, 2)


async def test_lines_that_begin_with_a_dot_arrive_whole(mails: MailServer) -> None:
    await sent_by(mails.url)
    body = mails.mails[0].get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == ["Bonjour,", "."]
