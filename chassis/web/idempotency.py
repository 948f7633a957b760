"""Creating once: `Idempotency-Key` on every POST that creates.

A key belongs to the actor or to the token of a public form and is kept 48 hours with a hash
of the body, in the transaction that creates. The same key with the same body gets the stored
answer again; with another body it is refused. Of two at once, the second waits in the
database for the first, then gets its answer.

A service in a hurry writes the row inside its own statement: see `remember_from`.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import Depends, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from chassis.database import Transaction
from chassis.observability.metrics import IDEMPOTENT_REPLAYS
from chassis.web.forms import form_token, is_form
from chassis.web.identity.current import authenticated
from chassis.web.problems import Problem, bad_request, idempotency_mismatch
from chassis.web.translations import N_

KEPT_HOURS = 48
REPLAYED_HEADER = "Idempotency-Replayed"
FORM_FIELD = "idempotency_key"
_KEY = re.compile(r'^"?([\x21\x23-\x7e]{8,128})"?$')
_IGNORED_FIELDS = frozenset({FORM_FIELD, "csrf_token"})

_REMEMBER = """
INSERT INTO idempotency_keys AS known (scope, key, body_hash, status, response)
SELECT {source}
ON CONFLICT (scope, key) DO UPDATE SET
    body_hash = excluded.body_hash, status = excluded.status, response = excluded.response, created_at = now()
WHERE known.created_at < now() - interval '48 hours'
RETURNING scope, key
"""

REMEMBER = _REMEMBER.format(source="$1::text, $2::text, $3::bytea, $4::integer, $5::jsonb")
"""Takes the key, unless a living one exists: then no row comes back and nothing must be created.

Parameters: scope, key, body_hash, status, response (jsonb).
"""


def remember_from(relation: str) -> str:
    """REMEMBER for a statement of one's own: once for each row of `relation` (scope, key, body_hash, status,
    response), which holds no key twice. Gives back scope and key of those taken."""
    return _REMEMBER.format(source=f"scope, key, body_hash, status, response FROM {relation}")


RECALL = """
SELECT body_hash, status, response FROM idempotency_keys
WHERE scope = $1 AND key = $2 AND created_at >= now() - interval '48 hours'
"""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """One intended creation."""

    scope: str
    """Who asks: `actor:<subject>`, `form:<token>`, or `open` for a program without either."""
    key: str
    body_hash: bytes
    """Keyed BLAKE2b of method, path and body (32 bytes): it tells nothing to who reads the table."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer given to a creation, as it is stored."""

    status: int
    body: Any
    """What JSON can hold. For a form, what its redirection needs."""
    replayed: bool = False


class KeyTaken(Exception):
    """Another request took the key first: roll back, then `recall` its answer."""


async def idempotency_key(request: Request) -> IdempotencyKey:
    """The key of the request, from its header or, for a form, from its hidden field.

    Raises a 400 problem when it is missing or is not 8 to 128 visible ASCII characters.
    """
    form = await request.form() if is_form(request) else None
    text = request.headers.get("idempotency-key") or (form.get(FORM_FIELD) if form is not None else None)
    match = _KEY.match(text) if isinstance(text, str) else None
    if match is None:
        raise (
            missing_key()
            if not text
            else bad_request(N_("La clé d'idempotence doit compter de 8 à 128 caractères visibles."))
        )
    content = (
        await request.body()
        if form is None
        else orjson.dumps(
            [[name, await _form_value(value)] for name, value in form.multi_items() if name not in _IGNORED_FIELDS]
        )
    )
    place = f"{request.method} {request.url.path}\n".encode()
    secret: bytes = request.app.state.settings.cookie_key
    return IdempotencyKey(
        _scope(request), match[1], hashlib.blake2b(place + content, digest_size=32, key=secret).digest()
    )


async def _form_value(value: str | UploadFile) -> str:
    if isinstance(value, str):
        return value
    digest = hashlib.blake2b(await value.read(), digest_size=32).hexdigest()
    await value.seek(0)
    return digest


def _scope(request: Request) -> str:
    found = authenticated(request)
    if found is not None:
        return f"actor:{found.subject}"
    token = form_token(request)
    return f"form:{token}" if token else "open"


def missing_key() -> Problem:
    detail = N_("Ajoutez l'en-tête Idempotency-Key, différent à chaque nouvelle création.")
    return Problem(400, "idempotency-key-missing", N_("Clé d'idempotence manquante"), detail)


Idempotency = Annotated[IdempotencyKey, Depends(idempotency_key)]
"""Parameter of a creating route."""


async def recall(tx: Transaction, key: IdempotencyKey) -> Answer | None:
    """The answer already given under this key, if any. Raises a 422 problem when it was for another body."""
    row = await tx.fetchrow(RECALL, key.scope, key.key)
    if row is None:
        return None
    if row["body_hash"] != key.body_hash:
        raise idempotency_mismatch()
    IDEMPOTENT_REPLAYS.inc()
    return Answer(row["status"], row["response"], replayed=True)


async def remember(tx: Transaction, key: IdempotencyKey, answer: Answer) -> None:
    """Store the answer in the transaction that creates.

    Waits for another transaction that holds the same key. Raises KeyTaken when that one
    commits: the caller's transaction must then roll back.
    """
    if not await tx.fetchval(REMEMBER, key.scope, key.key, key.body_hash, answer.status, answer.body):
        raise KeyTaken


async def once(
    transaction: Callable[[], AbstractAsyncContextManager[Transaction]],
    key: IdempotencyKey,
    create: Callable[[Transaction], Awaitable[Answer]],
) -> Answer:
    """Run `create` in a transaction unless its answer is already known.

    `transaction` opens one, for example `lambda: database.transaction(actor)`. Raises what
    `create` raises, nothing being kept then, and a 422 problem for another body.
    """
    try:
        async with transaction() as tx:
            known = await recall(tx, key)
            if known is not None:
                return known
            answer = await create(tx)
            await remember(tx, key, answer)
            return answer
    except KeyTaken:
        async with transaction() as tx:
            known = await recall(tx, key)
        if known is None:
            raise in_progress() from None
        return known


def in_progress() -> Problem:
    detail = N_("La même demande est en cours de traitement. Attendez un instant, puis renvoyez-la.")
    return Problem(409, "idempotency-in-progress", N_("Demande en cours"), detail, headers={"Retry-After": "1"})


def as_response(answer: Answer, headers: dict[str, str] | None = None) -> Response:
    """The answer as JSON, marked when it is a repetition."""
    marks = {REPLAYED_HEADER: "true"} if answer.replayed else {}
    return Response(
        orjson.dumps(answer.body),
        answer.status,
        headers={**(headers or {}), **marks},
        media_type="application/json",
    )


async def purge(tx: Transaction) -> int:
    """Delete keys older than they are kept for. Returns how many went."""
    status = await tx.execute("DELETE FROM idempotency_keys WHERE created_at < now() - interval '48 hours'")
    return int(status.rsplit(" ", 1)[-1])
