"""One child process: started with its output in a log file, never outliving us."""

import asyncio
import contextlib
import ctypes
import os
import pwd
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_SET_PDEATHSIG = 1
# Loaded before any fork: loading a library in the child of a threaded process may deadlock.
_libc = ctypes.CDLL(None, use_errno=True) if os.uname().sysname == "Linux" else None


def unprivileged_user() -> str | None:
    """Who runs what refuses to run as root (PostgreSQL): nobody; None when we are not root ourselves."""
    return "nobody" if os.geteuid() == 0 else None


def _in_the_child(death_signal: int) -> None:
    """Before exec: the kernel sends `death_signal` when our thread ends, however it ends."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, death_signal)


@dataclass
class Child:
    """A program to run. `start` and `stop` may be called again and again; `kill` is for tests of faults.

    `stop_signal` asks for a clean end; `death_signal` is what it gets when this process dies first.
    A `niceness` above 0 lets the others go first when processors are short, from `give_way` on.
    """

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    stop_signal: int = signal.SIGTERM
    death_signal: int = signal.SIGKILL
    stop_timeout: float = 20.0
    niceness: int = 0
    process: asyncio.subprocess.Process | None = None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.returncode is None

    @property
    def ended_cleanly(self) -> bool:
        """Whether it ended by itself or when asked to, not by force."""
        return self.process is not None and self.process.returncode not in {None, -signal.SIGKILL}

    @property
    def pid(self) -> int:
        """Of the running process (which leads its own process group)."""
        assert self.process is not None, f"{self.name} was never started"
        return self.process.pid

    async def start(self) -> None:
        """Starts the process; returns before it is ready to serve."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        identity = pwd.getpwnam(self.user) if self.user else None
        with self.log.open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **self.environment},
                start_new_session=True,
                user=identity.pw_uid if identity else None,
                group=identity.pw_gid if identity else None,
                extra_groups=[] if identity else None,
                preexec_fn=lambda: _in_the_child(self.death_signal),
            )

    def give_way(self) -> None:
        """Once it serves: a program that starts behind all the others never does on a busy machine."""
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PGRP, self.pid, self.niceness)
            # Linux weighs sessions first, and this child leads its own: the session has a niceness too.
            Path(f"/proc/{self.pid}/autogroup").write_text(str(self.niceness))

    async def wait(self) -> int:
        """Waits for the end of the running process and returns its exit status (-N: signal N)."""
        assert self.process is not None, f"{self.name} was never started"
        return await self.process.wait()

    async def stop(self) -> None:
        """Asks for a clean end, then insists on the whole group; returns once the process is gone."""
        if not self.running:
            return
        self.signal(self.stop_signal)
        try:
            async with asyncio.timeout(self.stop_timeout):
                await self.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """SIGKILL to the whole group, and waits until the process is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        await self.wait()

    def signal(self, number: int) -> None:
        """Sends a signal to the process itself (not its group); nothing when it is already gone."""
        if self.running:
            os.kill(self.pid, number)

    def last_line(self) -> str:
        """The end of its log, for the sentence that says why it did not start."""
        with self.log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 4096))
            lines = file.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "son journal est vide"
