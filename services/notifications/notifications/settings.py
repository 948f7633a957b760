"""What the sender of messages is told beside the settings of every service."""

from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import NoDecode

from chassis.settings import Settings
from notifications.messages.hours import QuietHours, as_written

SmsSender = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9 ]{0,10}$")]
"""Whom a text message says it is from (3GPP TS 23.040: eleven characters); no number, which would be answered."""


def _lines(value: object) -> object:
    return tuple(line.strip() for line in value.split("|") if line.strip()) if isinstance(value, str) else value


Several = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_lines)]
"""Parted by `|`."""

Lines = Annotated[
    tuple[Annotated[str, Field(max_length=38)], ...], NoDecode, BeforeValidator(_lines), Field(max_length=6)
]
"""Of an address on paper (NF Z10-011)."""


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
    bounce_address: str | None = None
    """Where mails come back to that did not arrive: each leaves with an address of its own, `<name>+<token>@<domain>`,
    that must reach the mailbox of `bounces_url`. Unset, they come back to the sender, and nobody reads them."""
    neutral_bounce_address: str | None = None
    """The same for mails from `neutral_sender_address`, where that is set."""
    bounces_url: SecretStr = SecretStr("")
    """`imaps://user:password@host/folder`, or `maildir:///folder`: what is dealt with is deleted there."""
    dkim_keys: Several = ()
    """Keys that mails are signed with, each as `<selector>._domainkey.<domain>=<file of a private key>`; empty: mails
    leave unsigned, for the mail server to sign."""
    quiet_hours: Annotated[QuietHours | None, NoDecode, BeforeValidator(as_written)] = as_written("20:00-08:00")
    """When nobody is disturbed at home, nor on Sundays and public holidays; empty: at any hour of any day."""
    send_lanes: int = Field(default=4, ge=1, le=32)
    """Messages one process sends at once, each lane over its own connection."""
    send_lease_seconds: int = Field(default=60, ge=1, le=3600)
    """How long a sender may be silent before another one sends its message again: twice what a send may take."""
    send_timeout_seconds: float = Field(default=30, gt=0)
    """For all a mail server or an SMS gateway has to say about one message."""
    sms_url: SecretStr = SecretStr("")
    """`https://…` (docs/how-to/connect-an-sms-gateway.md), or `apprise:` and an address of Apprise's; empty: nobody is
    written to by SMS."""
    sms_secret: SecretStr = SecretStr("")
    """Shared with the gateway, which signs its receipts with it: `whsec_` and a base64."""
    sms_sender: SmsSender = "Accueil"
    neutral_sms_sender: SmsSender = "Info"
    sms_price: Decimal = Field(default=Decimal(0), ge=0)
    """Euros that one part of a text message costs."""
    sms_per_second: float = Field(default=10, gt=0)
    """Text messages that the gateway allows."""
    webhook_lanes: int = Field(default=4, ge=1, le=32)
    """Calls to partners' software one process makes at once."""
    webhook_timeout_seconds: float = Field(default=10, gt=0, le=30)
    """For all of one call."""
    webhook_loopback: bool = False
    """Whether this very machine may be called as well, without TLS and on any port: for tests and trials alone."""
    letter_sender: Lines = ()
    """Whom letters are from and where they come back to, lines parted by `|`, as in `Accueil social|1 place de
    l'Exemple|22000 EXEMPLE`; empty: nobody is written to by letter."""
    neutral_letter_sender: Lines = ()
    """The same for people who asked that nothing show: an address that tells of no service. Set with the other."""
    letters_close_at: time = time(11)
    """When the batch of a working day closes, by the clock of the deployment's zone."""
    letters_department: str = ""
    """Code of the département whose public holidays are no working days: Alsace-Moselle and overseas have others."""
    letters_url: SecretStr = SecretStr("")
    """Where batches are handed over to who prints and posts them: `file:///folder`, or
    `sftp://user[:password]@host/folder`; empty: agents print them."""
    letters_host_key: str = ""
    """Public key the SFTP server is known by: `ssh-ed25519 AAAA…`."""
    letters_client_key: Path | None = None
    """File of the private key to sign in with there, instead of a password."""
    letters_timeout_seconds: float = Field(default=60, gt=0)
    """For each step of handing over."""
    letters_kept_days: int = Field(default=14, ge=0, le=90)
    """How long what a letter says outlives its posting, to be printed again."""

    @model_validator(mode="after")
    def _whole_way_back(self) -> Self:
        if bool(self.bounce_address) != bool(self.bounces_url.get_secret_value()):
            raise ValueError("bounces need both bounce_address and bounces_url")
        if self.bounce_address and bool(self.neutral_bounce_address) != bool(self.neutral_sender_address):
            raise ValueError("neutral_sender_address and neutral_bounce_address are set together")
        return self

    @model_validator(mode="after")
    def _both_senders(self) -> Self:
        if bool(self.letter_sender) != bool(self.neutral_letter_sender):
            raise ValueError("letters need both letter_sender and neutral_letter_sender")
        return self
