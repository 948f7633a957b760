"""Secrets of one state folder: made once, kept in a file only its owner can read."""

import base64
import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from deploy.local.files import write_private

SERVICES = ("intake", "cases", "directory", "notifications")
ROLES = ("owner", "app", "worker")
SAMPLE_PARTNER = "partner-exemple"


def _password() -> str:
    return secrets.token_urlsafe(24)


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _curve_key(use: str, algorithm: str) -> dict[str, Any]:
    from joserfc.jwk import ECKey

    made = ECKey.generate_key("P-256", parameters={"use": use, "alg": algorithm}, auto_kid=True)
    return dict(made.as_dict(private=True))


def _rsa_key() -> dict[str, Any]:
    from joserfc.jwk import RSAKey

    return dict(
        RSAKey.generate_key(2048, parameters={"use": "sig", "alg": "RS256"}, auto_kid=True).as_dict(private=True)
    )


def _database_passwords() -> dict[str, str]:
    return {f"{service}_{role}": _password() for service in SERVICES for role in ROLES}


@dataclass(frozen=True, repr=False)
class Secrets:
    """Everything secret that one installation on one machine generates for itself.

    `master_key` and `cookie_key` are 32 bytes in base64; keys of the JOSE family are private JWKs.
    `demo_password` is that of every seeded account. The two superusers' passwords are for deploy alone.
    `partner_request_key` is intake's: it opens what partners send, signed with `partner_signing_key`. `cell_key` opens
    worries about a child; intake gets its public half.
    """

    master_key: str = field(default_factory=_key)
    cookie_key: str = field(default_factory=_key)
    postgres_password: str = field(default_factory=_password)
    kafka_admin_password: str = field(default_factory=_password)
    database_passwords: dict[str, str] = field(default_factory=_database_passwords)
    kafka_passwords: dict[str, str] = field(
        default_factory=lambda: {user: _password() for user in (*SERVICES, SAMPLE_PARTNER)}
    )
    oidc_client_secret: str = field(default_factory=_password)
    oidc_flask_key: str = field(default_factory=_password)
    oidc_signing_key: dict[str, Any] = field(default_factory=_rsa_key)
    sms_secret: str = field(default_factory=lambda: f"whsec_{_key()}")
    demo_password: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    partner_request_key: dict[str, Any] = field(default_factory=lambda: _curve_key("enc", "ECDH-ES+A256KW"))
    partner_signing_key: dict[str, Any] = field(default_factory=lambda: _curve_key("sig", "ES256"))
    cell_key: dict[str, Any] = field(default_factory=lambda: _curve_key("enc", "ECDH-ES+A256KW"))


def load_or_make(path: Path) -> Secrets:
    """The secrets kept in `path`; made and written there, for its owner alone, when there are none."""
    kept = json.loads(path.read_bytes()) if path.exists() else {}
    made = Secrets(**kept)
    if asdict(made) != kept:  # new, or of an earlier version that knew fewer
        write_private(path, json.dumps(asdict(made), indent=1))
    return made
