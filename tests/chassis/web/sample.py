"""A small service under the chassis, and an identity provider of our own making."""

import asyncio
import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
from fastapi import APIRouter, Depends, FastAPI, Form, Request
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.responses import HTMLResponse, RedirectResponse, Response

from chassis.actor import Actor, Grant
from chassis.settings import Settings
from chassis.web.app import create_app
from chassis.web.forms import token_for_page
from chassis.web.identity import CurrentActor, require
from chassis.web.identity.provider import Provider
from chassis.web.pages import render
from chassis.web.preconditions import IfMatch, etag
from chassis.web.problems import conflict, version_conflict
from chassis.web.rates import Rate
from chassis.web.validation import FieldError

TEMPLATES = Path(__file__).parent / "templates"
ISSUER = "http://issuer.test"
AT = datetime(2026, 3, 2, 9, 12, tzinfo=UTC)
KEY = base64.b64encode(bytes(range(32))).decode()


class NightClosed(Exception):
    """A typed error of the small service."""


class Person(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=2, max_length=80)
    age: int = Field(ge=0, le=130)


class Visit(BaseModel):
    people: list[Person] = Field(max_length=3)
    commune: str

    @field_validator("commune")
    @classmethod
    def known(cls, value: str) -> str:
        if value != "22278":
            raise FieldError("Cette commune n'est pas dans la liste officielle.")
        return value


def visits() -> APIRouter:
    router = APIRouter(prefix="/sample")

    @router.post("/visits", status_code=201)
    async def create(visit: Visit, actor: CurrentActor) -> dict[str, int]:
        return {"people": len(visit.people)}

    @router.get("/visits/{visit_id}")
    async def read(visit_id: UUID, actor: CurrentActor) -> dict[str, str]:
        return {"id": str(visit_id), "by": actor.subject}

    @router.put("/visits/{visit_id}")
    async def edit(visit_id: UUID, version: IfMatch, response: Response) -> dict[str, int]:
        if version != 3:
            raise version_conflict()
        response.headers["ETag"] = etag(version + 1)
        return {"version": version + 1}

    @router.get("/territories/{territory_id}")
    async def territory(
        territory_id: str, actor: Annotated[Actor, Depends(require("manager", territory="territory_id"))]
    ) -> str:
        return territory_id

    @router.get("/trouble/{kind}")
    async def trouble(kind: str) -> str:
        raise {"night": NightClosed, "database": ConnectionRefusedError, "bug": RuntimeError}[kind](
            "Madame Exemple, 06 00 00 00 00"
        )

    @router.get("/page")
    async def page(request: Request) -> HTMLResponse:
        return render(request, "sample/demo.html", errors={"name": "Indiquez votre nom."}, received_at=AT)

    @router.post("/page")
    async def sent(name: Annotated[str, Form()]) -> Response:
        return RedirectResponse("/sample/page", 303)

    @router.get("/open")
    async def open_form(request: Request) -> HTMLResponse:
        return HTMLResponse(token_for_page(request))

    @router.get("/open-page")
    async def open_page(request: Request) -> HTMLResponse:
        return render(request, "sample/demo.html", errors={}, received_at=AT)

    @router.post("/open")
    async def open_sent(name: Annotated[str, Form()]) -> str:
        return "merci"

    return router


ANONYMOUS = ("GET /sample/open", "POST /sample/open", "GET /sample/open-page")


@cache
def signing_key(number: int) -> RSAKey:
    """The issuer's first, second, … key; made once for the run."""
    return RSAKey.generate_key(2048, {"kid": f"key-{number}", "use": "sig"})


