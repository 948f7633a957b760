"""DKIM (RFC 6376; RFC 8463 for Ed25519): mails are signed, and their recipients' servers verify it by the DNS.

`dkimpy` signs. It reads but one form of key files and says little of what is wrong with the others, so they are read by
`cryptography` first, when the service starts.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import dkim
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

SIGNED: Final = (
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language", "List-Unsubscribe",
    "List-Unsubscribe-Post", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
)  # fmt: skip
"""Headers a signature covers. Each is named once more than it is there: none can be added either (RFC 6376, 8.15)."""
_COVERED: Final = [name.lower().encode() for name in SIGNED] * 2
_RELAXED: Final = (b"relaxed", b"relaxed")
_MARK: Final = "._domainkey."
SHORTEST: Final = 2048
"""Bits of an RSA key (RFC 8301, 3.2)."""


class BadKey(ValueError):
    """Mails could not be signed with this: a sentence for who runs the service. Raised at start."""


@dataclass(frozen=True, slots=True)
class Key:
    """A private key whose other half the DNS gives under `<selector>._domainkey.<domain>`."""

    selector: str
    domain: str
    algorithm: str
    secret: bytes = field(repr=False)

    def answers_for(self, address: str) -> bool:
        """Whether its signature counts for mails from there: of its domain, or of one below (relaxed alignment of
        DMARC)."""
        domain = address.rpartition("@")[2].lower()
        return domain == self.domain or domain.endswith(f".{self.domain}")

    def signature(self, content: bytes) -> bytes:
        """The header to put before a mail."""
        made: bytes = dkim.sign(
            content,
            self.selector.encode(),
            self.domain.encode(),
            self.secret,
            canonicalize=_RELAXED,
            include_headers=_COVERED,
            signature_algorithm=self.algorithm.encode(),
        )
        return made


def read(setting: str) -> Key:
    """A key as `<selector>._domainkey.<domain>=<file>` names it. Raises BadKey."""
    name, _, path = setting.partition("=")
    selector, mark, domain = name.strip().lower().partition(_MARK)
    if not (selector and mark and domain and path):
        raise BadKey(f"a DKIM key is told as <selector>{_MARK}<domain>=<file>, not as {setting!r}")
    algorithm, secret = _private(Path(path.strip()))
    return Key(selector, domain, algorithm, secret)


def _private(path: Path) -> tuple[str, bytes]:
    """Its algorithm, and the key as dkimpy takes it."""
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise BadKey(f"the DKIM key {path} cannot be read: {error.strerror}") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey(f"{path} holds no private key in PEM without a password") from None
    if isinstance(key, Ed25519PrivateKey):
        return "ed25519-sha256", b64encode(key.private_bytes_raw())
    if not isinstance(key, RSAPrivateKey):
        raise BadKey(f"the DKIM key {path} is neither RSA nor Ed25519")
    if key.key_size < SHORTEST:
        raise BadKey(f"the DKIM key {path} has {key.key_size} bits: an RSA key has at least {SHORTEST}")
    return "rsa-sha256", key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs with every key that answers for the sender: one of each kind while servers learn Ed25519."""

    keys: Sequence[Key] = ()

    def check(self, *authors: str) -> None:
        """Raises BadKey where mails of an author would leave unsigned: only without any key they may."""
        for author in authors:
            if self.keys and not any(key.answers_for(author) for key in self.keys):
                raise BadKey(f"no DKIM key signs what is sent from {author}")

    def sign(self, content: bytes, author: str) -> bytes:
        """The mail with its signatures before it; as it is where no key answers for its author."""
        return b"".join(key.signature(content) for key in self.keys if key.answers_for(author)) + content


UNSIGNED: Final = Signer()
"""Mails leave as they are."""
