"""Tokens, cookies, sign-in, forms: who passes the gate and who doesn't."""

import asyncio
import re
from base64 import b64decode
from dataclasses import replace
from datetime import timedelta
from time import time
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from chassis.web.app import create_app
from chassis.web.deny import assert_default_deny
from chassis.web.identity.bearer import InvalidToken, TokenChecker
from chassis.web.identity.cookie import (
    IDLE_SECONDS,
    RENEWED_EVERY,
    SESSION_SECONDS,
    SealedCookie,
    Session,
    SessionCookie,
)
from chassis.web.identity.provider import Provider, ProviderAway
from chassis.web.identity.sign_in import local_path
from chassis.web.rates import Limiter, Rate, client_of
from chassis.web.routes import AnonymousRoutes, Route
from tests.chassis.web.sample import (
    ISSUER,
    KEY,
    EndingsInMemory,
    Issuer,
    browser,
    database_answers,
    grants,
    sample_app,
    sample_settings,
)

VISIT = "/sample/visits/00000000-0000-0000-0000-000000000001"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


# Default deny ---------------------------------------------------------------------------


async def test_everything_not_listed_answers_401(app: FastAPI) -> None:
    assert await assert_default_deny(app) >= 7


async def test_the_check_for_open_routes_can_fail(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    app.router.routes.insert(0, _open_door())
    assert await assert_default_deny(app) == 9  # the gate holds even where a route slipped past `create_app`
    monkeypatch.setattr(AnonymousRoutes, "allows", lambda *_: True)
    with pytest.raises(AssertionError, match="open to strangers"):
        await assert_default_deny(app)


def _open_door() -> Any:
    inner = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @inner.get("/door")
    async def door() -> str:
        return "open"

    return inner.routes[0]


@pytest.mark.parametrize("listed", ["GET /sample/typo", "GET /sample/{anything}"])
def test_an_anonymous_route_must_exist_and_open_nothing_else(issuer: Issuer, listed: str) -> None:
    with pytest.raises(ValueError, match="anonymous routes"):
        sample_app(issuer, anonymous=[listed])


def test_a_listed_template_must_not_open_its_neighbours() -> None:
    router = APIRouter()

    @router.get("/a/{b}")
    async def anybody(b: str) -> str:
        return b

    @router.get("/a/secret")
    async def secret() -> str:
        return "secret"

    with pytest.raises(ValueError, match="/a/secret"):
        create_app(
            "sample",
            sample_settings(),
            [router],
            anonymous=["GET /a/{b}"],
            grants=grants,
            endings=EndingsInMemory(),
            readiness=database_answers,
        )


async def test_a_route_below_another_prefix_is_closed_behind_routing_too(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get(VISIT)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert (await stranger.get("/sample/open")).status_code == 200


def test_a_template_becomes_a_pattern() -> None:
    route = Route.parse("GET /a/{b}/c.json")
    assert re.fullmatch(route.pattern, "/a/1/c.json")
    assert not re.fullmatch(route.pattern, "/a/1/2/c.json")
    assert not re.fullmatch(route.pattern, "/a/1/cxjson")


# Bearer tokens --------------------------------------------------------------------------


async def test_a_good_token_acts_for_its_subject(client: httpx.AsyncClient) -> None:
    assert (await client.get(VISIT)).json()["by"] == "agent-1"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": None},
        {"iss": "http://another.test"},
        {"iss": None},
        {"exp": timedelta(hours=-1)},
        {"exp": None},
        {"nbf": timedelta(hours=1)},
        {"sub": None},
        {"sub": ""},
        {"nonce": "an-id-token-of-a-browser-s-sign-in"},
    ],
)
async def test_a_token_of_other_claims_is_refused(app: FastAPI, issuer: Issuer, claims: dict[str, Any]) -> None:
    await _refused(app, issuer.token(**claims))


