"""An HTTP/1.1 client that is not the limit: prepared requests, kept connections, no parsing beyond lengths."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import msgspec


class Timing(msgspec.Struct, frozen=True):
    """What a run of requests took. Times in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float
    client_cpu: float  # share of one core

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def request(method: str, path: str, token: str = "", body: bytes = b"", headers: str = "") -> bytes:
    """The bytes of one request."""
    auth = f"Authorization: Bearer {token}\r\n" if token else ""
    length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\nHost: bench\r\n{auth}{length}{headers}\r\n".encode() + body


class Connection:
    """One kept connection."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, prepared: bytes) -> tuple[int, bytes]:
        """Send a request; (status, body)."""
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection(*self._address, limit=4_000_000)
        self._writer.write(prepared)
        head = await self._reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        at = lower.find(b"content-length:")
        body = b""
        if at >= 0:
            body = await self._reader.readexactly(int(lower[at + 15 : lower.index(b"\r\n", at)]))
        elif b"transfer-encoding: chunked" in lower:
            raise ValueError("the bench asks only for answers with a length")
        return int(head[9:12]), body

    async def stream(self, prepared: bytes) -> asyncio.StreamReader:
        """Send a request whose answer does not end; the reader behind its head."""
        self._reader, self._writer = await asyncio.open_connection(*self._address)
        self._writer.write(prepared)
        await self._reader.readuntil(b"\r\n\r\n")
        return self._reader

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


async def load(
    host: str, port: int, make: Callable[[int], bytes], clients: int, seconds: float, wanted: tuple[int, ...] = (200,)
) -> Timing:
    """`clients` connections ask as fast as answers come, for `seconds`. Raises RuntimeError at another status."""
    taken: list[float] = []
    counter = 0
    end = time.perf_counter() + seconds

    async def one() -> None:
        nonlocal counter
        connection = Connection(host, port)
        while time.perf_counter() < end:
            counter += 1
            prepared = make(counter)
            started = time.perf_counter()
            status, body = await connection.ask(prepared)
            taken.append(time.perf_counter() - started)
            if status not in wanted:
                raise RuntimeError(f"{prepared[:80]!r} answered {status}: {body[:300]!r}")
        connection.close()

    started, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(one() for _ in range(clients)))
    elapsed = time.perf_counter() - started
    taken.sort()
    return Timing(
        len(taken),
        elapsed,
        1000 * taken[len(taken) // 2],
        1000 * taken[min(len(taken) - 1, int(len(taken) * 0.99))],
        (time.process_time() - cpu) / elapsed,
    )
