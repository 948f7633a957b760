"""partner-requests: what outside organisations' software sends."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.events.data import EventData, OrganisationId


class PartnerRequestSent(EventData):
    """A partner asks on a person's behalf. The body is a compact JWE (RFC 7516) to intake's public key, whose
    plaintext is a JWS (RFC 7515) by one of the organisation's `request_keys`."""

    topic: ClassVar[str] = "partner-requests"
    key: ClassVar[str] = "reference"

    organisation_id: OrganisationId
    reference: Annotated[
        str, Field(min_length=1, max_length=100, description="the partner's own, without personal data")
    ]
    body: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*(\.[A-Za-z0-9_-]*){4}$")]

    @property
    def aggregate_id(self) -> str:
        """Two organisations may use the same reference."""
        return f"{self.organisation_id}:{self.reference}"
