"""notifications-events: what became of a message. Never who it was for, nor what it said."""

from typing import ClassVar, Literal
from uuid import UUID

from contracts.events.data import EventData, Part

KnownMessageChannel = Literal["email", "sms", "post"]
MessageChannel = KnownMessageChannel | str
KnownRecipientKind = Literal["requester", "person", "member", "agent", "organisation"]
RecipientKind = KnownRecipientKind | str


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
    """The message will not be tried again; `reason` is a code."""

    topic: ClassVar[str] = "notifications-events"
    key: ClassVar[str] = "message_id"

    reason: str | None = None
