"""Telling everything again, with unchanged sequences: a replica that missed something is whole the next morning.

Keys are not told again: their topic keeps the last one for ever, and telling one twice could bring an erased one back.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, time, timedelta
from itertools import batched  # type: ignore[attr-defined]
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import due_dates, outbox
from chassis.database import Transaction
from chassis.due_dates import DueDate, OnDue
from chassis.service import Service
from contracts.envelope import derived_id, new_id
from contracts.events import EventData
