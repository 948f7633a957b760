"""Settings of cases alone."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr

from chassis.contents import ContentSettings
from chassis.letters import Key


def _link(text: str) -> str:
    """An address people may follow, with nothing of them in it but the reference. Raises ValueError."""
    if text and (urlsplit(text).scheme != "https" or "{" in text.replace("{reference}", "")):
        raise ValueError("an address that begins with https:// and holds no other place than {reference}")
    return text


BookingLink = Annotated[str, AfterValidator(_link)]


class CasesSettings(ContentSettings):
    """What cases is told beyond what every service is told."""

    cell_private_jwk: Key = None
    """Opens worries about a child, for the département's cell (a private JWK, P-256). Unset, they wait unread."""
    booking_link: BookingLink = ""
    """Where residents book an appointment by themselves, `{reference}` standing for the dossier's. Unset, no link is
    shown."""
    booking_secret: SecretStr = SecretStr("")
    """Shared with the booking service, which signs what it tells with it (RDV-Solidarités, `X-Lapin-Signature`).
    Unset, nothing is heard from it."""
