"""What is noted in the street, as the phone seals it."""

from typing import Annotated
from uuid import UUID

from joserfc.jwk import ECKey
from pydantic import AwareDatetime, Field

from intake.desk.model import NOTHING, Fields
from intake.people.said import Said

LONGEST = 48 * 1024
"""Characters of a sealed note: a third more than what is kept of a call."""
Short = Annotated[str, Field(max_length=320)]
Text = Annotated[str, Field(max_length=5000)]


def key_of(agent_id: UUID, master: bytes) -> ECKey:
    """The key that opens what one agent noted; phones hold its public half. The same for ever, and kept nowhere."""
    return ECKey.derive_key(master, "P-256", kdf_options={"info": f"maillage-outreach|{agent_id}".encode()})


class Noted(Said):
    """A simple contact: the fields of the desk that a phone shows. `met_at`: when it was begun, by the phone's clock.

    It is taken as it stands: what is wrong with it is corrected at the desk, not on the phone.
    """

    met_at: AwareDatetime
    place: Annotated[str, Field(max_length=120)] = ""
    summary: Text = ""
    themes: Annotated[tuple[Short, ...], Field(max_length=40)] = ()
    commune: Short = ""
    programme: Short = ""
    urgency: Short = ""
    given_name: Short = ""
    family_name: Short = ""
    birth_date: Short = ""
    phone: Short = ""
    rule: Short = ""
    minor: bool = False
    agreed: bool = False
    immediate_answer: Text = ""

    def fields(self) -> Fields:
        """The desk's screen as if it had been typed there."""
        typed = {name: value for name, value in self.model_dump().items() if value and name != "place"}
        return {
            **NOTHING,
            **typed,
            "themes": list(self.themes),
            "channel": "outreach",
            "met_at": self.met_at.isoformat(),
        }


class SealedNote(Said):
    """A note as it waits on a phone. `finished`: whether its author said to send it, or the page was closed before."""

    letter: Annotated[str, Field(max_length=LONGEST)]
    finished: bool = True
