"""directory-events: what happens to agreements between partners (conventions, protocols, contracts, awards)."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.events.data import AgentId, Count, Day, EventData, OrganisationId, Part, Positive, TerritoryId

KnownAgreementKind = Literal["convention", "protocol", "territory_contract", "award"]
AgreementKind = KnownAgreementKind | str
KnownRenewal = Literal["none", "explicit", "tacit"]
Renewal = KnownRenewal | str
KnownEndingStage = Literal["six_months", "three_months"]
EndingStage = KnownEndingStage | str
KnownAgreementEnd = Literal["expired", "denounced", "abandoned"]
AgreementEnd = KnownAgreementEnd | str


class Agreement(Part):
    """Which agreement an event tells of, as it now is. `ends_on` is its last day."""

    agreement_id: UUID
    kind: AgreementKind
    title: Annotated[str, Field(min_length=1)]
    party_ids: tuple[OrganisationId, ...]
    territory_ids: tuple[TerritoryId, ...]
    starts_on: Day
    ends_on: Day


class AgreementSigned(Agreement, EventData):
    """Every party has signed; it is in force from `starts_on`. `total_cents`: of all its years and parties."""

    topic: ClassVar[str] = "directory-events"
    key: ClassVar[str] = "agreement_id"

    signed_on: Day
    renewal: Renewal
    total_cents: Count


class AgreementInForce(Agreement, EventData):
    """It binds its parties from now on. `offer_ids`: what it opens in the directory."""

    topic: ClassVar[str] = "directory-events"
    key: ClassVar[str] = "agreement_id"

    offer_ids: tuple[UUID, ...] = ()


class AgreementAmended(Agreement, EventData):
    """An amendment was signed by every party: what holds from now on. `changed`: the parts of the text it changes."""

    topic: ClassVar[str] = "directory-events"
    key: ClassVar[str] = "agreement_id"

    number: Positive
    signed_on: Day
    changed: tuple[str, ...]


class AgreementEnding(Agreement, EventData):
    """It ends in six or three months, once each. `renews`: unless somebody denounces it, it will go on by itself.
    `manager_ids`: the managers of its territories, whom to tell."""

    topic: ClassVar[str] = "directory-events"
    key: ClassVar[str] = "agreement_id"

    stage: EndingStage
    renewal: Renewal
    renews: bool
    manager_ids: tuple[AgentId, ...] = ()


class AgreementRenewed(Agreement, EventData):
    """It goes on until `ends_on`, by itself (`tacit`) or by a decision of its parties (`explicit`)."""

    topic: ClassVar[str] = "directory-events"
    key: ClassVar[str] = "agreement_id"

    renewal: Renewal


class AgreementEnded(Agreement, EventData):
    """It binds nobody any more. `ended_on`: its last day. `offer_ids`: what ended with it in the directory."""

    topic: ClassVar[str] = "directory-events"
    key: ClassVar[str] = "agreement_id"

    ended_on: Day
    reason: AgreementEnd
    offer_ids: tuple[UUID, ...] = ()
