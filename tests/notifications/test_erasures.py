"""Somebody erased is written to no more, and nothing is kept of how they were reached."""

from uuid import UUID, uuid4

from contracts.envelope import Envelope, event
from contracts.events import PersonErased, PersonErasureDone
from tests.notifications.conftest import Desk
from tests.notifications.mailserver import MailServer
from tests.notifications.samples import NOW, SamplePerson, request

ADDRESS = "personne.exemple@exemple.test"


def erased(person_id: UUID) -> Envelope:
    return event(PersonErased(person_id=person_id), id=uuid4(), source="/maillage/intake", sequence=1, time=NOW)


async def test_what_had_not_left_does_not_and_nothing_is_kept(desk: Desk, mails: MailServer) -> None:
    person, consent = SamplePerson(ADDRESS), uuid4()
    await desk.hear(person.key_issued(), person.recorded(), person.agreed_to_messages(consent), request(person.id))
    told = erased(person.id)
    await desk.hear(told)
    await desk.hear(told)  # a redelivery the inbox has forgotten
    await desk.drain()
    assert mails.mails == []
    assert set(await desk.states()) == {("suppressed", "erased")}
    async with desk.service.parts.worker.transaction() as tx:
        assert await tx.fetchval("SELECT count(*) FROM message_consents") == 0
        assert {str(row["contact_points"]) for row in await tx.fetch("SELECT contact_points FROM people")} == {"[]"}
        key = await tx.fetchrow(
            "SELECT wrapped, erased_at FROM subject_keys WHERE key_subject = $1", f"person:{person.id}"
        )
    assert key is not None
    assert key["wrapped"] is None
    assert key["erased_at"] == NOW
    [done, again] = [one.data for one in await desk.told() if one.type == "PersonErasureDone"]
    assert {**done, "done_at": None} == {**again, "done_at": None}
    assert (done["service"], done["kept"]) == ("notifications", [])


async def test_whatever_is_heard_after_it_is_not_kept(desk: Desk, mails: MailServer) -> None:
    """Topics keep no order between them: the erasure may come first."""
    person = SamplePerson(ADDRESS)
    await desk.hear(erased(person.id))
    await desk.hear(person.key_issued(), person.introduced(), person.recorded(), person.changed(7), request(person.id))
    await desk.drain()
    assert mails.mails == []
    assert set(await desk.states()) == {("suppressed", "erased")}
    async with desk.service.parts.worker.transaction() as tx:
        assert {str(row["contact_points"]) for row in await tx.fetch("SELECT contact_points FROM people")} == {"[]"}
        assert await tx.fetchval("SELECT count(*) FROM subject_keys WHERE wrapped IS NOT NULL") == 0


async def test_keys_another_service_dropped_are_dropped_here(desk: Desk) -> None:
    request_key = f"request:{uuid4()}"
    answer = PersonErasureDone(person_id=uuid4(), service="intake", done_at=NOW, keys=(request_key,))
    await desk.hear(event(answer, id=uuid4(), source="/maillage/intake", sequence=2, time=NOW))
    async with desk.service.parts.worker.transaction() as tx:
        assert await tx.fetchval("SELECT erased_at FROM subject_keys WHERE key_subject = $1", request_key) == NOW
