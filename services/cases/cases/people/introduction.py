"""Somebody met while a dossier is worked on: known here first, adopted by intake."""

from dataclasses import dataclass
from uuid import UUID

from cases.dossiers.work import Work
from cases.people import store
from contracts.envelope import new_id
from contracts.events import PersonIntroduced
from contracts.events.people import ContactPoint


@dataclass(frozen=True, slots=True)
class Introduction:
    """What somebody says of themself. Nothing is written to them unless `safe_to_write`."""

    name: str
    email: str | None = None
    safe_to_write: bool = False
    neutral: bool = True


async def introduce(work: Work, introduction: Introduction) -> UUID:
    """Make the person known, name and address sealed under a key of their own. Returns their id."""
    person_id, event_id = new_id(), new_id()
    key = await work.issue_key(f"person:{person_id}")
    name = key.seal(introduction.name, event_id=event_id, name="name")
    await store.introduce(work.tx, person_id, name)
    points: tuple[ContactPoint, ...] = ()
    if introduction.email:
        address = ContactPoint(
            contact_point_id=new_id(),
            kind="email",
            value=key.seal(introduction.email, event_id=event_id, name="contact_points.value"),
            safe_to_write=introduction.safe_to_write,
            neutral=introduction.neutral,
        )
        points = (address,)
    await work.tell_of_new(PersonIntroduced(person_id=person_id, name=name, contact_points=points), id=event_id)
    return person_id
