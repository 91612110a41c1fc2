"""docs.joinmastodon.org/methods/media."""

from __future__ import annotations

import asyncio
import os
import re
from typing import Any

import msgspec
from litestar import delete, get, put
from litestar.params import FromPath

from ... import clock
from ...actions import change_media, upload_media
from ...engine import Engine
from ...errors import Invalid
from ...model.media import Media, MediaState
from ...store import media as rows
from ..requests import AnyRequest, UploadFile, engine_of, id_in_path, parameters, viewer
from .answers import Answer, answer, doing
from .attachments import attachment

WAIT_SECONDS = 60.0  # for the old endpoint, which answers when all is done
_LOOK_SECONDS = 0.1
_NUMBER = re.compile(r"\s*([+-]?[0-9]{1,9}(?:\.[0-9]{1,9})?)")
_FAILED = "Error processing thumbnail for uploaded media"


class Given(msgspec.Struct):
    """What a client sends with an upload, or to change one."""

    file: Any = None
    thumbnail: Any = None
    description: str | None = None
    focus: str | list[str | float] | None = None

    @property
    def point(self) -> tuple[float, float] | None:
        """The focus as numbers from -1 to 1; what is no number is 0, as in Mastodon ("".to_f)."""
        return focal_point(self.focus)

    async def picture(self) -> bytes | None:
        """The preview that came with it. Raises Invalid for what is no file."""
        return await picture(self.thumbnail)


async def picture(thumbnail: Any) -> bytes | None:
    """What was uploaded as a small picture; None for nothing. Raises Invalid for what is no file."""
    if thumbnail in (None, ""):
        return None
    if not isinstance(thumbnail, UploadFile):
        raise Invalid("Validation failed: thumbnail must be an uploaded file", "thumbnail")
    try:
        return await thumbnail.read()
    finally:
        await thumbnail.close()


def focal_point(text: str | list[str | float] | None) -> tuple[float, float] | None:
    """A focus as clients write it, `0.5,-0.2` or a list, in numbers from -1 to 1; None for none."""
    parts = text.split(",") if isinstance(text, str) else text
    if not text or not parts:
        return None
    found = [_NUMBER.match(str(part)) for part in [*parts, "", ""][:2]]
    x, y = (max(-1.0, min(1.0, float(match[1]))) if match else 0.0 for match in found)
    return x, y


def limits(engine: Engine) -> upload_media.Limits:
    """How large uploads may be here."""
    return upload_media.Limits(picture=engine.settings.max_upload_bytes, film=engine.settings.max_video_bytes)


def measured(file: UploadFile) -> upload_media.Upload:
    """An uploaded file at its beginning, with its length."""
    content = file.file
    size = content.seek(0, os.SEEK_END)
    content.seek(0)
    return upload_media.Upload(file.filename, content, size)


async def _upload(request: AnyRequest) -> Media:
    by = await viewer(request, "write:media")
    given = await parameters(request, Given)
    if not isinstance(given.file, UploadFile):
        raise Invalid("Validation failed: File can't be blank", "file")
    engine = engine_of(request)
    try:
        made = await upload_media.upload_media(
            engine.db, engine.media, by, measured(given.file), clock.now(), limits(engine),
            description=given.description or "", focus=given.point, thumbnail=await given.picture())
    finally:
        await given.file.close()
    engine.converting.nudge()
    return made


def _shown(request: AnyRequest, made: Media, unfinished: int) -> Answer:
    if made.state is MediaState.FAILED:
        raise Invalid(_FAILED)
    ready = made.state is MediaState.READY
    return answer(attachment(made, engine_of(request).base_url), status=200 if ready else unfinished)


@doing("/api/v2/media")
async def upload(request: AnyRequest) -> Answer:
    """200 for a picture, 202 for what is still converted."""
    return _shown(request, await _upload(request), 202)


@doing("/api/v1/media")
async def upload_and_wait(request: AnyRequest) -> Answer:
    made = await _upload(request)
    db = engine_of(request).db
    until = clock.monotonic() + WAIT_SECONDS
    while made.state is MediaState.WAITING and clock.monotonic() < until:
        await asyncio.sleep(_LOOK_SECONDS)
        made = await rows.get_loose(db, made.id, made.account_id)
    return _shown(request, made, 202)


@get("/api/v1/media/{media_id:str}")
async def one(request: AnyRequest, media_id: FromPath[str]) -> Answer:
    """200 when it is ready, 206 until then, 422 when it cannot be converted."""
    by = await viewer(request, "write:media")
    return _shown(request, await rows.get_loose(engine_of(request).db, id_in_path(media_id), by.id), 206)


@put("/api/v1/media/{media_id:str}")
async def change(request: AnyRequest, media_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:media")
    engine, number = engine_of(request), id_in_path(media_id)
    _shown(request, await rows.get_loose(engine.db, number, by.id), 206)
    given = await parameters(request, Given)
    made = await change_media.change_media(
        engine.db, engine.media, by, number, engine.settings.max_upload_bytes, description=given.description,
        focus=given.point, thumbnail=await given.picture())
    return _shown(request, made, 206)


@delete("/api/v1/media/{media_id:str}", status_code=200)
async def discard(request: AnyRequest, media_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:media")
    engine = engine_of(request)
    await change_media.discard_media(engine.db, by, id_in_path(media_id))
    engine.converting.nudge()
    return answer({})


routes = [upload, upload_and_wait, one, change, discard]
