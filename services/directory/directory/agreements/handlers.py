"""A territory's partners ratified a plan from which a contract is to come: its draft is there, to be negotiated."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson

from chassis.database import Transaction
from chassis.handlers import Handlers, Received, Transient
from chassis.sealing import Keyring, Shown
from chassis.service import Parts
from contracts.durations import add_months
from contracts.events import ConferenceRatified
from contracts.events.cases import agreement_id_of
from directory.agreements import life, store
from directory.agreements.model import Action, Axis, Party, Terms

MOST = 200
"""Axes, or actions, of one text."""
LINE = 300
"""Characters of one line."""


def handlers(parts: Parts) -> Handlers:
    """What agreements listen to."""
    made = Handlers()

    @made.on(ConferenceRatified)
    async def conferences_ratified(tx: Transaction, received: Sequence[Received[ConferenceRatified]]) -> None:
        for one in received:
            if one.data.contract:
                await _draft(tx, parts.keyring, one)

    return made


async def _draft(tx: Transaction, keyring: Keyring, ratified: Received[ConferenceRatified]) -> None:
    [plan] = await keyring.open(tx, [ratified.data.plan])
    if plan is None or plan.state is Shown.WAITING:
        raise Transient("the key of the plan has not arrived")
    if plan.readable:
        terms = _terms(ratified.data, orjson.loads(str(plan)))
        agreement = life.draft(
            agreement_id_of(ratified.data.conference_id), "territory_contract", terms, ratified.data.ratified_on
        )
        await store.create(tx, agreement, at=ratified.envelope.time, by=None)


def _terms(ratified: ConferenceRatified, plan: Mapping[str, Any]) -> Terms:
    """Of a year, as the plan has it; who signs for each party, and what it costs, is for them to say."""
    begins = ratified.ratified_on
    return Terms(
        title=plan["title"],
        territory_ids=(ratified.territory_id or "",),
        starts_on=begins,
        ends_on=add_months(begins, 12) - timedelta(days=1),
        parties=tuple(Party(organisation_id=one, signatory="À préciser") for one in ratified.member_organisation_ids),
        axes=tuple(Axis(number=number, title=axis["title"]) for number, axis in enumerate(plan["axes"][:MOST], 1)),
        actions=tuple(_actions(plan["axes"])),
        amounts=(),
        stated=(),
        opens=(),
    )


def _actions(axes: Sequence[Mapping[str, Any]]) -> Iterator[Action]:
    planned = [(place, action) for place, axis in enumerate(axes[:MOST], 1) for action in axis["actions"]]
    for number, (place, action) in enumerate(planned[:MOST], 1):
        yield Action(
            number=number,
            axis=place,
            title=_line(action["what"]),
            owner_id=action["organisation_id"],
            indicator=action["indicator"],
            due_on=action["by_when"],
        )


def _line(text: str) -> str:
    """A text of several lines on one, cut where it is too long."""
    line = " ".join(text.split())
    return line if len(line) <= LINE else line[: LINE - 1].rstrip() + "…"
