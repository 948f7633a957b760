"""What people come about (themes), and what offers answer (data·inclusion's thématiques)."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, model_validator

from contracts import yaml_files


class Theme(BaseModel):
    """One of the words of first contact: its French label, and the thématiques that answer it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    answered_by: tuple[str, ...]


class _Vocabulary(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    themes: dict[str, Theme]
    thematiques: dict[str, str]

    @model_validator(mode="after")
    def _answers_exist(self) -> "_Vocabulary":
        answers = {value for theme in self.themes.values() for value in theme.answered_by}
        if unknown := answers - set(self.thematiques):
            raise ValueError(f"unknown thématiques: {sorted(unknown)}")
        return self


_FILE = Path(__file__).with_suffix(".yaml")
_VOCABULARY = _Vocabulary.model_validate(yaml_files.read(_FILE))

THEMES: Mapping[str, Theme] = _VOCABULARY.themes
"""Theme → label and answers; what `RequestSubmitted.themes` holds."""

THEMATIQUES: Mapping[str, str] = _VOCABULARY.thematiques
"""data·inclusion value → French label; what an offer's or an organisation's `themes` hold. A value with `--`
is one thématique, a value without is its whole category."""


def answers(themes: Iterable[str]) -> frozenset[str]:
    """Every thématique that answers one of `themes`, categories included: an offer that carries one of them
    matches. A theme unknown to this release is taken as a thématique."""
    asked = (THEMES[theme].answered_by if theme in THEMES else (theme,) for theme in themes)
    return frozenset(value for values in asked for wanted in values for value in _matching(wanted))


def _matching(wanted: str) -> Iterable[str]:
    """A category is answered by itself and all that is in it, a thématique by itself and its category."""
    category, _, detail = wanted.partition("--")
    if detail:
        return (wanted, category)
    return (value for value in THEMATIQUES if value.partition("--")[0] == category)
