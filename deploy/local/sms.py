"""An SMS gateway that delivers to nobody: each message becomes a file, and is told delivered.

It speaks the protocol of docs/how-to/connect-an-sms-gateway.md. Run as
``python -m deploy.local.sms PORT FOLDER RECEIPTS_URL``, the shared secret in MAILLAGE_SMS_SECRET.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID, uuid5

import httpx

from chassis.signatures import BadSignature, check, key_of, signed
from deploy.local.ports import LOOPBACK

RECEIPT_PAUSES = (0.0, 0.5, 2.0, 10.0)
"""Seconds before each try to tell a receipt."""
_LONGEST = 65_536


class Keeper(BaseHTTPRequestHandler):
    """Keeps each accepted message as `<its id>.json`; it is on disk before the sender hears yes."""

    protocol_version = "HTTP/1.1"

    def __init__(self, folder: Path, key: bytes, tell: Callable[[str], None], *given: Any) -> None:
        self._folder, self._key, self._tell = folder, key, tell
        super().__init__(*given)

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("content-length", 0)), _LONGEST))
        try:
            check(self._key, {name.lower(): value for name, value in self.headers.items()}, body, datetime.now(UTC))
            message = json.loads(body)
            self._take(UUID(message["id"]), message)
        except BadSignature:
            self._answer(401, {"code": "bad_signature"})
        except (ValueError, KeyError, TypeError):
            self._answer(422, {"code": "bad_content"})

    def log_message(self, *_: object) -> None:
        """The log names nobody and nothing."""

    def _take(self, identity: UUID, message: dict[str, Any]) -> None:
        reference = str(uuid5(identity, "reference"))
        self._keep(identity, message | {"reference": reference})
        self._answer(202, {"reference": reference})
        Thread(target=self._tell, args=(str(identity),), daemon=True).start()

    def _keep(self, identity: UUID, message: dict[str, Any]) -> None:
        """Once, however often it is sent."""
        file = self._folder / f"{identity}.json"
        if not file.exists():
            draft = self._folder / f".{identity}-{time.time_ns()}"
            draft.write_text(json.dumps(message, ensure_ascii=False, indent=1), "utf-8")
            draft.rename(file)

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def delivered(identity: str, at: datetime) -> bytes:
    """What is told of a message that arrived."""
    return json.dumps({"receipts": [{"id": identity, "status": "delivered", "at": at.isoformat()}]}).encode()


def tell_delivered(url: str, key: bytes, identity: str) -> None:
    """Tell the service that a message has arrived, again after a while when it does not answer."""
    body = delivered(identity, datetime.now(UTC))
    for pause in RECEIPT_PAUSES:
        time.sleep(pause)
        try:
            headers = signed(key, f"receipt-{identity}", datetime.now(UTC), body)
            if httpx.post(url, content=body, headers={**headers, "content-type": "application/json"}).is_success:
                return
        except httpx.HTTPError:
            continue


def serve(port: int, folder: Path, receipts_url: str, secret: str) -> None:
    """Accepts messages on the loopback until the process is ended."""
    folder.mkdir(parents=True, exist_ok=True)
    key = key_of(secret)
    handler = partial(Keeper, folder, key, partial(tell_delivered, receipts_url, key))
    with ThreadingHTTPServer((LOOPBACK, port), handler) as server:
        server.serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], os.environ["MAILLAGE_SMS_SECRET"])
