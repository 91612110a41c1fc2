"""The outside world of these tests: an HTTP server and a mail server, real ones on loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import msgspec
from aiosmtpd.controller import Controller


class Request(msgspec.Struct):
    """What a server was asked."""

    line: str
    headers: dict[str, str]
    body: bytes


class Web:
    """Answers every request with `status`, `headers` and `body`, and remembers it."""

    def __init__(self) -> None:
        self.got: list[Request] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = b""
        self.hang = False
        self.closing = asyncio.Event()
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.got.append(Request(head[0], headers, body))
        if self.hang:
            await self.closing.wait()
        extra = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        head_out = f"HTTP/1.1 {self.status} X\r\nContent-Length: {len(self.body)}\r\n{extra}\r\n"
        writer.write(head_out.encode() + self.body)
        with suppress(ConnectionError):
            await writer.drain()
        writer.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


@asynccontextmanager
async def web() -> AsyncIterator[Web]:
    outside = Web()
    server = await asyncio.start_server(outside.serve, "127.0.0.1", 0)
    outside.port = server.sockets[0].getsockname()[1]
    try:
        yield outside
    finally:
        outside.closing.set()
        server.close()
        await asyncio.sleep(0.05)


class Box:
    """Keeps the e-mails that arrive."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.port = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.got.append(envelope.content)
        return "250 OK"


@contextmanager
def mailbox() -> Iterator[Box]:
    box = Box()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        box.port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
