"""Wake those who wait for the log: in this process by an event, in others by a Unix datagram."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from pathlib import Path

BREATH = 0.001  # seconds between a commit and its wake-up: first whoever waits for the commit gets the answer


class Wake:
    """Counts commits heard of. Polling is the net below: a lost datagram costs a quarter of a second."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.count = 0
        self._telling: asyncio.TimerHandle | None = None
        self._closed = False
        self._waiting: set[asyncio.Future[None]] = set()
        self._directory = directory
        self._path = directory / f"{os.getpid()}-{id(self):x}.sock"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._relative = f"{self._path.name}"
        # A path may have at most some 100 bytes (unix(7)); bind from within the directory if longer.
        self._fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        self._socket.bind(self._address(self._relative))
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._heard)

    def _address(self, name: str) -> str:
        return f"/proc/self/fd/{self._fd}/{name}" if Path("/proc/self/fd").exists() else str(self._directory / name)

    def committed(self) -> None:
        """Tell everybody, in a moment and once for all commits until then: called after each commit that wrote."""
        if self._telling is None and not self._closed:
            self._telling = asyncio.get_running_loop().call_later(BREATH, self._tell)

    def _tell(self) -> None:
        self._telling = None
        self._rouse()
        for name in os.listdir(self._fd):
            if name == self._relative or not name.endswith(".sock"):
                continue
            try:
                self._socket.sendto(b"w", self._address(name))
            except BlockingIOError:
                pass  # its buffer is full of wake-ups already
            except OSError:
                with suppress(OSError):  # its process is gone
                    os.unlink(name, dir_fd=self._fd)

    def _heard(self) -> None:
        with suppress(BlockingIOError):
            for _ in range(1000):
                self._socket.recv(1)
        self._rouse()

    def _rouse(self) -> None:
        self.count += 1
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def wait(self, seen: int, seconds: float) -> None:
        """Return when something was committed since `seen` was read from `count`, or after `seconds`."""
        if self.count != seen:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            async with asyncio.timeout(seconds):
                await future
        except TimeoutError:
            pass
        finally:
            self._waiting.discard(future)

    def close(self) -> None:
        """Stop listening; what is left to tell is told."""
        self._closed = True
        if self._telling is not None:
            self._telling.cancel()
            self._tell()
        with suppress(RuntimeError):
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
        with suppress(OSError):
            os.unlink(self._relative, dir_fd=self._fd)
        os.close(self._fd)
