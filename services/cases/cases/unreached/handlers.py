"""A message that no channel could deliver becomes a task of the dossier's referent."""

from collections.abc import Sequence
from uuid import UUID

from cases.dossiers.work import Work, by_event
from cases.tasks import acts, store
from cases.unreached.model import due_on, to_see_to, whose
from chassis.agents import managers_of
from chassis.database import Transaction
from chassis.handlers import Handlers, Received
from chassis.service import Parts
from contracts.envelope import derived_id
from contracts.events import MessageFailed

WHAT = "Un message automatique n’a pas pu être remis à une personne de ce dossier. Voyez comment la joindre autrement."
"""Neither which message nor to whom: the task may be read aloud."""


def handlers(parts: Parts) -> Handlers:
    """What is heard of messages."""
    handlers = Handlers()

    @handlers.on(MessageFailed)
    async def messages_failed(tx: Transaction, received: Sequence[Received[MessageFailed]]) -> None:
        for one in received:
            if one.data.case_id is None or not to_see_to(one.data):
                continue
            work = await by_event(tx, parts, one, one.data.case_id)
            if work is not None and work.case.open:
                await _see_to_it(work, one.data)

    return handlers


async def _see_to_it(work: Work, message: MessageFailed) -> None:
    """One task a day, however many messages: they are about the same people."""
    await work.enter("message_not_delivered")
    agent_id = whose(work.case, message, await _managers(work))
    if agent_id is not None:
        await acts.ask(work, WHAT, agent_id, due_on(work.today), await _task_id(work))


async def _managers(work: Work) -> Sequence[UUID]:
    """Of the dossier's territory."""
    territory = work.case.territory_id
    return (await managers_of(work.tx, [territory])).get(territory, []) if territory else []


async def _task_id(work: Work) -> UUID:
    """That of the day; another one where it is done already: what was seen to was another message."""
    of_the_day = derived_id(work.case.case_id, f"unreached:{work.today}")
    known = await store.find(work.tx, of_the_day)
    return of_the_day if known is None or known.open else work.make_id("unreached")
