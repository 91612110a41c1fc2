"""Where the bytes of media lie. Rows say what they are; a store only keeps them."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

_PATH = re.compile(r"[a-z]{1,20}/[0-9a-f]{2}/[0-9a-f]{1,20}\.[a-z0-9]{2,5}")


def path_of(place: str, media_id: int, suffix: str) -> str:
    """The path of a file: `place` is avatar, header, post, small, upload, part or file."""
    return f"{place}/{media_id % 256:02x}/{media_id:x}.{suffix}"


class MediaStore(Protocol):
    """Keeps bytes under paths that we make ourselves, such as `avatar/3f/1a2b3c.webp`."""

    async def put(self, path: str, content: bytes) -> None:
        """Keep `content`; on disk when this returns."""

    async def put_stream(self, path: str, source: IO[bytes]) -> None:
        """Keep what an open file holds, from where it stands; on disk when this returns."""

    async def append(self, path: str, offset: int, content: bytes) -> None:
        """Write into a file from `offset` on, which it has reached before; what stood there is forgotten."""

    async def move(self, path: str, target: str) -> None:
        """Keep it under another path, and on disk when this returns; nothing happens when it is not there."""

    async def get(self, path: str) -> bytes | None:
        """What is kept under `path`, which may come from anybody."""

    async def size(self, path: str) -> int | None:
        """How many bytes are kept under `path`."""

    async def piece(self, path: str, start: int, count: int) -> bytes:
        """Up to `count` bytes from `start` on; none when it is gone."""

    async def copy_to(self, path: str, target: Path) -> bool:
        """Write what is kept into a file on this machine; whether there was anything."""

    async def delete(self, path: str) -> None:
        """Forget it; nothing happens when it is gone already."""


class FileStore:
    """A directory. The embedded profile's, and a mounted one's."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def _file(self, path: str) -> Path | None:
        return self._directory / path if _PATH.fullmatch(path) else None

    def _own(self, path: str) -> Path:
        file = self._file(path)
        assert file is not None, "media paths are made by us"
        return file

    async def put(self, path: str, content: bytes) -> None:
        await asyncio.to_thread(_write, self._own(path), content)

    async def put_stream(self, path: str, source: IO[bytes]) -> None:
        await asyncio.to_thread(_write, self._own(path), source)

    async def append(self, path: str, offset: int, content: bytes) -> None:
        await asyncio.to_thread(_append, self._own(path), offset, content)

    async def move(self, path: str, target: str) -> None:
        await asyncio.to_thread(_move, self._own(path), self._own(target))

    async def get(self, path: str) -> bytes | None:
        file = self._file(path)
        return await asyncio.to_thread(_read, file) if file else None

    async def size(self, path: str) -> int | None:
        file = self._file(path)
        return await asyncio.to_thread(_size, file) if file else None

    async def piece(self, path: str, start: int, count: int) -> bytes:
        return await asyncio.to_thread(_piece, self._own(path), start, count)

    async def copy_to(self, path: str, target: Path) -> bool:
        return await asyncio.to_thread(_copy, self._own(path), target)

    async def delete(self, path: str) -> None:
        file = self._file(path)
        if file:
            await asyncio.to_thread(file.unlink, True)


def _write(file: Path, content: bytes | IO[bytes]) -> None:
    """All of it or nothing, also when the power fails."""
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_name(file.name + ".part")
    with half.open("wb") as out:
        if isinstance(content, bytes):
            out.write(content)
        else:
            shutil.copyfileobj(content, out)
        out.flush()
        os.fsync(out.fileno())
    half.rename(file)


def _append(file: Path, offset: int, content: bytes) -> None:
    if offset == 0:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    with file.open("r+b") as out:  # one that was deleted meanwhile does not come back
        out.truncate(offset)
        out.seek(offset)
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _move(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        file.rename(target)
    opened = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except OSError:
        return None


def _piece(file: Path, start: int, count: int) -> bytes:
    try:
        with file.open("rb") as opened:
            opened.seek(start)
            return opened.read(count)
    except OSError:
        return b""


def _copy(file: Path, target: Path) -> bool:
    try:
        shutil.copyfile(file, target)
    except OSError:
        return False
    return True
