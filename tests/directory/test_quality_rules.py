"""The national score, links, corrections and merging: rules, a row each."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pendulum
import pytest
from data_inclusion.schema import v1
from data_inclusion.schema.v1 import score_qualite
from pydantic import ValidationError

from contracts.events import OfferPublished, OrganisationPublished, SitePublished
from contracts.events.partners import OfferPlace, Source
from directory.imports.merging import local
from directory.imports.model import service_record
from directory.provenance import typed
from directory.quality.model import (
    OFFER,
    ORGANISATION,
    Confirmation,
    Kind,
    Standing,
    asked,
    check_renewable,
    completed,
    corrected,
    mergeable,
    proposed,
    revoked,
)
from directory.quality.score import RAISES, score
from directory.refusal import Refused

WHOSE, SITE, ONE, OTHER = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
TODAY = date(2026, 6, 1)
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


def offer(**more: Any) -> OfferPublished:
    return OfferPublished.model_validate({"offer_id": ONE, "organisation_id": WHOSE, "name": "Permanence"} | more)


def organisation(**more: Any) -> OrganisationPublished:
    usual = {"organisation_id": WHOSE, "name": "Association Exemple", "kind": "association"}
    return OrganisationPublished.model_validate(usual | more)


# The score ---------------------------------------------------------------------------------------


def generated(random: Random) -> tuple[OfferPublished, str | None]:
    """An offer of any quality, and the address of its place."""

    def some(*values: Any) -> Any:
        return random.choice((None, *values))

    def several(*values: str) -> tuple[str, ...]:
        return tuple(random.sample(values, random.randrange(len(values) + 1)))

    address = some("1 rue de l'Exemple")
    made = offer(
        description="d" * random.choice((5, 49, 50, 199, 200, 1999, 2000, 9000)),
        reception=several("en-presentiel", "a-distance"),
        mobilisation=several("telephoner", "envoyer-un-courriel", "se-presenter"),
        mobilised_by=several("usagers", "professionnels"),
        publics=several("femmes", "jeunes"),
        themes=several("numerique--acquerir-un-equipement"),
        fees=some("gratuit", "payant"),
        fees_note=some("2 €"),
        phone=some("+33296000000"),
        email=some("accueil@exemple.example"),
        mobilisation_link=some("https://exemple.example"),
        source=some("exemple", "agefiph"),
        source_id="x--1",
        updated_on=TODAY - timedelta(days=random.choice((0, 1, 179, 180, 181, 400, 455, 729, 730, 2000))),
        places=(OfferPlace(site_id=SITE),),
    )
    return made, address


def test_it_is_the_national_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(score_qualite.pendulum, "now", lambda: pendulum.datetime(2026, 6, 1, 9))
    random = Random(20260601)
    for _ in range(400):
        made, address = generated(random)
        site = SitePublished(site_id=SITE, address=address)
        service = v1.Service.model_validate(service_record(made, "s--1", site, None))
        value, criteria = score_qualite.score(service)
        ours = score(made, address, TODAY)
        assert (ours.value, dict(ours.criteria)) == (value, dict(criteria)), made


def test_what_would_raise_it_is_said_worst_first() -> None:
    poor = score(offer(fees="payant", themes=("mobilite",), updated_on=TODAY), None, TODAY)
    assert poor.lacking[-1] == "frais_bien_definis"  # half of it is there
    assert "au_moins_une_thematique" not in poor.lacking
    assert set(poor.criteria) == set(RAISES)


# Links -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "sure_on", "due_on"),
    [
        (None, date(2020, 1, 1), None),  # never asked
        (12, date(2026, 3, 1), date(2027, 3, 1)),  # a year after it was last sure
        (6, date(2020, 1, 1), date(2026, 6, 2)),  # long overdue: tomorrow
        (6, None, date(2026, 6, 2)),
    ],
)
def test_an_organisation_is_asked_in_its_turn(every: int | None, sure_on: date | None, due_on: date | None) -> None:
    assert Confirmation(WHOSE, every).due_on(sure_on, TODAY) == due_on


def test_a_link_is_short_lived_revocable_and_renewed_by_its_holder_once_over() -> None:
    link = asked(Confirmation(WHOSE), "h", NOW)
    week = NOW + timedelta(days=7)
    assert [link.standing(NOW), link.standing(week)] == [Standing.GOOD, Standing.EXPIRED]
    with pytest.raises(Refused, match="still-good"):
        check_renewable(link, NOW)
    check_renewable(link, week)
    gone = revoked(link, NOW)
    assert gone.standing(NOW) is Standing.REVOKED
    with pytest.raises(Refused, match="revoked"):
        check_renewable(gone, week)
    with pytest.raises(Refused, match="no-link"):
        revoked(gone, NOW)


# Corrections -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "typed", "fields"),
    [
        (ORGANISATION, {"name": "Association Exemple", "phone": "02 96 00 00 00"}, {"phone": "+33296000000"}),
        (ORGANISATION, {"email": ""}, {"email": None}),
        (ORGANISATION, {"website": "http://ancien.example"}, {}),  # not as we would take it, but as it stands
        (ORGANISATION, {"csrf_token": "x", "siret": "1"}, {}),  # what is not asked is not heard
        (ORGANISATION, {"note": "Fermé le lundi"}, {"note": "Fermé le lundi"}),
        (OFFER, {"retired": "yes"}, {"retired": True}),
    ],
)
def test_what_differs_is_proposed(kind: Kind, typed: dict[str, str], fields: dict[str, Any]) -> None:
    entry = offer() if kind == OFFER else organisation(email="a@exemple.example", website="http://ancien.example")
    assert proposed(kind, entry, typed) == fields


@pytest.mark.parametrize(
    "typed", [{"name": ""}, {"phone": "demain"}, {"email": "nulle part"}, {"website": "http://x.y"}]
)
def test_what_cannot_be_is_refused(typed: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        proposed(ORGANISATION, organisation(), typed)


def test_what_is_accepted_comes_from_the_organisation_and_no_import_overrules_it() -> None:
    after = corrected(organisation(), "phone", "+33296000000", TODAY, ONE)
    assert isinstance(after, OrganisationPublished)
    assert after.phone == "+33296000000"
    assert after.told["phone"] == Source(source="organisation", on=TODAY, by=ONE)
    assert local(after) == {"phone"}


# Merging -----------------------------------------------------------------------------------------


def test_the_kept_one_takes_what_it_lacks_and_says_where_it_comes_from() -> None:
    source = Source(source="dora", on=date(2025, 1, 1))
    kept = organisation(phone="+33296000000")
    other = organisation(
        organisation_id=OTHER, phone="+33296999999", email="a@exemple.example", source="dora", source_id="d--1",
        told={"email": source},
    )  # fmt: skip
    whole = completed(kept, other, typed(TODAY, ONE))
    assert isinstance(whole, OrganisationPublished)
    assert (whole.organisation_id, whole.phone, whole.email) == (WHOSE, "+33296000000", "a@exemple.example")
    assert whole.source_id is None
    assert whole.told["email"] == source


def test_only_two_in_function_that_were_proposed_are_merged() -> None:
    kept, other = organisation(), organisation(organisation_id=OTHER)
    mergeable(kept, other, (WHOSE, OTHER))
    for two in ((kept, other.model_copy(update={"retired": True})), (kept, kept)):
        with pytest.raises(Refused, match="not-a-pair"):
            mergeable(*two, (WHOSE, OTHER))
