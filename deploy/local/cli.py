"""The `maillage` command. It reads what the supervisor shows and asks it to stop; the work is in the modules beside."""

import asyncio
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from cyclopts import App, Parameter

from deploy.local import layout
from deploy.local.problems import Problem

if TYPE_CHECKING:
    from rich.console import Console

STATES = {"starting": "démarre", "running": "en marche", "waiting": "va redémarrer", "stopped": "arrêtée"}

app = App(
    name="maillage",
    help="Maillage sur une seule machine : démarrer, observer, essayer, tester.",
    usage="./maillage COMMANDE [OPTIONS]",
    version_flags=[],
    group_commands="Commandes",
    group_parameters="Options",
    group_arguments="Arguments",
    default_parameter=Parameter(negative=(), show_default=False),
)
dead_letters = App(
    name="dead-letters",
    help="Les événements mis de côté : les lister, lire, rejouer ou écarter.",
    usage="./maillage dead-letters COMMANDE [OPTIONS]",
)
app.command(dead_letters)
communes = App(
    name="communes",
    help="La liste officielle des communes, corrigée entre deux versions.",
    usage="./maillage communes COMMANDE [OPTIONS]",
)
app.command(communes)
programmes = App(
    name="programmes",
    help="Les dispositifs : vérifier leurs fichiers, comparer deux versions, les lister, les publier.",
    usage="./maillage programmes COMMANDE [OPTIONS]",
)
app.command(programmes)
directory = App(
    name="directory",
    help="L'annuaire : prendre un fichier de data·inclusion, en écrire un.",
    usage="./maillage directory COMMANDE [OPTIONS]",
)
app.command(directory)
messages = App(
    name="messages",
    help="Les messages : essayer une règle sur les événements passés.",
    usage="./maillage messages COMMANDE [OPTIONS]",
)
app.command(messages)
app["--help"].help = "Afficher cette aide."


def main() -> None:
    """Runs the command line; a Problem becomes one sentence and the way out, Ctrl-C a plain end."""
    try:
        app()
    except Problem as problem:
        sys.exit(f"{problem.what}\n→ {problem.way_out}")
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(_disk_full(error))


def _disk_full(error: OSError) -> str:
    import errno

    if error.errno != errno.ENOSPC:
        raise error
    return f"Le disque est plein.\n→ Libérez de la place sous {layout.ROOT}, puis relancez la commande."


def _console() -> "Console":
    from rich.console import Console

    return Console()


@app.command
def up(*, foreground: bool = False) -> None:
    """Démarrer toute la plateforme et afficher son adresse.

    Parameters
    ----------
    foreground
        Rester attaché : Ctrl-C arrête tout.
    """
    from deploy.local import running

    console, state = _console(), layout.default_state()
    _bring_up(console, state)
    _print_status(console, state)
    if foreground:
        console.print("Ctrl-C pour tout arrêter.")
        try:
            running.wait_until_stopped(state)
        finally:
            running.stop(state, lambda text: None)


def _bring_up(console: "Console", state: layout.State) -> None:
    from deploy.local import running

    _install_parts(console)
    if running.left_by_a_crash(state):
        console.print("Maillage s'était arrêté brutalement ; il reprend sur les données qu'il avait gardées.")
    with _progress(console, "Démarrage") as show:
        running.start(state, show)


def _install_parts(console: "Console") -> None:
    """What is not a Python package of ours: Kafka's jars and the identity provider's own environment."""
    from deploy.local import jars, oidc

    cache = layout.cache()
    if not jars.installed(cache):
        with _progress(console, "Téléchargement de Kafka") as show:
            jars.install(cache, lambda done, total: show(f"{done} fichiers sur {total}"))
    if not oidc.installed(cache):
        with _progress(console, "Installation du fournisseur d'identité") as show:
            show("une minute au plus")
            oidc.install(cache)


