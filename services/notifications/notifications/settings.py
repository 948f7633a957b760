"""What the sender of messages is told beside the settings of every service."""

from pydantic import Field, SecretStr

from chassis.settings import Settings


class NotificationsSettings(Settings):
    """Settings of this service alone, with the same prefix."""

    smtp_url: SecretStr = SecretStr("smtp://127.0.0.1:1025")
    """`smtp://[user:password@]host:port` (TLS when the server offers it), `smtp+starttls://` (or nothing is
    sent) or `smtps://` (TLS from the first byte)."""
    sender_name: str = "Accueil social"
    sender_address: str = "ne-pas-repondre@maillage.example"
    neutral_sender_name: str = "Information"
    """Reveals nothing to who looks over the shoulder of a person that asked for it."""
    neutral_sender_address: str | None = None
    """Another address for them, where `sender_address` says too much."""
    send_lanes: int = Field(default=4, ge=1, le=32)
    """Messages one process sends at once, each lane over its own connection."""
    send_lease_seconds: int = Field(default=60, ge=1, le=3600)
    """How long a sender may be silent before another one sends its message again: twice what a send may take."""
    send_timeout_seconds: float = Field(default=30, gt=0)
    """For all the mail server has to say about one message."""
    webhook_lanes: int = Field(default=4, ge=1, le=32)
    """Calls to partners' software one process makes at once."""
    webhook_timeout_seconds: float = Field(default=10, gt=0, le=30)
    """For all of one call."""
    webhook_loopback: bool = False
    """Whether this very machine may be called as well, without TLS and on any port: for tests and trials alone."""
