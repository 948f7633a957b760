"""Letters as the settings have them."""

from collections.abc import Iterator
from datetime import date, timedelta

from chassis.holidays import holidays_in
from chassis.service import Parts
from notifications.letters.channel import Letters
from notifications.letters.handing import Handing
from notifications.letters.places import Place, place_at
from notifications.letters.rounds import Rounds
from notifications.settings import NotificationsSettings


def rounds(settings: NotificationsSettings) -> Rounds:
    """When batches close."""

    def is_holiday(day: date) -> bool:
        return day in holidays_in(settings.letters_department, day.year)

    keep = timedelta(days=settings.letters_kept_days)
    return Rounds(settings.letters_close_at, settings.zone, is_holiday, keep, deposits=_place(settings) is not None)


def rounds_of(parts: Parts) -> Rounds:
    """Those of a service that runs."""
    assert isinstance(parts.settings, NotificationsSettings), "notifications is composed from its own settings"
    return rounds(parts.settings)


def channel(settings: NotificationsSettings, parts: Parts) -> Iterator[Letters]:
    """None where letters have no sender."""
    if settings.letter_sender:
        yield Letters(
            rounds(settings),
            parts.worker,
            parts.keyring,
            settings.zone,
            settings.letter_sender,
            settings.neutral_letter_sender,
        )


def handing(settings: NotificationsSettings, parts: Parts) -> Iterator[Handing]:
    """None where agents print. Raises ValueError for a place that is none."""
    if place := _place(settings):
        yield Handing(parts, place, rounds(settings))


def _place(settings: NotificationsSettings) -> Place | None:
    return place_at(
        settings.letters_url.get_secret_value(),
        settings.letters_host_key,
        settings.letters_client_key,
        settings.letters_timeout_seconds,
    )
