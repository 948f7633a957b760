"""The first operator of a deployment: nobody can grant anything before."""

import argparse
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import ValidationError

from chassis import due_dates
from chassis.actor import EVERYWHERE
from chassis.database import Transaction
from chassis.service import Parts, Service
from contracts.envelope import new_id
from contracts.events import AgentPublished, OrganisationPublished
from directory.agents import recording
from directory.agents.model import Change, Granted, Grants, NewAgent
from directory.aggregates import Versioned, of_row, publish
from directory.organisations import store as organisations
from directory.republication import next_night

_ONE_AT_A_TIME = 0x466F756E
"""Advisory lock held while the directory is founded."""


ALL = Grants(grants=(Granted(role="operator", territory_id=EVERYWHERE),))
[OPERATOR] = ALL.published


class AnotherOperates(Exception):
    """The deployment already has an operator, who can name others."""


async def operator(service: Service, arguments: Sequence[str]) -> None:
    """`python -m directory operator`: make sure that this account is an operator."""
    parser = argparse.ArgumentParser(prog="python -m directory operator", description="Name the first operator.")
    parser.add_argument("--subject", required=True, help="the account's `sub` at the identity provider")
    parser.add_argument("--name", required=True)
    parser.add_argument("--email", required=True)
    parser.add_argument("--organisation", default="Département", help="name of the département, when it is new")
    parser.add_argument("--force", action="store_true", help="although somebody else is operator already")
    given = parser.parse_args(arguments)
    try:
        agent_id = await found(service.parts, **vars(given))
    except AnotherOperates:
        raise SystemExit("another account is operator already: ask it, or add --force") from None
    except ValidationError:  # whose message would repeat the name and the address
        raise SystemExit("the name, the e-mail address or the subject is not valid") from None
    print(f"operator: agent {agent_id}")  # noqa: T201


async def found(parts: Parts, *, subject: str, name: str, email: str, organisation: str, force: bool = False) -> UUID:
    """Make this account an operator, in the département's own organisation. Doing it again changes nothing.

    Returns the agent's id. Raises AnotherOperates, unless `force`, and pydantic's ValidationError.
    """
    now = parts.now()
    async with parts.worker.transaction() as tx:
        await tx.execute("SELECT pg_advisory_xact_lock($1)", _ONE_AT_A_TIME)
        await due_dates.schedule(tx, [next_night(now, parts.settings.zone)])
        known = await _agent(tx, subject)
        if known is not None and OPERATOR in known.state.grants:
            return known.state.agent_id
        if not force and await _somebody_operates(tx):
            raise AnotherOperates
        if known is not None:
            return await _promote(tx, known, now)
        home = await _departement(tx, organisation, now)
        new = NewAgent(subject=subject, organisation_id=home, name=name, email=email, grants=ALL.grants)
        made = await recording.record(tx, parts.keyring, new, agent_id=new_id(), event_id=new_id(), at=now, by=None)
        return made.state.agent_id


async def _promote(tx: Transaction, known: Versioned[AgentPublished], now: datetime) -> UUID:
    state = known.state.model_copy(update={"grants": (*known.state.grants, OPERATOR)})
    await recording.change(tx, known, Change(new_id(), "grants", state, now, None))
    return state.agent_id


async def _agent(tx: Transaction, subject: str) -> Versioned[AgentPublished] | None:
    row = await tx.fetchrow(
        "SELECT *, sequence AS version FROM agents WHERE subject = $1 AND NOT retired FOR UPDATE", subject
    )
    return of_row(AgentPublished, row) if row else None


async def _somebody_operates(tx: Transaction) -> bool:
    found: bool = await tx.fetchval(
        """SELECT EXISTS (SELECT FROM agents WHERE NOT retired AND grants @> '[{"role": "operator"}]')"""
    )
    return found


async def _departement(tx: Transaction, name: str, now: datetime) -> UUID:
    known: UUID | None = await tx.fetchval(
        "SELECT organisation_id FROM organisations WHERE kind = 'departement' AND NOT retired LIMIT 1"
    )
    if known is not None:
        return known
    state = OrganisationPublished(organisation_id=new_id(), name=name, kind="departement", territory_ids=(EVERYWHERE,))
    await organisations.create(tx, state)
    await publish(tx, Versioned(state, 1), id=new_id(), at=now)
    return state.organisation_id
