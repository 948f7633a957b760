"""Batches handed over to who prints and posts them: by folder and by SFTP, whatever happens on the way."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from deploy.local.addresses import ServiceDatabase
from notifications.letters import setting_up
from notifications.letters.handing import Handing
from notifications.letters.places import Folder, Trouble, place_at
from notifications.restoration.commands import hold
from tests.conftest import emptied
from tests.notifications.conftest import Desk, desk_on
from tests.notifications.mailserver import MailServer
from tests.notifications.sftpserver import SftpPlace, no_posix_rename
from tests.notifications.test_letter_batches import EARLY, SENDERS, asks, clock, the_day_goes_by
from tests.notifications.test_process import PATIENCE, sending

LATER = timedelta(hours=2)
"""Past every lease and every wait."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "depot"
    made.mkdir()
    return made


@asynccontextmanager
async def letters_closed(
    database: ServiceDatabase, mails: MailServer, count: int = 2, **settings: Any
) -> AsyncIterator[Desk]:
    """A desk with a batch of that many letters to hand over."""
    async with desk_on(await emptied(database), mails, **SENDERS, **settings) as desk:
        desk.now = EARLY
        for _ in range(count):
            await asks(desk)
        await the_day_goes_by(desk)
        yield desk


def handing(desk: Desk) -> Handing:
    [made] = setting_up.handing(desk.settings, desk.service.parts)
    return made


async def batch(desk: Desk) -> dict[str, Any]:
    async with desk.service.parts.worker.transaction() as tx:
        [row] = await tx.fetch("SELECT * FROM letter_batches")
        return dict(row)


def handed_over(folder: Path) -> list[dict[str, Any]]:
    """The letters that manifests name, each of them there as the manifest says; no draft is left."""
    manifests = [json.loads(file.read_text()) for file in folder.glob("*.json")]
    letters = [letter for one in manifests for letter in one["letters"]]
    for letter in letters:
        assert sha256((folder / letter["file"]).read_bytes()).hexdigest() == letter["sha256"]
    assert {file.name for file in folder.glob("*.pdf")} == {letter["file"] for letter in letters}
    assert not [file for file in folder.iterdir() if file.name.endswith(".part")]
    return letters


async def test_a_folder_gets_letters_and_then_their_manifest(
    notifications_database: ServiceDatabase, mails: MailServer, folder: Path
) -> None:
    async with letters_closed(notifications_database, mails, letters_url=folder.as_uri()) as desk:
        assert await handing(desk).hand_over_one() is True
        assert await handing(desk).hand_over_one() is False
        assert len(handed_over(folder)) == 2
        assert {letter["file"] for letter in handed_over(folder)} == {
            f"{row['delivery_id']}.pdf" for row in await desk.rows()
        }
        assert "Exemple" not in "".join(file.read_text() for file in folder.glob("*.json"))
        found = await batch(desk)
        assert (found["state"], found["trouble"]) == ("deposited", None)
        desk.now += timedelta(days=15)
        assert await clock(desk).fire_one()
        assert (await batch(desk))["forgotten_at"] is not None


async def test_a_folder_that_is_missing_is_not_made(
    notifications_database: ServiceDatabase, mails: MailServer, folder: Path
) -> None:
    async with letters_closed(notifications_database, mails, 1, letters_url=folder.as_uri()) as desk:
        folder.rmdir()
        await handing(desk).hand_over_one()
        assert (await batch(desk))["trouble"] == "place_away"
        assert not folder.exists()
        folder.mkdir()
        desk.now += LATER
        await handing(desk).hand_over_one()
        assert len(handed_over(folder)) == 1


async def test_a_full_disk_is_told_as_such() -> None:
    with pytest.raises(Trouble, match="place_full"):
        await Folder(Path("/dev")).write("full", b"letter")


