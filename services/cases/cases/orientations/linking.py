"""Links leave through an event: their secret is sealed for who writes the mail, and hashed here."""

from random import SystemRandom

from cases.dossiers.work import Work
from cases.orientations import links, store
from cases.orientations.model import Orientation
from cases.partners.store import Organisation
from contracts.events import OrientationLinkIssued
from contracts.events.cases import KnownLinkOccasion

_SYSTEM = SystemRandom()


async def issue(work: Work, orientation: Orientation, organisation: Organisation, occasion: KnownLinkOccasion) -> bool:
    """Send the organisation a link, which replaces the one before it; False when it cannot be written to."""
    if not organisation.reachable:
        return False
    secret, event_id = links.new_secret(_SYSTEM), work.make_id(f"OrientationLinkIssued:{orientation.orientation_id}")
    hashed = links.link_hash(work.parts.settings.master_key, secret)
    link = links.issue(orientation.orientation_id, orientation.case_id, hashed, work.now)
    await store.save_link(work.tx, link)
    told = OrientationLinkIssued(
        **orientation.ids,
        occasion=occasion,
        answer_by=orientation.answer_by,
        expires_at=link.expires_at,
        link=await work.seal(secret, event_id, "link"),
    )
    await work.tell(told, id=event_id)
    return True
