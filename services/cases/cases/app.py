"""The composition root: what the service is put together from."""

from pathlib import Path

from cases import answers
from cases.agenda import pages as calendar_pages
from cases.anonymous import ANONYMOUS
from cases.appointments import agenda, hooks
from cases.appointments import api as appointments
from cases.appointments import deadlines as appointment_deadlines
from cases.appointments import pages as appointment_pages
from cases.appointments.booked_elsewhere import NotNow
from cases.appointments.deadlines import APPOINTMENT
from cases.assignments import api as assignments
from cases.assignments import pages as assignment_pages
from cases.concerns import api as concerns
from cases.concerns.deadlines import tell as tell_concern
from cases.concerns.handlers import handlers as concern_handlers
from cases.conferences import api as conferences
from cases.conferences import coordinators_api as coordinators
from cases.conferences import pages as conference_pages
from cases.conferences.model import FOLLOW_UP, PLAN_ACTION
from cases.documents import api as documents
from cases.documents import pages as document_pages
from cases.documents import store as document_store
from cases.dossiers import api as dossiers
from cases.dossiers import finding
from cases.dossiers import forms as dossier_forms
from cases.dossiers.handlers import handlers as dossier_handlers
from cases.dossiers.model import Refused
from cases.dossiers.waiting import WAITING_ENTRY
from cases.dossiers.waiting import enter as enter_after_waiting
from cases.dossiers.work import NoSuchCase, Outdated
from cases.erasures.handlers import handlers as erasure_handlers
from cases.follow_ups import api as follow_ups
from cases.follow_ups import deadlines
from cases.follow_ups import pages as follow_up_pages
from cases.followed import link_pages as plan_links
from cases.followed import links, readings
from cases.followed import pages as followed
from cases.joining.handlers import handlers as joining_handlers
from cases.measures import api as measures
from cases.measures import deadlines as measure_deadlines
from cases.measures import pages as measure_pages
from cases.orientations import api as orientations
from cases.orientations import link_pages as orientation_link_pages
from cases.orientations import pages as orientation_pages
from cases.orientations import received as orientations_received
from cases.orientations import reminding
from cases.orientations.deadlines import ORIENTATION
from cases.partners.handlers import handlers as partner_handlers
from cases.people import api as people
from cases.people.handlers import handlers as people_handlers
from cases.plans import api as plans
from cases.plans import pages as plan_pages
from cases.printing import pages as printing
from cases.programmes import programmes
from cases.settings import CasesSettings
from cases.shares import api as shares
from cases.shares import pages as share_pages
from cases.shares.model import TRANSFER
from cases.shares.transferring import on_due as carry_out
from cases.steering import pages as steering_pages
from cases.steering import publishing
from cases.steering.handlers import handlers as steering_handlers
from cases.steering.publishing import PUBLISHING
from cases.steps import api as steps
from cases.steps import deadlines as step_deadlines
from cases.steps import pages as step_pages
from cases.tasks import api as tasks
from cases.tasks import pages as task_pages
from cases.tasks.deadlines import on_due as task_due
from cases.tasks.model import Kind as TaskKind
from cases.telling import NotTheirs
from cases.territorial import api as territorial
from cases.territorial import deadlines as territorial_deadlines
from cases.territorial import pages as territorial_pages
from cases.territories.handlers import handlers as territory_handlers
from cases.today import pages as today
from cases.unreached.handlers import handlers as unreached_handlers
from chassis import contents
from chassis.due_dates import RESTRICTED
from chassis.handlers import Handlers
from chassis.service import Parts, Service
from chassis.typesetting import Busy
from chassis.web.problems import forbidden, not_found, printer_busy, unavailable, version_conflict
from contracts.programmes import UnknownProgramme


def compose(settings: CasesSettings) -> Service:
    """Raises contracts.programmes.BadProgramme: a programme that cannot be used stops the start."""
    known = programmes(settings.programmes)
    parts = Parts(settings)
    return Service(
        "cases",
        parts,
        routers=(
            concerns.routes(settings.cell_private_jwk),
            orientation_link_pages.router,
            orientations_received.router,
            agenda.router,
            calendar_pages.router,
            today.router,
            hooks.router,
            followed.router,
            plan_links.router,
            assignments.router,
            assignment_pages.router,
            steering_pages.router,
            tasks.router,
            shares.router,
            territorial.router,
            territorial_pages.router,
            finding.router,
            printing.printed(),
            dossiers.router,
            orientations.router,
            conferences.router,
            coordinators.router,
            follow_ups.router,
            follow_up_pages.router,
            people.router,
            documents.router,
            plans.router,
            dossier_forms.router,
            task_pages.router,
            share_pages.router,
            document_pages.router,
            plan_pages.router,
            conference_pages.router,
            measures.router,
            measure_pages.router,
            steps.router,
            step_pages.router,
            appointments.router,
            appointment_pages.router,
            orientation_pages.router,
        ),
        anonymous=ANONYMOUS,
        handlers=_handlers(parts),
        on_due={
            RESTRICTED: tell_concern,
            **dict.fromkeys((FOLLOW_UP, PLAN_ACTION), deadlines.on_due(parts)),
            ORIENTATION: reminding.on_due(parts),
            APPOINTMENT: appointment_deadlines.on_due(parts),
            **dict.fromkeys(map(str, TaskKind), task_due(parts)),
            **dict.fromkeys(measure_deadlines.KINDS, measure_deadlines.on_due(parts)),
            **dict.fromkeys(step_deadlines.kinds(known), step_deadlines.on_due(parts)),
            **dict.fromkeys(territorial_deadlines.KINDS, territorial_deadlines.on_due(parts)),
            TRANSFER: carry_out(parts),
            contents.SWEEP: contents.on_due(settings, document_store.is_kept),
            readings.READINGS: readings.on_due,
            links.PLAN_LINKS: links.on_due,
            PUBLISHING: publishing.on_due(parts),
            WAITING_ENTRY: enter_after_waiting,
        },
        errors={
            **concerns.PROBLEMS,
            NoSuchCase: lambda _: not_found(),
            NotNow: lambda _: unavailable(),
            Outdated: lambda _: version_conflict(),
            Busy: lambda _: printer_busy(),
            NotTheirs: lambda _: forbidden(),
            Refused: answers.refused,
            UnknownProgramme: lambda _: answers.unknown_programme(),
        },
        larger_bodies=documents.LARGER_BODIES,
        templates=(Path(__file__).parent / "templates",),
        gather_out=0.05,
    )


def _handlers(parts: Parts) -> Handlers:
    handlers = Handlers()
    for capability in (
        concern_handlers(parts),
        dossier_handlers(parts),
        people_handlers(parts),
        erasure_handlers(),
        joining_handlers(parts),
        territory_handlers(),
        partner_handlers(),
        unreached_handlers(parts),
    ):
        handlers.include(capability)
    handlers.beside(steering_handlers(parts))
    return handlers
