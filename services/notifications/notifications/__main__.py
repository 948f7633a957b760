"""`python -m notifications all`; after a restore `hold`, then `release` or `discard`; `preview` tries a rule."""

from chassis.command import main
from notifications.app import compose
from notifications.preview.commands import preview
from notifications.restoration.commands import discard, hold, release
from notifications.settings import NotificationsSettings

if __name__ == "__main__":
    main(
        "notifications",
        NotificationsSettings,
        compose,
        commands={"hold": hold, "release": release, "discard": discard, "preview": preview},
    )
