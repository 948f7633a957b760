"""The composition root: what the service is put together from."""

from pathlib import Path

from cases import answers
from cases.anonymous import ANONYMOUS
from cases.appointments import agenda, hooks
from cases.appointments import api as appointments
from cases.appointments import deadlines as appointment_deadlines
from cases.appointments import pages as appointment_pages
from cases.appointments.booked_elsewhere import NotNow
from cases.appointments.deadlines import APPOINTMENT
from cases.conferences import api as conferences
from cases.conferences import pages as conference_pages
from cases.conferences.model import FOLLOW_UP, PLAN_ACTION
from cases.dossiers import api as dossiers
from cases.dossiers import forms as dossier_forms
from cases.dossiers.handlers import handlers as dossier_handlers
from cases.dossiers.model import Refused
from cases.dossiers.work import NoSuchCase, NotTheirs, Outdated
from cases.follow_ups import api as follow_ups
from cases.follow_ups import deadlines
from cases.orientations import api as orientations
from cases.conferences import coordinators_api as coordinators
from cases.orientations import link_pages as orientation_link_pages
from cases.orientations import pages as orientation_pages
from cases.orientations import received as orientations_received
from cases.orientations import reminding
from cases.orientations.deadlines import ORIENTATION
from cases.partners.handlers import handlers as partner_handlers
from cases.joining.handlers import handlers as joining_handlers
from cases.people.handlers import handlers as people_handlers
from cases.programmes import programmes
from cases.territories.handlers import handlers as territory_handlers
from chassis.handlers import Handlers
from chassis.service import Parts, Service
from chassis.settings import Settings
from chassis.web.problems import forbidden, not_found, unavailable, version_conflict
from contracts.programmes import UnknownProgramme


def compose(settings: Settings) -> Service:
    """Raises contracts.programmes.BadProgramme: a programme that cannot be used stops the start."""
    programmes(settings.programmes)
    parts = Parts(settings)
    return Service(
        "cases",
        parts,
        routers=(
            orientation_link_pages.router,
            orientations_received.router,
            agenda.router,
            hooks.router,
            dossiers.router,
            orientations.router,
            conferences.router,
            follow_ups.router,
            dossier_forms.router,
            conference_pages.router,
            orientation_pages.router,
            appointments.router,
            appointment_pages.router,
        ),
        anonymous=ANONYMOUS,
        handlers=_handlers(parts),
        on_due={
            **dict.fromkeys((FOLLOW_UP, PLAN_ACTION), deadlines.on_due(parts)),
            ORIENTATION: reminding.on_due(parts),
            APPOINTMENT: appointment_deadlines.on_due(parts),
        },
        errors={
            NoSuchCase: lambda _: not_found(),
            NotNow: lambda _: unavailable(),
            Outdated: lambda _: version_conflict(),
            NotTheirs: lambda _: forbidden(),
            Refused: answers.refused,
            UnknownProgramme: lambda _: answers.unknown_programme(),
        },
        templates=(Path(__file__).parent / "templates",),
        gather_out=0.05,
    )


def _handlers(parts: Parts) -> Handlers:
    handlers = Handlers()
    for capability in (
        dossier_handlers(parts),
        people_handlers(parts),
        joining_handlers(parts),
        territory_handlers(),
        partner_handlers(),
    ):
        handlers.include(capability)
    return handlers
            coordinators.router,
