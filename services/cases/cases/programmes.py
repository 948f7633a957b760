"""The programmes of this deployment, read once: a bad file stops the start."""

from functools import cache
from pathlib import Path

from cases.dossiers.model import Case
from contracts.programme import Programme
from contracts.programmes import Programmes, load


@cache
def programmes(overlay: Path | None) -> Programmes:
    """Raises contracts.programmes.BadProgramme."""
    return load(overlay)


def programme_of(case: Case, overlay: Path | None) -> Programme:
    """The programme a dossier began under, in the version of that day. Raises UnknownProgramme."""
    return programmes(overlay).version(case.programme, case.programme_version)
