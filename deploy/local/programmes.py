"""Programmes from the command line: check the files, compare two versions, list what is offered, release."""

import os
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from contracts import programme_versions as versions
from contracts.programmes import SHIPPED, BadProgramme, Programmes, UnknownProgramme, load, read_folder
from deploy.local.problems import Problem

OFFERED_TO = {"anyone": "tout le monde", "agents": "agents", "cell": "cellule départementale"}


def overlay(folder: Path | None) -> Path | None:
    """The département's own folder: the one given, or that of MAILLAGE_PROGRAMMES; None: the shipped ones alone."""
    named = os.environ.get("MAILLAGE_PROGRAMMES")
    return folder or (Path(named) if named else None)


def check(console: Console, folder: Path | None) -> None:
    """Says that every file can be used. Raises Problem for the first that cannot, or that was changed in place."""
    ours = overlay(folder)
    found = _load(ours)
    for place in filter(None, (SHIPPED, ours)):
        for what in _broken_releases(place):
            raise Problem(
                what, "Remettez le fichier comme il était, et écrivez le changement dans une version de plus."
            )
    count = len({id for id, _ in found.versions})
    console.print(f"{count} dispositifs, {len(found.versions)} versions : tout est correct.")


def _broken_releases(folder: Path) -> Iterator[str]:
    for file in versions.changed_in_place(folder, versions.released_before(folder)):
        yield f"{file.path} : la version {file.programme.version} de « {file.programme.id} » est publiée et a changé."
    for lost in versions.lost(folder):
        yield f"{folder} : « {lost} » est publiée et n'y est plus ; des dossiers la suivent peut-être."


def listing(console: Console, folder: Path | None) -> None:
    """Every programme, in its current version. Raises Problem."""
    found = _load(overlay(folder))
    table = Table("Dispositif", "Versions", "Titre", "Proposé à", "Échéances")
    for id in sorted({id for id, _ in found.versions}):
        current = found.current(id)
        known = ", ".join(str(version) for other, version in sorted(found.versions) if other == id)
        table.add_row(id, known, current.title, OFFERED_TO[current.offered_to], str(len(current.deadlines)))
    console.print(table)


def diff(console: Console, id: str, before: int, after: int, folder: Path | None) -> None:
    """What changes between two versions of a programme. Raises Problem."""
    ours = overlay(folder)
    found = _load(ours)
    contents = {
        key: file.content for place in filter(None, (SHIPPED, ours)) for key, file in read_folder(place).items()
    }
    try:
        old, new = (contents[found.version(id, version).id, version] for version in (before, after))
    except UnknownProgramme as error:
        raise Problem(f"Ce dispositif n'existe pas : {error}.", "Leur liste : ./maillage programmes list") from None
    table = Table("Où", f"Version {before}", f"Version {after}")
    for change in versions.differences(old, new):
        table.add_row(change.place, change.before or "—", change.after or "—")
    console.print(table if table.row_count else "Ces deux versions disent la même chose.")


def release(console: Console, folder: Path | None) -> None:
    """Keeps what the new versions say, so that a later change in place is noticed. Raises Problem."""
    ours = overlay(folder)
    check(console, ours)
    new = versions.release(ours or SHIPPED)
    console.print(f"Publiées : {', '.join(new)}." if new else "Rien de nouveau à publier.")


def _load(ours: Path | None) -> Programmes:
    try:
        return load(ours)
    except BadProgramme as error:
        raise Problem(str(error), "Corrigez ce fichier : un service ne démarre pas avec lui.") from None
