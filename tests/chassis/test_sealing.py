"""Personal data opens with its own key, in its own place, and no other way."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.sealing import Keyring, MasterKey, NotOpened, Shown, remember
from tests.chassis.conftest import SideFactory

MASTER = MasterKey(bytes(32), "1")
PERSON = UUID("00000000-0000-4000-8000-00000000000a")
EVENT = UUID("00000000-0000-4000-8000-00000000000b")


@given(st.text())
def test_what_is_sealed_opens(text: str) -> None:
    key, _ = MASTER.issue(f"person:{PERSON}")
    assert key.open(key.seal(text, event_id=EVENT, name="name")) == text


def test_the_text_is_nowhere_in_what_travels() -> None:
    key, wrapped = MASTER.issue(f"person:{PERSON}")
    sealed = key.seal("Personne Exemple", event_id=EVENT, name="name")
    assert "Personne" not in sealed.model_dump_json()
    assert repr(key.secret) not in repr(key) + repr(wrapped)


@pytest.mark.parametrize(
    "change", [{"event_id": uuid4()}, {"field": "birth_date"}], ids=["another event", "another field"]
)
def test_a_block_put_elsewhere_does_not_open(change: dict[str, object]) -> None:
    key, _ = MASTER.issue(f"person:{PERSON}")
    sealed = key.seal("Personne Exemple", event_id=EVENT, name="name")
    with pytest.raises(NotOpened):
        key.open(sealed.model_copy(update=change))


def test_an_altered_block_does_not_open() -> None:
    key, _ = MASTER.issue(f"person:{PERSON}")
    sealed = key.seal("Personne Exemple", event_id=EVENT, name="name")
    data = bytearray(urlsafe_b64decode(sealed.data + "=="))
    data[-1] ^= 1
    with pytest.raises(NotOpened):
        key.open(sealed.model_copy(update={"data": urlsafe_b64encode(bytes(data)).rstrip(b"=").decode()}))


def test_another_persons_key_opens_nothing() -> None:
    sealed = MASTER.issue(f"person:{PERSON}")[0].seal("Personne Exemple", event_id=EVENT, name="name")
    with pytest.raises(NotOpened):
        MASTER.issue(f"person:{PERSON}")[0].open(sealed)


def test_a_wrapped_key_needs_its_master_key() -> None:
    _, wrapped = MASTER.issue(f"person:{PERSON}")
    with pytest.raises(NotOpened):
        MasterKey(bytes([1]) * 32, "2").unwrap(wrapped)


async def test_a_missing_key_waits_an_erased_one_shows_it(side: SideFactory) -> None:
    service = await side("cases")
    ring = Keyring(MASTER)
    known, wrapped = MASTER.issue(f"person:{uuid4()}")
    erased, wrapped_erased = MASTER.issue(f"person:{uuid4()}")
    missing, _ = MASTER.issue(f"person:{uuid4()}")
    blocks = [one.seal("Personne Exemple", event_id=EVENT, name="name") for one in (known, erased, missing)]
    async with service.worker.transaction() as tx:
        await remember(tx, [wrapped, wrapped_erased])
        await tx.execute(
            "UPDATE subject_keys SET wrapped = NULL, erased_at = now() WHERE key_subject = $1", erased.key_subject
        )
        opened = await ring.open(tx, [*blocks, None])
        await remember(tx, [wrapped_erased])
        again = await ring.key_of(tx, erased.key_subject)
    assert [str(one) if one else None for one in opened] == ["Personne Exemple", "effacé", "en attente", None]
    assert [one.state for one in opened if one] == [Shown.OPEN, Shown.ERASED, Shown.WAITING]
    assert again is None, "an erased key does not come back"
