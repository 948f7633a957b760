"""The page of letters: batches to print and to post, letters that came back."""

from collections.abc import Mapping, Sequence

from fastapi import Request
from starlette.responses import Response

from chassis.web.pages import render
from chassis.web.translations import N_
from notifications.letters import places
from notifications.letters.store import RESTORED, Batch

STATES: Mapping[str, tuple[str, str]] = {
    "to_print": (N_("À imprimer"), "warning"),
    "to_deposit": (N_("À confier au prestataire"), "info"),
    "placing": (N_("Dépôt en cours"), "info"),
    "deposited": (N_("Confié au prestataire"), "success"),
    "posted": (N_("Posté"), "success"),
}
"""State → what is read, and the kind of badge."""

TROUBLES: Mapping[str, str] = {
    RESTORED: N_("Peut-être déjà posté avant une restauration : vérifiez avant de l’imprimer."),
    places.AWAY: N_("Le lieu de dépôt ne répond pas. Un nouvel essai est prévu."),
    places.STRANGE: N_("Le serveur du prestataire n’est pas celui attendu. Prévenez l’exploitation."),
    places.CLOSED: N_("Le prestataire refuse l’accès. Prévenez l’exploitation."),
    places.FULL: N_("Il n’y a plus de place au lieu de dépôt. Prévenez le prestataire."),
    places.FAILED: N_("Le dépôt n’a pas abouti : disque plein, peut-être. Un nouvel essai est prévu."),
}


def letters(
    request: Request, batches: Sequence[Batch], following: str | None, waiting: int, deposits: bool
) -> Response:
    """The list, newest first."""
    return render(
        request,
        "notifications/letters.html",
        batches=batches,
        following=following,
        waiting=waiting,
        deposits=deposits,
        returned="returned" in request.query_params,
        states=STATES,
        troubles=TROUBLES,
    )
