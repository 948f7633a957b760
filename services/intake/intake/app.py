"""The composition root of intake."""

from collections.abc import Mapping
from pathlib import Path

from chassis.handlers import Handlers
from chassis.service import Parts, Service
from chassis.web.problems import ProblemOf
from chassis.web.translations import as_read
from contracts import programmes
from intake.anonymous import ANONYMOUS, TURNS
from intake.asking.keeping import ASKING, asking_ends
from intake.asking.pages import Asking, asking_routes
from intake.consents import api as consents
from intake.consents.agreeing import Agreeing, OwnConsents
from intake.desk.looking import Looking
from intake.desk.pages import Desk, desk_pages
from intake.drafts import api as drafts
from intake.drafts.drafting import DRAFT, Drafting, draft_ends
from intake.duplicates import api as duplicates
from intake.duplicates.deciding import Deciding
from intake.duplicates.handlers import duplicate_handlers
from intake.duplicates.pages import duplicate_pages
from intake.duplicates.searching import Searching
from intake.eligibility import api as eligibility
from intake.eligibility.advising import Advising
from intake.erasures import api as erasures
from intake.erasures.deciding import Erasing
from intake.erasures.handlers import erasure_handlers
from intake.erasures.pages import erasure_pages
from intake.finding import person_search
from intake.households import api as households
from intake.households.keeping import Keeping
from intake.outreach import pages as outreach
from intake.outreach.receiving import Receiving
from intake.partner_requests.api import partner_key_routes
from intake.partner_requests.handlers import partner_handlers
from intake.people import api as people
from intake.people.changing import Changing
from intake.people.handlers import people_handlers
from intake.people.pages import people_pages
from intake.requests import api as requests
from intake.requests.following import Following, promise_due
from intake.requests.handlers import request_handlers
from intake.requests.pages import request_pages
from intake.requests.reception import Reception
from intake.requests.submission import PROMISE
from intake.settings import IntakeSettings
from intake.territories.handlers import territory_handlers
from intake.territories.places import Places
from intake.tracking import api as tracking_api
from intake.tracking.following import Tracking
from intake.tracking.pages import tracking_pages

PROBLEMS: Mapping[type[Exception], ProblemOf] = {
    **requests.PROBLEMS,
    **people.PROBLEMS,
    **eligibility.PROBLEMS,
    **households.PROBLEMS,
    **consents.PROBLEMS,
    **drafts.PROBLEMS,
    **duplicates.PROBLEMS,
    **erasures.PROBLEMS,
    **outreach.PROBLEMS,
    **tracking_api.PROBLEMS,
}


def compose(settings: IntakeSettings) -> Service:
    """Intake, from its settings. Raises BadProgramme when a programme's file cannot be used."""
    parts, offered = Parts(settings), programmes.load(settings.programmes, as_read)
    reception = Reception(parts, offered, Places(parts.app), settings.cell_public_jwk)
    following, tracking = Following(parts, offered), Tracking(parts)
    own = OwnConsents(parts, tracking)
    deciding, changing = Deciding(parts), Changing(parts)
    drafting, searching = Drafting(parts, reception, offered), Searching(parts)
    looking = Looking(parts, offered, searching)
    return Service(
        name="intake",
        parts=parts,
        routers=(
            requests.request_routes(reception, following),
            eligibility.eligibility_routes(Advising(parts, offered, Places(parts.app))),
            request_pages(following),
            people.people_routes(changing),
            people_pages(changing, following),
            households.household_routes(Keeping(parts)),
            consents.consent_routes(Agreeing(parts, offered), own, tracking),
            drafts.draft_routes(drafting),
            person_search(searching),
            desk_pages(Desk(parts, drafting, looking, offered)),
            outreach.outreach_pages(Receiving(parts, drafting, looking), offered),
            duplicates.duplicate_routes(deciding, searching),
            duplicate_pages(deciding),
            erasures.erasure_routes(Erasing(parts)),
            erasure_pages(Erasing(parts)),
            asking_routes(Asking(parts, reception, offered)),
            tracking_api.tracking_routes(tracking),
            tracking_pages(parts, tracking, own),
            partner_key_routes(settings.partner_private_jwk),
        ),
        anonymous=ANONYMOUS,
        turns=TURNS,
        handlers=_handlers(parts, settings, reception),
        on_due={PROMISE: promise_due, DRAFT: draft_ends, ASKING: asking_ends},
        errors=PROBLEMS,
        templates=(Path(__file__).parent / "templates",),
        gather_in=0.05,
    )


def _handlers(parts: Parts, settings: IntakeSettings, reception: Reception) -> Handlers:
    handlers = Handlers()
    for capability in (
        territory_handlers(),
        people_handlers(),
        request_handlers(parts.settings.zone),
        duplicate_handlers(),
        erasure_handlers(),
        partner_handlers(parts, reception, settings.partner_private_jwk),
    ):
        handlers.include(capability)
    return handlers
