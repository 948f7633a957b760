"""Work on a worry about a child: opened with the cell's key, changed, sealed again, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

import orjson
from joserfc.jwk import ECKey

from cases.concerns import deadlines, store
from cases.concerns.model import Concern, Report, received
from cases.dossiers.work import NoSuchCase, Outdated
from cases.programmes import programmes
from chassis import letters
from chassis.actor import Actor
from chassis.database import Transaction
from chassis.service import Parts
from contracts.programme import Programme, Retention

CHILD_CONCERN: Final = "child-concern"
Step = Callable[[Concern], Concern]


def programme(parts: Parts) -> Programme:
    """Worries about a child, as this deployment describes them today: a report does not say by which version."""
    return programmes(parts.settings.programmes).current(CHILD_CONCERN)


class NoKey(Exception):
    """This deployment was not given the cell's key: nothing can be opened."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A concern and its report, open, for the cell alone."""

    concern: Concern
    report: Report
    version: int


@dataclass(frozen=True)
class Desk:
    """The cell's desk: holds its key."""

    parts: Parts
    key: ECKey | None = field(repr=False)

    def open(self, kept: store.Kept) -> Opened:
        """Raises NoKey."""
        report = Report.model_validate(self._content(kept.report, kept.case_id))
        if kept.state is None:
            return Opened(received(kept.case_id, kept.received_on, report), report, kept.version)
        return Opened(Concern.model_validate(self._content(kept.state, kept.case_id)), report, kept.version)

    def _content(self, letter: str, case_id: UUID) -> object:
        content = orjson.loads(letters.opened(letter, self._own_key()))
        # A letter moved into another row is not what it says it is.
        if content.pop("about") != str(case_id):
            raise letters.NotReadable
        return content

    def seal(self, concern: Concern) -> str:
        content = concern.model_dump(mode="json") | {"about": str(concern.case_id)}
        return letters.seal(orjson.dumps(content), self._own_key())

    def _own_key(self) -> ECKey:
        if self.key is None:
            raise NoKey
        return self.key

    async def read(self, tx: Transaction, case_id: UUID) -> Opened:
        """Raises NoSuchCase, NoKey."""
        kept = await store.find(tx, case_id)
        if kept is None:
            raise NoSuchCase
        return self.open(kept)

    async def change(
        self, tx: Transaction, actor: Actor, case_id: UUID, kind: str, step: Step, *,
        expected: int, text: str | None = None,
    ) -> Opened:  # fmt: skip
        """One step, noted in the journal as `kind`. Raises NoSuchCase, Outdated, Refused, NoKey."""
        kept = await store.take(tx, case_id)
        if kept is None:
            raise NoSuchCase
        if kept.version != expected + 1:
            raise Outdated
        before = self.open(kept)
        after = step(before.concern).written(self.parts.now(), actor.agent_id, kind, text)
        await store.save(tx, case_id, self.seal(after), after.closed_on)
        await deadlines.follow(tx, before.concern, after, self.programme, self.parts.settings.zone, self.today)
        return Opened(after, before.report, kept.version)

    @property
    def programme(self) -> Programme:
        return programme(self.parts)

    @property
    def retention(self) -> Retention:
        """How long a file is kept, what becomes of it then, and what text says so."""
        return self.programme.retention

    @property
    def today(self) -> date:
        return self.now.astimezone(self.parts.settings.zone).date()

    @property
    def now(self) -> datetime:
        return self.parts.now()
