"""Kafka's jars, or those of another folder with a lock: exactly those locked, each checked against its SHA-256.

Run as ``python -m deploy.local.jars --lock [FOLDER]`` to renew the lock after the folder's `jgo.toml` changed.
"""

import errno
import hashlib
import shutil
import sys
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from deploy.local.layout import installing
from deploy.local.problems import Problem

LOCK = Path(__file__).parent / "kafka" / "jgo.lock.toml"


@dataclass(frozen=True)
class Jar:
    """One locked artifact: Maven coordinate and the SHA-256 (hexadecimal) its bytes must have."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def locked(lock: Path = LOCK) -> list[Jar]:
    """The jars of the committed lock, in the lock's order."""
    content = tomllib.loads(lock.read_text())
    return [
        Jar(entry["groupId"], entry["artifactId"], entry["version"], entry["sha256"])
        for entry in content["dependencies"]
    ]


def class_path(folder: Path, lock: Path = LOCK) -> str:
    """The class path of an installed `folder`; explicit and ordered, as a class archive requires."""
    return ":".join(str(folder / jar.file_name) for jar in locked(lock))


def folder(cache: Path, lock: Path = LOCK) -> Path:
    """Where the jars of the present lock lie: another lock, another folder."""
    return cache / f"{lock.parent.name}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"


def installed(cache: Path, lock: Path = LOCK) -> bool:
    return folder(cache, lock).is_dir()


def install(cache: Path, progress: Callable[[int, int], None] = lambda done, total: None, lock: Path = LOCK) -> Path:
    """Downloads what is missing and returns the folder of jars; `progress` gets (done, total).

    Raises:
        Problem: the registry does not answer, or a jar's bytes are not the locked ones.
    """
    with installing(cache):
        return folder(cache, lock) if installed(cache, lock) else _install(cache, progress, lock)


def _install(cache: Path, progress: Callable[[int, int], None], lock: Path) -> Path:
    target = folder(cache, lock)
    # Complete or absent: a download that was interrupted must not look installed.
    partial = target.with_suffix(".partial")
    partial.mkdir(parents=True, exist_ok=True)
    jars = locked(lock)
    with ThreadPoolExecutor(8) as pool:
        for done, _ in enumerate(pool.map(lambda jar: _fetch(jar, cache / "maven", partial), jars), 1):
            progress(done, len(jars))
    partial.rename(target)
    shutil.rmtree(cache / "maven", ignore_errors=True)
    return target


def _fetch(jar: Jar, repository: Path, target: Path) -> None:
    downloaded = _download(jar, repository)
    if hashlib.sha256(downloaded.read_bytes()).hexdigest() != jar.sha256:
        downloaded.unlink(missing_ok=True)
        raise Problem(
            f"Le fichier {jar.file_name} reçu n'est pas celui qui est attendu (empreinte différente).",
            "Vérifiez le dépôt Maven utilisé, puis relancez la commande.",
        )
    downloaded.rename(target / jar.file_name)


def _download(jar: Jar, repository: Path) -> Path:
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=repository, timeout=60)
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact()
    try:
        return Path(artifact.resolve())
    except (OSError, RuntimeError) as error:
        if (full := _disk_full(error)) is not None:
            raise full from None
        raise Problem(
            f"Le dépôt Maven ne répond pas : {jar.file_name} n'a pas pu être téléchargé.",
            "Vérifiez la connexion au réseau, puis relancez la commande.",
        ) from error


def _disk_full(error: BaseException | None) -> OSError | None:
    """The full disk behind an error, where that is what it comes from: no registry is to blame."""
    while error is not None:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            return error
        error = error.__cause__ or error.__context__
    return None


def write_lock(cache: Path, lock: Path = LOCK) -> None:
    """Resolves the `jgo.toml` beside it anew and writes the lock, without the moment it was made (same in, same out).
    Jars with a classifier are left out: they hold no classes of their own."""
    from jgo.env import EnvironmentBuilder, EnvironmentSpec
    from jgo.maven import MavenContext

    builder = EnvironmentBuilder(context=MavenContext(repo_cache=cache / "maven"), cache_dir=cache / "jgo")
    environment = builder.from_spec(EnvironmentSpec.load(lock.with_name("jgo.toml")), update=True)
    resolved = tomllib.loads(environment.lock_path.read_text())["dependencies"]
    lock.write_text("\n".join(sorted(_locked_entry(one) for one in resolved if "classifier" not in one)))


def _locked_entry(resolved: dict[str, str]) -> str:
    kept = ("groupId", "artifactId", "version", "packaging", "sha256")
    return "[[dependencies]]\n" + "".join(f'{key} = "{resolved[key]}"\n' for key in kept)


if __name__ == "__main__":
    if sys.argv[1:2] != ["--lock"]:
        sys.exit(__doc__)
    write_lock(Path(".maillage/cache"), *(Path(named) / LOCK.name for named in sys.argv[2:3]))
