"""Dead letters from the command line: each service handles its own; this finds which, and asks it."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import asyncpg

from deploy.local import services
from deploy.local.credentials import SERVICES
from deploy.local.migrate import service_database
from deploy.local.problems import Problem
from deploy.local.stack import Stack


def listed(installation: Stack) -> Iterator[dict[str, Any]]:
    """The waiting dead letters of every service, each with the name of its `service`."""
    for service in SERVICES:
        for line in ask(installation, service, "list").splitlines():
            yield {"service": service, **json.loads(line)}


async def service_of(installation: Stack, dead_letter_id: UUID) -> str:
    """The service that set this event aside.

    Raises:
        Problem: none did.
    """
    for service in SERVICES:
        connection = await asyncpg.connect(service_database(installation, service).admin_url)
        try:
            query = "SELECT true FROM dead_letters WHERE dead_letter_id = $1"
            if await connection.fetchval(query, dead_letter_id):
                return service
        finally:
            await connection.close()
    raise Problem("Aucun événement mis de côté n'a cet identifiant.", "Voyez la liste : ./maillage dead-letters list")


def ask(installation: Stack, service: str, *arguments: str) -> str:
    """What `service` answers to a command about its dead letters.

    Raises:
        Problem: it refused; the reason is its own.
    """
    return services.ask(installation, service, "dead-letters", *arguments)
