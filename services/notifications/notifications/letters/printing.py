"""The letters of a batch as PDF, made when they are asked for and kept nowhere."""

import csv
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO, StringIO
from typing import Final
from uuid import UUID
from zipfile import ZIP_STORED, ZipFile

from chassis.database import Transaction
from chassis.sealing import Keyring
from chassis.typesetting import Said, typeset_apart
from chassis.web.translations import N_, translate
from contracts.sealed import Sealed
from notifications.letters import store
from notifications.letters.channel import CONTENT
from notifications.letters.document import TEMPLATE, said

_AT_ONCE: Final = 50
"""Letters one process typesets."""
_PAGES: Final = re.compile(rb"/Type\s*/Page\b")
_HEAD: Final = (N_("Ordre"), N_("Lettre"), N_("Fichier"), N_("Pages"))


@dataclass(frozen=True, slots=True)
class Written:
    """A letter that can be read, ready to be typeset."""

    delivery_id: UUID
    reference: str
    said: Said


@dataclass(frozen=True, slots=True)
class Printed:
    """A letter as PDF."""

    delivery_id: UUID
    reference: str
    content: bytes

    @property
    def pages(self) -> int:
        return len(_PAGES.findall(self.content))

    @property
    def digest(self) -> str:
        return sha256(self.content).hexdigest()


async def written(tx: Transaction, keyring: Keyring, batch_id: UUID) -> list[Written]:
    """The letters of a batch, always in the same order, without those whose person was erased since."""
    sheets = [one for one in await store.sheets(tx, batch_id) if one.content]
    opened = await keyring.open(tx, [Sealed.model_validate(one.content) for one in sheets])
    return [
        Written(one.delivery_id, one.reference, said(CONTENT.validate_json(text.text), one.reference))
        for one, text in zip(sheets, opened, strict=True)
        if text is not None and text.readable
    ]


async def printed(letters: Sequence[Written]) -> AsyncIterator[Printed]:
    """Each as PDF, the same bytes whenever it is made. Raises NotTypeset, and TimeoutError."""
    for begin in range(0, len(letters), _AT_ONCE):
        some = letters[begin : begin + _AT_ONCE]
        made = await typeset_apart(TEMPLATE, [one.said for one in some])
        for one, content in zip(some, made, strict=True):
            yield Printed(one.delivery_id, one.reference, content)


def packed(letters: Sequence[Printed]) -> bytes:
    """A ZIP of letters to print, named by their reference, and the list of them: nobody's name is outside a letter."""
    into = BytesIO()
    with ZipFile(into, "w", ZIP_STORED) as packing:
        for one in letters:
            packing.writestr(_file(one), one.content)
        packing.writestr("liste.csv", _listed(letters))
    return into.getvalue()


def _listed(letters: Iterable[Printed]) -> str:
    into = StringIO()
    lines = csv.writer(into, delimiter=";")
    lines.writerow([translate(name) for name in _HEAD])
    lines.writerows((place, one.reference, _file(one), one.pages) for place, one in enumerate(letters, 1))
    return into.getvalue()


def _file(letter: Printed) -> str:
    return f"{letter.reference}.pdf"
