"""The screen as it was sent."""

from typing import Final

from starlette.datastructures import FormData

from intake.desk.model import BOXES, NOTHING, TEXTS, Fields
from intake.typed import typed

_CHOSEN: Final = ("urgency", "channel", "role", "programme", "rule")


def filled(form: FormData) -> Fields:
    """What was sent, to be kept and shown again."""
    texts = {name: typed(str(form.get(name, NOTHING[name]))) for name in TEXTS}
    chosen = {name: texts[name] or NOTHING[name] for name in _CHOSEN}
    themes = [str(one) for one in form.getlist("themes")]
    return texts | chosen | {name: name in form for name in BOXES} | {"themes": themes}
