"""Every metric of the platform, in one list: name, meaning, labels.

Labels hold routes' templates, topics, event types, rules and states: never an id, a name or
an address. Prometheus reads them at `/metrics` of each process.
"""

from collections.abc import Sequence
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, Histogram, generate_latest

_FAST: Final[Sequence[float]] = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SLOW: Final[Sequence[float]] = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200)

# HTTP
HTTP_SECONDS: Final = Histogram(
    "maillage_http_request_seconds", "Time to answer a request", ["method", "route", "status"], buckets=_FAST
)
HTTP_REFUSED: Final = Counter(
    "maillage_http_refused_total", "Requests refused before any work, by reason", ["reason"]
)  # unauthenticated, forbidden, cross_site, too_many, too_large
IDEMPOTENT_REPLAYS: Final = Counter(
    "maillage_idempotent_replays_total", "Creations asked again and answered from the stored response"
)

SCANS: Final = Counter(
    "maillage_scans_total", "Contents looked through for viruses, by outcome", ["outcome"]
)  # clean, found, no_answer

# Outbox and relay
OUTBOX_DEPTH: Final = Gauge("maillage_outbox_rows", "Events written and not yet acknowledged by Kafka")
OUTBOX_PARKED: Final = Gauge("maillage_outbox_parked_keys", "Keys whose events cannot be sent")
RELAY_SENT: Final = Counter("maillage_relay_sent_total", "Events acknowledged by Kafka")
RELAY_FAILURES: Final = Counter("maillage_relay_failures_total", "Batches the relay could not send and kept")
RELAY_DELAY: Final = Histogram(
    "maillage_relay_delay_seconds", "From a batch's oldest row to Kafka's acknowledgement", buckets=_FAST
)
RELAY_UNKNOWN_TOPICS: Final = Gauge(
    "maillage_relay_unknown_topics", "Topics events wait for, which Kafka does not have"
)
RELAY_LEADER: Final = Gauge("maillage_relay_leader", "1 where this process is the relay that sends")

# Consumers
EVENTS_HANDLED: Final = Counter("maillage_events_handled_total", "Events handled")
EVENTS_DUPLICATE: Final = Counter("maillage_events_duplicate_total", "Redelivered events the inbox left out")
EVENTS_SKIPPED: Final = Counter("maillage_events_skipped_total", "Events of types nobody here subscribed to")
EVENTS_RETRIED: Final = Counter("maillage_events_retried_total", "Further tries after a failure")
DEAD_LETTERS: Final = Counter("maillage_dead_letters_total", "Events set aside")
DEAD_LETTERS_WAITING: Final = Gauge("maillage_dead_letters_waiting", "Events set aside and not yet decided")
CONSUMER_LAG: Final = Gauge(
    "maillage_consumer_lag_events", "Events between the database's offset and the end", ["topic", "partition"]
)
CONSUMER_HEARD: Final = Gauge(
    "maillage_consumer_heard_timestamp_seconds", "When the newest event taken in was told", ["topic"]
)
CONSUMER_WHOLE: Final = Gauge(
    "maillage_consumer_whole_timestamp_seconds", "When all that was heard was last told again in full", ["topic"]
)
CONSUMER_FENCED: Final = Counter(
    "maillage_consumer_fenced_total", "Batches given up because another consumer had moved the offsets"
)
CONSUMER_POLL_FAILURES: Final = Counter(
    "maillage_consumer_poll_failures_total", "Errors of Kafka, or of its client, while events were fetched"
)
CONSUMER_PAUSED: Final = Gauge("maillage_consumer_paused_partitions", "Partitions waiting after a failure")
BREAKER_OPEN: Final = Gauge("maillage_breaker_open", "1 while a consumer is stopped because most events fail")

# Clock and deliveries
CLOCK_FIRED: Final = Counter("maillage_due_dates_fired_total", "Due dates whose event was written", ["kind", "stage"])
CLOCK_LATE: Final = Histogram(
    "maillage_due_dates_late_seconds", "From the instant a date was due to its event", buckets=_SLOW
)
DELIVERIES: Final = Counter("maillage_deliveries_total", "Messages that reached a state", ["rule", "channel", "state"])
DELIVERIES_WAITING: Final = Gauge("maillage_deliveries_waiting", "Messages not yet sent", ["channel"])
RESENDS: Final = Counter(
    "maillage_resends_total",
    "Messages sent again because the sender died before it could note the gateway's yes",
    ["channel"],
)  # fmt: skip

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST


def exposition() -> bytes:
    """All metrics of this process in Prometheus' text format."""
    return generate_latest(REGISTRY)
