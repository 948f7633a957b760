"""A batch of lines: what each says beside what is known, and all that comes of it, in one transaction."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from chassis.database import Transaction
from chassis.web.translations import N_, translate
from contracts.events import EventData, OfferPublished, OrganisationPublished, SitePublished
from contracts.events.partners import Source
from directory.aggregates import State, Versioned, publish_all
from directory.imports import model, store
from directory.imports.merging import merged
from directory.imports.model import OURS, SERVICE, STRUCTURE, Host, Kind, Said, Surroundings
from directory.imports.standard import Line
from directory.imports.store import Contacts, Entry, Noticed, Remarked, Run
from directory.offers import store as offers
from directory.offers.model import sites_of
from directory.organisations import store as organisations
from directory.sites import store as sites

Main = OrganisationPublished | OfferPublished
Sites = Mapping[UUID, Versioned[SitePublished]]
_KEPT: Final[Mapping[Kind, Any]] = {STRUCTURE: organisations, SERVICE: offers}
"""Where what lines mainly say is kept."""


@dataclass(frozen=True, slots=True)
class Read:
    """A line that says something new, and what it says. `held_at`: its own site, or its structure's."""

    kind: Kind
    line: Line
    said: Said
    printed: Mapping[str, Any]
    held_at: UUID | None
    before: Entry | None

    @property
    def identity(self) -> UUID:
        return _identity(self.said.main)


Changed = Sequence[tuple[Line, Entry | None]]


@dataclass(slots=True)
class Batch:
    """Lines of one kind on their way: looked up, read, taken in. `unchanged` and `set_aside` need no more than to be
    noted; `known_after`: entries there are once it is taken in, and their lines."""

    run: Run
    kind: Kind
    surroundings: Surroundings
    at: datetime
    lines: Sequence[Line]
    unchanged: dict[str, int] = field(default_factory=dict)
    known_after: dict[str, int] = field(default_factory=dict)
    read: list[Read] = field(default_factory=list)
    remarked: list[Remarked] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    async def look_up(self, tx: Transaction, in_hand: Mapping[str, int]) -> tuple[Changed, Mapping[str, Host]]:
        """Lines that don't say what they said, and the structures of services: what is known of them. It may be asked
        while the batch before is taken in, whose entries are `in_hand`."""
        changed = await self._changed(tx, in_hand)
        structures = {line.record["structure_id"] for line, _ in changed} if self.kind == SERVICE else set()
        return changed, await known_hosts(tx, structures)

    def make_ready(self, changed: Changed, hosts: Mapping[str, Host]) -> None:
        """What they say; services of no structure in function are set aside."""
        for line, entry in changed:
            host = hosts.get(line.record.get("structure_id", ""))
            if self.kind == STRUCTURE or host is not None:
                self.read.append(self._said(line, host, entry))
                continue
            self.set_aside(line, translate(_NO_STRUCTURE).format(structure=line.record["structure_id"]))
            if entry is None:
                del self.known_after[str(line.entry_id)]

    async def take(self, tx: Transaction) -> None:
        """Write what the lines say, and all that comes of it."""
        await self._write(tx)
        await store.seen(tx, self.kind, self.run.run_id, self.unchanged)
        await store.remark(tx, self.run.run_id, self.remarked)

    def set_aside(self, line: Line, *reasons: str) -> None:
        """The line is not taken in. Whatever was made of it before stands, and is not missing."""
        self.remarked.append(Remarked(self.kind, line.number, line.entry_id, True, reasons))
        self.counts["set_aside"] += 1

    async def _changed(self, tx: Transaction, in_hand: Mapping[str, int]) -> Changed:
        """Lines that don't say what they said."""
        known = await store.entries(tx, self.kind, [line.entry_id for line in self.lines if line.entry_id])
        first = {key: one.line for key, (one, _) in known.items() if one.run_id == self.run.run_id} | dict(in_hand)
        changed = []
        for line in self.lines:
            entry, untouched = known.get(line.entry_id or "", (None, False))
            if line.entry_id is None or line.entry_id in first:
                self.set_aside(line, *(line.reasons or (_repeated(first[line.entry_id or ""]),)))
                continue
            first[line.entry_id] = self.unchanged[line.entry_id] = line.number
            if entry or not line.reasons:
                self.known_after[line.entry_id] = line.number
            if line.reasons:
                self.set_aside(line, *line.reasons)
            elif entry and untouched and entry.digest == line.digest and not entry.withdrawn_on:
                self.counts["unchanged"] += 1
            else:
                changed.append((line, entry))
        return changed

    def _said(self, line: Line, host: Host | None, entry: Entry | None) -> Read:
        record = line.record
        if host is None:
            said = model.structure(record, self.surroundings)
            return Read(STRUCTURE, line, said, model.kept_of_structure(record, said), _id(said.site), entry)
        said = model.service(record, self.surroundings, host)
        printed, held_at = model.kept_of_service(record, said, host), _id(said.site or host.premises)
        return Read(SERVICE, line, said, printed, held_at, entry)

    async def _write(self, tx: Transaction) -> None:
        known = await _KEPT[self.kind].those(tx, [one.identity for one in self.read], changing=True)
        self.read = [one for one in self.read if self._goes_on(one, known.get(one.identity))]
        held = await sites.those(tx, {one.held_at for one in self.read if one.held_at}, changing=True)
        own = [(one, one.said.site) for one in self.read if one.said.site is not None]
        noticed: list[Noticed] = []
        held = await _keep(tx, sites, [self._merged(one, held, site, noticed) for one, site in own], held, self.at)
        made = [self._merged(one, known, one.said.main, noticed) for one in self.read]
        made_of = await _keep(tx, _KEPT[self.kind], made, known, self.at)
        for one in self.read:
            self._count(one, known.get(one.identity), made_of[one.identity])
        await store.keep(tx, [self._entry(one, made_of[one.identity], held) for one in self.read])
        await store.notice(tx, {one.identity for one in self.read} | {site.site_id for _, site in own}, noticed)
        await store.contacts(tx, [_contacts(one) for one in self.read if one.said.contacts is not None])
        await retire_unused(tx, [left for one in self.read if (left := _left(one))], self.at)

    def _goes_on(self, one: Read, known: Versioned[Main] | None) -> bool:
        """Whether what the line says is followed: not where it was retired by somebody here, nor where it only gives
        back what we exported ourselves."""
        withdrawn = one.before is not None and one.before.withdrawn_on is not None
        our_own = one.before is None and one.line.record["source"] == OURS
        if known is not None and ((known.state.retired and not withdrawn) or our_own):
            self.counts["unchanged"] += 1
            return False
        del self.unchanged[str(one.line.entry_id)]
        return True

    def _merged(self, one: Read, known: Mapping[UUID, Versioned[State]], said: State, noticed: list[Noticed]) -> State:
        before = known.get(_identity(said))
        source = Source(source=one.line.record["source"], on=one.said.main.updated_on)
        state, differences = merged(before.state if before else None, said, source)
        noticed += [
            Noticed(each.aggregate_id, each.field, said.key.removesuffix("_id"), str(one.line.entry_id), source.source,
                    source.on, each.ours, each.theirs, self.at)
            for each in differences
        ]  # fmt: skip
        return state

    def _count(self, one: Read, known: Versioned[Main] | None, made: Versioned[Main]) -> None:
        changed = "unchanged" if known is not None and made.version == known.version else "changed"
        self.counts["created" if known is None else changed] += 1
        if one.said.remarks:
            self.counts["remarked"] += 1
            self.remarked.append(Remarked(self.kind, one.line.number, one.line.entry_id, False, one.said.remarks))

    def _entry(self, one: Read, made: Versioned[Main], held: Sites) -> Entry:
        place = held.get(one.held_at) if one.held_at else None
        return Entry(
            kind=self.kind,
            entry_id=str(one.line.entry_id),
            feed=self.run.feed,
            aggregate_id=one.identity,
            site_id=one.held_at,
            version=made.version,
            site_version=place.version if place else None,
            digest=one.line.digest,
            printed=one.printed,
            place=model.place_of(one.line.record) if self.kind == STRUCTURE else {},
            contact=one.line.record.get("contact_nom_prenom"),
            remarks=one.said.remarks,
            run_id=self.run.run_id,
            line=one.line.number,
        )


