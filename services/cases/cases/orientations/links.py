"""The link and the one-time code by which an organisation answers without an account: their rules, without I/O.

Both are secrets: the database keeps keyed hashes of them, logs and addresses nothing.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest
from random import Random
from typing import Final
from uuid import UUID

from cases.dossiers.model import Refused
from chassis.web.translations import translate as _
from contracts.references import draw

LINK_LASTS: Final = timedelta(days=7)
CODE_LASTS: Final = timedelta(minutes=10)
CODE_PAUSE: Final = timedelta(minutes=1)
"""Between two codes: each is a mail to somebody."""
TRIES: Final = 5
"""Of one code."""
CODES: Final = 10
"""With one link: 50 tries of a million, for who holds the link without the mailbox."""
_SECRET_LENGTH: Final = 26
"""Characters of a link's secret: 125 bits."""
CODE_LENGTH: Final = 6


def new_secret(random: Random) -> str:
    """The secret end of a link; `random` is `SystemRandom` outside tests."""
    return draw(random, _SECRET_LENGTH)


def new_code(random: Random) -> str:
    """A one-time code; `random` is `SystemRandom` outside tests."""
    return f"{random.randrange(10**CODE_LENGTH):0{CODE_LENGTH}}"


def link_hash(key: bytes, secret: str) -> bytes:
    """What the database keeps instead of a link's secret (32 bytes, keyed)."""
    return hashlib.blake2b(secret.encode(), digest_size=32, key=key, person=b"maillage-lien").digest()


def code_hash(key: bytes, orientation_id: UUID, code: str) -> bytes:
    """What the database keeps instead of a code (32 bytes, keyed): the same code of another orientation differs."""
    text = f"{orientation_id}|{code}".encode()
    return hashlib.blake2b(text, digest_size=32, key=key, person=b"maillage-code").digest()


class Standing(StrEnum):
    """Whether a link can be used."""

    GOOD = "good"
    EXPIRED = "expired"
    """Or used up: it may be asked for again."""
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Link:
    """The link of an orientation, the last one issued."""

    orientation_id: UUID
    case_id: UUID
    link_hash: bytes
    expires_at: datetime
    revoked_at: datetime | None = None
    codes_left: int = CODES
    code_hash: bytes | None = None
    code_asked_at: datetime | None = None
    tries_left: int = 0

    def lives(self, now: datetime) -> bool:
        """Whether who was let in by a code may still look and answer."""
        return self.revoked_at is None and now < self.expires_at

    def standing(self, now: datetime) -> Standing:
        if self.revoked_at is not None:
            return Standing.REVOKED
        used_up = self.codes_left == 0 and not self.awaits_code(now)
        return Standing.GOOD if self.lives(now) and not used_up else Standing.EXPIRED

    def awaits_code(self, now: datetime) -> bool:
        """Whether a code was sent that can still be typed."""
        asked = self.code_asked_at
        return self.code_hash is not None and self.tries_left > 0 and asked is not None and now < asked + CODE_LASTS


def issue(orientation_id: UUID, case_id: UUID, hashed: bytes, now: datetime) -> Link:
    """A new link; the one before it no longer works."""
    return Link(orientation_id, case_id, hashed, now + LINK_LASTS)


def revoke(link: Link, now: datetime) -> Link:
    """The link no longer works, and is not sent again unless an agent sends one. Raises Refused when it is already."""
    if link.revoked_at is not None:
        raise Refused(_("Ce lien est déjà révoqué."))
    return replace(link, revoked_at=now, code_hash=None, tries_left=0)


def must_be_good(link: Link, now: datetime) -> None:
    """Raises Refused for a link that is over."""
    if link.standing(now) is not Standing.GOOD:
        raise Refused(_("Ce lien n'est plus valable. Demandez-en un nouveau."))


def must_be_renewable(link: Link, now: datetime) -> None:
    """Who holds a link may ask for the next one once it is over: it goes to the registered address. Raises Refused."""
    standing = link.standing(now)
    if standing is Standing.REVOKED:
        raise Refused(_("Ce lien a été révoqué : adressez-vous à la structure qui vous a écrit."))
    if standing is Standing.GOOD:
        raise Refused(_("Votre lien est encore valable : demandez un code."))


def ask_code(link: Link, hashed: bytes, now: datetime) -> Link:
    """A new code, which replaces the one before it. Raises Refused."""
    must_be_good(link, now)
    if link.code_asked_at is not None and now < link.code_asked_at + CODE_PAUSE:
        raise Refused(_("Un code vient d'être envoyé. Attendez une minute avant d'en demander un autre."))
    if link.codes_left == 0:
        raise Refused(_("Trop de codes ont été demandés avec ce lien. Dans dix minutes, demandez un nouveau lien."))
    return replace(link, code_hash=hashed, code_asked_at=now, tries_left=TRIES, codes_left=link.codes_left - 1)


def try_code(link: Link, hashed: bytes, now: datetime) -> tuple[Link, bool]:
    """Whether that is the code; a code is good once, and a wrong one costs a try."""
    if link.standing(now) is not Standing.GOOD or not link.awaits_code(now) or link.code_hash is None:
        return link, False
    if compare_digest(link.code_hash, hashed):
        return replace(link, code_hash=None, tries_left=0), True
    return replace(link, tries_left=link.tries_left - 1), False
