"""One call: over the very address that was looked at, without redirections, within bounds."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import httpcore

from notifications.webhooks.addresses import Forbidden, check, is_loopback, is_public
from notifications.webhooks.model import Answer, Reason

MOST_READ: Final = 64 * 1024
"""Bytes of an answer that are read, and thrown away."""


class _Unknown(Exception):
    """No name server knows the host."""


class Caller:
    """Calls addresses that partners gave. Any number of calls may run at once."""

    def __init__(self, *, timeout: float, loopback: bool, tls: ssl.SSLContext | None = None) -> None:
        """`timeout`: seconds for all of a call. `loopback`: this very machine may be called too, see `check`."""
        self._timeout = timeout
        self._loopback = loopback
        self._tls = tls or ssl.create_default_context()

    async def call(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post `body`; never raises what the network or the other end do wrong."""
        try:
            async with asyncio.timeout(self._timeout):
                return Answer(await self._post(check(url, loopback=self._loopback), headers, body))
        except Forbidden:
            return Answer(None, Reason.FORBIDDEN_ADDRESS)
        except _Unknown:
            return Answer(None, Reason.UNKNOWN_HOST)
        except (TimeoutError, httpcore.TimeoutException):
            return Answer(None, Reason.TOO_SLOW)
        except httpcore.ConnectError as error:
            return Answer(None, Reason.BAD_CERTIFICATE if _is_certificate(error) else Reason.NO_CONNECTION)
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError):
            return Answer(None, Reason.NO_ANSWER)

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        # A pool of its own each time: a kept connection would be to an address looked at long ago. No redirection is
        # followed and no proxy of the environment used: httpcore knows neither unless told.
        line = _Line(self._may_call)
        async with (
            httpcore.AsyncConnectionPool(ssl_context=self._tls, network_backend=line) as pool,
            pool.stream("POST", url, headers=[*headers.items()], content=body) as response,
        ):
            await _read_some(response)
            status: int = response.status
            return status

    def _may_call(self, address: str) -> bool:
        return is_public(address) or (self._loopback and is_loopback(address))


async def _read_some(response: httpcore.Response) -> None:
    """What is said does not matter; but who is cut off before its end may think that it was not heard."""
    read = 0
    async for part in response.aiter_stream():
        read += len(part)
        if read > MOST_READ:
            return


class _Line(httpcore.AsyncNetworkBackend):
    """Resolves once, looks at every address that comes, and connects to one of those: no second look-up, which might
    answer otherwise, comes between. TLS still asks for the certificate of the name."""

    def __init__(self, may_call: Callable[[str], bool]) -> None:
        self._may_call = may_call
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own name
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: httpcore.ConnectError | None = None
        for address in await self._resolved(host, port):
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore.ConnectError as error:
                failure = error
        raise failure or _Unknown

    async def _resolved(self, host: str, port: int) -> list[str]:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError):
            raise _Unknown from None
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        # One that is not ours to call among several is no accident: none of them is tried.
        if not all(self._may_call(address) for address in addresses):
            raise Forbidden("")
        return addresses


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
