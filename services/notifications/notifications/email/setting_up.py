"""Mails as the settings have them."""

from collections.abc import Iterator

from chassis.service import Parts
from notifications.email.bounces import Bounces
from notifications.email.channel import Email
from notifications.email.mail import Mailbox
from notifications.email.mailboxes import mailbox_at
from notifications.email.return_paths import ReturnPaths
from notifications.email.signing import Signer, read
from notifications.settings import NotificationsSettings


def channel(settings: NotificationsSettings, parts: Parts) -> Email:
    """Raises ValueError for what would keep mails from leaving, or from coming back."""
    sender, returns = settings.sender_address, settings.bounce_address
    return Email(
        settings.smtp_url.get_secret_value(),
        settings.send_timeout_seconds,
        Mailbox(settings.sender_name, sender, returns),
        Mailbox(
            settings.neutral_sender_name,
            settings.neutral_sender_address or sender,
            settings.neutral_bounce_address or returns,
        ),
        parts.keyring,
        _paths(settings),
        Signer(tuple(map(read, settings.dkim_keys))),
    )


def bounces(settings: NotificationsSettings, parts: Parts) -> Iterator[Bounces]:
    """None where nobody said where mails come back to. Raises ValueError for a mailbox that is none."""
    mailbox = mailbox_at(settings.bounces_url.get_secret_value(), settings.send_timeout_seconds)
    if mailbox is not None:
        yield Bounces(parts, mailbox, _paths(settings))


def _paths(settings: NotificationsSettings) -> ReturnPaths:
    bases = filter(None, (settings.bounce_address, settings.neutral_bounce_address))
    return ReturnPaths(settings.master_key, *bases)
