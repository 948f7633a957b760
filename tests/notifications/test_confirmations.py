"""Organisations asked by mail to confirm their entry."""

from datetime import timedelta
from uuid import uuid4

import pytest

from contracts.envelope import event
from contracts.events import ConfirmationAsked, PersonKeyIssued
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import text_of
from tests.notifications.samples import MASTER, NOW, ORGANISATION, organisation

SECRET = "LIENSECRET2345"


@pytest.mark.parametrize(
    ("occasion", "said"),
    [("campaign", "un clic suffit si tout est juste"), ("renewal", "Il remplace le précédent")],
)
async def test_the_link_goes_to_the_registered_address_and_is_kept_sealed(desk: Desk, occasion: str, said: str) -> None:
    key, wrapped = MASTER.issue(f"person:{ORGANISATION}")
    issued = PersonKeyIssued(key_subject=wrapped.key_subject, wrapped=wrapped.wrapped, master_key_id="1")
    cause = uuid4()
    asked = ConfirmationAsked(
        organisation_id=ORGANISATION,
        occasion=occasion,
        expires_at=NOW + timedelta(days=7),
        link=key.seal(SECRET, event_id=cause, name="link"),
    )
    await desk.hear(
        event(issued, id=uuid4(), source="/maillage/directory", sequence=1, time=NOW),
        organisation(email="accueil@structure.example"),
        event(asked, id=cause, source="/maillage/directory", sequence=1, time=NOW),
    )
    await desk.drain()
    [mail] = desk.mails.mails
    assert (mail["To"], mail["Subject"]) == (
        "accueil@structure.example", "Vos informations dans l’annuaire sont-elles justes ?",
    )  # fmt: skip
    assert said in text_of(mail)
    assert f"http://localhost/annuaire/confirmer/{SECRET}" in text_of(mail)
    assert SECRET not in str(await desk.rows()), "what is kept holds no secret in clear"
