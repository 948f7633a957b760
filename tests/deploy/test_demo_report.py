"""The report is built from what was read back alone: what is missing there is missing in it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from uuid import UUID, uuid4

import pytest
from rich.console import Console

from contracts.envelope import Envelope
from deploy.demo import tables
from deploy.demo.reading import Delivery, Dossier, Told
from deploy.demo.report import Asked, Led, Report, Traces, build
from notifications.messages import rules

TAKEN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
REQUEST, CASE, CHAIN = uuid4(), uuid4(), uuid4()
ASKED = Asked("9 h 00", "desk", "Landerneau", "Une situation d'exemple", "7KQ2M4XB9")


def told(type: str, subject: UUID, after_ms: int, **data: object) -> Told:
    fields = {"id": CHAIN if type == "RequestSubmitted" else uuid4(), "source": "/maillage/test", "type": type}
    envelope = Envelope(
        **fields,  # type: ignore[arg-type]
        subject=str(subject),
        time=TAKEN,
        dataschema=f"urn:maillage:{type}:1",
        sequence=1,
        correlationid=CHAIN,
        causationid=None,
        traceparent=None,
        data=dict(data),
    )
    return Told("a-topic", TAKEN + timedelta(milliseconds=after_ms), envelope)


SUBMITTED = told(
    "RequestSubmitted",
    REQUEST,
    20,
    reference="7KQ2M4XB9",
    programme="first-contact",
    declined={"programme": "family-conference"},
    received_at=TAKEN.isoformat(),
)
OPENED = told("CaseOpened", CASE, 50)
DOSSIER = Dossier(CASE, REQUEST, "open")
DELIVERY = Delivery(uuid4(), "acknowledgement", CHAIN, REQUEST, "sent", None)
MAILS = {DELIVERY.delivery_id: [TAKEN + timedelta(milliseconds=300)]}


def report(
    events: tuple[Told, ...] = (SUBMITTED, OPENED),
    dossiers: tuple[Dossier, ...] = (DOSSIER,),
    deliveries: tuple[Delivery, ...] = (DELIVERY,),
) -> Report:
    return build([ASKED], Traces(events, dossiers, deliveries, MAILS, {}, ()), ASKED.reference)


def test_a_request_is_followed_to_its_mail() -> None:
    [journey] = report().journeys
    assert (journey.request_id, journey.dossiers) == (REQUEST, (CASE,))
    assert (journey.programme, journey.declined) == ("first-contact", "family-conference")
    assert journey.events == {"RequestSubmitted": 1, "CaseOpened": 1}
    assert [(message.state, message.mails) for message in journey.messages] == [("sent", 1)]
    assert (journey.delays.told, journey.delays.opened, journey.delays.mailed) == (20, 50, 300)


def test_a_story_holds_what_was_caused_beyond_its_request() -> None:
    signed = told("MeasureSigned", CASE, 900)
    message = Delivery(uuid4(), "a-rule", signed.envelope.id, CASE, "sent", None)
    led = Led("measure", ASKED.reference or "", ("measure_signed",), {"phase": "under_contract"})
    traces = Traces((SUBMITTED, OPENED, signed), (DOSSIER,), (DELIVERY, message), MAILS, {}, (), [led])
    [story] = build([ASKED], traces).stories
    assert (story.events, [one.rule for one in story.messages]) == ({"MeasureSigned": 1}, ["a-rule"])
    assert (story.done, story.facts) == (led.done, led.facts)


def test_an_event_told_twice_is_counted_twice() -> None:
    assert report(events=(SUBMITTED, OPENED, OPENED)).events["CaseOpened"] == 2


@pytest.mark.parametrize(
    ("found", "settled"),
    [
        (report(), True),
        (report(events=()), False),
        (report(events=(SUBMITTED,)), False),
        (report(dossiers=()), False),
        (report(deliveries=(Delivery(uuid4(), "acknowledgement", CHAIN, REQUEST, "waiting", None),)), False),
        (report(deliveries=(Delivery(uuid4(), "acknowledgement", CHAIN, REQUEST, "suppressed", "no"),)), True),
    ],
    ids=["all came", "no event", "no dossier told", "no dossier kept", "a message waits", "a message is held back"],
)
def test_the_day_is_over_once_every_dossier_and_message_is_settled(found: Report, settled: bool) -> None:
    assert found.settled is settled


def test_a_partners_request_is_found_by_its_letter() -> None:
    letter = uuid4()
    caused = Told(SUBMITTED.topic, SUBMITTED.at, _caused_by(SUBMITTED.envelope, letter))
    asked = Asked("10 h 00", "partner", "Landerneau", "Une lettre", letter_id=letter)
    [journey] = build([asked], Traces((caused, OPENED), (DOSSIER,), (), {}, {}, ())).journeys
    assert journey.reference == "7KQ2M4XB9"


def _caused_by(envelope: Envelope, cause: UUID) -> Envelope:
    return replace(envelope, causationid=cause)


def test_what_left_by_letter_is_told_as_such() -> None:
    console = Console(file=StringIO(), width=200)
    tables.show(console, report(deliveries=(replace(DELIVERY, channel="letter"),)))
    assert "par lettre parti" in console.file.getvalue()  # type: ignore[attr-defined]


def test_every_rule_of_messages_has_its_words() -> None:
    assert set(tables.RULES) == {path.stem for path in rules.SHIPPED.glob("*.yaml")}
