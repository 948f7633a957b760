"""What stewards do with agreements: each step is a version, a line of the journal and, where it matters, an event."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis.database import Transaction
from chassis.service import Parts
from chassis.web.translations import translate as _
from contracts.envelope import new_id
from contracts.events import AgreementAmended, AgreementEnded, AgreementRenewed, AgreementSigned, EventData
from directory import scope
from directory.aggregates import NotKept, Outdated
from directory.agreements import deadlines, life, opened, store, telling
from directory.agreements.model import (
    Agreement,
    Approval,
    Denunciation,
    Document,
    Kind,
    Phase,
    Refused,
    Review,
    Signature,
    Terms,
)
from directory.agreements.rules import Names
from directory.agreements.store import Change, Kept
from directory.author import Author
from directory.files import acts as files
from directory.offers import store as offers
from directory.organisations import store as organisations
from directory.territories import store as territories


@dataclass
class Work:
    """An agreement at the version its reader saw, in the transaction that changes it."""

    tx: Transaction
    by: Author
    zone: ZoneInfo
    kept: Kept

    @property
    def agreement(self) -> Agreement:
        return self.kept.agreement

    async def names(self) -> Names:
        """What the organisations and territories of its text are called."""
        return await store.named(self.tx, self.agreement.text)

    async def become(self, after: Agreement, what: str, event: EventData | None = None, **details: object) -> None:
        """Keep what it has become. Raises Outdated when somebody was faster."""
        change = Change(what, self.by.at, self.by.actor.agent_id, details)
        self.kept = await store.keep(self.tx, after, self.kept.version, change)
        if event is not None:
            await telling.publish(self.tx, event, self.kept.version, id=new_id(), at=self.by.at)
        await deadlines.keep(self.tx, after, self.by.at, self.zone)
        if after.phase is Phase.IN_FORCE:
            await deadlines.follow_soon(self.tx, after, self.by.at, self.zone)


@asynccontextmanager
async def changing(parts: Parts, by: Author, agreement_id: UUID, expected: int) -> AsyncIterator[Work]:
    """Work on an agreement. Raises NotKept, OutOfScope and Outdated."""
    async with parts.app.transaction(by.actor) as tx:
        kept = await store.find(tx, agreement_id)
        if kept is None:
            raise NotKept
        scope.check(by.actor, kept.agreement.terms.territory_ids)
        if kept.version != expected:
            raise Outdated
        yield Work(tx, by, parts.settings.zone, kept)


async def open_draft(tx: Transaction, by: Author, kind: Kind, terms: Terms) -> Agreement:
    """A new agreement to negotiate. Raises OutOfScope, UnknownTerritory and Refused."""
    agreement = life.draft(new_id(), kind, terms, by.today)
    await _check_text(tx, by, agreement, terms, None)
    await store.create(tx, agreement, at=by.at, by=by.actor.agent_id)
    return agreement


async def write(work: Work, terms: Terms) -> None:
    """Rewrite the draft, or the amendment under negotiation."""
    after = life.write(work.agreement, terms)
    await _check_text(work.tx, work.by, work.agreement, terms, work.agreement.text)
    changed = terms.changed_from(work.agreement.text)
    await work.become(after, "written" if after.phase is Phase.DRAFT else "amendment_written", changed=changed)


async def _check_text(tx: Transaction, by: Author, agreement: Agreement, terms: Terms, before: Terms | None) -> None:
    """What a text names is there, and its writer may open what it opens; what it named before was checked then."""
    scope.check(by.actor, terms.territory_ids)
    await territories.check_known(tx, set(terms.territory_ids) - set(before.territory_ids if before else ()))
    await _check_parties(tx, set(terms.party_ids) - set(before.party_ids if before else ()))
    new = {one.offer_id for one in terms.opens} - {one.offer_id for one in (before.opens if before else ())}
    await _check_opened(tx, by, agreement.agreement_id, new)


async def _check_parties(tx: Transaction, party_ids: Collection[UUID]) -> None:
    found = await organisations.those(tx, party_ids)
    if len([one for one in found.values() if not one.state.retired]) < len(party_ids):
        raise Refused(_("Une structure n'est pas, ou plus, dans l'annuaire : choisissez-en une autre."))


async def _check_opened(tx: Transaction, by: Author, agreement_id: UUID, offer_ids: Collection[UUID]) -> None:
    found = [one.state for one in (await offers.those(tx, offer_ids)).values() if not one.state.retired]
    if len(found) < len(offer_ids):
        raise Refused(_("Une offre n'est pas, ou plus, dans l'annuaire : choisissez-en une autre."))
    scope.check(by.actor, *(one.territory_ids for one in found))
    if taken := opened.elsewhere(found, agreement_id):
        raise Refused(_("Un autre accord ouvre déjà : {names}.").format(names=", ".join(taken)))


async def settle(work: Work, on: date) -> None:
    after = life.settle(work.agreement, on, work.by.today, await work.names())
    await work.become(after, "negotiated", on=on.isoformat())


async def reopen(work: Work) -> None:
    await work.become(life.reopen(work.agreement), "reopened")


async def approve(work: Work, approval: Approval) -> None:
    after = life.approve(work.agreement, approval, work.by.today)
    await work.become(after, "approved", **approval.model_dump(mode="json"))


async def sign(work: Work, signature: Signature) -> None:
    """With the last signature it binds everybody; the clock begins it on its first day."""
    after = life.sign(work.agreement, signature, work.by.today)
    event = _signed(after) if after.phase is Phase.SIGNED else None
    await work.become(after, "signed", event, **signature.model_dump(mode="json"))


def _signed(agreement: Agreement) -> AgreementSigned:
    return telling.of(
        AgreementSigned,
        agreement,
        signed_on=max(one.on for one in agreement.signatures),
        renewal=agreement.terms.renewal.how,
        total_cents=agreement.terms.total_cents,
    )


async def abandon(work: Work, why: str) -> None:
    after = life.abandon(work.agreement, why, work.by.today)
    event = telling.of(AgreementEnded, after, ended_on=after.ended_on, reason=after.end_reason)
    await work.become(after, "abandoned", event)


async def amend(work: Work, what: str, signed_on: date, approvals: Collection[Approval]) -> None:
    after = life.amend(work.agreement, what, signed_on, tuple(approvals), work.by.today, await work.names())
    amendment = after.amendments[-1]
    said = {"number": amendment.number, "signed_on": signed_on, "changed": amendment.changed}
    await work.become(after, "amended", telling.of(AgreementAmended, after, **said), number=amendment.number)


async def renew(work: Work, on: date) -> None:
    after = life.renew(work.agreement, on, work.by.today)
    event = telling.of(AgreementRenewed, after, renewal=after.renewals[-1].how)
    await work.become(after, "renewed", event, until=after.last_day.isoformat())


async def denounce(work: Work, notice: Denunciation) -> None:
    after = life.denounce(work.agreement, notice, work.by.today)
    until = notice.last_day.isoformat()
    await work.become(after, "denounced", organisation_id=str(notice.organisation_id), until=until)


async def review(work: Work, held: Review) -> None:
    await work.become(life.review(work.agreement, held, work.by.today), "reviewed", year=held.year)


async def file_content(work: Work, title: str, put: files.Put) -> None:
    """A copy of theirs, kept here."""
    await files.write(work.tx, put, files.About(agreement_id=work.agreement.agreement_id), work.by.agent_id, work.by.at)
    await file(work, title, put.address)


async def file(work: Work, title: str, link: str) -> None:
    """Where a copy lies."""
    document = Document(document_id=new_id(), title=title, link=link, added_on=work.by.today)
    await work.become(life.file(work.agreement, document), "filed", title=title)


async def unfile(work: Work, document_id: UUID) -> None:
    """It is with the agreement no more; what was kept here of it goes."""
    await work.become(life.unfile(work.agreement, document_id), "unfiled")
    links = [one.link for one in work.agreement.documents]
    await files.keep_only(work.tx, work.agreement.agreement_id, links, work.by.at, work.zone)
