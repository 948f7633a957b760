"""partner-requests: what outside organisations' software sends."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from contracts.events.data import EventData, OrganisationId


def _printable(reference: str) -> str:
    # No pattern in the schema: a released field is not narrowed, and the envelope refuses such a subject anyway.
    if not reference.isprintable():
        raise ValueError("unprintable")
    return reference


class PartnerRequestSent(EventData):
    """A partner asks on a person's behalf. The body is a compact JWE (RFC 7516) to intake's public key, whose
    plaintext is a JWS (RFC 7515) by one of the organisation's `request_keys`.

    `reference` names the partner's file: letters of one file are taken in their order. The envelope's `sequence`
    numbers them, from 1. Organisation, reference and number are one letter, and one letter one request: sent again, it
    makes nothing; another one under the same number is refused. The signed part may repeat `reference` and `number`,
    and then they must be the same."""

    topic: ClassVar[str] = "partner-requests"
    key: ClassVar[str] = "reference"

    organisation_id: OrganisationId
    reference: Annotated[
        str,
        Field(min_length=1, max_length=100, description="the partner's own, without personal data"),
        AfterValidator(_printable),
    ]
    body: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*(\.[A-Za-z0-9_-]*){4}$")]

    @property
    def aggregate_id(self) -> str:
        """Two organisations may use the same reference."""
        return f"{self.organisation_id}:{self.reference}"
