"""The whole path through the shipped processes: a request comes in, a plan is ratified, a reminder leaves."""

import re
from collections import Counter
from datetime import UTC, datetime
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer
from joserfc.jwk import ECKey

from contracts.envelope import encode, event
from contracts.events import PartnerRequestSent
from deploy.local.credentials import SAMPLE_PARTNER
from intake.partner_requests.message import sealed_request
from tests.system import town as towns
from tests.system.checker import settled
from tests.system.conference import ACTION, QUESTION, Conference, record_follow_up
from tests.system.conftest import LivedIn
from tests.system.people import Person
from tests.system.platform import AGENT, COMMUNES, EVERYWHERE, TERRITORY, Platform, Process, case_id
from tests.system.topics import read_all

pytestmark = pytest.mark.timeout(600)

RELATIVE = "tante@exemple.fr"
SHARED = "Les mercredis se passent comme prévu, et cela continue."


def asked(email: str, **more: Any) -> dict[str, Any]:
    """What somebody asks for themself, and where they may be written to."""
    point = {"kind": "email", "value": email, "safe_to_write": True}
    return {
        "commune": COMMUNES[TERRITORY][0],
        "themes": ["family"],
        "summary": "Une situation d'essai",
        "requester": {"role": "self", "person": {"given_name": "Essai", "contact_points": [point]}},
        **more,
    }


def recipients(platform: Platform) -> Counter[str]:
    """How many mails each address received."""
    return Counter(str(mail["To"]).rpartition("<")[2].rstrip(">") for mail in platform.mails())


async def told(platform: Platform, event_type: str, subject: object) -> list[dict[str, Any]]:
    """Data of the events of a type about something, each once."""
    found = {
        one.id: one.event["data"]
        for one in await read_all(platform, "cases-events")
        if one.type == event_type and one.aggregate[1] == str(subject)
    }
    return list(found.values())


async def test_from_three_channels_to_a_ratified_plan_and_its_follow_up(empty_platform: Platform) -> None:
    platform = empty_platform
    intake, cases, directory, _ = await platform.start_all()
    town = await towns.found(platform, directory, _public(ECKey.generate_key("P-256", {"kid": "essai"})))
    await towns.known_everywhere(platform, town, "intake", "cases", "notifications")
    accueil, resident = Person(platform, "accueil"), Person(platform)

    desk = await accueil.create(
        intake, "/intake/requests", asked("guichet@exemple.fr", channel="desk", programme="family-conference-demo")
    )
    phone = await accueil.create(intake, "/intake/requests", asked("telephone@exemple.fr", channel="phone"))
    web = await resident.create(intake, "/intake/public/requests", asked("formulaire@exemple.fr"))
    given = [UUID(one["request_id"]) for one in (desk, phone, web)]

    async def opened() -> bool:
        return await platform.count("cases", "cases") == len(given)

    await platform.until(opened, "three dossiers")
    dossier = str(case_id(given[0]))
    ratified = await _lead(platform, cases, town, dossier)
    await settled(platform)
    assert recipients(platform) == Counter(
        {"guichet@exemple.fr": 2, "telephone@exemple.fr": 1, "formulaire@exemple.fr": 1, RELATIVE: 1}
    ) | _reminders(recipients(platform))
    await _reads_the_plan(platform, cases)

    async def due() -> bool:
        return {"early", "due"} <= {one["stage"] for one in await told(platform, "FollowUpDue", dossier)}

    await platform.until(due, "FollowUpDue")
    coordinator = Person(platform, "coordinatrice")
    version = (await coordinator.get(cases, f"/cases/{dossier}"))["version"]
    shared = {"sentence": SHARED}
    await coordinator.change(cases, f"/cases/{dossier}/follow-up/shared", shared, version, method="PUT")
    recorded = await record_follow_up(coordinator, cases, dossier, ratified)
    assert recorded["recorded"] is True
    await settled(platform)
    assert recipients(platform)[RELATIVE] == 2
    await _reads_the_plan(platform, cases, SHARED)
    stages = Counter(one["stage"] for one in await told(platform, "FollowUpDue", dossier))
    assert stages == dict.fromkeys(stages, 1), "each stage is told once"
    assert len(await told(platform, "FollowUpRecorded", dossier)) == 1
    of_dossiers = "state = 'waiting' AND details ? 'case_id'"
    assert await platform.count("cases", "due_dates", of_dossiers) == 0, "nothing is due any more"
    _check_mails(platform)


def _reminders(received: Counter[str]) -> Counter[str]:
    """Those the coordinator and the manager may have got by now: the demonstration's deadlines are seconds."""
    told = {towns.email_of("coordinatrice"), towns.email_of("responsable")}
    return Counter({email: count for email, count in received.items() if email in told})


async def _reads_the_plan(platform: Platform, cases: Process, *said: str) -> None:
    """A guest opens the link of each mail they got, as a browser does: it leads to the plan, and to what is `said`
    since."""
    mails = [one for one in platform.mails() if RELATIVE in str(one["To"])]
    texts = [mail.get_body(("plain",)).get_content() for mail in mails]  # type: ignore[union-attr]
    paths = {path for text in texts for path in re.findall(r"/cases/lire/[0-9A-Z]+", text)}
    assert len(paths) == len(mails), "each has a link of its own"
    guest = Person(platform)
    for path in paths:
        arrived = await guest.ask(cases, "GET", path)
        assert (arrived.status_code, arrived.headers["location"]) == (303, "/cases/lire")
        cookie = arrived.headers["set-cookie"].partition(";")[0]
        page = await guest.ask(cases, "GET", "/cases/lire", headers={"cookie": cookie, "Accept": "text/html"})
        assert page.status_code == 200
        text = unescape(page.text)
        assert [one for one in (ACTION, *said) if one not in text] == []
        assert "Essai Tante" not in text, "who reads is « Vous »"
        assert QUESTION not in text


