"""Partners' requests: opened, checked, taken in once; what is wrong waits for an operator."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from joserfc import jwe
from joserfc.jwk import ECKey

from chassis.handlers import Poison, Received, Transient
from contracts.envelope import event
from contracts.events import OrganisationPublished, PartnerRequestSent
from deploy.local.addresses import ServiceDatabase
from intake.communes import store as communes
from intake.partner_requests.message import NotReadable, sealed_request, verified
from intake.partner_requests.message import opened as opened_body
from intake.territories import store
from tests.conftest import emptied
from tests.intake.conftest import Intake, opened, resident, settings_for

INTAKE_KEY = ECKey.generate_key("P-256", {"use": "enc", "alg": "ECDH-ES+A256KW"}, auto_kid=True)
PARTNER_KEY = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
OTHER_KEY = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
ORGANISATION = UUID(int=7)
NOW = datetime.now(UTC)
ABOUT_A_CHILD = {"exclusions": ["sexual_abuse"], "concerned": {"minor": True}}
NOT_FILED_THERE = "la référence ou le numéro signés ne sont pas ceux de l'envoi"
UNBELIEVABLE = "date dans l'avenir, ou de plus de 30 jours : le partenaire vérifie son horloge et renvoie"
OF_ITS_REQUEST = "de l'organisation et de sa référence"


def organisation(**changes: Any) -> OrganisationPublished:
    state = {
        "organisation_id": ORGANISATION,
        "name": "Association d'exemple",
        "kind": "association",
        "request_keys": {"keys": [PARTNER_KEY.as_dict(private=False)]},
    }
    return OrganisationPublished.model_validate(state | changes)


@pytest.fixture(scope="module")
def intake_settings() -> dict[str, Any]:
    return {"partner_private_jwk": INTAKE_KEY}


@pytest.fixture
async def intake(intake: Intake) -> Intake:
    async with intake.worker.transaction() as tx:
        await store.keep_organisations(tx, [(organisation(), 1)])
    return intake


def sealed(request: Any, key: ECKey = PARTNER_KEY) -> str:
    return sealed_request(request, key.as_dict(private=True), INTAKE_KEY.as_dict(private=False))


def sent(
    body: str,
    organisation_id: UUID = ORGANISATION,
    subject: str | None = None,
    *,
    number: int = 1,
    reference: str = "2026-0042",
    at: datetime = NOW,
) -> Received[PartnerRequestSent]:
    data = PartnerRequestSent(organisation_id=organisation_id, reference=reference, body=body)
    envelope = event(data, id=uuid4(), source="/partners/exemple", sequence=number, time=at, subject=subject)
    return Received(envelope, data)


async def handle(intake: Intake, *received: Received[PartnerRequestSent]) -> None:
    subscription = intake.service.handlers.subscription(received[0].envelope)
    async with intake.worker.transaction() as tx:
        await subscription.handler(tx, received)


async def test_a_partner_s_request_is_taken_in_like_any_other(intake: Intake) -> None:
    one = sent(sealed(resident(requester={"role": "social_service"}, concerned={"person": {"given_name": "Lou"}})))
    await handle(intake, one)
    [submitted] = await intake.told("RequestSubmitted")
    assert submitted.data["channel"] == "partner"
    assert submitted.data["received_by"] == {"organisation_id": str(ORGANISATION)}
    assert submitted.data["territory_id"] == "saint-brieuc"
    assert (submitted.causationid, submitted.time) == (one.envelope.id, NOW)


async def test_the_same_message_makes_the_same(intake: Intake) -> None:
    """A database put back to a backup reads it again: ids and reference must not differ."""
    one = sent(sealed(resident()))
    told = []
    for _ in range(2):
        await handle(intake, one)
        told.append([(event.id, event.subject, event.data.get("reference")) for event in await intake.told()])
        await emptied(intake.database)
        async with intake.worker.transaction() as tx:
            await store.keep_organisations(tx, [(organisation(), 1)])
    assert told[0] == told[1]


async def test_a_letter_sent_again_makes_nothing_new(intake: Intake) -> None:
    """A partner's software sends again under another event id, perhaps at another time."""
    for minutes in range(3):
        await handle(intake, sent(sealed(resident()), at=NOW + timedelta(minutes=minutes)))
    assert len(await intake.told("RequestSubmitted")) == await intake.count("requests") == 1


async def test_several_letters_of_one_reference_are_as_many_requests(intake: Intake) -> None:
    await handle(intake, *(sent(sealed(resident()), number=number) for number in (1, 2)))
    await handle(intake, sent(sealed(resident()), reference="2026-0043"))
    signed = sealed(resident(reference="2026-0044", number=1))
    await handle(intake, sent(signed, reference="2026-0044"))
    assert len({one.subject for one in await intake.told("RequestSubmitted")}) == 4


async def test_another_request_does_not_take_a_letter_s_place(intake: Intake) -> None:
    await handle(intake, sent(sealed(resident())))
    with pytest.raises(Poison) as caught:
        await handle(intake, sent(sealed(resident(summary="Autre chose."))))
    assert str(caught.value).startswith("une autre demande a déjà cette référence et ce numéro")
    assert await intake.count("requests") == 1


