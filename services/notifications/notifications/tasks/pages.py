"""The page of an agent's inbox, and the parts of it that change by themselves."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import Request
from starlette.responses import Response

from chassis.web.pages import render
from chassis.web.translations import N_
from chassis.web.translations import translate_plural as ngettext
from notifications.tasks.model import UNDELIVERED
from notifications.tasks.store import Inbox, Shown

KINDS: Final[Mapping[str, str]] = {
    "follow-up-reminder": N_("Suivi d’une conférence à faire"),
    "follow-up-escalation": N_("Suivi d’une conférence en retard"),
    "deadline-reminder": N_("Échéance dans un dossier"),
    "orientation-reminder": N_("Orientation sans réponse"),
    "orientation-answer": N_("Réponse reçue à une orientation"),
    "orientation-expired": N_("Orientation restée sans réponse : choisir une autre aide"),
    "agreement-ending": N_("Convention qui se termine"),
    "webhook-disabled": N_("Logiciel d’un partenaire arrêté"),
    UNDELIVERED: N_("Message non remis à une structure : la joindre autrement"),
}
"""Rule (or `UNDELIVERED`) → what there is to look at."""


def inbox(
    request: Request, box: Inbox, shown: Sequence[Shown], following: str | None, *, done: bool, live: bool
) -> Response:
    """`live`: whether the list changes by itself."""
    return render(
        request, "notifications/inbox.html", **_context(box, shown, following), done=done, live=live, said=unread(box)
    )


def listed(request: Request, box: Inbox, shown: Sequence[Shown], following: str | None) -> str:
    """The list alone, as it stands in the page."""
    context = _context(box, shown, following)
    return bytes(render(request, "notifications/inbox_list.html", **context, done=False).body).decode()


def _context(box: Inbox, shown: Sequence[Shown], following: str | None) -> dict[str, Any]:
    return {"box": box, "shown": shown, "following": following, "kinds": KINDS}


def unread(box: Inbox) -> str:
    """How much there is, in words."""
    pending = ngettext("{count} chose à traiter", "{count} choses à traiter", box.pending)
    if not box.unseen:
        return pending.format(count=box.pending)
    unseen = ngettext("dont {count} nouvelle", "dont {count} nouvelles", box.unseen)
    return f"{pending.format(count=box.pending)}, {unseen.format(count=box.unseen)}"
