"""notifications-events: what became of a message. Never who it was for, nor what it said."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.events.data import AgentId, Count, Day, EventData, OrganisationId, Part

KnownMessageChannel = Literal["email", "sms", "post", "letter", "task"]
MessageChannel = KnownMessageChannel | str
KnownRecipientKind = Literal["requester", "person", "member", "agent", "organisation"]
RecipientKind = KnownRecipientKind | str
KnownWebhookEnd = Literal["gone", "dead"]
WebhookEnd = KnownWebhookEnd | str


class Message(Part):
    """A message: the rule that asked for it and the event that set the rule off."""

    message_id: UUID
    rule: str
    event_id: UUID
    channel: MessageChannel
    recipient_kind: RecipientKind


class MessageDelivered(Message, EventData):
    """The gateway took the message over."""

    topic: ClassVar[str] = "notifications-events"
    key: ClassVar[str] = "message_id"


class MessageFailed(Message, EventData):
    """No channel is left by which the message could arrive; `reason` is a code, `channel` the last one. `case_id`:
    the dossier it is about, if any."""

    topic: ClassVar[str] = "notifications-events"
    key: ClassVar[str] = "message_id"

    reason: str | None = None
    case_id: UUID | None = None


class WebhookDisabled(EventData):
    """A partner's software is called no more: it said that it is gone, or took nothing for three days. `manager_ids`:
    whom to tell."""

    topic: ClassVar[str] = "notifications-events"
    key: ClassVar[str] = "webhook_id"

    webhook_id: UUID
    organisation_id: OrganisationId
    reason: WebhookEnd
    manager_ids: tuple[AgentId, ...] = ()


class DigestDue(EventData):
    """The morning mail of an agent who has something new to deal with. `fresh`: since the last one; `pending`: in
    all."""

    topic: ClassVar[str] = "notifications-events"
    key: ClassVar[str] = "agent_id"

    agent_id: AgentId
    due_on: Day
    fresh: Annotated[int, Field(ge=1)]
    pending: Count
