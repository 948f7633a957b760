"""A worry about a child as it comes in: sealed to the département's cell at once, and kept nowhere here.

Neither intake nor whoever wrote it down can read it again (CASF L226-3).
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
from joserfc.jwk import ECKey

from chassis import letters
from chassis.web.translations import translate as _
from contracts.envelope import event
from contracts.events import ConcernRaised
from contracts.events.intake import ReceivedBy
from contracts.references import readable
from intake.act import SOURCE, Act
from intake.requests.asked import Asked

PROGRAMME: Final = "child-concern"


@dataclass(frozen=True, slots=True)
class Raising:
    """Passes worries on to the cell. Without its key nothing can be taken in: people are told whom to call."""

    key: ECKey | None = field(repr=False)
    zone: ZoneInfo

    def pass_on(self, act: Act, asked: Asked, channel: str, by: ReceivedBy, reference: str) -> None:
        """Everything that was said goes into `act`, as one event that the cell alone can open."""
        assert self.key is not None
        case_id = act.identify("concern")
        report = _report(asked, channel, by, reference, act.time) | {"about": str(case_id)}
        raised = ConcernRaised(
            case_id=case_id,
            received_on=act.time.astimezone(self.zone).date(),
            report=letters.seal(orjson.dumps(report), self.key),
        )
        # In no chain and no trace of anything else.
        act.events.append(event(raised, id=act.main, source=SOURCE, sequence=1, time=act.time))


def _report(asked: Asked, channel: str, by: ReceivedBy, reference: str, at: datetime) -> dict[str, Any]:
    return {
        "reference": reference,
        "received_at": at.isoformat(),
        "channel": channel,
        **by.model_dump(mode="json"),
        "asked": asked.model_dump(mode="json"),
    }


def answer(reference: str) -> dict[str, Any]:
    """What who reported reads: the same sentence whatever was said."""
    sentence = _(
        "Transmis à la cellule départementale (CRIP), seule à pouvoir le lire : rien n'est gardé ici. "
        "Notez la référence : elle permet de demander les suites données. "
        "En cas de danger immédiat, appelez le 17 ou le 112 (114 par SMS) et prévenez le procureur. "
        "Le 119 conseille à toute heure."
    )
    return {"reference": readable(reference), "transmitted": True, "sentence": sentence}