@dataclass
class Issuer:
    """An OpenID Connect provider over httpx's mock transport."""

    keys: list[RSAKey] = field(default_factory=list)
    up: bool = True
    fetches: int = 0
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    """What it says more of whoever signed in last."""
    metadata: dict[str, Any] = field(default_factory=dict)
    """What it says more of itself."""
    exchanged: dict[str, str] = field(default_factory=dict)
    """What it was last given for a code."""

    def __post_init__(self) -> None:
        self.rotate()

    def rotate(self) -> None:
        self.keys.insert(0, signing_key(len(self.keys)))

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    def token(self, subject: str | None = "agent-1", *, key: RSAKey | None = None, **claims: Any) -> str:
        """A token of these claims: None leaves one out, a timedelta is counted from now."""
        chosen, now = key or self.keys[0], datetime.now(UTC)
        usual = {
            "iss": ISSUER,
            "aud": "maillage",
            "sub": subject,
            "iat": timedelta(),
            "exp": timedelta(minutes=10),
        }
        content = {
            name: int((now + value).timestamp()) if isinstance(value, timedelta) else value
            for name, value in (usual | claims).items()
            if value is not None
        }
        return jwt.encode({"alg": "RS256", "kid": chosen.kid}, content, chosen)

    def authorize(self, location: str, subject: str, **claims: Any) -> str:
        """What the provider's page does once somebody typed their password: the address to go back to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        code = secrets.token_hex(8)
        self.codes[code] = query | {"subject": subject}
        self.claims = claims
        return f"{urlsplit(query['redirect_uri']).path}?code={code}&state={query['state']}"

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)  # others have their turn meanwhile, as with a real one
        if not self.up:
            raise httpx.ConnectError("down")
        match request.url.path:
            case "/.well-known/openid-configuration":
                return httpx.Response(200, json=self._metadata())
            case "/jwks":
                self.fetches += 1
                return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in self.keys[:2]]})
            case "/token":
                return self._exchange({name: v[0] for name, v in parse_qs(request.content.decode()).items()})
        return httpx.Response(404)

    def _metadata(self) -> dict[str, str]:
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
        addresses = {name: f"{ISSUER}/{path}" for name, path in names.items()}
        return {"issuer": ISSUER, "end_session_endpoint": f"{ISSUER}/logout", **addresses, **self.metadata}

    def _exchange(self, form: dict[str, str]) -> httpx.Response:
        self.exchanged = form
        asked = self.codes.pop(form["code"], None)
        if asked is not None and "code_challenge" not in asked and "code_verifier" not in form:
            return httpx.Response(200, json={"id_token": self.token(asked["subject"], nonce=asked["nonce"])})
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode()
        if asked is None or asked["code_challenge"] != challenge.rstrip("="):
            return httpx.Response(400, json={"error": "invalid_grant"})
        return httpx.Response(200, json={"id_token": self.token(asked["subject"], nonce=asked["nonce"], **self.claims)})


AGENT = Actor("agent", "agent-1", UUID(int=1), UUID(int=2), (Grant("reception", "T1"), Grant("manager", "T1")))


async def grants(subject: str) -> Actor | None:
    return AGENT if subject == "agent-1" else None


class EndingsInMemory:
    """What ended, without a database."""

    def __init__(self) -> None:
        self.marks: dict[UUID, datetime] = {}

    async def latest(self, marks: Sequence[UUID]) -> datetime | None:
        return max((self.marks[one] for one in marks if one in self.marks), default=None)

    async def end(self, marks: Sequence[UUID], once: UUID | None = None) -> bool:
        if once in self.marks:
            return False
        at = datetime.now(UTC)
        self.marks |= dict.fromkeys([*marks, *([once] if once else [])], at)
        return True


async def database_answers() -> bool:
    return True


def sample_settings(**changes: Any) -> Settings:
    values: dict[str, Any] = {
        "database_url": "postgresql://unused",
        "worker_database_url": "postgresql://unused",
        "master_key": KEY,
        "cookie_key": KEY,
        "oidc_issuer": ISSUER,
        "public_url": "http://maillage.test",
    }
    return Settings(**values | changes)


def sample_app(issuer: Issuer, **changes: Any) -> FastAPI:
    options: dict[str, Any] = {
        "anonymous": ANONYMOUS,
        "grants": grants,
        "endings": EndingsInMemory(),
        "readiness": database_answers,
        "errors": {NightClosed: lambda _: conflict("night", "Revenez demain matin.")},
        "templates": [TEMPLATES],
        "provider": Provider(ISSUER, open_client=issuer.client),
        "writes": Rate(burst=1000, per_second=1000),
        "reads": Rate(burst=1000, per_second=1000),
    }
    return create_app("sample", changes.pop("settings", sample_settings()), [visits()], **options | changes)


def browser(app: FastAPI) -> httpx.AsyncClient:
    """A client that keeps cookies and asks for pages, as a browser does."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"accept": "text/html,*/*;q=0.8", "sec-fetch-site": "same-origin"}
    return httpx.AsyncClient(transport=transport, base_url="http://maillage.test", headers=headers)
