"""Composition root of the service notifications."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from chassis.handlers import Handlers
from chassis.service import Extra, Parts, Service
from contracts import programmes
from notifications.anonymous import ANONYMOUS
from notifications.cases import handlers as cases
from notifications.email import setting_up as mails
from notifications.email.bounces import Bounces
from notifications.erasures import handlers as erasures
from notifications.followed import pages as followed
from notifications.letters import api as letters
from notifications.letters import setting_up as letter_settings
from notifications.letters.handing import Handing
from notifications.messages import api, operating, rules
from notifications.messages import handlers as messages
from notifications.messages.channels import Channel, Channels, Rate, every
from notifications.messages.courier import Courier
from notifications.messages.post import Post
from notifications.messages.sender import Sender, SendPolicy
from notifications.messages.wording import Wording
from notifications.organisations import handlers as organisations
from notifications.people import handlers as people
from notifications.preferences import api as preferences
from notifications.preferences.links import Links
from notifications.preferences.pages import ONE_CLICK, preference_pages
from notifications.preview.pages import template_pages
from notifications.registrations import handlers as registrations
from notifications.settings import NotificationsSettings
from notifications.sms import costs, receipts
from notifications.sms.channel import Texts
from notifications.sms.stops import Stops
from notifications.tasks import api as inbox
from notifications.tasks.handlers import Arrivals
from notifications.territories import handlers as territories
from notifications.webhooks import api as webhooks
from notifications.webhooks import handlers as webhook_calls
from notifications.webhooks.sender import WebhookSender, callers

HERE = Path(__file__).parent
TEMPLATES = [
    HERE / "messages" / "templates",
    HERE / "webhooks" / "templates",
    HERE / "letters" / "templates",
    HERE / "sms" / "templates",
    HERE / "tasks" / "templates",
    HERE / "preferences" / "templates",
    HERE / "followed" / "templates",
    HERE / "preview" / "templates",
]


def compose(settings: NotificationsSettings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Service:
    """The service, ready to take its roles. Raises BadProgramme or BadRule where data it runs on is wrong."""
    parts = Parts(settings, now)
    book = rules.load(programmes.load(settings.programmes))
    sender = make_sender(settings, parts, book)
    rounds = letter_settings.rounds(settings)
    beside: list[Handing | Bounces] = [*letter_settings.handing(settings, parts), *mails.bounces(settings, parts)]
    arrivals = Arrivals(book, parts.now, settings.zone)
    return Service(
        name="notifications",
        parts=parts,
        routers=[
            api.router,
            webhooks.router,
            inbox.router,
            letters.letters(rounds),
            receipts.router,
            followed.router,
            costs.router,
            preferences.router,
            preference_pages(book, _links(settings)),
            template_pages(Wording(book.rules, settings.zone), book, settings.public_url),
        ],
        anonymous=ANONYMOUS,
        by_address=[ONE_CLICK],
        handlers=_handlers(book, arrivals),
        templates=TEMPLATES,
        extras={"send": Extra(partial(_send, sender, callers(settings, parts), beside), sender.progress)},
        operations=operating.deliveries,
        on_due={**arrivals.on_due(), **rounds.on_due(parts.now)},
        errors={**api.ERRORS, **webhooks.ERRORS, **inbox.ERRORS, **letters.ERRORS},
        gather_in=0.1,
        gather_out=0.1,
    )


def _handlers(book: rules.RuleBook, arrivals: Arrivals) -> Handlers:
    handlers = Handlers()
    for capability in (
        people.handlers(),
        erasures.handlers(),
        cases.handlers(),
        organisations.handlers(),
        territories.handlers(),
        messages.handlers(book, arrivals),
    ):
        handlers.include(capability)
    handlers.beside(webhook_calls.handlers())
    handlers.beside(registrations.handlers())
    handlers.beside(arrivals.handlers())
    return handlers


async def _send(sender: Sender, webhooks: WebhookSender, beside: Sequence[Handing | Bounces]) -> None:
    """Each in lanes of its own: software that does not answer keeps no message waiting."""
    async with asyncio.TaskGroup() as lanes:
        lanes.create_task(sender.run())
        lanes.create_task(webhooks.run())
        for one in beside:
            lanes.create_task(one.run())


def make_sender(settings: NotificationsSettings, parts: Parts, book: rules.RuleBook) -> Sender:
    """The role `send`."""
    post = make_post(settings, parts, book)
    known = channels(settings, parts)
    courier = Courier(parts, post, known, lease=settings.send_lease_seconds)
    return Sender(parts, courier, known, SendPolicy(lanes=settings.send_lanes))


def make_post(settings: NotificationsSettings, parts: Parts, book: rules.RuleBook) -> Post:
    """What says whether a message may leave, and writes it."""
    wording = Wording(book.rules, settings.zone)
    keyring, links = parts.keyring, _links(settings)
    return Post(book, wording, keyring, links, settings.public_url, settings.zone, settings.quiet_hours)


def _links(settings: NotificationsSettings) -> Links:
    return Links(settings.master_key, settings.public_url)


def channels(settings: NotificationsSettings, parts: Parts) -> Channels:
    """Every one a rule may name, set up or not. Raises ValueError for a gateway's address that is none."""
    on_paper: Iterator[Channel] = letter_settings.channel(settings, parts)
    return every([mails.channel(settings, parts), *_texts(settings, parts), *on_paper])


def _texts(settings: NotificationsSettings, parts: Parts) -> Iterator[Texts]:
    """None where no gateway is named."""
    if url := settings.sms_url.get_secret_value():
        yield Texts(
            url,
            settings.sms_secret.get_secret_value(),
            settings.send_timeout_seconds,
            settings.sms_sender,
            settings.neutral_sms_sender,
            Stops(settings.master_key, parts.keyring),
            Rate(settings.sms_per_second),
        )
