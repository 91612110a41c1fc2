"""Convert uploads that wait, and remove the files of what is gone. The work of `harken.converting`."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

import msgspec
import structlog

from .. import clock
from ..errors import Invalid, Refused
from ..media import ffmpeg, pictures
from ..media.store import MediaStore, path_of
from ..model.media import Facts, Media, MediaState
from ..store import media
from ..store.database import Database, Transaction

MAX_TRIES = 2  # a file that took two servers down does not get the third
_CLAIM = timedelta(seconds=60)  # renewed while the work goes on, so that a server that died holds nothing for long
_RENEW_SECONDS = 15
_PIECE = 100

_log = structlog.get_logger("harken.media")


async def convert_next(db: Database, store: MediaStore, now: datetime, max_bytes: int) -> bool:
    """Convert the oldest upload that nobody works on; False when there is none.

    Whatever goes wrong is written into its row: it is FAILED then, and says why.
    """
    async with db.transaction() as tx:
        waiting = await media.claim(tx, now, now + _CLAIM)
    if waiting is None:
        return False
    made: Media | None = None
    if waiting.tries > MAX_TRIES:
        reason = "This file could not be converted."
    else:
        renewing = asyncio.create_task(_renew(db, waiting.id))
        try:
            made = await _converted(store, waiting, max_bytes)
        except Refused as refused:
            reason = refused.message
        except asyncio.CancelledError:  # this server stops: the next one begins again, and this was no try
            async with db.transaction() as tx:
                await media.change(tx, waiting.id, claimed_until=0, tries=waiting.tries - 1)
            raise
        except Exception:
            _log.exception("an upload could not be converted", media_id=waiting.id)
            reason = "This file could not be converted."
        finally:
            renewing.cancel()
    if made is None:
        made = msgspec.structs.replace(waiting, state=MediaState.FAILED, kind="", error=reason)
    async with db.transaction() as tx:
        kept = await media.finish(tx, await _with_what_changed(tx, waiting, made))
    if not kept:  # deleted while it was converted
        for path in made.paths:
            await store.delete(path)
    elif waiting.upload:
        await store.delete(waiting.upload)
    return True


async def _with_what_changed(tx: Transaction, before: Media, made: Media) -> Media:
    """What was made, with the focus and the preview that its owner chose meanwhile."""
    present = await media.find(tx, made.id)
    if present is None:
        return made
    facts = msgspec.structs.replace(made.facts, focus=present.facts.focus)
    if present.facts.preview_edition == before.facts.preview_edition:
        return msgspec.structs.replace(made, facts=facts)
    chosen = msgspec.structs.replace(
        facts, small_width=present.facts.small_width, small_height=present.facts.small_height,
        preview_edition=present.facts.preview_edition)
    return msgspec.structs.replace(made, facts=chosen, preview=present.preview, blurhash=present.blurhash)


async def _renew(db: Database, media_id: int) -> None:
    while True:
        await asyncio.sleep(_RENEW_SECONDS)
        async with db.transaction() as tx:
            await media.change(tx, media_id, claimed_until=clock.now() + _CLAIM)


async def remove_files(db: Database, store: MediaStore) -> int:
    """Remove the files of what is gone, then its rows; how many. What interrupts this is done the next time."""
    gone = await media.doomed(db, _PIECE)
    for one in gone:
        for path in one.paths:
            await store.delete(path)
        async with db.transaction() as tx:
            await media.delete(tx, one.id)
    return len(gone)


async def _converted(store: MediaStore, waiting: Media, max_bytes: int) -> Media:
    reader = waiting.kind.removeprefix("reader:")
    with tempfile.TemporaryDirectory(prefix="harken-media-") as scratch:
        source, target, frame = (Path(scratch) / name for name in ("source", "target", "frame"))
        if not await store.copy_to(waiting.upload, source):
            raise Invalid("The uploaded file is not there any more.")
        found = await ffmpeg.probe(source, reader)
        ffmpeg.refuse_excess(found)
        suffix, kind = ("mp3", "audio/mpeg") if waiting.form == "audio" else ("mp4", "video/mp4")
        if waiting.form == "audio":
            await ffmpeg.to_sound(source, reader, found, target, max_bytes)
        else:
            await ffmpeg.to_film(source, reader, found, target, max_bytes)
        made = await ffmpeg.probe(target, "mp3" if waiting.form == "audio" else "mov")
        _refuse_shortened(found, made, target, max_bytes)
        shown = found.cover if waiting.form == "audio" else found.picture
        small = waiting.preview
        facts = _measured(waiting, made)
        blurhash = waiting.blurhash
        if shown is not None and not small:
            try:
                await ffmpeg.still(source, reader, shown, frame, max_bytes)
                preview = await pictures.read_preview(frame.read_bytes())
            except Invalid:
                if waiting.form != "audio":  # a sound is as good without its cover
                    raise
            else:
                small = path_of("small", waiting.id, preview.small.suffix)
                await store.put(small, preview.small.content)
                blurhash = preview.blurhash
                facts = msgspec.structs.replace(
                    facts, small_width=preview.small.width, small_height=preview.small.height)
        path = path_of("post", waiting.id, suffix)
        with target.open("rb") as content:
            await store.put_stream(path, content)
        film = made.picture
        return msgspec.structs.replace(
            waiting, state=MediaState.READY, kind=kind, path=path, bytes=target.stat().st_size, preview=small,
            width=film.width if film else 0, height=film.height if film else 0, blurhash=blurhash, facts=facts)


def _refuse_shortened(found: ffmpeg.Probe, made: ffmpeg.Probe, target: Path, max_bytes: int) -> None:
    """A film that ends before it said it would was cut off; one that fills every limit might never end."""
    if made.seconds >= ffmpeg.MAX_SECONDS or target.stat().st_size >= max_bytes - 65_536:
        raise Invalid("This is longer than what can be uploaded.", "file")
    if found.seconds > made.seconds + 1 + found.seconds / 20:
        raise Invalid("This file is cut off: a part of it is missing.", "file")


def _measured(waiting: Media, made: ffmpeg.Probe) -> Facts:
    film, sound = made.picture, made.sound
    rate = film.rate if film else Fraction(0)
    return msgspec.structs.replace(
        waiting.facts, duration=round(made.seconds, 3),
        frame_rate=f"{rate.numerator}/{rate.denominator}" if rate else "",
        bit_rate=int(made.format.bit_rate) if made.format.bit_rate.isdigit() else 0,
        sound=sound.codec_name if sound else "",
        sample_rate=int(sound.sample_rate) if sound and sound.sample_rate.isdigit() else 0,
        channels=(sound.channel_layout or {1: "mono", 2: "stereo"}.get(sound.channels, "")) if sound else "")

