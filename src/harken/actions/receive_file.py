"""Take a file of any type, in one piece or in many, and keep it for a post."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from .. import clock
from ..errors import Conflict, Invalid, NotFound, TooLarge, TooMany
from ..ids import new_id
from ..media.kinds import HEAD_BYTES, kind_of
from ..media.store import MediaStore, path_of
from ..model.account import Account
from ..model.file import FileLimits, FileState, StoredFile
from ..store import files
from ..store.database import Database
from .publish_post import may_post

KEPT = timedelta(days=1)  # after the last byte, unless a post carries it
MAX_LOOSE = 20  # files of one account that no post carries
MAX_NAME = 120
CHECKSUMS = ("sha1", "sha256")
_PIECE = 1_000_000  # bytes that are written, and noted, at once
_CLAIM = timedelta(seconds=60)
_PLAYS = {"mp3": "audio/mpeg", "flac": "audio/flac", "wav": "audio/wav", "ogg": "audio/ogg", "aac": "audio/aac"}


class ChecksumMismatch(Invalid):
    """What came is not what was sent; nothing of it is kept."""


def clean_name(name: str) -> str:
    """A file's name without folders, without characters that mean something to systems or turn text around, and not
    too long; its ending stays."""
    name = unicodedata.normalize("NFC", name[:4000].replace("\\", "/").rpartition("/")[2])
    name = "".join(letter for letter in name if unicodedata.category(letter)[0] != "C" and letter not in '<>:"|?*')
    name = " ".join(name.split()).lstrip(". ").rstrip(". ")
    if len(name) > MAX_NAME:
        stem, dot, ending = name.rpartition(".")
        ending = dot + ending if stem and len(ending) <= 12 else ""
        name = (stem if ending else name)[: MAX_NAME - len(ending)] + ending
    return name or "file"


async def begin_file(
    db: Database, account: Account, name: str, size: int, limits: FileLimits, now: datetime
) -> StoredFile:
    """Announce a file of `size` bytes, of which nothing is here yet.

    Raises NotAllowed, Invalid (nothing), TooLarge (the file, or all of the account's together), TooMany (loose ones).
    """
    may_post(account)
    if size <= 0:
        raise Invalid("This file is empty.", "file")
    if size > limits.most:
        raise TooLarge(f"A file has at most {limits.most // 1_000_000} MB here.")
    file_id = new_id(now)
    made = StoredFile(
        id=file_id, account_id=account.id, name=clean_name(name), bytes=size, path=path_of("part", file_id, "part"),
        created_at=now, expires_at=now + KEPT)
    async with db.transaction() as tx:
        await files.hold_account(tx, account.id)
        if await files.loose(tx, account.id) >= MAX_LOOSE:
            raise TooMany("Post or delete the files that you have uploaded before you upload more.", retry_after=60)
        if await files.used(tx, account.id) + size > limits.quota:
            raise TooLarge(
                f"Your files may have {limits.quota // 1_000_000} MB together. Delete some that nobody needs.")
        await files.insert(tx, made)
    return made


async def own_file(db: Database, account: Account, file_id: int) -> StoredFile:
    """A file of the account's. Raises NotFound."""
    found = await files.find(db, file_id)
    if found is None or found.account_id != account.id:
        raise NotFound("You have no such file.")
    return found


async def receive(
    db: Database, store: MediaStore, account: Account, file_id: int, offset: int, content: AsyncIterator[bytes],
    limits: FileLimits, checksum: tuple[str, bytes] | None = None,
) -> StoredFile:
    """Add what comes to a file of which `offset` bytes are here; what came until a connection broke is kept.

    A `checksum` is an algorithm of CHECKSUMS and the digest of all that comes; with one, only all of it is kept.
    Raises NotFound, Conflict (another offset, or somebody else adds), TooLarge, ChecksumMismatch.
    """
    found = await own_file(db, account, file_id)
    async with db.transaction() as tx:
        now = clock.now()
        claimed = await files.claim_receiving(tx, file_id, offset, now, now + _CLAIM)
    if not claimed:
        raise Conflict(f"{found.received} bytes of this file are here, and nobody else may be adding to it.")
    digest = hashlib.new(checksum[0], usedforsecurity=False) if checksum else None
    here, noted, held, whole = offset, offset, bytearray(), False

    async def write() -> None:
        nonlocal here, noted
        if held:
            await store.append(found.path, here, bytes(held))
            here += len(held)
            held.clear()
        if here > noted and not digest:
            await note()

    async def note() -> None:
        nonlocal noted
        async with db.transaction() as tx:
            now = clock.now()
            if not await files.progress(tx, file_id, noted, here, now + _CLAIM, now + KEPT):
                raise Conflict("This file was deleted, or somebody else adds to it.")
        noted = here

    try:
        try:
            async for piece in content:
                if here + len(held) + len(piece) > found.bytes:
                    raise TooLarge("More came than was announced.")
                held += piece
                if digest:
                    digest.update(piece)
                if len(held) >= _PIECE:
                    await write()
            whole = True
        finally:
            await write()
        if digest and checksum and whole:
            if digest.digest() != checksum[1]:
                raise ChecksumMismatch("The checksum is another one; send this piece again.", "checksum")
            if here > noted:
                await note()
    finally:
        async with db.transaction() as tx:
            await files.release(tx, file_id)
    if noted == found.bytes:
        await _complete(db, store, found, limits)
    return await own_file(db, account, file_id)


async def _complete(db: Database, store: MediaStore, found: StoredFile, limits: FileLimits) -> None:
    """All of it is here: under its lasting path, where nobody can add to it any more."""
    head = await store.piece(found.path, 0, HEAD_BYTES)
    path = path_of("file", found.id, "bin")
    await store.move(found.path, path)
    state = FileState.CHECKING if limits.scanned else FileState.CLEAN
    async with db.transaction() as tx:
        kept = await files.complete(tx, found.id, path, state, plays(head))
    if not kept:
        await store.delete(path)


def plays(head: bytes) -> str:
    """The media type of a sound or film that browsers play; '' for anything else, whatever it is called."""
    kind = kind_of(head)
    if kind is None or kind.name != "film":
        return ""
    if kind.reader == "mov":
        return "audio/mp4" if head[8:12] in (b"M4A ", b"M4B ") else "video/mp4"
    if kind.reader == "matroska":
        return "video/webm"
    return _PLAYS.get(kind.reader, "")


async def discard_file(db: Database, account: Account, file_id: int) -> None:
    """Delete an own file that no post carries. Raises NotFound, Conflict (one does; then the post is deleted)."""
    found = await own_file(db, account, file_id)
    async with db.transaction() as tx:
        present = await files.find(tx, found.id)
        if present is not None and present.post_id is not None:
            raise Conflict("A post carries this file. Delete the post.")
        await files.doom(tx, found.id)
