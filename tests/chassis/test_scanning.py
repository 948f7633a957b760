"""Contents are looked through by the deployment's antivirus, spoken to as ClamAV's `clamd` is."""

import io

import orjson
import pytest
from prometheus_client import REGISTRY

from chassis import contents, scanning
from chassis.scanning import NoAnswer, virus_in
from tests.chassis.scanner import NAME, VIRUS, scanner


def scans(outcome: str) -> float:
    return REGISTRY.get_sample_value("maillage_scans_total", {"outcome": outcome}) or 0.0


async def test_all_of_a_content_is_looked_through(log_stream: io.StringIO) -> None:
    async with scanner() as it:
        content = bytes(3_000) + VIRUS
        clean, found = scans("clean"), scans("found")
        assert await virus_in(content, it.url) == NAME
        assert await virus_in(bytes(5_000), it.url) is None
        assert it.received == [content, bytes(5_000)]
    assert (scans("clean"), scans("found")) == (clean + 1, found + 1)
    (line,) = map(orjson.loads, log_stream.getvalue().splitlines())
    assert (line["event"], line["what"], "refused" in line) == ("virus_found", NAME, False)


@pytest.mark.parametrize(
    "answer",
    [None, "INSTREAM size limit exceeded. ERROR", "stream: Can't allocate memory ERROR", "who are you?"],
    ids=["hangs up", "too long", "an error", "nonsense"],
)
async def test_an_antivirus_that_does_not_tell_has_not_said_that_it_is_clean(answer: str | None) -> None:
    async with scanner() as it:
        it.answer, before = answer, scans("no_answer")
        with pytest.raises(NoAnswer):
            await virus_in(b"%PDF-", it.url)
    assert scans("no_answer") == before + 1


async def test_an_antivirus_that_is_away_has_not_said_that_it_is_clean() -> None:
    async with scanner() as it:
        url = it.url
    with pytest.raises(NoAnswer):
        await virus_in(b"%PDF-", url)


async def test_an_antivirus_that_says_nothing_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "PATIENCE", 0.05)
    async with scanner() as it:
        it.silent.clear()
        with pytest.raises(NoAnswer):
            await virus_in(b"%PDF-", it.url)
        it.silent.set()


@pytest.mark.parametrize("url", ["clamav:3310", "http://clamav:3310", "tcp://clamav", "tcp://:3310"])
def test_an_address_that_is_none_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError, match="scanner_url"):
        contents.ContentSettings(
            database_url="postgresql://x@localhost/x", worker_database_url="postgresql://x@localhost/x",
            master_key="x", cookie_key="x", oidc_issuer="http://localhost", scanner_url=url,
        )  # fmt: skip
