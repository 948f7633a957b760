"""What the directory holds, in the national standard, line after line."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

from chassis.database import Transaction
from chassis.service import Parts
from directory.imports import model, store, writing
from directory.imports.model import SERVICE, STRUCTURE, Kind, Record
from directory.imports.standard import exportable
from directory.offers import store as offers
from directory.offers.model import sites_of
from directory.organisations import store as organisations
from directory.sites import store as sites

CONTACT: Final = "contact_nom_prenom"
LINES: Final = 1000
"""Lines of one transaction: files are no snapshot, and hold nobody up."""

Records = Callable[[Transaction, Sequence[UUID]], Awaitable[Mapping[UUID, Record]]]


@dataclass(slots=True)
class Written:
    """Lines of a file, and the ids of those that would not be valid even without what may be left out."""

    lines: int = 0
    left_out: set[UUID] = field(default_factory=set)


async def export(parts: Parts, files: Mapping[Kind, Path], *, contacts: bool) -> dict[Kind, Written]:
    """Write the organisations and the offers in function, every line valid by the standard's own models. Names of
    `contacts` are for professionals only: without them the file has no such column."""

    async def services(tx: Transaction, offer_ids: Sequence[UUID]) -> Mapping[UUID, Record]:
        return await service_records(tx, offer_ids, contacts=contacts)

    records: Mapping[Kind, Records] = {STRUCTURE: structure_records, SERVICE: services}
    without = frozenset() if contacts else frozenset({CONTACT})
    return {kind: await _write(parts, kind, path, records[kind], without) for kind, path in files.items()}


async def _write(parts: Parts, kind: Kind, path: Path, records: Records, without: frozenset[str]) -> Written:
    told = Written()
    with writing.opened(path, kind, without) as write:
        async for identity, record in _every(parts, kind, records):
            valid = exportable(kind, record)
            if valid is None:
                told.left_out.add(identity)
            else:
                write(valid)
                told.lines += 1
    return told


async def _every(parts: Parts, kind: Kind, records: Records) -> AsyncIterator[tuple[UUID, Record]]:
    last: UUID | None = None
    while True:
        async with parts.worker.transaction() as tx:
            identities = await store.in_function(tx, kind, last, LINES)
            page = await records(tx, identities)
        for identity in identities:
            yield identity, page[identity]
        if len(identities) < LINES:
            return
        last = identities[-1]


async def structure_records(tx: Transaction, organisation_ids: Sequence[UUID]) -> Mapping[UUID, Record]:
    """Organisations as structures."""
    found = await organisations.those(tx, organisation_ids)
    premises = await sites.those(tx, {one.state.site_id for one in found.values() if one.state.site_id})
    kept = await store.printed(tx, organisation_ids)
    records = {}
    for identity, one in found.items():
        site = premises[one.state.site_id].state if one.state.site_id else None
        records[identity] = model.as_printed(model.structure_record(one.state, site), kept.get(identity, {}))
    return records


async def service_records(tx: Transaction, offer_ids: Sequence[UUID], *, contacts: bool) -> Mapping[UUID, Record]:
    """Offers as services, each at its first place."""
    found = {identity: one.state for identity, one in (await offers.those(tx, offer_ids)).items()}
    hosts = await organisations.those(tx, {one.organisation_id for one in found.values()})
    held_at = await sites.those(tx, sites_of(list(found.values())))
    kept = await store.printed(tx, offer_ids)
    named = await store.known_contacts(tx, offer_ids) if contacts else {}
    records = {}
    for identity, offer in found.items():
        site = held_at[offer.places[0].site_id].state if offer.places else None
        structure_id = model.exported_id(hosts[offer.organisation_id].state)
        ours = model.service_record(offer, structure_id, site, named.get(identity, []) if contacts else None)
        records[identity] = model.as_printed(ours, kept.get(identity, {}))
    return records