async def test_a_token_of_another_signature_is_refused(app: FastAPI, issuer: Issuer) -> None:
    stranger = RSAKey.generate_key(2048, {"kid": str(issuer.keys[0].kid)})
    await _refused(app, issuer.token(key=stranger))
    shared = OctKey.generate_key(256)
    claims = {"iss": ISSUER, "aud": "maillage", "sub": "agent-1", "exp": int(time()) + 60}
    await _refused(app, jwt.encode({"alg": "HS256", "kid": issuer.keys[0].kid}, claims, shared))
    await _refused(app, "eyJhbGciOiJub25lIn0." + issuer.token().split(".")[1] + ".")
    await _refused(app, issuer.token()[:-4])
    await _refused(app, "no-token")


async def _refused(app: FastAPI, token: str) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://maillage.test") as made:
        answer = await made.get(VISIT, headers={"authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:maillage:problem:unauthenticated")
    assert "invalid_token" in answer.headers["www-authenticate"]


async def test_somebody_without_grants_is_told_so(app: FastAPI, stranger: httpx.AsyncClient, issuer: Issuer) -> None:
    answer = await stranger.get(VISIT, headers={"authorization": f"Bearer {issuer.token('newcomer')}"})
    assert answer.status_code == 403
    assert "aucun droit" in answer.json()["detail"]


async def test_keys_rotate_and_are_fetched_at_most_once_a_minute(issuer: Issuer) -> None:
    clock = Clock()
    checker = TokenChecker(Provider(ISSUER, open_client=issuer.client, now=clock), "maillage")
    await checker.check(issuer.token())
    issuer.rotate()
    with pytest.raises(InvalidToken):
        await checker.check(issuer.token())
    with pytest.raises(InvalidToken):
        await checker.check(issuer.token())
    assert issuer.fetches == 1
    clock.now += 61
    await checker.check(issuer.token())
    await checker.check(issuer.token(key=issuer.keys[1]))
    assert issuer.fetches == 2


async def test_keys_serve_on_while_the_provider_is_away(issuer: Issuer) -> None:
    clock = Clock()
    checker = TokenChecker(Provider(ISSUER, open_client=issuer.client, now=clock), "maillage")
    await checker.check(issuer.token())
    issuer.up = False
    clock.now += 24 * 3600
    await checker.check(issuer.token())


async def test_a_provider_never_reached_is_a_503(issuer: Issuer) -> None:
    issuer.up = False
    with pytest.raises(ProviderAway):
        await TokenChecker(Provider(ISSUER, open_client=issuer.client), "maillage").check(issuer.token())
    async with browser(sample_app(issuer)) as made:
        answer = await made.get(VISIT, headers={"authorization": f"Bearer {issuer.token()}"})
    assert answer.status_code == 503


async def test_many_at_once_fetch_the_keys_once(issuer: Issuer) -> None:
    checker = TokenChecker(Provider(ISSUER, open_client=issuer.client), "maillage")
    await asyncio.gather(*(checker.check(issuer.token()) for _ in range(20)))
    assert issuer.fetches == 1


# Cookies --------------------------------------------------------------------------------


def test_a_sealed_cookie_opens_only_as_it_was_sealed() -> None:
    cookie = SealedCookie("suivi", b64decode(KEY), seconds=60, secure=True)
    value = cookie.seal({"reference": "7KQ2M4XB9"}, now=100)
    assert cookie.open(value, now=159) == {"reference": "7KQ2M4XB9"}
    assert "7KQ2" not in value
    assert cookie.open(value, now=160) is None
    assert cookie.open(value[:-2] + "AA", now=100) is None
    assert cookie.open("nonsense é", now=100) is None
    assert cookie.open(None, now=100) is None
    assert SealedCookie("autre", b64decode(KEY), seconds=60, secure=True).open(value, now=100) is None
    assert SealedCookie("suivi", bytes(32), seconds=60, secure=True).open(value, now=100) is None


def test_under_https_cookies_belong_to_this_host_alone() -> None:
    header = SessionCookie(b64decode(KEY), secure=True).header(Session.begin("a", "", 0), 0)
    assert header.startswith("__Host-maillage=")
    assert header.endswith("Path=/; HttpOnly; SameSite=Lax; Secure")


def test_a_session_ends_after_eight_hours_or_one_idle() -> None:
    began = Session.begin("agent-1", "token", 0)
    assert not began.over(IDLE_SECONDS - 1)
    assert began.over(IDLE_SECONDS)
    assert replace(began, seen=SESSION_SECONDS - 10).over(SESSION_SECONDS)
    assert began.renewed(RENEWED_EVERY - 1) is None
    assert began.renewed(RENEWED_EVERY) == replace(began, seen=RENEWED_EVERY)
    assert Session.begin("agent-1", "x" * 4000, 0).id_token == ""


@pytest.mark.parametrize(
    ("change", "signed_in"),
    [
        ({}, True),
        ({"a_name_of_the_next_release": "value"}, True),
        ({"id_token": None}, True),
        ({"csrf": None}, False),
    ],
)
async def test_the_cookie_of_another_release_is_read_or_is_no_session(
    app: FastAPI, change: dict[str, Any], signed_in: bool
) -> None:
    names = {"subject": "agent-1", "began": int(time()), "seen": int(time()), "csrf": "token", "id_token": ""}
    content = {name: value for name, value in {**names, **change}.items() if value is not None}
    sealed = SealedCookie("maillage", b64decode(KEY), seconds=60, secure=False).seal(content, time())
    async with browser(app) as made:
        answer = await made.get(VISIT, headers={"accept": "application/json", "cookie": f"maillage={sealed}"})
    assert answer.status_code == (200 if signed_in else 401)


# Sign-in --------------------------------------------------------------------------------


async def sign_in(made: httpx.AsyncClient, issuer: Issuer, subject: str = "agent-1", **claims: Any) -> httpx.Response:
    there = await made.get("/auth/sign-in", params={"return_to": VISIT})
    return await made.get(issuer.authorize(there.headers["location"], subject, **claims))


async def test_a_browser_signs_in_comes_back_and_signs_out(app: FastAPI, issuer: Issuer) -> None:
    async with browser(app) as made:
        sent = await made.get(VISIT)
        assert sent.status_code == 303
        assert sent.headers["location"].startswith("/auth/sign-in?return_to=%2Fsample")
        back = await sign_in(made, issuer)
        assert (back.status_code, back.headers["location"]) == (303, VISIT)
        assert (await made.get(VISIT)).json()["by"] == "agent-1"
        page = await made.get("/sample/page")
        out = await made.post("/auth/sign-out", data={"csrf_token": token_in(page)})
        assert out.status_code == 303
        assert out.headers["location"].startswith(f"{ISSUER}/logout?")
        assert "id_token_hint=" in out.headers["location"]
        assert (await made.get(VISIT)).status_code == 303


async def test_sign_out_works_while_the_provider_is_away(issuer: Issuer) -> None:
    async with browser(sample_app(issuer)) as made:
        await sign_in(made, issuer)
        page = await made.get("/sample/page")
    other = sample_app(issuer)
    issuer.up = False
    async with browser(other) as again:
        again.cookies = made.cookies
        out = await again.post("/auth/sign-out", data={"csrf_token": token_in(page)})
    assert (out.status_code, out.headers["location"]) == (303, "/")


@pytest.mark.parametrize("harm", ["state", "code", "cookie", "nonce"])
async def test_a_sign_in_tampered_with_fails(app: FastAPI, issuer: Issuer, harm: str) -> None:
    async with browser(app) as made:
        there = await made.get("/auth/sign-in")
        address = issuer.authorize(there.headers["location"], "agent-1")
        if harm == "state":
            address = address.rsplit("=", 1)[0] + "=other"
        elif harm == "code":
            address = re.sub("code=[^&]+", "code=other", address)
            issuer.codes.clear()
        elif harm == "cookie":
            made.cookies.clear()
        else:
            issuer.codes[next(iter(issuer.codes))]["nonce"] = "other"
        answer = await made.get(address)
        assert answer.status_code == 400
        assert "maillage" not in made.cookies


@pytest.mark.parametrize(
    "address",
    ["https://evil.test", "//evil.test", "/\\evil.test", "javascript:alert(1)", "/a\r\nb", "evil", "", None, "/\\\\x"],
)
def test_sign_in_leads_only_to_our_own_pages(address: str | None) -> None:
    assert local_path(address) == "/"


def test_sign_in_leads_back_to_the_page_wanted() -> None:
    assert local_path("/cases/1?page=2") == "/cases/1?page=2"


async def test_a_session_lately_seen_is_not_renewed_and_an_older_one_is(app: FastAPI) -> None:
    sessions: SessionCookie = app.state.sessions
    async with browser(app) as made:
        now = time()
        fresh = Session.begin("agent-1", "", now)
        answer = await made.get(VISIT, headers={"cookie": sessions.header(fresh, now).split(";")[0]})
        assert "set-cookie" not in answer.headers
        old = replace(fresh, seen=int(now) - RENEWED_EVERY - 5)
        answer = await made.get(VISIT, headers={"cookie": sessions.header(old, now).split(";")[0]})
        assert answer.headers["set-cookie"].startswith("maillage=")
        # A page left open, which asks by itself, keeps nobody signed in.
        cookie = {"cookie": sessions.header(old, now).split(";")[0]}
        answer = await made.get(VISIT, headers=cookie | {"accept": "text/event-stream"})
        assert "set-cookie" not in answer.headers


# Forms ----------------------------------------------------------------------------------


def token_in(page: httpx.Response) -> str:
    match = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert match
    return match[1]


async def test_a_signed_in_form_needs_its_own_token(app: FastAPI, issuer: Issuer) -> None:
    async with browser(app) as made:
        await sign_in(made, issuer)
        token = token_in(await made.get("/sample/page"))
        assert (await made.post("/sample/page", data={"name": "A"})).status_code == 403
        assert (await made.post("/sample/page", data={"name": "A", "csrf_token": "x"})).status_code == 403
        assert (await made.post("/sample/page", data={"name": "A", "csrf_token": token})).status_code == 303
        headers = {"x-csrf-token": token}
        assert (await made.post("/sample/page", data={"name": "A"}, headers=headers)).status_code == 303
        json = {"people": [], "commune": "22278"}
        assert (await made.post("/sample/visits", json=json)).status_code == 403
        assert (await made.post("/sample/visits", json=json, headers=headers)).status_code == 201


async def test_a_public_form_needs_the_token_of_its_cookie(app: FastAPI) -> None:
    async with browser(app) as made:
        token = token_in(await made.get("/sample/open-page"))
        assert token_in(await made.get("/sample/open-page")) == token
        good, bad = {"name": "A", "csrf_token": token}, {"name": "A", "csrf_token": token[:-1]}
        assert (await made.post("/sample/open", data=good)).status_code == 200
        assert (await made.post("/sample/open", data=bad)).status_code == 403
        made.cookies.clear()
        assert (await made.post("/sample/open", data=good)).status_code == 403


async def test_a_page_without_a_form_gives_no_cookie(app: FastAPI) -> None:
    async with browser(app) as made:
        assert "set-cookie" not in (await made.get("/nowhere")).headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "http://evil.test"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://maillage.test"}, 422),
        ({}, 422),
    ],
)
async def test_another_site_sends_nothing_in(stranger: httpx.AsyncClient, headers: dict[str, str], status: int) -> None:
    assert (await stranger.post("/sample/open", headers=headers)).status_code == status