@pytest.mark.parametrize("at", [timedelta(minutes=4), -timedelta(days=29)])
async def test_clocks_may_differ_and_letters_may_wait(intake: Intake, at: timedelta) -> None:
    await handle(intake, sent(sealed(resident()), at=datetime.now(UTC) + at))
    assert await intake.count("requests") == 1


def not_encrypted_to_us() -> str:
    other = ECKey.generate_key("P-256", {"use": "enc"})
    return sealed_request(resident(), PARTNER_KEY.as_dict(private=True), other.as_dict(private=False))


def unsigned() -> str:
    header = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}
    return jwe.encrypt_compact(header, orjson.dumps(resident()), INTAKE_KEY)


@pytest.mark.parametrize(
    ("received", "reason"),
    [
        (lambda: sent(sealed(resident()), uuid4()), "organisation inconnue, ou sans clé publique dans l'annuaire"),
        (lambda: sent(sealed(resident(), OTHER_KEY)), "message non signé par l'organisation"),
        (lambda: sent(unsigned()), "message non signé par l'organisation"),
        (lambda: sent(not_encrypted_to_us()), "message non chiffré avec la clé d'intake"),
        (lambda: sent("a.b.c.d.e"), "message non chiffré avec la clé d'intake"),
        (lambda: sent(sealed(resident(commune="22999"))), "commune inconnue : 22999"),
        (lambda: sent(sealed(resident(programme="zzz"))), "dispositif inconnu"),
        (lambda: sent(sealed(resident(themes=[]))), "demande mal formée : themes: too_short"),
        (lambda: sent(sealed(resident(camille_secret=1))), "demande mal formée : racine: extra_forbidden"),
        (lambda: sent(sealed(resident(exclusions=["sexual_abuse"]))), "demande mal formée : racine: extra_forbidden"),
        (lambda: sent(sealed(resident(**ABOUT_A_CHILD))), "demande mal formée : racine: extra_forbidden"),
        (lambda: sent(sealed(["camille"])), "demande mal formée : racine: model_type"),
        (lambda: sent(sealed(resident()), subject="another"), f"la clé n'est pas celle {OF_ITS_REQUEST}"),
        (lambda: sent(sealed(resident(reference="2026-0041"))), NOT_FILED_THERE),
        (lambda: sent(sealed(resident(reference="2026-0042", number=2))), NOT_FILED_THERE),
        (lambda: sent(sealed(resident()), at=datetime.now(UTC) + timedelta(minutes=6)), UNBELIEVABLE),
        (lambda: sent(sealed(resident()), at=datetime.now(UTC) - timedelta(days=30, minutes=1)), UNBELIEVABLE),
    ],
)  # fmt: skip
async def test_what_is_wrong_waits_with_a_safe_reason(intake: Intake, received: Any, reason: str) -> None:
    with pytest.raises(Poison) as caught:
        await handle(intake, received())
    assert str(caught.value) == reason
    assert await intake.count("requests") == await intake.count("outbox") == 0


async def test_once_the_commune_is_known_the_request_goes_through(intake: Intake) -> None:
    one = sent(sealed(resident(commune="22999")))
    with pytest.raises(Poison):
        await handle(intake, one)
    async with intake.worker.transaction() as tx:
        assert await communes.add(tx, code="22999", name="Exemple-sur-Mer", department="22")
    await handle(intake, one)
    assert len(await intake.told("RequestSubmitted")) == 1


async def test_a_retired_organisation_sends_no_more(intake: Intake) -> None:
    async with intake.worker.transaction() as tx:
        await store.keep_organisations(tx, [(organisation(retired=True), 2)])
    with pytest.raises(Poison):
        await handle(intake, sent(sealed(resident())))


async def test_without_a_private_key_partners_wait(intake_database: ServiceDatabase) -> None:
    async with opened(await emptied(intake_database)) as without:
        with pytest.raises(Transient):
            await handle(without, sent(sealed(resident())))
        async with without.client() as client:
            assert (await client.get("/intake/public/partner-key")).status_code == 404


async def test_partners_find_the_key_to_encrypt_to(intake: Intake) -> None:
    async with intake.client() as client:
        published = (await client.get("/intake/public/partner-key")).json()
    assert "d" not in published
    body = sealed_request(resident(), PARTNER_KEY.as_dict(private=True), published)
    keys = {"keys": [PARTNER_KEY.as_dict(private=False)]}
    assert orjson.loads(verified(opened_body(body, INTAKE_KEY), keys)) == resident()


def test_the_key_comes_from_the_environment(intake_database: ServiceDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILLAGE_PARTNER_PRIVATE_JWK", orjson.dumps(INTAKE_KEY.as_dict(private=True)).decode())
    settings = settings_for(intake_database)
    assert settings.partner_private_jwk is not None
    assert settings.partner_private_jwk.thumbprint() == INTAKE_KEY.thumbprint()
    assert str(INTAKE_KEY.as_dict(private=True)["d"]) not in repr(settings)


@pytest.mark.parametrize("keys", [{}, {"keys": []}, {"keys": [{"kty": "oct"}]}, {"keys": None}])
def test_keys_that_are_none_verify_nothing(keys: dict[str, Any]) -> None:
    with pytest.raises(NotReadable):
        verified(b"a.b.c", keys)
