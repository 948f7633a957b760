"""A few requests entered over HTTP, so that every page has something to show."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from contracts.envelope import derived_id
from deploy.demo import conference, operating, partner, play, reading, script, setup
from deploy.demo.department import TERRITORIES
from tests.browser.platform import Platform

ASKED = (script.DAY[1], script.SCHOOL_WITHOUT, script.MINOR, script.REFUSED, script.TWICE[1])
UNDERSTOOD = frozenset({200, 404})
WATCHED = (("reception", "/intake/requests"), ("coordinator", "/cases"), ("manager", "/notifications/messages"))


@dataclass(frozen=True)
class Day:
    """Ids that pages are opened by. `led` is the dossier whose conference went to its follow-up."""

    reference: str
    secret: str
    request_id: UUID
    declined_id: UUID
    led_id: UUID
    led_case_id: UUID
    new_case_id: UUID


def lived(platform: Platform) -> Day:
    """Enters everything and waits until it shows."""
    stack, doors = platform.stack, platform.doors
    setup.prepare(doors.as_("operator"), partner.public_keys(stack.secrets.partner_signing_key))
    wanted = {territory.territory_id for territory in TERRITORIES}
    operating.until(lambda: wanted <= reading.known_places(stack)[0], "territories in intake")
    operating.until(lambda: all(doors.as_(role).status(path) == 200 for role, path in WATCHED), "agents everywhere")
    from_web = doors.anybody.post(play.BY_RESIDENTS, script.TWICE[0].body(), key=uuid4().hex).body
    led, *others = [_id(play.ask(doors, ask)) for ask in (script.LED_TO_ITS_END, *ASKED)]
    conference.lead(doors, stack, led)
    new_case = derived_id(others[0], "case")
    operating.until(lambda: doors.as_("manager").status(f"/cases/{new_case}") == 200, "the last dossiers")
    return Day(
        reference=from_web["reference"],
        secret=from_web["secret"],
        request_id=others[0],
        declined_id=others[ASKED.index(script.REFUSED)],
        led_id=led,
        led_case_id=derived_id(led, "case"),
        new_case_id=new_case,
    )


def _id(asked: play.Asked) -> UUID:
    assert asked.request_id is not None
    return asked.request_id
