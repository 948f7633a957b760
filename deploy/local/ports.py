"""Local ports: which are free, and waiting until something listens."""

import asyncio
import contextlib
import secrets
import socket
from collections.abc import Awaitable, Callable

from deploy.local.child import Child
from deploy.local.problems import Problem

LOOPBACK = "127.0.0.1"
LOOPBACK_6 = "::1"
LISTENING_SECONDS = 120.0
_LISTENED = range(10_000, 32_000)
"""Below the ports the kernel gives to outgoing connections: none of them can take a chosen one away."""
_given: set[int] = set()


def is_free(port: int) -> bool:
    """Whether nothing listens on this port of the loopback, of either kind (a port just left is free)."""
    return all(_can_bind(address, port) for address in loopbacks())


def loopbacks() -> list[str]:
    """The addresses `localhost` may mean on this machine, which may do without IPv6."""
    return [LOOPBACK, LOOPBACK_6] if _can_bind(LOOPBACK_6, 0) else [LOOPBACK]


def _can_bind(address: str, port: int) -> bool:
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError:
        return False
    return True


def free_port() -> int:
    """A port nobody listens on now, another one each time: what gets it may listen only later."""
    port = next(port for port in iter(lambda: secrets.choice(_LISTENED), None) if port not in _given and is_free(port))
    _given.add(port)
    return port


async def listening(child: Child, port: int) -> None:
    """Waits until `child` accepts connections on `port`.

    Raises:
        Problem: the process ended first, or did not listen in time.
    """
    await until(lambda: accepts(port), child, LISTENING_SECONDS)


async def until(condition: Callable[[], Awaitable[bool]], child: Child, seconds: float) -> None:
    """Waits until `condition` holds of a process that starts.

    Raises:
        Problem: the process ended first, or it takes more than `seconds`.
    """
    try:
        async with asyncio.timeout(seconds):
            while not await condition():
                if not child.running:
                    raise Problem(
                        f"{child.name} s'est arrêté au démarrage : {child.last_line()}",
                        f"Voir {child.log}.",
                    )
                await asyncio.sleep(0.05)
    except TimeoutError as error:
        raise Problem(f"{child.name} ne répond pas après {seconds:.0f} s.", f"Voir {child.log}.") from error


async def accepts(port: int) -> bool:
    """Whether something accepts a connection on this port of the loopback."""
    with contextlib.suppress(OSError):
        _, writer = await asyncio.open_connection(LOOPBACK, port)
        writer.close()
        return True
    return False
