"""Settings of intake alone."""

from chassis.letters import Key
from chassis.settings import Settings


class IntakeSettings(Settings):
    """What intake is told beyond what every service is told."""

    partner_private_jwk: Key = None
    """Opens what partners' software sends (a private JWK, P-256). Unset, partners' requests wait."""
    cell_public_jwk: Key = None
    """Seals worries about a child to the département's cell (a public JWK, P-256). Unset, none can be taken in."""
