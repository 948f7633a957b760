"""What becomes of an offer told to the world, whatever it holds."""

import json
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.events import OfferPublished, OrganisationPublished, SitePublished
from contracts.events.partners import Assurance, Capacity, Closure, LegalAccess, Notice, OfferPlace, Source
from contracts.themes import THEMATIQUES
from directory.outward.hsds.organizations import listed_organization, organization
from directory.outward.hsds.pieces import email, uri
from directory.outward.hsds.schedules import schedules
from directory.outward.hsds.services import (
    Around,
    Entry,
    at_location,
    listed_at_location,
    listed_service,
    service,
)
from directory.vocabulary import ACCESSIBILITY, FEES, KINDS, LEGAL_PROFESSIONS, LEGAL_SUBJECTS, MOBILISATION, PUBLICS
from tests.directory.hsds import check

PARIS = ZoneInfo("Europe/Paris")
AROUND = Around(date(2026, 11, 22), PARIS)
WHOSE, WHERE, AGENT = UUID(int=1), UUID(int=2), UUID(int=3)
HOURS = ("week 01-53/2 We,Fr 13:30-17:00", "Mo-Fr 09:00-12:00; PH off", "24/7", '"sur rendez-vous"', "rien de tel")
TEXTS = st.none() | st.text(min_size=1, max_size=30)
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
LINKS = st.none() | st.sampled_from(
    ["https://exemple.fr/a?b=c#d", "www.exemple.fr", "http://[", "https://é.fr", "mailto:a@b"]
)
MAIL = st.none() | st.sampled_from(["aide@exemple.fr", "pas une adresse", "@", "a@b@c"])
CODES = st.sampled_from(["22278", "22", "200069409", "france", "99999"])


def some(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from([*values, "inconnue"]), max_size=3, unique=True).map(tuple)


CLOSURES = st.lists(st.builds(Closure, first=DAYS, last=DAYS, message=st.text(max_size=9)), max_size=2).map(tuple)
OFFERS = st.builds(
    OfferPublished,
    offer_id=st.uuids(),
    organisation_id=st.just(WHOSE),
    name=st.text(min_size=1),
    description=TEXTS,
    themes=some(*THEMATIQUES),
    publics=some(*PUBLICS),
    audience=TEXTS,
    conditions=TEXTS,
    kind=st.none() | st.sampled_from([*KINDS]),
    age_from=st.none() | st.integers(0, 99),
    age_to=st.none() | st.integers(0, 120),
    email=MAIL,
    phone=st.none() | st.sampled_from(["+33296000000", "115"]),
    fees=st.none() | st.sampled_from([*FEES, "autre"]),
    fees_note=TEXTS,
    reception=some("en-presentiel", "a-distance"),
    mobilisation=some(*MOBILISATION),
    mobilised_by=some("usagers"),
    mobilisation_note=TEXTS,
    mobilisation_link=LINKS,
    source_link=LINKS,
    languages=some("fr", "lsf", "ar"),
    area=st.lists(CODES, max_size=3, unique=True).map(tuple),
    opening_hours=st.none() | st.sampled_from(HOURS),
    closures=CLOSURES,
    places=st.lists(
        st.builds(
            OfferPlace,
            site_id=st.just(WHERE),
            hours=st.none() | st.sampled_from(HOURS),
            note=TEXTS,
            email=MAIL,
            phone=st.none() | st.just("+33296000000"),
        ),
        max_size=1,
    ).map(tuple),
    notices=st.lists(st.builds(Notice, first=DAYS, last=st.none() | DAYS, text=st.text(min_size=1)), max_size=2).map(
        tuple
    ),
    capacity=st.none()
    | st.builds(Capacity, left=st.none() | st.integers(0, 9), waiting_days=st.none() | st.integers(0, 99), on=DAYS),
    legal_access=st.none()
    | st.builds(
        LegalAccess,
        profession=st.sampled_from([*LEGAL_PROFESSIONS, "autre"]),
        subjects=some(*LEGAL_SUBJECTS),
        booking=st.booleans(),
    ),
    starts_on=st.none() | DAYS,
    ends_on=st.none() | DAYS,
    source=TEXTS,
    source_id=TEXTS,
    assured=st.none() | st.builds(Assurance, on=DAYS, by=st.just(AGENT)),
    retired=st.booleans(),
    told=st.dictionaries(
        st.sampled_from(["name", "phone"]),
        st.builds(Source, source=st.sampled_from(["dora", "local"]), on=DAYS, by=st.just(AGENT)),
    ),
)
SITES = st.builds(
    SitePublished,
    site_id=st.just(WHERE),
    organisation_id=st.none() | st.just(WHOSE),
    name=TEXTS,
    address=TEXTS,
    address_more=TEXTS,
    postal_code=TEXTS,
    locality=TEXTS,
    commune=st.none() | st.sampled_from(["22278", "97411", "75056", "99999"]),
    latitude=st.none() | st.floats(-90, 90),
    longitude=st.none() | st.floats(-180, 180),
    accessibility=some(*ACCESSIBILITY),
    accessibility_link=LINKS,
    hours=st.none() | st.sampled_from(HOURS),
    retired=st.booleans(),
)
ORGANISATIONS = st.builds(
    OrganisationPublished,
    organisation_id=st.just(WHOSE),
    name=st.text(min_size=1),
    kind=st.just("ccas"),
    themes=some(*THEMATIQUES),
    email=MAIL,
    siret=st.none() | st.just("26220001900012"),
    website=LINKS,
    description=TEXTS,
    networks=some("ccas"),
    source=TEXTS,
    retired=st.booleans(),
)
ENTRIES = st.builds(
    lambda offer, in_time, whose, where: Entry(
        offer, datetime(2026, 11, 22, tzinfo=UTC), in_time, whose, {WHERE: where}
    ),
    OFFERS,
    st.booleans(),
    ORGANISATIONS,
    SITES,
)


