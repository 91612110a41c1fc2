"""Have files checked by a scanner, and remove the bytes of what is gone. The work of `harken.filing`."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from ..errors import TryLater
from ..ids import new_id
from ..log.append import append
from ..log.events import FileRefused
from ..media.store import MediaStore
from ..model.file import FileState
from ..store import files
from ..store.database import Database

SCAN_SECONDS = 300
_AGAIN = timedelta(seconds=SCAN_SECONDS + 60)
_PIECE = 262_144
_MAX_ANSWER = 4096
_REMOVED = 100

_log = structlog.get_logger("harken.files")


async def check_next(db: Database, store: MediaStore, scanner: str, now: datetime) -> bool:
    """Have the oldest file checked that nobody checks; False when there is none.

    A scanner that does not answer is asked again some minutes later; until it has said something, nobody gets the file.
    """
    async with db.transaction() as tx:
        waiting = await files.claim_check(tx, now, now + _AGAIN)
    if waiting is None:
        return False
    try:
        async with asyncio.timeout(SCAN_SECONDS):
            infected = await scan(store, waiting.path, scanner)
    except (TryLater, TimeoutError, OSError, ValueError) as error:
        _log.error("a file could not be checked", file_id=waiting.id, reason=str(error) or type(error).__name__)
        return True
    async with db.transaction() as tx:
        refused_id = new_id(now) if infected else None
        state = FileState.INFECTED if infected else FileState.CLEAN
        if await files.judge(tx, waiting.id, state, refused_id) and refused_id:
            await append(tx, FileRefused(refused_id, waiting.account_id), now)
    if infected:
        await store.delete(waiting.path)
    return True


async def scan(store: MediaStore, path: str, scanner: str) -> bool:
    """Whether a scanner calls a stored file infected: `clamd://host:port` or `clamd:///path/of/socket` by INSTREAM
    (docs.clamav.net/manual/Usage/Scanning), anything else a command that is given the path and ends with 0 for clean
    and 1 for infected, as clamscan does. Raises TryLater, OSError, ValueError."""
    if scanner.startswith("clamd://"):
        return await _stream(store, path, scanner)
    with tempfile.TemporaryDirectory(prefix="harken-scan-") as scratch:
        copy = Path(scratch) / "file"
        if not await store.copy_to(path, copy):
            raise TryLater("the file is not there")
        process = await asyncio.create_subprocess_exec(
            *shlex.split(scanner), str(copy), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL, start_new_session=True)
        try:
            status = await process.wait()
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            raise
    if status not in (0, 1):
        raise TryLater(f"the scanner ended with {status}")
    return status == 1


async def _stream(store: MediaStore, path: str, scanner: str) -> bool:
    parts = urlsplit(scanner)
    if parts.hostname:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 3310)
    else:
        reader, writer = await asyncio.open_unix_connection(parts.path)
    try:
        writer.write(b"zINSTREAM\0")
        at = 0
        while piece := await store.piece(path, at, _PIECE):
            writer.write(len(piece).to_bytes(4, "big") + piece)
            await writer.drain()
            at += len(piece)
        writer.write(b"\0\0\0\0")
        await writer.drain()
        answer = (await reader.read(_MAX_ANSWER)).rstrip(b"\0\n")
    finally:
        writer.close()
    if answer.endswith(b" OK"):
        return False
    if answer.endswith(b" FOUND"):
        return True
    raise TryLater(f"clamd answered {answer[:100]!r}")


async def remove_gone(db: Database, store: MediaStore) -> int:
    """Remove the bytes of what is gone, then its rows; how many."""
    gone = await files.doomed(db, _REMOVED)
    for one in gone:
        await store.delete(one.path)
        async with db.transaction() as tx:
            await files.delete(tx, one.id)
    return len(gone)
