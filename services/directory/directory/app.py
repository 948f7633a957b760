"""The composition root of the directory."""

from collections.abc import Mapping
from pathlib import Path

from chassis import contents, erasures
from chassis.contents import ContentSettings
from chassis.handlers import Handlers
from chassis.service import Parts, Service
from chassis.web.problems import ProblemOf, conflict, forbidden, not_found, version_conflict
from chassis.web.translations import N_
from directory import aggregates, hearing, republication, scope
from directory.actions import api as actions_api
from directory.actions import erasing as action_erasing
from directory.actions import pages as actions_pages
from directory.actions import public_pages as actions_public
from directory.agents import api as agents_api
from directory.agents import pages as agents_pages
from directory.agreements import api as agreements_api
from directory.agreements import deadlines as agreement_deadlines
from directory.agreements import forms as agreements_forms
from directory.agreements import handlers as agreement_handlers
from directory.agreements import pages as agreements_pages
from directory.annuaire import pages as annuaire_pages
from directory.annuaire import printing
from directory.anonymous import ANONYMOUS
from directory.calls import api as calls_api
from directory.calls import deadlines as grant_deadlines
from directory.calls import pages as calls_pages
from directory.files import api as files_api
from directory.files import store as files_store
from directory.home import about
from directory.home import pages as home
from directory.imports import pages as imports_pages
from directory.offers import api as offers_api
from directory.offers import editing as offers_editing
from directory.offers import reading as offers_reading
from directory.organisations import api as organisations_api
from directory.organisations import editing as organisations_editing
from directory.organisations import pages as organisations_pages
from directory.outward import api as outward_api
from directory.outward.desk import Desk
from directory.outward.hsds import api as hsds_api
from directory.outward.hsds import vocabulary_api as hsds_vocabulary
from directory.quality import asking as quality_asking
from directory.quality import link_pages as quality_link
from directory.quality import pages as quality_pages
from directory.quality import renewal as quality_renewal
from directory.refusal import Refused
from directory.search import api as search_api
from directory.search import finding, renewal
from directory.search import pages as search_pages
from directory.sites import api as sites_api
from directory.sites import editing as sites_editing
from directory.territories import api as territories_api
from directory.territories import pages as territories_pages

ERRORS: Mapping[type[Exception], ProblemOf] = {
    aggregates.NotKept: lambda _: not_found(),
    aggregates.Outdated: lambda _: version_conflict(),
    aggregates.Retired: lambda _: conflict(
        "retired", N_("Cet élément a été retiré et ne change plus. Créez-en un nouveau s'il reprend.")
    ),
    scope.OutOfScope: lambda _: forbidden(
        N_("Vos droits ne couvrent pas tous ces territoires. Adressez-vous à l'exploitation de la plateforme.")
    ),
    contents.NotTaken: lambda refused: conflict("file-not-taken", str(refused)),
    Refused: lambda refused: conflict(refused.slug, refused.sentence),
    **territories_api.PROBLEMS,
    **organisations_api.PROBLEMS,
    **sites_api.PROBLEMS,
    **search_api.PROBLEMS,
    **agents_api.PROBLEMS,
    **agreements_api.PROBLEMS,
    **printing.PROBLEMS,
    **outward_api.PROBLEMS,
}


def compose(settings: ContentSettings) -> Service:
    """Everything the directory is made of."""
    parts, desk = Parts(settings), Desk()
    return Service(
        name="directory",
        parts=parts,
        routers=(
            home.router,
            about.router,
            actions_public.public_pages(parts),
            quality_link.router,
            quality_pages.router,
            territories_pages.router,
            territories_api.router,
            organisations_pages.router,
            organisations_api.router,
            sites_api.router,
            sites_editing.router,
            organisations_editing.router,
            search_pages.router,
            finding.router,
            annuaire_pages.router,
            printing.printed(parts),
            search_api.router,
            outward_api.downloads(desk),
            hsds_api.served(desk),
            hsds_vocabulary.router,
            offers_editing.router,
            offers_reading.router,
            offers_api.router,
            agents_pages.router,
            agents_api.router,
            imports_pages.router,
            agreements_forms.router,
            agreements_pages.router,
            agreements_api.router,
            files_api.router,
            calls_api.router,
            calls_pages.router,
            actions_api.router,
            actions_pages.router,
        ),
        anonymous=ANONYMOUS,
        handlers=_handlers(parts),
        on_due={
            republication.KIND: republication.nightly(parts),
            renewal.KIND: renewal.part(parts),
            quality_renewal.KIND: quality_renewal.part(parts),
            quality_asking.KIND: quality_asking.on_due(parts),
            **agreement_deadlines.on_due(parts),
            grant_deadlines.REPORT: grant_deadlines.on_due(parts),
            contents.SWEEP: contents.on_due(settings, files_store.is_kept),
            action_erasing.ERASURE: action_erasing.on_due(parts),
        },
        errors=ERRORS,
        larger_bodies={**agreements_api.LARGER_BODIES, **calls_api.LARGER_BODIES},
        templates=(Path(__file__).parent / "templates",),
        gather_in=0.1,
        gather_out=0.1,
    )


def _handlers(parts: Parts) -> Handlers:
    made = Handlers()
    made.include(hearing.handlers)
    made.include(erasures.handlers("directory", erasures.nothing_held))
    made.include(agreement_handlers.handlers(parts))
    return made
