"""A partner's software: it signs what it asks, encrypts it for intake, and writes it on `partner-requests`.

It has its own Kafka user, its own signing key, and intake's public key; nothing else of the platform.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from confluent_kafka import KafkaException, Producer
from joserfc import jwe, jws
from joserfc.jwk import ECKey

from contracts.envelope import Envelope, encode, event, headers, new_id
from contracts.events import PartnerRequestSent
from deploy.local.problems import Problem

SOURCE = "/partenaire/exemple"
NOT_ENCRYPTED_FOR_ANYBODY = "e30.e30.e30.e30.e30"
"""Has the shape of what is expected and opens with no key."""
DELIVERY_SECONDS = 20.0


def public_keys(signing_key: Mapping[str, Any]) -> dict[str, Any]:
    """The key set the directory publishes for the partner: its public half alone."""
    return {"keys": [ECKey.import_key(dict(signing_key)).as_dict(private=False)]}


@dataclass(frozen=True)
class Software:
    """What the partner's software holds. Keys are JWKs: its own private one, intake's public one."""

    organisation_id: UUID
    signing_key: Mapping[str, Any] = field(repr=False)
    intake_key: Mapping[str, Any]

    def letter(self, reference: str, number: int, asked: Mapping[str, Any], *, at: datetime) -> Envelope:
        """A request signed, then encrypted; `number` counts the letters of one reference from 1."""
        signed = {**asked, "reference": reference, "number": number}
        return self._envelope(reference, number, self._sealed(json.dumps(signed).encode()), at)

    def malformed(self, reference: str, number: int, *, at: datetime) -> Envelope:
        """A letter that a fault of the software has spoilt."""
        return self._envelope(reference, number, NOT_ENCRYPTED_FOR_ANYBODY, at)

    def _envelope(self, reference: str, number: int, body: str, at: datetime) -> Envelope:
        data = PartnerRequestSent(organisation_id=self.organisation_id, reference=reference, body=body)
        return event(data, id=new_id(), source=SOURCE, sequence=number, time=at)

    def _sealed(self, content: bytes) -> str:
        own, theirs = ECKey.import_key(dict(self.signing_key)), ECKey.import_key(dict(self.intake_key))
        signed = jws.serialize_compact({"alg": "ES256", "kid": own.kid}, content, own)
        header = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "kid": theirs.kid, "cty": "JWS"}
        return jwe.encrypt_compact(header, signed.encode(), theirs)


@dataclass(frozen=True)
class Line:
    """The partner's access to Kafka, as its own user (None: the broker has no users)."""

    bootstrap: str
    username: str | None
    password: str = field(repr=False)

    def send(self, letters: list[Envelope]) -> None:
        """Write letters in their order. Raises Problem when Kafka takes one in no way."""
        refused: list[str] = []
        producer = Producer(self._settings())
        for letter in letters:
            producer.produce(
                PartnerRequestSent.topic,
                encode(letter),
                letter.subject.encode(),
                headers=dict[str, str | bytes | None](headers(letter)),
                on_delivery=lambda error, _: refused.append(str(error)) if error else None,
            )
        left = _flush(producer)
        if refused or left:
            raise Problem(
                f"Kafka n'a pas pris les lettres du partenaire : {refused or left}", "Voir ./maillage logs kafka."
            )

    def _settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = {"bootstrap.servers": self.bootstrap, "acks": "all"}
        if self.username is None:
            return settings
        return settings | {
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": self.username,
            "sasl.password": self.password,
        }


def _flush(producer: Producer) -> int:
    try:
        return int(producer.flush(DELIVERY_SECONDS))
    except KafkaException as error:
        raise _not_taken(error) from error


def _not_taken(why: object) -> Problem:
    return Problem(f"Kafka n'a pas pris les lettres du partenaire : {why}", "Voir ./maillage logs kafka.")