@settings(max_examples=15, deadline=None)
@given(ENTRIES)
def test_whatever_an_offer_holds_it_is_told_as_the_standard_has_it(entry: Entry) -> None:
    assert entry.organisation
    told = [service(entry, AROUND), listed_service(entry, AROUND)]
    for one in told:
        check("services", one)
    check("organizations", organization(entry.organisation, entry.sites.values(), PARIS))
    check("organizations", listed_organization(entry.organisation))
    for place, site in entry.places:
        check("service_at_locations", at_location(entry, place, site, AROUND))
        check("service_at_locations", listed_at_location(entry, place, site, AROUND))
    assert str(AGENT) not in json.dumps(told)


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("Mo-Fr 09:00-12:00", [{"byday": "MO,TU,WE,TH,FR", "opens_at": "09:00", "closes_at": "12:00"}]),
        ("Sa 22:00-24:00", [{"byday": "SA", "opens_at": "22:00", "closes_at": "23:59"}]),
        (
            "Mo 09:00-12:00,14:00-17:00",
            [{"opens_at": "09:00", "closes_at": "12:00"}, {"opens_at": "14:00", "closes_at": "17:00"}],
        ),
        ("week 01-53/2 We 13:30-17:00", [{"byday": "WE", "byweekno": ",".join(map(str, range(1, 54, 2)))}]),
        ("week 02-52/2 We 13:30-17:00", [{"byweekno": ",".join(map(str, range(2, 53, 2)))}]),
        ('Tu 10:00-12:00 "sur rendez-vous"', [{"byday": "TU", "attending_type": "Sur rendez-vous"}]),
        ("Mo 09:00-12:00; PH off", [{"description": "lundi de 9\u00a0h à 12\u00a0h ; fermé les jours fériés"}]),
        ("Jul-Aug Mo 09:00-12:00", [{"description": "de juillet à août, lundi de 9\u00a0h à 12\u00a0h", "freq": None}]),
        ("lundi matin", [{"description": "lundi matin", "freq": None}]),
    ],
)
def test_hours_are_told_as_rules_where_the_standard_can(expression: str, told: list[dict[str, str | None]]) -> None:
    found = schedules(expression, WHERE, PARIS)
    assert [{name: one.get(name) for name in said} for one, said in zip(found, told, strict=True)] == told
    assert len({one["id"] for one in found}) == len(found)


def test_a_clock_that_never_changes_is_told() -> None:
    assert [one["timezone"] for one in schedules("Mo 09:00-12:00", WHERE, ZoneInfo("Indian/Reunion"))] == [4.0]
    assert "timezone" not in schedules("Mo 09:00-12:00", WHERE, PARIS)[0]


@pytest.mark.parametrize(
    "text", ["javascript:alert(1)", "www.exemple.fr", "https://", "http://[", 'https://e.fr/"', None, ""]
)
def test_what_is_no_address_of_the_web_is_left_out(text: str | None) -> None:
    assert uri(text) is None


def test_mailboxes() -> None:
    assert [email(text) for text in ("a@b.fr", "a@", "a b@c", None)] == ["a@b.fr", None, None, None]
