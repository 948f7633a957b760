"""The composition root of intake."""

from chassis.handlers import Handlers
from chassis.service import Parts, Service
from contracts import programmes

from intake.anonymous import ANONYMOUS
from intake.problems import PROBLEMS
from intake.requests.api import request_routes
from intake.requests.reception import Reception
from intake.settings import IntakeSettings
from intake.territories.handlers import territory_handlers
from intake.territories.places import Places


def compose(settings: IntakeSettings) -> Service:
    """Intake, from its settings. Raises BadProgramme when a programme's file cannot be used."""
    parts = Parts(settings)
    reception = Reception(parts, programmes.load(settings.programmes), Places(parts.app))
    return Service(
        name="intake",
        parts=parts,
        routers=[request_routes(reception)],
        anonymous=ANONYMOUS,
        handlers=_handlers(),
        errors=PROBLEMS,
    )


def _handlers() -> Handlers:
    handlers = Handlers()
    handlers.include(territory_handlers())
    return handlers
