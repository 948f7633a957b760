"""What people type of a share made without a recorded agreement."""

from pydantic import BaseModel, ConfigDict

from cases.shares import model
from cases.shares.model import LegalGround
from cases.typed import Text


class Override(BaseModel):
    """On what legal ground, and for what reason, something is shared without a recorded agreement."""

    model_config = ConfigDict(extra="forbid")
    legal_ground: LegalGround
    reason: Text

    @property
    def override(self) -> model.Override:
        return model.Override(self.legal_ground, self.reason)
