"""What organisations and offers answer: thématiques of data·inclusion, and the words people look for them with."""

from collections.abc import Collection
from typing import Annotated

from pydantic import AfterValidator

from chassis.web.translations import N_
from chassis.web.validation import FieldError
from contracts.themes import THEMATIQUES, THEMES, answers


def _known(value: str) -> str:
    if value not in THEMATIQUES:
        raise FieldError(N_("Cette thématique n'est pas dans la liste de data·inclusion."))
    return value


Thematique = Annotated[str, AfterValidator(_known)]


def words(thematiques: Collection[str]) -> str:
    """Labels of the thématiques, and of the themes of first contact they answer: `dettes` finds a budget offer."""
    themes = (theme.label for name, theme in THEMES.items() if answers([name]) & set(thematiques))
    return ", ".join([*(THEMATIQUES[value] for value in thematiques if value in THEMATIQUES), *themes])
