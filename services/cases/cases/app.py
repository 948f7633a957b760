"""The composition root: what the service is put together from."""

from cases.anonymous import ANONYMOUS
from cases.dossiers.handlers import handlers as dossier_handlers
from chassis.handlers import Handlers
from chassis.service import Parts, Service
from chassis.settings import Settings


def compose(settings: Settings) -> Service:
    parts = Parts(settings)
    handlers = Handlers()
    handlers.include(dossier_handlers(settings.zone))
    return Service("cases", parts, [], ANONYMOUS, handlers)
