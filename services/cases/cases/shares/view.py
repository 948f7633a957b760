"""Shares as both sides see them: what went out of a dossier, and what another organisation may read."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cases.documents import store as documents
from cases.documents.model import Document
from cases.dossiers import store as dossiers
from cases.people import store as people
from cases.shares import store
from cases.shares.model import Part, Share
from cases.tasks import view as tasks
from cases.tasks.model import Kind
from chassis.database import Transaction
from chassis.sealing import Opened
from chassis.service import Parts


@dataclass(frozen=True, slots=True)
class Shown:
    """A share, with whom (or, for who receives it, by whom), and why."""

    share: Share
    organisation: str
    why: Opened | None


async def of_dossier(tx: Transaction, parts: Parts, case_id: UUID) -> list[Shown]:
    """What is or was shared of a dossier, the newest first."""
    return await _opened(tx, parts, await store.of_case(tx, case_id), sent=True)


async def received(
    tx: Transaction, parts: Parts, organisation_id: UUID, before: UUID | None, limit: int
) -> list[Shown]:
    """What is shared with an organisation, the newest first."""
    return await _opened(tx, parts, await store.received(tx, organisation_id, before, limit), sent=False)


async def _opened(tx: Transaction, parts: Parts, found: list[Share], *, sent: bool) -> list[Shown]:
    reasons = await parts.keyring.open(tx, [one.why for one in found])
    others = [one.organisation_id if sent else one.sharing_organisation_id for one in found]
    called = await store.names(tx, others)
    return [Shown(one, called.get(other, ""), why) for one, other, why in zip(found, others, reasons, strict=True)]


def shown(one: Shown) -> dict[str, Any]:
    """A share in JSON."""
    share = one.share
    return {
        "share_id": share.share_id,
        "case_id": share.case_id,
        "organisation_id": share.organisation_id,
        "organisation": one.organisation,
        "parts": share.parts,
        "why": str(one.why) if one.why else None,
        "ground": share.ground,
        "legal_ground": share.legal_ground,
        "shared_by": share.shared_by,
        "shared_at": share.shared_at,
        "ended_at": share.ended_at,
    }


@dataclass(frozen=True, slots=True)
class Read:
    """What an organisation reads of a dossier: what is shared with it, no more. The database sees to it."""

    shown: Shown
    people: list[tuple[str, Opened | None]]
    notes: list[tuple[Any, Opened]]
    actions: list[tasks.Shown]
    documents: list[tuple[Document, str]]


async def read(tx: Transaction, parts: Parts, share: Share) -> Read:
    """One share, opened for the organisation it is with."""
    [one] = await _opened(tx, parts, [share], sent=False)
    case_id, day = share.case_id, parts.now().astimezone(parts.settings.zone).date()
    named = await people.of_case(tx, case_id) if Part.PEOPLE in share.parts else []
    notes = [entry for entry in await dossiers.timeline(tx, case_id) if entry.text] if Part.NOTES in share.parts else []
    names = await parts.keyring.open(tx, [person.name for person in named])
    texts = await parts.keyring.open(tx, [entry.text for entry in notes])
    plan = await tasks.of_dossier(tx, parts.keyring, case_id, Kind.ACTION, day) if Part.PLAN in share.parts else []
    return Read(
        one,
        [(person.role, name) for person, name in zip(named, names, strict=True)],
        [(entry.at, text) for entry, text in zip(notes, texts, strict=True) if text],
        plan,
        await _documents(tx, parts, share),
    )


async def _documents(tx: Transaction, parts: Parts, share: Share) -> list[tuple[Document, str]]:
    found = await documents.of_case(tx, share.case_id) if Part.DOCUMENTS in share.parts else []
    names = await parts.keyring.open(tx, [one.name for one in found])
    return [(one, str(name or "")) for one, name in zip(found, names, strict=True)]


def read_shown(one: Read) -> dict[str, Any]:
    """What an organisation reads, in JSON."""
    share = one.shown.share
    return {
        "share_id": share.share_id,
        "reference": share.reference,
        "programme": share.programme,
        "shared_by": one.shown.organisation,
        "shared_at": share.shared_at,
        "parts": share.parts,
        "why": str(one.shown.why) if one.shown.why else None,
        "people": [{"role": role, "name": str(name) if name else None} for role, name in one.people],
        "notes": [{"at": at, "text": str(text)} for at, text in one.notes],
        "documents": [{"document_id": document.document_id, "name": name} for document, name in one.documents],
        "actions": [tasks.shown(action) for action in one.actions],
    }