# Rates ----------------------------------------------------------------------------------


def test_a_bucket_refills() -> None:
    clock = Clock()
    limiter = Limiter(Rate(burst=2, per_second=0.5), now=clock)
    assert [limiter.take(b"a") for _ in range(3)] == [0, 0, 2]
    assert limiter.take(b"b") == 0
    clock.now += 2
    assert limiter.take(b"a") == 0
    assert limiter.take(b"a") > 0


async def test_a_client_that_insists_is_asked_to_wait(issuer: Issuer) -> None:
    app = sample_app(issuer, reads=Rate(burst=2, per_second=0.01))
    async with browser(app) as made:
        statuses = [(await made.get("/sample/open")).status_code for _ in range(3)]
        answer = await made.get("/sample/open")
        other = await made.get("/sample/open", headers={"x-forwarded-for": "203.0.113.9"})
        assert (await made.get("/live")).status_code == 200
    assert statuses == [200, 200, 429]
    assert int(answer.headers["retry-after"]) > 0
    assert other.status_code == 200


def test_only_the_proxy_says_who_the_client_is() -> None:
    forwarded = [(b"x-forwarded-for", b"198.51.100.7, 203.0.113.9")]
    behind = client_of({"client": ("127.0.0.1", 1), "headers": forwarded})
    assert behind == client_of({"client": ("127.0.0.1", 1), "headers": [(b"x-forwarded-for", b"203.0.113.9")]})
    direct = client_of({"client": ("192.0.2.1", 1), "headers": forwarded})
    assert direct == client_of({"client": ("192.0.2.1", 1), "headers": []})


