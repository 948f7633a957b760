"""What a platform under test stands on, of its own so that it can be killed: PostgreSQL, Kafka, an issuer of tokens."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass

from deploy.local import jars, layout, topics
from deploy.local.broker import Kafka
from deploy.local.credentials import Secrets
from deploy.local.postgres import Postgres
from deploy.local.stack import Stack, choose_ports
from deploy.local.testing import Broker, Databases, temporary_state
from tests.system.issuer import Issuer


@dataclass(frozen=True, repr=False)
class Servers:
    """Shared by several platforms, one after another; `stack` says what a service is told."""

    stack: Stack
    postgres: Postgres
    kafka: Kafka
    broker: Broker
    databases: Databases
    issuer: Issuer


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[Servers]:
    """The servers, started; everything is gone after the context."""
    with temporary_state() as state, contextlib.closing(Issuer()) as issuer:
        # A machine that crashes is not among the faults: without fsync the rest goes as it would with it.
        postgres = Postgres(state.folder / "postgres", state.log("postgres"), secrets.token_urlsafe(24), durable=False)
        environment = {"MAILLAGE_DATABASE_URL": postgres.url(), "MAILLAGE_OIDC_ISSUER": issuer.url}
        stack = Stack(state, Secrets(), choose_ports(state, environment), environment)
        await asyncio.to_thread(jars.install, layout.cache())
        kafka = stack.kafka
        assert kafka is not None
        try:
            await asyncio.gather(postgres.start(), kafka.start())
            await asyncio.gather(postgres.ready(), kafka.ready())
            yield Servers(stack, postgres, kafka, await _broker(stack), _databases(stack, postgres), issuer)
        finally:
            await asyncio.gather(kafka.stop(), postgres.stop())


async def _broker(stack: Stack) -> Broker:
    passwords = stack.secrets.kafka_passwords
    await asyncio.to_thread(topics.set_users, stack.administration.client(), passwords)
    return Broker(stack.administration, passwords)


def _databases(stack: Stack, postgres: Postgres) -> Databases:
    return Databases(postgres.url(), passwords=stack.secrets.database_passwords)
