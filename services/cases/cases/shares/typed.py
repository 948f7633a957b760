"""What people type of a share made without a recorded agreement."""

from pydantic import BaseModel, ConfigDict

from cases.shares import model
from cases.shares.model import LegalGround
from cases.typed import Text
from chassis.web.translations import N_
from chassis.web.validation import FieldError

_REASON = N_("Indiquez pourquoi vous partagez sans accord enregistré.")


class Override(BaseModel):
    """On what legal ground, and for what reason, something is shared without a recorded agreement."""

    model_config = ConfigDict(extra="forbid")
    legal_ground: LegalGround
    reason: Text

    @property
    def override(self) -> model.Override:
        return model.Override(self.legal_ground, self.reason)


def override_of(ground: LegalGround | None, reason: str | None) -> model.Override | None:
    """What a form says of it; None: the person agrees. Raises FieldError for a ground without reason."""
    if ground is None:
        return None
    if reason is None:
        raise FieldError(_REASON)
    return model.Override(ground, reason)