# Sessions over before their time ------------------------------------------------------------

LOGOUT: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}
BACK_CHANNEL = "/auth/back-channel-logout"
AS_PROGRAM = {"accept": "application/json"}


def logout_token(issuer: Issuer, **claims: Any) -> str:
    usual: dict[str, Any] = {"events": LOGOUT, "jti": uuid4().hex, "exp": int(time()) + 120}
    return issuer.token(**usual | claims)


async def logged_out(app: FastAPI, token: str) -> int:
    """What the identity provider is answered."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://maillage.test") as provider:
        answer = await provider.post(BACK_CHANNEL, data={"logout_token": token})
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code


async def test_who_signs_out_at_the_provider_is_signed_out_everywhere_at_once(issuer: Issuer) -> None:
    endings = EndingsInMemory()
    here, elsewhere = sample_app(issuer, endings=endings), sample_app(issuer, endings=endings)
    async with browser(here) as one, browser(elsewhere) as other:
        await sign_in(one, issuer)
        other.cookies = one.cookies
        assert (await other.get(VISIT)).status_code == 200
        assert await logged_out(here, logout_token(issuer)) == 200
        for left in (one, other):
            assert (await left.get(VISIT, headers=AS_PROGRAM)).status_code == 401


async def test_one_session_of_somebody_ends_and_their_others_go_on(app: FastAPI, issuer: Issuer) -> None:
    async with browser(app) as one, browser(app) as other:
        await sign_in(one, issuer, sid="first")
        await sign_in(other, issuer, sid="second")
        assert await logged_out(app, logout_token(issuer, sid="first")) == 200
        assert (await one.get(VISIT)).status_code == 303
        assert (await other.get(VISIT)).status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": None},
        {"iss": "http://another.test"},
        {"iss": None},
        {"iat": None},
        {"iat": timedelta(hours=-1)},
        {"iat": timedelta(hours=1)},
        {"exp": timedelta(hours=-1)},
        {"jti": None},
        {"jti": 7},
        {"events": None},
        {"events": {"http://schemas.openid.net/event/other": {}}},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": "yes"}},
        {"nonce": "an-id-token"},
        {"subject": None},
        {"sid": ["first"]},
    ],
    ids=str,
)
async def test_a_logout_token_of_other_claims_signs_nobody_out(
    app: FastAPI, issuer: Issuer, claims: dict[str, Any]
) -> None:
    async with browser(app) as made:
        await sign_in(made, issuer)
        assert await logged_out(app, logout_token(issuer, **claims)) == 400
        assert (await made.get(VISIT)).status_code == 200


async def test_a_logout_token_of_another_signature_signs_nobody_out(app: FastAPI, issuer: Issuer) -> None:
    stranger = RSAKey.generate_key(2048, {"kid": str(issuer.keys[0].kid)})
    async with browser(app) as made:
        await sign_in(made, issuer)
        good = logout_token(issuer)
        unsigned = "eyJhbGciOiJub25lIn0." + good.split(".")[1] + "."
        for token in (logout_token(issuer, key=stranger), unsigned, good[:-4], "x", issuer.token()):
            assert await logged_out(app, token) == 400
        assert (await made.get(VISIT)).status_code == 200


async def test_a_logout_token_counts_once_and_acts_for_nobody(app: FastAPI, issuer: Issuer) -> None:
    token = logout_token(issuer)
    assert [await logged_out(app, token) for _ in range(2)] == [200, 400]
    await _refused(app, logout_token(issuer))


async def test_a_logout_waits_for_a_provider_whose_keys_are_not_known(issuer: Issuer) -> None:
    token = logout_token(issuer)
    issuer.up = False
    assert await logged_out(sample_app(issuer), token) == 503


async def test_a_session_signed_out_of_is_over_wherever_its_cookie_went(app: FastAPI, issuer: Issuer) -> None:
    async with browser(app) as made, browser(app) as copy:
        await sign_in(made, issuer)
        copy.cookies = httpx.Cookies(made.cookies)
        page = await made.get("/sample/page")
        await made.post("/auth/sign-out", data={"csrf_token": token_in(page)})
        assert (await copy.get(VISIT)).status_code == 303


async def test_a_locked_session_neither_reads_nor_writes_until_somebody_proved_who_they_are(
    app: FastAPI, issuer: Issuer
) -> None:
    async with browser(app) as made:
        await sign_in(made, issuer)
        token = token_in(await made.get("/sample/page"))
        before = (await made.get("/auth/session")).json()
        assert (await made.post("/auth/lock", headers=AS_PROGRAM)).status_code == 403
        assert (await made.post("/auth/lock", headers={"x-csrf-token": token})).status_code == 204
        assert (await made.get(VISIT)).status_code == 303
        assert (await made.post("/sample/page", data={"name": "A", "csrf_token": token})).status_code == 401
        there = (await made.get("/auth/sign-in")).headers["location"]
        assert "prompt=login" in there
        # The provider says that nobody typed a password: not enough.
        long_ago = issuer.authorize(there, "agent-1", auth_time=int(time()) - 3600)
        assert (await made.get(long_ago)).status_code == 400
        there = (await made.get("/auth/sign-in")).headers["location"]
        await made.get(issuer.authorize(there, "agent-1", auth_time=int(time())))
        after = (await made.get("/auth/session")).json()
        assert (await made.post("/sample/page", data={"name": "A", "csrf_token": after["csrf"]})).status_code == 303
        assert after["who"] == before["who"]
        await sign_in(made, issuer, "newcomer")
        assert (await made.get("/auth/session")).json()["who"] != before["who"]


async def test_who_comes_back_after_their_session_ran_out_proves_who_they_are(app: FastAPI) -> None:
    sessions: SessionCookie = app.state.sessions
    now = time()
    old = replace(Session.begin("agent-1", "", now), seen=int(now) - IDLE_SECONDS)
    async with browser(app) as made:
        cookie = {"cookie": sessions.header(old, now).split(";")[0]}
        assert "prompt=login" in (await made.get("/auth/sign-in", headers=cookie)).headers["location"]
        assert "prompt=" not in (await made.get("/auth/sign-in")).headers["location"]


async def test_a_provider_that_takes_no_header_and_no_challenge_signs_in_all_the_same(issuer: Issuer) -> None:
    issuer.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    settings = sample_settings(oidc_pkce=False, oidc_client_secret="only-an-example")
    async with browser(sample_app(issuer, settings=settings)) as made:
        there = (await made.get("/auth/sign-in")).headers["location"]
        assert "code_challenge" not in there
        assert (await made.get(issuer.authorize(there, "agent-1"))).status_code == 303
        assert (await made.get(VISIT)).status_code == 200
    assert issuer.exchanged["client_secret"] == "only-an-example"
    assert "code_verifier" not in issuer.exchanged
