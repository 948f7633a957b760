"""Mails are signed so that their recipients' servers, which ask the DNS, believe them."""

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as rsa_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from deploy.local.addresses import ServiceDatabase
from notifications.app import compose
from notifications.email.signing import SIGNED, BadKey, Key
from notifications.messages.gateway import Accepted
from tests.conftest import emptied
from tests.notifications.conftest import Desk, desk_on, settings_for
from tests.notifications.mailserver import MailServer
from tests.notifications.samples import SamplePerson, request

RSA, ED25519 = "s2026._domainkey.maillage.example", "e2026._domainkey.maillage.example"


def pem(key: Any, form: PrivateFormat = PrivateFormat.PKCS8, password: bytes = b"") -> bytes:
    kept: bytes = key.private_bytes(
        Encoding.PEM, form, BestAvailableEncryption(password) if password else NoEncryption()
    )
    return kept


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """What the DNS answers, and the setting: an RSA key and an Ed25519 one."""
    folder = tmp_path_factory.mktemp("keys")
    rsa, ed25519 = rsa_key(65537, 2048), Ed25519PrivateKey.generate()
    (folder / "rsa.pem").write_bytes(pem(rsa))
    (folder / "ed25519.pem").write_bytes(pem(ed25519))
    public = rsa.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    answers = {
        RSA: b"v=DKIM1; k=rsa; p=" + b64encode(public),
        ED25519: b"v=DKIM1; k=ed25519; p=" + b64encode(ed25519.public_key().public_bytes_raw()),
    }
    return answers, (f"{RSA}={folder}/rsa.pem", f"{ED25519}={folder}/ed25519.pem")


def asking(answers: dict[str, bytes]) -> Callable[..., bytes | None]:
    return lambda name, timeout=5: answers.get(name.decode().rstrip("."))


async def arrived(
    database: ServiceDatabase, mails: MailServer, keys: tuple[str, ...], *, neutral: bool = False
) -> bytes:
    """A mail as its recipient's server gets it."""
    async with desk_on(await emptied(database), mails, dkim_keys=keys) as desk:
        person = SamplePerson("personne.exemple@exemple.test", neutral=neutral)
        await desk.hear(person.key_issued(), person.recorded(), request(person.id))
        assert await desk.drain() == [Accepted()]
    return mails.raw[0]


async def test_both_signatures_hold_after_the_journey_and_nothing_can_be_changed_or_added(
    notifications_database: ServiceDatabase, mails: MailServer, records: tuple[dict[str, bytes], tuple[str, ...]]
) -> None:
    answers, keys = records
    mail = await arrived(notifications_database, mails, keys)
    for place, name in enumerate((RSA, ED25519)):
        only = {name: answers[name]}
        assert dkim.DKIM(mail).verify(idx=place, dnsfunc=asking(only)), name
    for named, text in [(b"Bonjour", b"Bonsoir"), (b"Subject: ", b"Subject: non "), (b"Auto-Submitted", b"X-Gone")]:
        assert named in mail
        assert not dkim.verify(mail.replace(named, text, 1), dnsfunc=asking(answers))
    for name in SIGNED:
        assert not dkim.verify(f"{name}: autre\r\n".encode() + mail, dnsfunc=asking(answers)), name


async def test_a_neutral_mail_is_signed_too(
    notifications_database: ServiceDatabase, mails: MailServer, records: tuple[dict[str, bytes], tuple[str, ...]]
) -> None:
    answers, keys = records
    assert dkim.verify(await arrived(notifications_database, mails, keys, neutral=True), dnsfunc=asking(answers))


async def test_without_a_key_mails_leave_as_they_are(desk: Desk, mails: MailServer) -> None:
    person = SamplePerson("personne.exemple@exemple.test")
    await desk.hear(person.key_issued(), person.recorded(), request(person.id))
    await desk.drain()
    assert mails.mails[0]["DKIM-Signature"] is None


@pytest.mark.parametrize(
    ("author", "answers"),
    [("a@maillage.example", True), ("a@INFO.maillage.example", True), ("a@autremaillage.example", False)],
)
def test_a_key_answers_for_its_domain_and_those_below(author: str, answers: bool) -> None:
    assert Key("s", "maillage.example", "rsa-sha256", b"").answers_for(author) is answers


LOCKED = pem(Ed25519PrivateKey.generate(), password=b"secret")
PUBLIC = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("setting", "content", "sentence"),
    [
        (f"{RSA}={{}}", b"nothing", "holds no private key in PEM without a password"),
        (f"{RSA}={{}}", LOCKED, "holds no private key in PEM without a password"),
        (f"{RSA}={{}}", PUBLIC, "holds no private key in PEM without a password"),
        (f"{RSA}={{}}", pem(ec_key(SECP256R1())), "is neither RSA nor Ed25519"),
        (f"{RSA}={{}}", pem(rsa_key(65537, 1024)), "has 1024 bits"),  # noqa: S505 - that is the point
        (f"{RSA}={{}}.gone", b"", "cannot be read: No such file"),
        ("maillage.example={}", pem(Ed25519PrivateKey.generate()), "is told as <selector>"),
        ("s._domainkey.elsewhere.example={}", pem(Ed25519PrivateKey.generate()), "no DKIM key signs what is sent from"),
    ],
    ids=["no key", "locked", "public", "another kind", "too short", "no file", "no selector", "another domain"],
)
def test_a_key_that_would_not_sign_stops_the_start(
    notifications_database: ServiceDatabase, tmp_path: Path, setting: str, content: bytes, sentence: str
) -> None:
    (tmp_path / "key.pem").write_bytes(content)
    settings = settings_for(notifications_database, "smtp://127.0.0.1", dkim_keys=setting.format(tmp_path / "key.pem"))
    with pytest.raises(BadKey, match=sentence) as refused:
        compose(settings)
    assert "PRIVATE" not in str(refused.value)