async def known_hosts(tx: Transaction, structure_ids: Iterable[str]) -> dict[str, Host]:
    """The structures of these ids that are in function."""
    identities = {model.organisation_id(structure_id): structure_id for structure_id in structure_ids}
    found = await store.hosts(tx, list(identities))
    return {identities[host.organisation.organisation_id]: host for host in found}


async def withdraw(tx: Transaction, run: Run, kind: Kind, *, since: date, today: date, limit: int, at: datetime) -> int:
    """Retire what was made of entries missing since that day or longer. Returns how many, at most `limit`."""
    gone = await store.to_withdraw(tx, run, kind, since, limit)
    known = await _KEPT[kind].those(tx, [one.aggregate_id for one in gone], changing=True)
    retired = [one.state.model_copy(update={"retired": True}) for one in known.values()]
    await _keep(tx, _KEPT[kind], retired, known, at)
    await retire_unused(tx, [one.site_id for one in gone if one.site_id == model.site_id(kind, one.entry_id)], at)
    await store.withdraw(tx, kind, [one.entry_id for one in gone], today)
    return len(gone)


async def retire_unused(tx: Transaction, site_ids: Collection[UUID], at: datetime) -> None:
    """Premises that their line no longer speaks of, where nothing else is offered either."""
    if not site_ids:
        return
    used = sites_of([one.state for one in await offers.made_at(tx, site_ids)])
    known = await sites.those(tx, set(site_ids) - used, changing=True)
    retired = [one.state.model_copy(update={"retired": True}) for one in known.values()]
    await _keep(tx, sites, retired, known, at)


async def _keep(
    tx: Transaction, kept: Any, states: Sequence[State], known: Mapping[UUID, Versioned[State]], at: datetime
) -> dict[UUID, Versioned[State]]:
    """What there is once these states are kept; what is new or differs is published."""
    differing = [one for one in states if (before := known.get(_identity(one))) is None or before.state != one]
    changed: list[Versioned[State]] = await kept.take_in(tx, differing)
    await publish_all(tx, changed, at=at)
    return {**known, **{_identity(one.state): one for one in changed}}


def _identity(state: EventData) -> UUID:
    found: UUID = getattr(state, state.key)
    return found


def _left(one: Read) -> UUID | None:
    """Premises of its own that the line no longer speaks of."""
    before = one.before.site_id if one.before else None
    return before if before != one.held_at and before == model.site_id(one.kind, str(one.line.entry_id)) else None


def _contacts(one: Read) -> tuple[UUID, Contacts, Contacts]:
    before = one.before.contact if one.before else None
    return one.identity, one.said.contacts or [], [{"name": before}] if before else []


def _id(site: SitePublished | None) -> UUID | None:
    return site.site_id if site else None


def _repeated(line: int) -> str:
    return translate(N_("Cet identifiant est déjà celui de la ligne {line}.")).format(line=line)


_NO_STRUCTURE = N_(
    "La structure « {structure} » n'est pas dans l'annuaire : son fichier se prend avant celui des services."
)
