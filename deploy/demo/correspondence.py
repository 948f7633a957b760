"""The partner's letters of one day: what its software sends, and how each is known again afterwards."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.envelope import Envelope
from deploy.demo.partner import Line, Software
from deploy.demo.play import place
from deploy.demo.report import Asked
from deploy.demo.script import NEW_COMMUNE, Letter
from deploy.local.credentials import SAMPLE_PARTNER
from deploy.local.stack import Stack


@dataclass(frozen=True)
class Correspondence:
    """`run` makes the references new each day; `unknown_commune` is a code that intake's list does not hold yet."""

    software: Software
    run: str
    unknown_commune: str

    def send(self, line: Line, letters: Iterable[Letter]) -> list[Asked]:
        """Write all letters in their order. Returns the requests they make: the malformed ones make none."""
        written = list(self._write(letters))
        line.send([envelope for _, envelope in written])
        return [_asked(letter, envelope) for letter, envelope in written if not letter.malformed]

    def _write(self, letters: Iterable[Letter]) -> Iterator[tuple[Letter, Envelope]]:
        numbers: dict[str, int] = {}
        for letter in letters:
            number = numbers[letter.file] = numbers.get(letter.file, 0) + 1
            yield letter, self._envelope(letter, number)

    def _envelope(self, letter: Letter, number: int) -> Envelope:
        reference, now = f"{self.run}-{letter.file}", datetime.now(UTC)
        if letter.malformed:
            return self.software.malformed(reference, number, at=now)
        return self.software.letter(reference, number, letter.body(self.unknown_commune), at=now)


def _asked(letter: Letter, envelope: Envelope) -> Asked:
    where = place(letter.commune, NEW_COMMUNE)
    return Asked(letter.hour, "partner", where, letter.situation, letter_id=envelope.id)


def line_of(installation: Stack) -> Line:
    """How the sample partner reaches Kafka: under its own name, or none on a broker without users."""
    administration = installation.administration
    user = SAMPLE_PARTNER if administration.username is not None else None
    return Line(administration.bootstrap, user, installation.secrets.kafka_passwords[SAMPLE_PARTNER])
