"""Letters from the event to the post, and back."""

import asyncio
import csv
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import httpx
import pypdfium2
import pytest

from chassis.due_dates import Clock
from deploy.local.addresses import ServiceDatabase
from tests.conftest import emptied
from tests.identity import bearer, grant, provider
from tests.notifications.conftest import Desk, desk_on
from tests.notifications.mailserver import MailServer
from tests.notifications.samples import SamplePerson, request, withdrawn

ADDRESS = "1 rue de l'Exemple, 22000 Saint-Brieuc"
EARLY = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
GATHERING = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""Half past ten in Paris: the batch of the day is being gathered."""
CLOSED = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
LETTERS = "/notifications/letters"
SENDERS = {"letter_sender": "Accueil social|22000 EXEMPLE", "neutral_letter_sender": "BP 1|22000 EXEMPLE"}


@pytest.fixture
async def desk(notifications_database: ServiceDatabase, mails: MailServer) -> AsyncIterator[Desk]:
    async with desk_on(await emptied(notifications_database), mails, **SENDERS) as made:
        made.now = EARLY
        yield made


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    for subject, territory in (("exploitation", "*"), ("responsable", "saint-brieuc"), ("ailleurs", "arcachon")):
        role = "operator" if subject == "exploitation" else "manager"
        await grant(desk.service.parts.worker, subject, [(role, territory)])
    application = desk.service.application(provider=provider())
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost", headers=bearer("responsable")
    ) as made:
        yield made


async def asks(desk: Desk, address: str = ADDRESS, name: str = "Camille Exemple", **more: Any) -> SamplePerson:
    """Somebody who can be reached by letter alone makes a request."""
    person = SamplePerson(address, kind="post", **more)
    named = person.recorded(name=person.sealed(name, "name"))
    await desk.hear(person.key_issued(), named, request(person.id, request_id=uuid4(), at=EARLY))
    return person


def clock(desk: Desk) -> Clock:
    return Clock(desk.service.parts.worker, desk.service.on_due, lambda: desk.now)


async def the_day_goes_by(desk: Desk) -> None:
    """Letters are gathered, then the batch closes."""
    for moment in (EARLY, GATHERING):
        desk.now = moment
        await desk.drain()
    desk.now = CLOSED
    await clock(desk).fire_one()


async def batches(client: httpx.AsyncClient, subject: str = "responsable") -> list[dict[str, Any]]:
    answer = await client.get(LETTERS, headers=bearer(subject))
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["batches"]
    return found


async def fetched(client: httpx.AsyncClient) -> tuple[list[dict[str, str]], dict[str, bytes]]:
    """The list of the newest batch, and its files."""
    [newest, *_] = await batches(client)
    answer = await client.get(f"{LETTERS}/{newest['batch_id']}.zip")
    assert answer.status_code == 200, answer.text
    files = ZipFile(BytesIO(answer.content))
    listed = csv.DictReader(files.read("liste.csv").decode().splitlines(), delimiter=";")
    return list(listed), {name: files.read(name) for name in files.namelist() if name != "liste.csv"}


async def test_a_letter_leaves_with_the_others_of_the_day(desk: Desk, client: httpx.AsyncClient) -> None:
    await asks(desk)
    await asks(desk, name="Dominique Sample")
    await desk.drain()
    assert await desk.states() == [("planned", "next_batch")] * 2
    await the_day_goes_by(desk)
    assert await desk.states() == [("sent", None)] * 2
    [batch] = await batches(client)
    assert (batch["state"], batch["letters"]) == ("to_print", 2)

    listed, files = await fetched(client)
    assert [(line["Ordre"], line["Pages"]) for line in listed] == [("1", "1"), ("2", "1")]
    assert [line["Fichier"] for line in listed] == list(files)
    texts = [pypdfium2.PdfDocument(one)[0].get_textpage().get_text_range() for one in files.values()]
    assert sorted("Camille Exemple" in text for text in texts) == [False, True]
    assert all("1 rue de l'Exemple" in text and "22000 SAINT-BRIEUC" in text for text in texts)
    assert all("5VS9-HGPT-D" in text and "http://localhost/suivi" in text for text in texts)
    assert "Exemple" not in str(listed) + str(list(files)), "the printer's list names nobody"

    assert (await client.post(f"{LETTERS}/{batch['batch_id']}/posted")).status_code == 200
    assert (await client.post(f"{LETTERS}/{batch['batch_id']}/posted")).status_code == 409
    assert [one["state"] for one in await batches(client)] == ["posted"]


async def test_what_became_untrue_before_the_batch_is_not_written(desk: Desk, client: httpx.AsyncClient) -> None:
    request_id = uuid4()
    person = SamplePerson(ADDRESS, kind="post")
    named = person.recorded(name=person.sealed("Camille Exemple", "name"))
    await desk.hear(person.key_issued(), named, request(person.id, request_id=request_id, at=EARLY))
    await desk.drain()
    await desk.hear(withdrawn(request_id))
    await the_day_goes_by(desk)
    assert await desk.states() == [("suppressed", "overtaken")]
    assert await batches(client) == []


@pytest.mark.parametrize(
    ("address", "name", "reason"),
    [
        ("1 rue de l'Exemple, Saint-Brieuc", "Camille Exemple", "address_incomplete"),
        (f"{'a' * 39}, 22000 Saint-Brieuc", "Camille Exemple", "address_too_long"),
        (ADDRESS, "", "no_postal_name"),
    ],
)
async def test_where_no_letter_would_arrive_the_message_moves_on_at_once(
    desk: Desk, address: str, name: str, reason: str
) -> None:
    await asks(desk, address, name)
    await desk.drain()
    assert await desk.states() == [("suppressed", reason)]


async def test_two_clocks_and_two_senders_make_one_batch_of_each_letter(desk: Desk, client: httpx.AsyncClient) -> None:
    for _ in range(6):
        await asks(desk)
    await desk.drain()
    desk.now = GATHERING
    await asyncio.gather(desk.drain(), desk.drain())
    desk.now = CLOSED
    await asyncio.gather(*(clock(desk).fire_one() for _ in range(4)))
    assert [one["letters"] for one in await batches(client)] == [6]
    async with desk.service.parts.worker.transaction() as tx:
        assert await tx.fetchval("SELECT count(DISTINCT reference) FROM letters WHERE batch_id IS NOT NULL") == 6


async def test_a_batch_is_closed_by_hand_at_any_hour(desk: Desk, client: httpx.AsyncClient) -> None:
    await asks(desk)
    await desk.drain()
    assert (await client.post(f"{LETTERS}/close")).status_code == 200
    assert await desk.drain() != []
    assert await desk.states() == [("sent", None)]
    desk.now += timedelta(minutes=1)
    await clock(desk).fire_one()
    assert [one["letters"] for one in await batches(client)] == [1]


async def test_a_letter_that_came_back_stops_its_address_until_it_changes(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    person = await asks(desk)
    await the_day_goes_by(desk)
    [line], _ = await fetched(client)
    typed = {"reference": f"{line['Lettre'][:4].lower()}-{line['Lettre'][4:]}"}
    for _ in range(2):
        assert (await client.post(f"{LETTERS}/returned", data=typed)).status_code == 200
    assert await desk.states() == [("returned", "returned")]
    assert [one.type for one in await desk.told()] == ["MessageDelivered", "MessageFailed"]
    assert [one["returned"] for one in await batches(client)] == [1]

    desk.now = GATHERING + timedelta(days=1)
    await desk.hear(request(person.id, request_id=uuid4(), at=EARLY))
    await desk.drain()
    assert (await desk.states())[1] == ("failed", "address_returned")
    moved = SamplePerson("2 rue de l'Exemple, 22000 Saint-Brieuc", kind="post", id=person.id)
    moved.key = person.key
    await desk.hear(
        moved.changed(2, name=person.sealed("Camille Exemple", "name")),
        request(person.id, request_id=uuid4(), at=EARLY),
    )
    await desk.drain()
    assert (await desk.states())[2] == ("sent", None)

    [first, *_] = await desk.rows("place, delivery_id")
    assert (await client.post(f"/notifications/messages/{first['delivery_id']}/retry")).status_code == 200
    await desk.drain()
    desk.now = CLOSED + timedelta(days=1)
    await clock(desk).fire_one()
    written, _ = await fetched(client)
    assert len(written) == 2, "what is tried again is written again"
    assert line["Lettre"] not in {one["Lettre"] for one in written}


@pytest.mark.parametrize("typed", ["7KQ2-M4XB-8", "n'importe quoi", "5VS9-HGPT-D"])
async def test_a_reference_that_is_none_of_ours_is_told(client: httpx.AsyncClient, typed: str) -> None:
    answer = await client.post(f"{LETTERS}/returned", data={"reference": typed})
    assert answer.status_code == 422
    assert "Vérifiez-le" in answer.text


async def test_what_letters_say_is_sealed_and_forgotten_some_days_after_posting(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    await asks(desk)
    await the_day_goes_by(desk)
    async with desk.service.parts.worker.transaction() as tx:
        kept = str([dict(row) for row in await tx.fetch("SELECT * FROM letters")])
    assert "Exemple" not in kept
    [batch] = await batches(client)
    await client.post(f"{LETTERS}/{batch['batch_id']}/posted")
    desk.now = CLOSED + timedelta(days=13)
    assert await clock(desk).fire_one() is False
    desk.now = CLOSED + timedelta(days=14)
    assert await clock(desk).fire_one() is True
    assert (await client.get(f"{LETTERS}/{batch['batch_id']}.zip")).status_code == 409
    async with desk.service.parts.worker.transaction() as tx:
        assert await tx.fetchval("SELECT content FROM letters") is None


async def test_whoever_was_erased_is_in_no_envelope(desk: Desk, client: httpx.AsyncClient) -> None:
    person = await asks(desk)
    await asks(desk)
    await the_day_goes_by(desk)
    async with desk.service.parts.worker.transaction() as tx:
        await tx.execute("UPDATE subject_keys SET wrapped = NULL WHERE key_subject = $1", f"person:{person.id}")
    listed, _ = await fetched(client)
    assert len(listed) == 1


async def test_a_manager_has_the_letters_of_their_territories(desk: Desk, client: httpx.AsyncClient) -> None:
    await asks(desk)
    await the_day_goes_by(desk)
    [batch] = await batches(client, "exploitation")
    assert await batches(client, "ailleurs") == []
    for action in (client.get(f"{LETTERS}/{batch['batch_id']}.zip", headers=bearer("ailleurs")),
                   client.post(f"{LETTERS}/{batch['batch_id']}/posted", headers=bearer("ailleurs"))):  # fmt: skip
        assert (await action).status_code == 404


async def test_a_neutral_letter_bears_neutral_words_and_sender(desk: Desk, client: httpx.AsyncClient) -> None:
    await asks(desk, neutral=True)
    await the_day_goes_by(desk)
    _, files = await fetched(client)
    [text] = [pypdfium2.PdfDocument(one)[0].get_textpage().get_text_range() for one in files.values()]
    assert "BP 1" in text
    assert not any(word in text for word in ("Accueil", "social", "demande"))


async def test_the_page_says_what_to_do(desk: Desk, client: httpx.AsyncClient) -> None:
    await asks(desk)
    await the_day_goes_by(desk)
    page = (await client.get(LETTERS, headers={"accept": "text/html"})).text
    for words in ("Lot ", "À imprimer", "Télécharger", "C’est posté", "Une lettre est revenue"):
        assert words in page
    assert "Camille" not in page
