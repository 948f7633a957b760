"""An OpenID Connect issuer for shipped processes: it publishes keys on the loopback and signs what a test asks for."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from deploy.local.ports import LOOPBACK

AUDIENCE = "maillage"
HOURS = 3600


class Issuer:
    """Serves the discovery document and the key set from a thread of its own until `close`."""

    def __init__(self) -> None:
        self._key = ECKey.generate_key("P-256", {"kid": "system"})
        self._server = ThreadingHTTPServer((LOOPBACK, 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def bearer(self, subject: str, *, audience: str = AUDIENCE, lasts: int = 3 * HOURS) -> dict[str, str]:
        """Headers of a request made by `subject`; `lasts` in seconds, negative for a token out of date."""
        now = int(time())
        claims: dict[str, Any] = {"iss": self.url, "aud": audience, "sub": subject, "iat": now, "exp": now + lasts}
        token = jwt.encode({"alg": "ES256", "kid": "system"}, claims, self._key)
        return {"Authorization": f"Bearer {token}"}

    def _document(self, path: str) -> dict[str, Any]:
        if path.endswith("openid-configuration"):
            return {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/jwks",
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
            }
        return dict(KeySet([self._key]).as_dict(private=False))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        document = self._document

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = json.dumps(document(self.path)).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Nothing: the test's own output stays readable."""

        return Answers