@contextmanager
def _progress(console: "Console", title: str) -> Iterator[Callable[[str], None]]:
    """Shows what is being done and for how long; gives the function that says what."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    if not console.is_terminal:
        console.print(f"{title}…")
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(title)
        yield lambda text: progress.update(task, description=f"{title} : {text}")


def _print_status(console: "Console", state: layout.State) -> None:
    from rich.table import Table

    from deploy.local import credentials, oidc, running

    shown = running.board_of_running(state)
    if not shown:
        console.print("Maillage ne tourne pas. Lancez-le : ./maillage up")
        return
    parts = running.parts(shown)
    table = Table("Partie", "État", "Processus", "Mémoire", "Redémarrages")
    for part in parts:
        memory = f"{part.memory / 2**20:.0f} Mio" if part.memory else ""
        table.add_row(part.name, STATES[part.state], str(part.pid or ""), memory, str(part.restarts or ""))
    table.add_section()
    table.add_row("total", "", "", f"{sum(part.memory for part in parts) / 2**20:.0f} Mio", "")
    console.print(table)
    addresses = shown["addresses"]
    console.print(f"Adresse : {addresses['public']}    Comptes : {addresses['issuer']}")
    names = ", ".join(account.user_name for account in oidc.ACCOUNTS)
    password = credentials.load_or_make(state.secrets).demo_password
    console.print(f"Comptes d'exemple : {names} ; mot de passe : {password}", highlight=False)


@app.command
def down() -> None:
    """Arrêter la plateforme ; les données sont gardées."""
    from deploy.local import running

    console = _console()
    with _progress(console, "Arrêt") as show:
        stopped = running.stop(layout.default_state(), show)
    console.print("Maillage est arrêté." if stopped else "Maillage ne tournait pas.")


@app.command
def demo(*, stop: bool = False, json: Path | None = None) -> None:
    """Tout installer, démarrer, jouer une journée d'exemple et montrer ce qui s'est passé.

    Parameters
    ----------
    stop
        Arrêter la plateforme que la démonstration a laissée en marche.
    json
        Écrire aussi ce qui s'est passé dans ce fichier, pour un programme.
    """
    if stop:
        return down()
    from deploy.demo import command
    from deploy.local import running

    console, state = _console(), layout.default_state()
    found_running = running.is_running(state)
    try:
        if not found_running:
            _bring_up(console, state)
        command.play(console, json)
    except BaseException:
        # A demonstration that does not come to its end leaves what it found.
        if not found_running:
            running.stop(state, lambda text: None)
        raise


@app.command
def status() -> None:
    """Afficher ce qui tourne : état, processus, mémoire, redémarrages, adresses."""
    _print_status(_console(), layout.default_state())


@app.command
def logs(service: str | None = None, /, *, follow: Annotated[bool, Parameter(name=["--follow", "-f"])] = False) -> None:
    """Lire les journaux d'un service ou d'une partie, ou du superviseur.

    Parameters
    ----------
    service
        Par exemple intake, cases, kafka, postgres ; sans nom, le superviseur.
    follow
        Continuer à afficher ce qui s'ajoute.
    """
    from deploy.local import running

    running.show_log(layout.default_state(), service or running.SUPERVISOR, follow=follow)


@app.command
def reset(*, yes: Annotated[bool, Parameter(name=["--yes", "-y"])] = False) -> None:
    """Effacer toutes les données locales (bases, événements, mails, comptes) ; les téléchargements restent.

    Parameters
    ----------
    yes
        Ne pas demander confirmation.
    """
    from deploy.local import running

    state = layout.default_state()
    if running.is_running(state):
        raise Problem("Maillage tourne.", "Arrêtez-le d'abord : ./maillage down")
    if not yes and input("Effacer toutes les données locales ? [o/N] ").strip().lower() not in {"o", "oui"}:
        return
    for entry in running.data_of(state):
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    print("Les données locales sont effacées.")


@app.command
def migrate() -> None:
    """Créer ou mettre à jour les bases des quatre services (la plateforme doit tourner)."""
    from deploy.local import installed
    from deploy.local.migrate import migrate as run

    asyncio.run(run(installed.present_and_running()))
    print("Les bases sont à jour.")


@app.command
def topics() -> None:
    """Créer les sujets Kafka, les utilisateurs et les droits qui manquent (la plateforme doit tourner)."""
    from deploy.local import installed
    from deploy.local import topics as step

    installation = installed.present_and_running()
    step.apply(installation.administration, installation.secrets.kafka_passwords)
    print("Les sujets et les droits sont à jour.")


@app.command
def token(
    *,
    role: Literal["reception", "social_worker", "coordinator", "manager", "cell", "operator"],
    territory: str = "*",
) -> None:
    """Afficher un jeton d'accès (bearer) pour essayer l'API avec un compte d'exemple.

    Parameters
    ----------
    role
        Le droit que le compte doit avoir.
    territory
        Le territoire de ce droit ; * pour tous.
    """
    from deploy.local import accounts, installed, oidc

    installation = installed.present_and_running()
    account = asyncio.run(accounts.holding(installation, role, territory))
    secrets = installation.secrets
    print(oidc.token(installation.issuer, secrets.oidc_client_secret, account, secrets.demo_password))


@communes.command
def add(*, code: str, name: str) -> None:
    """Ajouter ou corriger une commune : l'accueil la connaît aussitôt, les autres services au prochain démarrage.

    Parameters
    ----------
    code
        Son code INSEE, par exemple 22278.
    name
        Son nom.
    """
    from deploy.local import communes as corrections
    from deploy.local import installed

    print(corrections.add(installed.present_and_running(), code, name).strip())


@directory.command(name="import")
def import_(*, structures: Path | None = None, services: Path | None = None, feed: str = "data-inclusion") -> None:
    """Prendre des fichiers au schéma data·inclusion v1 ; relancée, la commande reprend où elle s'était arrêtée.

    Parameters
    ----------
    structures
        Le fichier des structures : .csv, .json ou .parquet.
    services
        Le fichier des services.
    feed
        Ce dont ces fichiers sont une édition : ce qu'elle ne montre plus depuis 30 jours est retiré.
    """
    given = [("--structures", structures), ("--services", services)]
    _ask_the_directory("import", "--feed", feed, *(word for name, path in given if path for word in (name, str(path))))


@directory.command(name="export")
def export(*, structures: Path, services: Path, contacts: bool = False) -> None:
    """Écrire ce que contient l'annuaire, au schéma data·inclusion v1.

    Parameters
    ----------
    structures
        Le fichier à écrire : .csv, .json ou .parquet.
    services
        De même.
    contacts
        Aussi les noms des contacts professionnels : un tel fichier ne se publie pas.
    """
    more = ["--contacts"] if contacts else []
    _ask_the_directory("export", "--structures", str(structures), "--services", str(services), *more)


def _ask_the_directory(*arguments: str) -> None:
    from deploy.local import installed, services

    print(services.ask(installed.present_and_running(), "directory", *arguments).strip())


@programmes.command(name="check")
def check_programmes(folder: Path | None = None, /) -> None:
    """Vérifier les dispositifs : chaque fichier est correct, et aucune version publiée n'a changé.

    Parameters
    ----------
    folder
        Le dossier du département, en plus des dispositifs fournis ; sans lui, celui de MAILLAGE_PROGRAMMES.
    """
    from deploy.local import programmes as files

    files.check(_console(), folder)


@programmes.command(name="list")
def list_programmes(folder: Path | None = None, /) -> None:
    """Lister les dispositifs et leurs versions.

    Parameters
    ----------
    folder
        Le dossier du département, en plus des dispositifs fournis ; sans lui, celui de MAILLAGE_PROGRAMMES.
    """
    from deploy.local import programmes as files

    files.listing(_console(), folder)


@programmes.command(name="diff")
def diff_programmes(programme: str, before: int, after: int, /, *, folder: Path | None = None) -> None:
    """Comparer deux versions d'un dispositif.

    Parameters
    ----------
    programme
        Son identifiant, par exemple masp.
    before
        Une version.
    after
        Une autre version.
    folder
        Le dossier du département ; sans lui, celui de MAILLAGE_PROGRAMMES.
    """
    from deploy.local import programmes as files

    files.diff(_console(), programme, before, after, folder)


@programmes.command(name="release")
def release_programmes(folder: Path | None = None, /) -> None:
    """Publier les versions nouvelles : elles ne changeront plus, un changement sera une version de plus.

    Parameters
    ----------
    folder
        Le dossier du département ; sans lui, celui de MAILLAGE_PROGRAMMES, ou les dispositifs fournis.
    """
    from deploy.local import programmes as files

    files.release(_console(), folder)


@messages.command
def preview(*, rule: str, last: str = "30d", language: str = "fr") -> None:
    """Dire ce qu'une règle aurait envoyé d'après les événements passés : combien, par quel moyen, à quel coût.

    Parameters
    ----------
    rule
        Le nom de la règle, comme acknowledgement.
    last
        Jusqu'où remonter, en jours : 30d.
    language
        La langue des exemples : fr, en, uk… En français si le message n'y est pas traduit.
    """
    from deploy.local import installed, services

    asked = ("preview", "--rule", rule, "--last", last, "--language", language)
    print(services.ask(installed.present_and_running(), "notifications", *asked).strip())


@app.command
def bench(*names: Annotated[str, Parameter(allow_leading_hyphen=True)]) -> None:
    """Mesurer Maillage à côté d'autres façons de faire, dans le même essai.

    Parameters
    ----------
    names
        Lesquelles des mesures ; toutes, sans nom. Leur liste : ./maillage bench help
    """
    from deploy.local import suite

    asked = ["--help"] if names == ("help",) else list(names)
    sys.exit(suite.run_to_its_end("tests.bench", *asked))


@dead_letters.command(name="list")
def list_() -> None:
    """Lister les événements mis de côté par les quatre services."""
    from rich.table import Table

    from deploy.local import dead_letters as letters
    from deploy.local import installed

    table = Table("Service", "Identifiant", "Événement", "Clé", "Raison", "Essais", "Reçu")
    for letter in letters.listed(installed.present_and_running()):
        fields = ("service", "dead_letter_id", "event_type", "key", "reason", "attempts", "received_at")
        table.add_row(*(str(letter[field]) for field in fields))
    _console().print(table if table.row_count else "Aucun événement mis de côté.")


@dead_letters.command
def show(dead_letter_id: UUID, /) -> None:
    """Lire un événement mis de côté (les données personnelles y sont scellées).

    Parameters
    ----------
    dead_letter_id
        Son identifiant, donné par la liste.
    """
    _ask_its_service("show", dead_letter_id)


@dead_letters.command
def replay(dead_letter_id: UUID, /, *, reason: str) -> None:
    """Rejouer un événement et les suivants de sa clé, dans l'ordre.

    Parameters
    ----------
    dead_letter_id
        Son identifiant, donné par la liste.
    reason
        Pourquoi ; gardé avec la décision.
    """
    _ask_its_service("replay", dead_letter_id, "--reason", reason)


@dead_letters.command
def discard(dead_letter_id: UUID, /, *, reason: str) -> None:
    """Écarter définitivement un événement.

    Parameters
    ----------
    dead_letter_id
        Son identifiant, donné par la liste.
    reason
        Pourquoi ; gardé avec la décision.
    """
    _ask_its_service("discard", dead_letter_id, "--reason", reason)


def _ask_its_service(action: str, dead_letter_id: UUID, *options: str) -> None:
    import json

    from deploy.local import dead_letters as letters
    from deploy.local import installed

    installation = installed.present_and_running()
    service = asyncio.run(letters.service_of(installation, dead_letter_id))
    for line in letters.ask(installation, service, action, str(dead_letter_id), *options).splitlines():
        _console().print_json(data={"service": service, **json.loads(line)})


@app.command(name="test")
def run_tests(
    *paths: Annotated[str, Parameter(allow_leading_hyphen=True)],
    everything: Annotated[bool, Parameter(name="--all")] = False,
) -> None:
    """Lancer les tests, sur de vrais PostgreSQL et Kafka.

    Parameters
    ----------
    paths
        Fichiers, dossiers ou options de pytest ; tout le dépôt par défaut.
    everything
        Aussi les tests longs : pannes, combinaisons, volumes, installations.
    """
    from deploy.local import suite

    sys.exit(suite.run(paths, everything=everything))


@app.command
def lint() -> None:
    """Vérifier le code : style, types, dépendances entre paquets, migrations ; et le langage clair des messages."""
    from deploy.local import lint as checks

    sys.exit(checks.run())