async def test_after_a_restore_nothing_is_handed_over_before_somebody_looked(
    notifications_database: ServiceDatabase, mails: MailServer, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with letters_closed(notifications_database, mails, 1, letters_url=folder.as_uri()) as desk:
        await hold(desk.service, ["--since", EARLY.isoformat(), "--by", "exploitation"])
        assert "0 messages held" in capsys.readouterr().out
        assert await handing(desk).hand_over_one() is False
        found = await batch(desk)
        assert (found["state"], found["trouble"]) == ("to_print", "restored")


async def test_two_processes_hand_a_batch_over_once(
    notifications_database: ServiceDatabase, mails: MailServer, folder: Path
) -> None:
    async with letters_closed(notifications_database, mails, 1, letters_url=folder.as_uri()) as desk:
        assert sorted(await asyncio.gather(*(handing(desk).hand_over_one() for _ in range(3)))) == [False, False, True]
        assert len(handed_over(folder)) == 1


@pytest.mark.matrix  # one test per failpoint, each with a process of its own
@pytest.mark.parametrize(
    ("failpoint", "taken_away"),
    [("letters.written=2", False), ("letters.staged", False), ("letters.placed", False), ("letters.placed", True)],
    ids=["in mid-batch", "before the manifest's name", "after it", "after it, and all was fetched"],
)
async def test_a_process_killed_in_mid_deposit_is_followed_by_one_that_does_the_rest(
    notifications_database: ServiceDatabase, mails: MailServer, folder: Path, failpoint: str, taken_away: bool
) -> None:
    async with letters_closed(notifications_database, mails, 3, letters_url=folder.as_uri()) as desk:
        ours = {name.upper(): str(value) for name, value in SENDERS.items()}
        log = folder.parent / "log"
        async with sending(desk, log, **ours, LETTERS_URL=folder.as_uri(), FAILPOINTS=failpoint) as killed:
            assert await asyncio.wait_for(killed.wait(), PATIENCE) == -signal.SIGKILL
        assert len(list(folder.glob("*.json"))) == (failpoint == "letters.placed")
        if taken_away:
            assert len(handed_over(folder)) == 3
            for file in folder.iterdir():
                file.unlink()
        async with desk.service.parts.worker.transaction() as tx:
            desk.now = await tx.fetchval("SELECT lease_until FROM letter_batches")
        await handing(desk).hand_over_one()
        assert len(handed_over(folder)) == (0 if taken_away else 3)
        assert (await batch(desk))["state"] == "deposited"
        assert await handing(desk).hand_over_one() is False
        assert "Exemple" not in log.read_text()


# By SFTP --------------------------------------------------------------------------------------


@pytest.fixture
async def sftp(folder: Path) -> AsyncIterator[SftpPlace]:
    place = SftpPlace(folder)
    async with place.serving():
        yield place


async def test_letters_are_left_on_an_sftp_server(
    notifications_database: ServiceDatabase, mails: MailServer, sftp: SftpPlace
) -> None:
    async with letters_closed(notifications_database, mails, **sftp.settings()) as desk:
        await handing(desk).hand_over_one()
        assert len(handed_over(sftp.folder)) == 2


@pytest.mark.matrix  # one test per trouble
@pytest.mark.parametrize(
    ("troubles", "told"),
    [
        (["full"], "place_failed"),
        (["dropped"], "place_away"),
        (["", "dropped"], "place_away"),
        (["", "", "full"], "place_failed"),
    ],
    ids=["disk full", "dropped", "dropped in the second letter", "full at the manifest"],
)
async def test_what_goes_wrong_on_the_way_is_told_and_made_good(
    notifications_database: ServiceDatabase, mails: MailServer, sftp: SftpPlace, troubles: list[str], told: str
) -> None:
    async with letters_closed(notifications_database, mails, **sftp.settings()) as desk:
        sftp.trouble[:] = troubles
        await handing(desk).hand_over_one()
        assert (await batch(desk))["trouble"] == told
        assert list(sftp.folder.glob("*.json")) == []
        desk.now += LATER
        with no_posix_rename():
            await handing(desk).hand_over_one()
        assert len(handed_over(sftp.folder)) == 2


async def test_a_server_that_is_not_the_one_expected_gets_nothing(
    notifications_database: ServiceDatabase, mails: MailServer, sftp: SftpPlace
) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    async with letters_closed(notifications_database, mails, 1, **sftp.settings(letters_host_key=other)) as desk:
        await handing(desk).hand_over_one()
        assert (await batch(desk))["trouble"] == "place_not_the_one_expected"
        sftp.password = "changed"
        desk.settings = desk.settings.model_copy(update={"letters_host_key": sftp.settings()["letters_host_key"]})
        desk.now += LATER
        await handing(desk).hand_over_one()
        assert (await batch(desk))["trouble"] == "place_refuses_us"
        assert list(sftp.folder.iterdir()) == []


async def test_a_server_that_is_away_is_asked_again(
    notifications_database: ServiceDatabase, mails: MailServer, folder: Path
) -> None:
    place = SftpPlace(folder)
    async with place.serving():
        pass
    async with letters_closed(notifications_database, mails, 1, **place.settings()) as desk:
        await handing(desk).hand_over_one()
        assert (await batch(desk))["trouble"] == "place_away"
        async with place.serving():
            desk.now += LATER
            await handing(desk).hand_over_one()
        assert len(handed_over(folder)) == 1


@pytest.mark.parametrize(
    ("url", "key"),
    [("ftp://user@host/", ""), ("sftp://host/", "ssh-ed25519 AAAA"), ("sftp://user@host/", ""), ("file://host/x", "")],
)
def test_a_place_that_is_none_is_said_at_start(url: str, key: str) -> None:
    with pytest.raises(ValueError, match=r"letters|public key"):
        place_at(url, key, None, 5)
