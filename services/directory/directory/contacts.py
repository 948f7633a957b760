"""People to call or write to about an organisation or an offer: for professionals only, never published nor logged.

They lie in a table of their own that only signed-in agents read. A restore brings back those of the backup.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from chassis.database import Transaction
from directory.contact_points import Email, Phone

Word = Annotated[str, Field(min_length=2, max_length=200)]


class Contact(BaseModel):
    """Somebody, or a line for professionals."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Word | None = None
    role: Word | None = None
    phone: Phone | None = None
    email: Email | None = None


Contacts = Annotated[tuple[Contact, ...], Field(max_length=20)]
_CONTACTS: TypeAdapter[list[dict[str, str]]] = TypeAdapter(list[dict[str, str]])


async def of(tx: Transaction, aggregate_id: UUID) -> list[dict[str, str]]:
    """Those of an organisation or an offer; none where the actor is no agent."""
    found = await tx.fetchval("SELECT contacts FROM professional_contacts WHERE aggregate_id = $1", aggregate_id)
    return _CONTACTS.validate_python(found or [])


async def keep(tx: Transaction, given: Mapping[UUID, Sequence[Contact]]) -> None:
    """Replace those of these organisations and offers; those that stay the same are not written."""
    rows: list[dict[str, Any]] = [
        {"aggregate_id": str(one), "contacts": [contact.model_dump(exclude_none=True) for contact in contacts]}
        for one, contacts in given.items()
    ]
    await tx.execute(
        """INSERT INTO professional_contacts AS known
           SELECT * FROM jsonb_populate_recordset(NULL::professional_contacts, $1) ORDER BY aggregate_id
           ON CONFLICT (aggregate_id) DO UPDATE SET contacts = excluded.contacts
           WHERE known.contacts <> excluded.contacts""",
        rows,
    )
