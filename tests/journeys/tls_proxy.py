"""A TLS proxy in front of a server, as operators run one, with a certificate that lives as long as the test."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import AsyncIterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class TlsProxy:
    """Takes TLS on `port` of localhost and passes each request on to `target`, saying whence it came."""

    def __init__(self, directory: Path) -> None:
        self.certificate = directory / "certificate.pem"
        self._key = directory / "key.pem"
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"https://localhost:{self.port}"
        self._target = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._certify()

    def _certify(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        self._key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    def start(self, target: int) -> None:
        """Pass on to `target`, a port of loopback."""
        self._target = target
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self._key)
        self._thread.start()
        serving = asyncio.start_server(self._serve, sock=self._socket, ssl=context)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result(10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Cancelled by `stop`: swallowed, because asyncio 3.11 logs a connection's cancelled task as an error.
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._target)
            # One request a connection keeps this short: the head is all that is looked at.
            head = await reader.readuntil(b"\r\n\r\n")
            first, rest = head.split(b"\r\n", 1)
            told = b"X-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.7\r\n"
            if b"\r\nupgrade:" not in head.lower():  # a WebSocket keeps its connection
                told += b"Connection: close\r\n"
                rest = b"\r\n".join(line for line in rest.split(b"\r\n") if not line.lower().startswith(b"connection:"))
            inner_writer.write(first + b"\r\n" + told + rest)
            await asyncio.gather(_pass(_chunks(reader), inner_writer), _pass(_chunks(inner_reader), writer))

    def stop(self) -> None:
        """End every connection, and leave nothing open."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self._socket.close()

    async def _end(self) -> None:
        self._server.close()
        passing = asyncio.all_tasks() - {asyncio.current_task()}
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterable[bytes]:
    while chunk := await reader.read(65536):
        yield chunk


async def _pass(chunks: AsyncIterable[bytes], writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        async for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()