async def _lead(platform: Platform, cases: Process, town: towns.Town, dossier: str) -> Any:
    manager, coordinator = Person(platform, "responsable"), Person(platform, "coordinatrice")
    await manager.create(
        cases, f"/cases/{dossier}/referents", {"agent_id": town.agents["coordinatrice"], "role": "coordinator"}
    )
    [concerned] = (await coordinator.get(cases, f"/cases/{dossier}"))["people"][:1]
    conference = Conference(coordinator, cases, dossier)
    members = await conference.prepare(concerned["person_id"], RELATIVE)
    return await conference.meet(members)


def _check_mails(platform: Platform) -> None:
    """A link and no reason: neither the question nor the plan nor what was said leaves by mail."""
    assert recipients(platform)[towns.email_of("coordinatrice")] > 0
    address = platform.servers.stack.public_url
    for mail in platform.mails():
        text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert address in text
        assert not any(said in text for said in (QUESTION, ACTION, SHARED, "Une situation d'essai", "conférence"))


@pytest.mark.matrix
async def test_each_service_does_its_own_work_alone_and_without_kafka(platform: Platform) -> None:
    kafka = platform.servers.kafka
    await kafka.child.kill()
    work = {
        "intake": ("POST", "/intake/requests", AGENT, 201),
        "cases": ("GET", "/cases", AGENT, 200),
        "directory": ("POST", "/directory/organisations", EVERYWHERE, 201),
        "notifications": ("GET", "/notifications/messages", EVERYWHERE, 200),
    }
    body = {
        "intake": asked("patience@exemple.fr", channel="desk"),
        "directory": {"name": "Association d'essai", "kind": "association", "territory_ids": ["*"]},
    }
    for service, (method, path, subject, status) in work.items():
        process = await platform.start(service)
        answer = await Person(platform, subject).ask(
            process, method, path, json=body.get(service), headers={"Idempotency-Key": str(uuid4())}
        )
        assert answer.status_code == status, f"{service}: {answer.status_code} {answer.text[:400]}"
        assert (await Person(platform).ask(process, "GET", "/live")).status_code == 200
        await process.stop()
    assert not platform.mails()

    await kafka.start()
    await kafka.ready()
    await platform.start_all()
    await settled(platform)
    assert await platform.count("cases", "cases") == 1
    assert recipients(platform) == {"patience@exemple.fr": 1}
    assert not await platform.count("intake", "dead_letters")


def _public(key: ECKey) -> dict[str, Any]:
    return {"keys": [dict(key.as_dict(private=False))]}


async def test_a_partners_unknown_commune_is_replayed_in_order_once_it_is_known(lived_in: LivedIn) -> None:
    platform, partner = lived_in.platform, lived_in.town.partner
    partner_key = await Person(platform).get(lived_in.intake, "/intake/public/partner-key")

    def body(commune: str, summary: str) -> str:
        wanted = asked("partenaire@exemple.fr", commune=commune, summary=summary)
        return sealed_request(wanted, lived_in.software.as_dict(private=True), partner_key)

    await _send(platform, partner, "dossier-1", body("22999", "d'abord"), body(COMMUNES[TERRITORY][0], "ensuite"))
    await _send(platform, partner, "dossier-2", body(COMMUNES[TERRITORY][0], "ailleurs"))

    async def set_aside() -> bool:
        return await platform.count("intake", "dead_letters") == 2 and len(await _by_partners(platform)) == 1

    await platform.until(set_aside, "the dead letters")
    await platform.command("intake", "communes", "add", "--code", "22999", "--name", "Exemple-sur-Mer")
    [first, _] = await platform.fetch("intake", "SELECT dead_letter_id FROM dead_letters ORDER BY record_offset")
    await platform.command(
        "intake", "dead-letters", "replay", str(first["dead_letter_id"]), "--reason", "commune ajoutée"
    )
    await settled(platform)
    made = await _by_partners(platform)
    assert set(made) == {"d'abord", "ensuite", "ailleurs"}
    decided = await platform.fetch("intake", "SELECT record_offset FROM dead_letters ORDER BY decided_at")
    offsets = [row["record_offset"] for row in decided]
    assert offsets == sorted(offsets), "replayed in the order they were sent"
    dossiers = ",".join(f"'{case_id(request_id)}'" for request_id in made.values())
    assert await platform.count("cases", "cases", f"case_id IN ({dossiers})") == 3


async def _by_partners(platform: Platform) -> dict[str, UUID]:
    """What partners' software asked for, by what it said."""
    rows = await platform.fetch("intake", "SELECT summary, request_id FROM requests WHERE channel = 'partner'")
    return {row["summary"]: row["request_id"] for row in rows}


async def _send(platform: Platform, organisation_id: str, reference: str, *bodies: str) -> None:
    """What a partner's software writes, with its own user and nobody else's."""
    broker = platform.servers.broker
    producer = AIOKafkaProducer(
        bootstrap_servers=broker.bootstrap,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username=SAMPLE_PARTNER,
        sasl_plain_password=broker.passwords[SAMPLE_PARTNER],
        acks="all",
    )
    async with producer:
        for sequence, body in enumerate(bodies, 1):
            sent = _sent(organisation_id, reference, body, sequence)
            topic = platform.prefix + "partner-requests"
            await producer.send_and_wait(topic, encode(sent), key=sent.subject.encode())


def _sent(organisation_id: str, reference: str, body: str, sequence: int) -> Any:
    return event(
        PartnerRequestSent(organisation_id=UUID(organisation_id), reference=reference, body=body),
        id=uuid4(),
        source="/partner/association-essai",
        sequence=sequence,
        time=datetime.now(UTC),
    )
