"""Days and moments as people read them, in the reader's language: in French the first of a month is « le 1er »."""

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime

from chassis.web import translations

_MOMENTS: Final = {"fr": "d MMMM y 'à' HH:mm", "en_GB": "d MMMM y 'at' HH:mm"}
_DAY_OF_MONTH: Final = re.compile(r"\bd\b")


def day(value: date, form: str = "long") -> str:
    """A day; `form` as in CLDR: `long`, `short`, or a pattern."""
    return _day(value, form, translations.locale())


def on(value: date, zone: ZoneInfo) -> date:
    """The day; of a moment, by the clock of that zone."""
    return value.astimezone(zone).date() if isinstance(value, datetime) else value


def moment(value: datetime, zone: ZoneInfo, form: str = "") -> str:
    """A moment by the clock of that zone; `form`: a pattern of CLDR."""
    language, local = translations.locale(), value.astimezone(zone)
    form = form or _MOMENTS.get(language, "d MMMM y, HH:mm")
    return format_datetime(local, _pattern(form, local.day, language), tzinfo=zone, locale=language)


@lru_cache(4096)
def _day(value: date, form: str, language: str) -> str:
    """Kept: a list shows the same days again and again."""
    formats = Locale.parse(language).date_formats
    pattern = formats[form].pattern if form in formats else form
    return format_date(value, _pattern(pattern, value.day, language), language)


def _pattern(pattern: str, day_of_month: int, language: str) -> str:
    return _DAY_OF_MONTH.sub("d'er'", pattern) if day_of_month == 1 and language == "fr" else pattern
