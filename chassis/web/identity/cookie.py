"""Encrypted cookies: what a browser carries for us and can neither read nor change."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from starlette.responses import Response

_NONCE_BYTES = 12
_LONGEST = 3800
"""Bytes of a cookie's value that every browser keeps (4,096 with name and attributes)."""

SESSION_SECONDS = 8 * 3600
IDLE_SECONDS = 3600
RENEWED_EVERY = 300


class SealedCookie:
    """A cookie under AES-256-GCM, bound to its name; it says itself when it ends.

    Under https its name starts with `__Host-`: no other host can set it.
    """

    def __init__(self, name: str, key: bytes, *, seconds: int, secure: bool) -> None:
        self.name = f"__Host-{name}" if secure else name
        self._cipher = AESGCM(key)
        self._seconds = seconds
        self._secure = secure

    def seal(self, content: dict[str, Any], now: float) -> str:
        """The cookie's value. `content` is what JSON can hold; `now` is a Unix time in seconds."""
        plain = orjson.dumps({"until": int(now) + self._seconds, "content": content})
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, plain, self.name.encode())).decode().rstrip("=")

    def open(self, value: str | None, now: float) -> dict[str, Any] | None:
        """What was sealed; None when it is absent, forged, of another name or key, or over."""
        if not value:
            return None
        try:
            raw = urlsafe_b64decode(value + "=" * (-len(value) % 4))
            plain = orjson.loads(self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], self.name.encode()))
        except (InvalidTag, NotBase64, ValueError):
            return None
        content: dict[str, Any] = plain["content"]
        return content if plain["until"] > now else None

    def set(self, response: Response, content: dict[str, Any], now: float) -> None:
        """Give the cookie to the browser."""
        response.headers.append("set-cookie", self.header(content, now))

    def header(self, content: dict[str, Any], now: float) -> str:
        """The `Set-Cookie` header."""
        return f"{self.name}={self.seal(content, now)}; Max-Age={self._seconds}; {self._attributes}"

    def clear(self, response: Response) -> None:
        """Take the cookie back."""
        response.headers.append("set-cookie", f"{self.name}=; Max-Age=0; {self._attributes}")

    @property
    def _attributes(self) -> str:
        return "Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if self._secure else "")


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. Times are Unix seconds."""

    subject: str
    began: int
    seen: int
    csrf: str
    id_token: str = ""
    """Kept for signing out at the identity provider; empty when it is too long for a cookie."""
    sid: str = ""
    """The session at the identity provider, where it tells."""
    locked: bool = False
    """Nobody was there for a while: who comes back proves again who they are."""

    @classmethod
    def begin(cls, subject: str, id_token: str, now: float, sid: str = "") -> "Session":
        kept = id_token if len(id_token) * 4 // 3 < _LONGEST - 400 else ""
        return cls(subject, int(now), int(now), secrets.token_urlsafe(24), kept, sid)

    @classmethod
    def of(cls, content: dict[str, Any]) -> "Session | None":
        """What a cookie holds. During a release another version may have sealed it: names it added are left out,
        and without one that is needed there is no session."""
        known = {one.name for one in fields(cls)}
        try:
            return cls(**{name: value for name, value in content.items() if name in known})
        except TypeError:
            return None

    def over(self, now: float) -> bool:
        """Whether it lasted its 8 hours, or one without a request."""
        return now >= self.began + SESSION_SECONDS or now >= self.seen + IDLE_SECONDS

    def renewed(self, now: float) -> "Session | None":
        """The session as to be given back to the browser, when it was not lately."""
        return replace(self, seen=int(now)) if now >= self.seen + RENEWED_EVERY else None


class SessionCookie:
    """The one cookie that signs a browser in, read by every service."""

    def __init__(self, key: bytes, *, secure: bool) -> None:
        self._cookie = SealedCookie("maillage", key, seconds=SESSION_SECONDS, secure=secure)
        self.name = self._cookie.name

    def read(self, value: str | None, now: float) -> Session | None:
        """The session, when the cookie is ours, and it is neither over nor locked."""
        session = self._session(value, now)
        return None if session is None or session.locked or session.over(now) else session

    def left(self, value: str | None, now: float) -> bool:
        """Whether somebody left this browser without signing out: whoever comes next proves who they are."""
        session = self._session(value, now)
        return session is not None and (session.locked or session.over(now))

    def _session(self, value: str | None, now: float) -> Session | None:
        content = self._cookie.open(value, now) if value else None
        return Session.of(content) if content else None

    def header(self, session: Session, now: float) -> str:
        return self._cookie.header(asdict(session), now)

    def set(self, response: Response, session: Session, now: float) -> None:
        self._cookie.set(response, asdict(session), now)

    def clear(self, response: Response) -> None:
        self._cookie.clear(response)
