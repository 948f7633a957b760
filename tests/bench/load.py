"""Load over HTTP, from a process of its own: `python -m tests.bench.load`, its task as JSON on standard input.

A client of a few lines, since a full one would take more processor than the service it asks.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any, cast
from uuid import uuid4

import uvloop

END = b"\r\n\r\n"


@dataclass(frozen=True)
class Task:
    """`count` times the same POST, `connections` at a time; every one has its own key and sender address."""

    port: int
    path: str
    body: dict[str, Any]
    headers: Mapping[str, str]
    count: int
    connections: int


@dataclass(frozen=True)
class Done:
    """What came back: answers by status, the time between the first byte sent and the last one read."""

    statuses: Mapping[str, int]
    seconds: float


class Client(asyncio.Protocol):
    """One keep-alive connection: one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport
        self._buffer = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports do not descend from asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, body = self._buffer.partition(END)
        if self._answer is not None and end and len(body) >= _length(head):
            self._buffer = b""
            self._answer.set_result((int(head[9:12]), body))

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("closed by the service"))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body. Raises OSError when the connection is lost."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        self._transport.close()


def _length(head: bytes) -> int:
    lines = head.lower().split(b"\r\n")
    return next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))


async def connect(port: int) -> Client:
    _, client = await asyncio.get_running_loop().create_connection(Client, "127.0.0.1", port)
    return client


def post(path: str, body: bytes, headers: Mapping[str, str], number: int) -> bytes:
    """The bytes of a request. Each says it comes from another address, as residents' do."""
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    named = {
        "Host": "localhost",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Idempotency-Key": str(uuid4()),
        "X-Forwarded-For": address,
        **headers,
    }
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items())]
    return "\r\n".join(lines).encode() + END + body


async def run(task: Task) -> Done:
    body = json.dumps(task.body).encode()
    requests = [post(task.path, body, task.headers, number) for number in range(task.count)]
    clients = [await connect(task.port) for _ in range(task.connections)]
    statuses: Counter[str] = Counter()
    began, waiting = perf_counter(), iter(requests)
    await asyncio.gather(*(_work(client, waiting, statuses) for client in clients))
    seconds = perf_counter() - began
    for client in clients:
        client.close()
    return Done(dict(statuses), seconds)


async def _work(client: Client, waiting: Iterator[bytes], statuses: Counter[str]) -> None:
    for request in waiting:
        status, _ = await client.ask(request)
        statuses[str(status)] += 1


if __name__ == "__main__":
    print(json.dumps(asdict(uvloop.run(run(Task(**json.load(sys.stdin)))))))
