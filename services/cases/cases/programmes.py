"""The programmes of this deployment, read once: a bad file stops the start."""

from functools import cache
from pathlib import Path

from cases.dossiers.model import Case
from chassis.web.translations import SOURCE_LANGUAGE, as_read, speaking
from contracts.programme import Programme
from contracts.programmes import Programmes, load


@cache
def programmes(overlay: Path | None) -> Programmes:
    """Raises contracts.programmes.BadProgramme."""
    return load(overlay, as_read)


def programme_of(case: Case, overlay: Path | None) -> Programme:
    """The programme a dossier began under, in the version of that day. Raises UnknownProgramme."""
    return programmes(overlay).version(case.programme, case.programme_version)


def as_written(programme: Programme, overlay: Path | None) -> Programme:
    """The same in the words of its file: what a dossier keeps is in French, whoever writes it."""
    with speaking(SOURCE_LANGUAGE):
        return programmes(overlay).version(programme.id, programme.version)
