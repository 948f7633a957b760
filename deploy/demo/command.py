"""The demonstration in a terminal: how far it is, then what happened, then where to go and see."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.demo import day, tables
from deploy.local import installed, oidc
from deploy.local.stack import Stack

FILE_WIDTH = 140
"""Columns of what is written to a file, where nobody's screen sets a width."""


def play(console: Console, report_file: Path | None) -> None:
    """Play the day on the platform that runs, print its report, and write it to `report_file` too."""
    installation = installed.present_and_running()
    with _progress(console) as show:
        played = day.run(installation, show)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    tables.show(console, played.report)
    if report_file is not None:
        report_file.write_text(day.as_json(played, installation.public_url))
    _say_where(console, installation, played)


@contextmanager
def _progress(console: Console) -> Iterator[day.Show]:
    columns = (TextColumn("{task.description}"), BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn())
    if not console.is_terminal:
        console.print("La journée commence…")
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=day.STEPS)
        yield lambda text, done: progress.update(task, description=text[:80], completed=done)


def _say_where(console: Console, installation: Stack, played: day.Played) -> None:
    made = len(played.report.journeys)
    names = ", ".join(account.user_name for account in oidc.ACCOUNTS)
    lines = (
        f"{made} demandes ; la première acceptée {played.first_accepted_seconds:.1f} s après le lancement.",
        f"Les lettres du jour, à imprimer : {played.printed}",
        "" if played.report.settled else "Tout n'est pas encore arrivé : voir ./maillage status et ./maillage logs.",
        f"La plateforme reste en marche : {installation.public_url}",
        f"Comptes d'exemple : {names} ; mot de passe : {installation.secrets.demo_password}",
        "Pour l'arrêter : ./maillage demo --stop",
    )
    console.print("\n".join(filter(None, lines)), highlight=False)
