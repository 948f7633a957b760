"""Settings of cases alone."""

from chassis.letters import Key
from chassis.settings import Settings


class CasesSettings(Settings):
    """What cases is told beyond what every service is told."""

    cell_private_jwk: Key = None
    """Opens worries about a child, for the département's cell (a private JWK, P-256). Unset, they wait unread."""
