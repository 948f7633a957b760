"""What an annuaire says of an offer and of its places, in French: the same on a page and on paper."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from chassis.web import phones
from chassis.web.translations import N_, translate
from contracts.events import OfferPublished
from directory.annuaire.model import Entry, Held
from directory.hours.words import opening_in_words, readable
from directory.offers.reading import labels
from directory.search.model import Reason
from directory.search.words import in_words
from directory.vocabulary import ACCESSIBILITY

ANY_SUBJECT: Final = N_("toute question de droit")
BOOKED: Final = N_("à prendre avant de venir")
UNBOOKED: Final = N_("venez sans rendez-vous")
NO_DATE: Final = N_("aucune date connue dans les trois mois : appelez avant de venir")
UNSURE: Final = N_("d'autres dates ne sont pas sûres, par exemple pendant les vacances scolaires : appelez avant")


@dataclass(frozen=True, slots=True)
class Fact:
    """What is said under one label: some texts, or one that leads somewhere."""

    label: str
    texts: tuple[str, ...]
    link: str | None = None


def about(entry: Entry, zone: ZoneInfo) -> tuple[Fact, ...]:
    """What holds at every place."""
    offer, known = entry.offer, _fact(N_("À savoir"), *entry.notices)
    facts = (known, *_law(offer), *_for_whom(offer, zone), *_how(offer), *_reached(offer.phone, offer.email))
    return tuple(one for one in facts if one.texts)


def there(held: Held) -> tuple[Fact, ...]:
    """Where it is, how to come and when."""
    return tuple(one for one in (*_where(held), *_when(held), *_reached_there(held)) if one.texts)


def _law(offer: OfferPublished) -> Iterator[Fact]:
    if legal := offer.legal_access:
        subjects = [labels("subjects", one) for one in legal.subjects] or [translate(ANY_SUBJECT)]
        yield _fact(N_("Qui conseille"), labels("profession", legal.profession))
        yield _fact(N_("Sur quoi"), *subjects)
        yield _fact(N_("Rendez-vous"), translate(BOOKED if legal.booking else UNBOOKED))


def _for_whom(offer: OfferPublished, zone: ZoneInfo) -> Iterator[Fact]:
    yield _fact(N_("Pour qui"), labels("publics", offer.publics), offer.audience)
    if offer.age_from is not None or offer.age_to is not None:
        age = in_words(Reason("age", (offer.age_from, offer.age_to)), zone)
        yield _fact(N_("Âge de la personne concernée"), age)
    yield _fact(N_("Conditions d'accès"), offer.conditions)


def _how(offer: OfferPublished) -> Iterator[Fact]:
    yield _fact(N_("Frais"), labels("fees", offer.fees) if offer.fees else None, offer.fees_note)
    yield _fact(N_("Accueil"), labels("reception", offer.reception))
    yield _fact(N_("Comment s'y adresser"), labels("mobilisation", offer.mobilisation), offer.mobilisation_note)
    if offer.mobilisation_link:
        yield _fact(N_("En ligne"), offer.mobilisation_link, link=offer.mobilisation_link)
    yield _fact(N_("Langues"), labels("languages", offer.languages))


def _reached(phone: str | None, email: str | None) -> Iterator[Fact]:
    if phone:
        yield _fact(N_("Téléphone"), phones.readable(phone), link=f"tel:{phone.replace(' ', '')}")
    if email:
        yield _fact(N_("Adresse électronique"), email, link=f"mailto:{email}")


def _where(held: Held) -> Iterator[Fact]:
    equipped = (translate(ACCESSIBILITY.get(one, one)) for one in (held.site.accessibility if held.site else ()))
    yield _fact(N_("Où"), held.address)
    yield _fact(N_("Pour venir"), held.place.note if held.place else None, ", ".join(equipped))


def _when(held: Held) -> Iterator[Fact]:
    if held.hours:
        dates = [opening_in_words(one) for one in held.next] or [translate(NO_DATE)]
        yield _fact(N_("Horaires"), readable(held.hours))
        yield _fact(N_("Prochaines dates"), *dates, translate(UNSURE) if held.unsure else None)


def _reached_there(held: Held) -> Iterator[Fact]:
    phone = (held.place and held.place.phone) or (held.site and held.site.phone) or None
    return _reached(phone, held.place.email if held.place else None)


def _fact(label: str, *texts: str | None, link: str | None = None) -> Fact:
    return Fact(translate(label), tuple(text for text in texts if text), link)
