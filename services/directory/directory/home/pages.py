"""The home page: what Maillage is for strangers, the way to one's work for agents."""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from chassis.web.identity import OptionalActor
from chassis.web.pages import render
from chassis.web.translations import N_

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Door:
    """A page of some service, and who works there."""

    title: str
    path: str
    text: str
    roles: tuple[str, ...] = ()


DOORS: Final = (
    Door(
        N_("Demandes reçues"),
        "/intake/requests",
        N_("Accueillir, noter une demande, voir celles qui attendent une réponse."),
        ("reception", "social_worker", "manager"),
    ),
    Door(
        N_("Dossiers"),
        "/cases",
        N_("Suivre les situations, préparer les conférences familiales, tenir les échéances."),
        ("social_worker", "coordinator", "manager"),
    ),
    Door(
        N_("Rendez-vous"),
        "/cases/appointments",
        N_("Voir son agenda, le suivre dans son propre calendrier."),
        ("social_worker", "coordinator", "manager"),
    ),
    Door(
        N_("Équipe"),
        "/cases/team",
        N_("Voir qui suit quels dossiers, les répartir, les confier."),
        ("manager",),
    ),
    Door(
        N_("Qui peut aider ?"),
        "/directory/search",
        N_("Trouver une offre avec les mots de la personne, près de chez elle, ouverte, avec de la place."),
    ),
    Door(N_("Structures et offres"), "/directory/", N_("Voir qui fait quoi, et où."), ()),
    Door(
        N_("Conférences territoriales"),
        "/cases/territorial-conferences",
        N_("Du diagnostic d'un territoire au plan que ses partenaires ratifient, puis à son suivi."),
        ("social_worker", "coordinator", "manager"),
    ),
    Door(
        N_("Conventions et accords"),
        "/directory/agreements",
        N_("Voir ce qui lie les partenaires, préparer un accord, noter un bilan."),
        (),
    ),
    Door(
        N_("Actions collectives"),
        "/directory/actions",
        N_("Ateliers, forums, formations : annoncer, inscrire quelqu'un, venir."),
        (),
    ),
    Door(
        N_("Appels à projets"),
        "/directory/call-list",
        N_("Déposer un projet, l'instruire, suivre ce qui est accordé."),
        (),
    ),
    Door(
        N_("Agents et droits"),
        "/directory/agents",
        N_("Voir qui travaille ici et ce que chacun peut faire."),
        ("manager", "operator"),
    ),
    Door(
        N_("Qualité de l'annuaire"),
        "/directory/quality",
        N_("Voir ce qui est à revérifier, relire les corrections des structures, réunir les doublons."),
        ("manager", "operator"),
    ),
    Door(
        N_("Imports"),
        "/directory/imports",
        N_("Voir ce que l'annuaire national a changé, et ce qui diffère de nos corrections."),
        ("operator",),
    ),
    Door(
        N_("Territoires"),
        "/directory/territories",
        N_("Dire quelles communes les composent, décider quand la liste officielle change."),
        ("operator",),
    ),
    Door(
        N_("Messages"),
        "/notifications/messages",
        N_("Voir les messages partis, en attente ou en échec."),
        ("manager", "operator"),
    ),
)
"""In the order shown; without roles, for every agent."""


@router.get("/")
async def home(request: Request, actor: OptionalActor) -> HTMLResponse:
    doors = [door for door in DOORS if actor.grants and (not door.roles or actor.has(*door.roles))]
    return render(request, "directory/home.html", doors=doors)
