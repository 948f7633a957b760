"""What the family group agreed to share, among its members, of what came of the plan: one sentence, and nothing
without it."""

from typing import Final

from cases.conferences import life
from cases.conferences.acts import conference_of
from cases.conferences.model import Phase
from cases.dossiers.model import Refused, must_be_writable
from cases.dossiers.work import Work
from cases.follow_ups import store
from cases.follow_ups.model import FollowUp
from chassis.web.translations import translate as _
from contracts.envelope import new_id

LONGEST: Final = 500
"""Characters of that sentence."""


async def agree(work: Work, sentence: str) -> FollowUp:
    """The coordinator records that the group agreed to share this. Its members are told when the follow-up is
    recorded, not before. Raises Refused."""
    known = await _its_follow_up(work)
    if known.recorded_on is not None:
        raise Refused(_("Ce suivi est déjà enregistré : ce que le groupe partage se note avant."))
    text = " ".join(sentence.split())
    if not text:
        raise Refused(_("Écrivez la phrase que le groupe accepte de partager."))
    return await _keep(work, known, text)


async def take_back(work: Work) -> FollowUp:
    """The group shares nothing any more, at any moment. Raises Refused."""
    known = await _its_follow_up(work)
    if known.shared is None:
        raise Refused(_("Le groupe ne partage rien de ce suivi."))
    return await _keep(work, known, None)


async def _its_follow_up(work: Work) -> FollowUp:
    must_be_writable(work.case)
    conference = await conference_of(work, "coordinator")
    known = await store.find(work.tx, conference.conference_id)
    if known is None or conference.phase not in (Phase.RATIFIED, Phase.FOLLOWED_UP):
        raise Refused(life.phase_sentence(conference))
    return known


async def _keep(work: Work, known: FollowUp, text: str | None) -> FollowUp:
    # Sealed for a record of its own: the sentence before it is another text.
    sealed = await work.seal(text, new_id(), "shared") if text else None
    changed = known.model_copy(update={"shared": sealed})
    await store.save(work.tx, changed)
    await work.enter("follow_up_shared" if text else "follow_up_not_shared", text=text)
    return changed
