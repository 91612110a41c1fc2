"""Where the bytes of media lie. Rows say what they are; a store only keeps them."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import Protocol

_PATH = re.compile(r"[a-z]{1,20}/[0-9a-f]{2}/[0-9a-f]{1,20}\.[a-z0-9]{2,5}")


class MediaStore(Protocol):
    """Keeps bytes under paths that we make ourselves, such as `avatar/3f/1a2b3c.webp`."""

    async def put(self, path: str, content: bytes) -> None:
        """Keep `content`; on disk when this returns."""

    async def get(self, path: str) -> bytes | None:
        """What is kept under `path`, which may come from anybody."""

    async def delete(self, path: str) -> None:
        """Forget it; nothing happens when it is gone already."""


class FileStore:
    """A directory. The embedded profile's, and a mounted one's."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def _file(self, path: str) -> Path | None:
        return self._directory / path if _PATH.fullmatch(path) else None

    async def put(self, path: str, content: bytes) -> None:
        file = self._file(path)
        assert file is not None, "media paths are made by us"
        await asyncio.to_thread(_write, file, content)

    async def get(self, path: str) -> bytes | None:
        file = self._file(path)
        return await asyncio.to_thread(_read, file) if file else None

    async def delete(self, path: str) -> None:
        file = self._file(path)
        if file:
            await asyncio.to_thread(file.unlink, True)


def _write(file: Path, content: bytes) -> None:
    """All of it or nothing, also when the power fails."""
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_name(file.name + ".part")
    with half.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    half.rename(file)


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None
