"""The local OpenID Connect provider: Canaille, with its sample accounts and the one client.

Runs under Canaille's own Python (it shares nothing with ours), as ``canaille_provider.py SETTINGS.json``:
{"port", "issuer", "public_url", "database", "secret_key", "jwk", "client_secret", "password", "accounts"}.
Starting again renews the client and adds the accounts that are missing. `sub` is the account's user name.
"""

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from canaille.oidc import provider
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

CLIENT = "maillage"


class Quiet(WSGIRequestHandler):  # type: ignore[misc]  # checked where Canaille is not installed
    """Logs no requests: their addresses hold authorization codes."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def configuration(settings: dict[str, Any]) -> dict[str, Any]:
    issuer = urlsplit(settings["issuer"])
    return {
        "SECRET_KEY": settings["secret_key"],
        "SERVER_NAME": issuer.netloc,
        "PREFERRED_URL_SCHEME": issuer.scheme,
        # Cookies ignore ports: ours and Canaille's share the name `localhost`.
        "SESSION_COOKIE_NAME": "canaille",
        "CANAILLE": {
            "NAME": "Maillage",
            "DATABASE": "sql",
            "LANGUAGE": "fr",
            "TIMEZONE": "Europe/Paris",
            "ENABLE_PASSWORD_RECOVERY": False,
            "CAPTCHA_ENABLED": False,
            "EMAIL_CONFIRMATION": False,
            "SMTP": None,
            "LOGGING": {"version": 1, "disable_existing_loggers": False, "root": {"level": "WARNING"}},
        },
        "CANAILLE_SQL": {"DATABASE_URI": f"sqlite:///{settings['database']}"},
        "CANAILLE_OIDC": {
            "ACTIVE_JWKS": [settings["jwk"]],
            # No consent page: the client is ours.
            "TRUSTED_DOMAINS": [urlsplit(settings["public_url"]).hostname],
        },
    }


def seed(app: Flask, settings: dict[str, Any]) -> None:
    backend = Backend.instance
    with app.app_context():
        backend.install(app)
        with backend.session():
            for account in settings["accounts"]:
                _account(backend, account, settings["password"])
            _client(backend, settings)


def _account(backend: Any, account: dict[str, str], password: str) -> None:
    if backend.get(models.User, user_name=account["user_name"]):
        return
    backend.save(
        models.User(
            user_name=account["user_name"],
            given_name=account["given_name"],
            family_name=account["family_name"],
            formatted_name=f"{account['given_name']} {account['family_name']}",
            emails=[account["email"]],
            preferred_language="fr",
            password=password,
        )
    )


def _client(backend: Any, settings: dict[str, Any]) -> None:
    client = backend.get(models.Client, client_id=CLIENT) or models.Client(client_id=CLIENT)
    client.client_secret = settings["client_secret"]
    client.client_name = "Maillage"
    client.client_uri = settings["public_url"]
    client.redirect_uris = [f"{settings['public_url']}/auth/callback"]
    client.post_logout_redirect_uris = [f"{settings['public_url']}/"]
    client.grant_types = ["authorization_code", "refresh_token", "password"]
    client.response_types = ["code"]
    client.scope = ["openid", "profile", "email"]
    client.id_token_signed_response_alg = "RS256"  # noqa: S105
    client.token_endpoint_auth_method = "client_secret_basic"  # noqa: S105
    backend.save(client)
    client.audience = [client]
    backend.save(client)


def each_its_own(sign: Any) -> Any:
    """Tokens that somebody gets twice within a second would be the same to the letter, and the second one refused."""

    def signed(token: Any, user_info: Any, **claims: Any) -> Any:
        return sign(token, type(user_info)(user_info, jti=uuid4().hex), **claims)

    return signed


def main(settings: dict[str, Any]) -> None:
    provider.generate_id_token = each_its_own(provider.generate_id_token)
    app = create_app(config=configuration(settings))
    seed(app, settings)
    make_server("127.0.0.1", settings["port"], app, threaded=True, request_handler=Quiet).serve_forever()


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
