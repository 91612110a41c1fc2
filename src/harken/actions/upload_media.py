"""Take an upload that a post will carry: pictures at once, films and sounds for converting."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import IO

import msgspec

from ..errors import Invalid, TooMany, TryLater
from ..ids import new_id
from ..media import ffmpeg, pictures
from ..media.kinds import HEAD_BYTES, Kind, kind_of
from ..media.store import MediaStore, path_of
from ..model.account import Account
from ..model.media import MAX_DESCRIPTION, Facts, Media, MediaState
from ..store import media
from ..store.database import Database
from ..text.markup import clean
from .publish_post import may_post

MAX_WAITING = 8  # uploads of one account that wait to be converted
MAX_WAITING_HERE = 200

_PICTURE_NAMES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif")


class Upload(msgspec.Struct, frozen=True):
    """A file as it came. `content` is open at its beginning and `bytes` long."""

    name: str
    content: IO[bytes]
    bytes: int


class Limits(msgspec.Struct, frozen=True):
    """How large uploads may be, in bytes."""

    picture: int
    film: int


async def upload_media(
    db: Database, store: MediaStore, account: Account, upload: Upload, now: datetime, limits: Limits, *,
    description: str = "", focus: tuple[float, float] | None = None, thumbnail: bytes | None = None,
) -> Media:
    """Keep `upload` as a loose attachment; it is READY, or WAITING to be converted.

    Raises Invalid (what it is, how large, what is broken in it), TooMany and
    TryLater (too much waits already), NotAllowed.
    """
    may_post(account)
    description = checked_description(description)
    if not upload.bytes:
        raise Invalid("Validation failed: File can't be blank", "file")
    kind = kind_of(await asyncio.to_thread(_head, upload.content))
    if kind is None:
        raise Invalid("File type of uploaded media could not be verified", "file")
    if kind.name == "unreadable":
        raise Invalid("Validation failed: File content type is invalid, File is invalid", "file")
    _refuse_other_name(upload.name, kind)
    _refuse_large(upload.bytes, limits.film if kind.name == "film" else limits.picture)
    media_id = new_id(now)
    made = Media(
        id=media_id, account_id=account.id, purpose="post", kind="", path="", bytes=upload.bytes, width=0, height=0,
        description=description, created_at=now, secret=new_secret(), loose_since=now, facts=Facts(focus=focus))
    prepared: Sequence[tuple[str, bytes]] = ()
    if kind.name == "film" or await _becomes_film(upload, kind):
        made = await _waiting(db, store, made, upload, kind)
    else:
        made, prepared = await _picture(made, await asyncio.to_thread(_all, upload.content), kind)
    if thumbnail:
        made, extra = await with_preview(made, thumbnail, limits.picture)
        prepared = [*(one for one in prepared if one[0] != made.preview), *extra]
    try:
        for path, content in prepared:
            await store.put(path, content)
        async with db.transaction() as tx:
            await media.insert(tx, made)
    except BaseException:
        for path in made.paths:
            await store.delete(path)
        raise
    return made


def new_secret() -> str:
    """What makes the address of a file impossible to guess."""
    return secrets.token_urlsafe(16)


def checked_description(text: str) -> str:
    """A description, cleaned. Raises Invalid when it is too long."""
    text = clean(text[: MAX_DESCRIPTION * 4])
    if len(text) > MAX_DESCRIPTION:
        raise Invalid(
            f"Validation failed: Description is too long (maximum is {MAX_DESCRIPTION} characters)", "description")
    return text


async def with_preview(made: Media, content: bytes, max_bytes: int) -> tuple[Media, list[tuple[str, bytes]]]:
    """The attachment with a small picture of somebody's own choice, and what is to be written. Raises Invalid."""
    _refuse_large(len(content), max_bytes)
    chosen = await pictures.read_preview(content)
    facts = msgspec.structs.replace(
        made.facts, small_width=chosen.small.width, small_height=chosen.small.height,
        preview_edition=made.facts.preview_edition + 1)
    path = path_of("small", made.id, chosen.small.suffix)
    made = msgspec.structs.replace(made, preview=path, blurhash=chosen.blurhash, facts=facts)
    return made, [(path, chosen.small.content)]


def _head(content: IO[bytes]) -> bytes:
    head = content.read(HEAD_BYTES)
    content.seek(0)
    return head


def _all(content: IO[bytes]) -> bytes:
    content.seek(0)
    return content.read()


def _refuse_other_name(name: str, kind: Kind) -> None:
    """A film that is called a picture, or anything that is called a page, is not what its sender says."""
    ending = Path(name).suffix.lower()
    pictured = ending in _PICTURE_NAMES
    if (pictured and kind.name == "film") or ending in (".svg", ".htm", ".html", ".xml", ".js", ".php", ".exe"):
        raise Invalid("Validation failed: File has contents that are not what they are reported to be", "file")


def _refuse_large(size: int, most: int) -> None:
    if size > most:
        told = f"must be less than {most // 1_000_000} MB"
        raise Invalid(f"Validation failed: File file size {told}, File {told}", "file")


async def _becomes_film(upload: Upload, kind: Kind) -> bool:
    """Whether this is a GIF that moves, where it can be turned into a film."""
    if kind.name != "gif" or not ffmpeg.available():
        return False
    return await pictures.moves(await asyncio.to_thread(_all, upload.content))


async def _picture(made: Media, content: bytes, kind: Kind) -> tuple[Media, list[tuple[str, bytes]]]:
    if kind.name == "gif" and await pictures.moves(content):
        read = await pictures.read_moving(content)
    else:
        read = await pictures.read_attachment(content)
    whole, small = read.whole, read.small
    made = msgspec.structs.replace(
        made, kind=whole.kind, bytes=len(whole.content), width=whole.width, height=whole.height,
        path=path_of("post", made.id, whole.suffix), preview=path_of("small", made.id, small.suffix),
        blurhash=read.blurhash,
        facts=msgspec.structs.replace(made.facts, small_width=small.width, small_height=small.height))
    return made, [(made.path, whole.content), (made.preview, small.content)]


async def _waiting(db: Database, store: MediaStore, made: Media, upload: Upload, kind: Kind) -> Media:
    """The upload, looked at and kept as it is until somebody converts it."""
    if not ffmpeg.available():
        raise Invalid(
            "Validation failed: This server takes pictures, but no sound and no films: its operator has not "
            "installed ffmpeg", "file")
    if await media.waiting(db, made.account_id) >= MAX_WAITING:
        raise TooMany("Wait until your other uploads are converted.", retry_after=30)
    if await media.waiting(db) >= MAX_WAITING_HERE:
        raise TryLater("Many uploads wait to be converted; try again in a moment.")
    path = path_of("upload", made.id, "bin")
    upload.content.seek(0)
    await store.put_stream(path, upload.content)
    try:
        form = await _form(store, path, kind)
    except BaseException:
        await store.delete(path)
        raise
    return msgspec.structs.replace(made, state=MediaState.WAITING, form=form, kind=f"reader:{kind.reader}", upload=path)


async def _form(store: MediaStore, path: str, kind: Kind) -> str:
    """gifv, video or audio, and nothing above a limit. Raises Invalid for what cannot be read."""
    with tempfile.TemporaryDirectory(prefix="harken-media-") as scratch:
        source = Path(scratch) / "source"
        await store.copy_to(path, source)
        found = await ffmpeg.probe(source, kind.reader)
        ffmpeg.refuse_excess(found)
        if kind.name == "gif":
            return "gifv"
        return "video" if found.picture is not None else "audio"
