"""`/notifications/inbox`: what an agent is to look at, as JSON, as a page, and live; each sees their own alone."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel
from starlette.responses import RedirectResponse, Response

from chassis.actor import Actor
from chassis.database import is_interruption
from chassis.service import CurrentParts, Parts
from chassis.web.forms import is_form
from chassis.web.identity import CurrentActor
from chassis.web.live import RETRY, Switchboard, changes, whole
from chassis.web.problems import ProblemOf, forbidden, not_found, wants_page
from chassis.web.translations import N_
from notifications.tasks import pages, store

PAGE = 50
"""Tasks in one answer."""
ROOT = "/notifications/inbox"
CHANNEL = "inboxes"
router = APIRouter(tags=["inbox"])
Read = tuple[store.Inbox, Sequence[store.Shown], str | None]
"""An inbox, what is shown of it, and the address of what follows."""


def _agent(actor: CurrentActor) -> tuple[Actor, UUID]:
    """Raises a 403 problem for who is no agent of the directory."""
    if actor.agent_id is None:
        raise forbidden()
    return actor, actor.agent_id


Agent = Annotated[tuple[Actor, UUID], Depends(_agent)]


class Tasks(BaseModel):
    """One page of tasks, newest first; `next` is the address of the following one."""

    tasks: Sequence[store.Shown]
    next: str | None
    pending: int
    unseen: int
    digest: bool


@router.get(ROOT, response_model=Tasks)
async def tasks(
    request: Request,
    parts: CurrentParts,
    agent: Agent,
    state: Annotated[Literal["pending", "done"], Query()] = "pending",
    after: Annotated[int | None, Query(ge=0, le=2**63 - 1)] = None,
) -> Any:
    """The agent's own tasks."""
    box, shown, following = await _read(parts, *agent, done=state == "done", after=after)
    if wants_page(request):
        live = after is None and state == "pending"
        return pages.inbox(request, box, shown, following, done=state == "done", live=live)
    return asdict(box) | {"tasks": [asdict(one) for one in shown], "next": following}


async def _read(parts: Parts, actor: Actor, agent_id: UUID, *, done: bool = False, after: int | None = None) -> Read:
    async with parts.app.transaction(actor) as tx:
        box = await store.inbox(tx, agent_id)
        found = await store.listed(tx, agent_id, done=done, after=after, limit=PAGE + 1)
    shown, more = found[:PAGE], len(found) > PAGE
    following = f"{ROOT}?after={shown[-1].place}" + ("&state=done" if done else "") if more else None
    return box, shown, following


# A stream is for our own page; OpenAPI 3.1 has no word for one.
@router.get(ROOT + "/live", response_class=EventSourceResponse, include_in_schema=False)
async def live(
    request: Request,
    parts: CurrentParts,
    agent: Agent,
    last_event_id: Annotated[str | None, Header(max_length=32)] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Server-sent events: `unread`, a sentence, and `inbox`, the list as the page shows it, whenever it is not the one
    last seen. Whoever loses their grants meanwhile sees nothing more."""
    actor, agent_id = agent
    last = last_event_id
    try:
        async for _ in changes(request, switchboard(request, parts), str(agent_id)):
            found = await whole(_look(parts, actor))
            if found is None:
                return
            box, shown, following = found
            if str(box.version) == last:
                continue
            last = str(box.version)
            yield ServerSentEvent(event="unread", raw_data=pages.unread(box), retry=RETRY)
            yield ServerSentEvent(event="inbox", raw_data=pages.listed(request, box, shown, following), id=last)
    except Exception as error:
        if not is_interruption(error):
            raise
        # The database is away: the browser comes back by itself.


async def _look(parts: Parts, actor: Actor) -> Read | None:
    """What the agent sees now; None for who may see nothing any more."""
    now = await parts.grants(actor.subject)
    if now is None or now.agent_id is None or now.agent_id != actor.agent_id:
        return None
    return await _read(parts, now, now.agent_id)


def switchboard(request: Request, parts: Parts) -> Switchboard:
    """The one of this process, made when the first page is opened."""
    made: Switchboard | None = getattr(request.app.state, "switchboard", None)
    if made is None:
        url = parts.settings.database_url.get_secret_value()
        made = request.app.state.switchboard = Switchboard(url, "maillage-inboxes", CHANNEL)
    return made


@router.post(ROOT + "/{task_id}/open")
async def open_task(task_id: UUID, request: Request, parts: CurrentParts, agent: Agent) -> Response:
    """It is seen: on to where it leads."""
    actor, agent_id = agent
    async with parts.app.transaction(actor) as tx:
        link = await store.see(tx, agent_id, task_id, parts.now())
    return RedirectResponse(link, 303) if is_form(request) else Response(status_code=204)


@router.post(ROOT + "/{task_id}/done")
async def done(task_id: UUID, request: Request, parts: CurrentParts, agent: Agent) -> Response:
    """Nothing more is to be done about it."""
    actor, agent_id = agent
    async with parts.app.transaction(actor) as tx:
        await store.tick(tx, agent_id, task_id, parts.now())
    return RedirectResponse(ROOT, 303) if is_form(request) else Response(status_code=204)


@router.post(ROOT + "/{task_id}/again")
async def again(task_id: UUID, request: Request, parts: CurrentParts, agent: Agent) -> Response:
    """It was ticked off by mistake."""
    actor, agent_id = agent
    async with parts.app.transaction(actor) as tx:
        await store.tick(tx, agent_id, task_id, None)
    return RedirectResponse(f"{ROOT}?state=done", 303) if is_form(request) else Response(status_code=204)


class Digest(BaseModel):
    """Whether the agent takes a morning mail."""

    wanted: bool


@router.put(ROOT + "/digest", status_code=204)
async def digest(wish: Digest, parts: CurrentParts, agent: Agent) -> Response:
    """Take a morning mail, or not."""
    actor, agent_id = agent
    async with parts.app.transaction(actor) as tx:
        await store.want_digest(tx, agent_id, wanted=wish.wanted)
    return Response(status_code=204)


@router.post(ROOT + "/digest", include_in_schema=False)
async def digest_by_form(request: Request, parts: CurrentParts, agent: Agent) -> Response:
    """A box that is not ticked sends nothing."""
    await digest(Digest(wanted="wanted" in await request.form()), parts, agent)
    return RedirectResponse(ROOT, 303)


ERRORS: Mapping[type[Exception], ProblemOf] = {
    store.NoSuchTask: lambda _: not_found(N_("Cette ligne n’existe pas dans votre liste. Rechargez la page.")),
}
