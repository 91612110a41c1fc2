"""Pictures, films and sounds: as cards show them, and as the post box takes them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from .. import clock
from ..actions.upload_media import Limits, Upload, checked_description, upload_media
from ..api.mastodon.media import measured
from ..api.requests import AnyRequest, UploadFile, engine_of
from ..errors import Invalid
from ..ids import parse_id
from ..model.account import Account
from ..model.media import MAX_ATTACHED, Media, MediaState
from ..store import media
from .languages import gettext_now as _

WAIT_SECONDS = 20.0  # for what is converted, before the box comes back and asks for a little patience
_LOOK_SECONDS = 0.2


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One attachment on a page; sizes are pixels, `keep` says which part stays in sight when it is cut."""

    form: str
    src: str
    small: str
    alt: str
    width: int
    height: int
    keep: str = ""


class Taken(msgspec.Struct, frozen=True):
    """An upload that a post box has taken already."""

    id: str
    description: str
    form: str
    small: str


class Chosen(msgspec.Struct, kw_only=True):
    """What a submitted post box says of files: new ones with their descriptions, and those taken before."""

    file: Any = None
    alt: list[str] | str = []
    taken: list[str] | str = []

    @property
    def has_files(self) -> bool:
        """Whether anything is to be carried."""
        return bool(self.taken) or any(isinstance(file, UploadFile) and file.filename for file in _many(self.file))


def shown(ids: Sequence[int], known: Mapping[int, Media]) -> list[Shown]:
    """What a post carries, in order."""
    return [
        Shown(
            form=one.form, src=one.address, small=one.preview_address, alt=one.description,
            width=one.facts.small_width or one.width, height=one.facts.small_height or one.height, keep=_keep(one))
        for one in (known[i] for i in ids if i in known) if one.address]


def _keep(one: Media) -> str:
    """Two words for the stylesheet; the strict policy allows no style in the page."""
    if one.facts.focus is None:
        return ""
    x, y = one.facts.focus
    across = "left" if x < -0.33 else "right" if x > 0.33 else ""
    down = "top" if y > 0.33 else "bottom" if y < -0.33 else ""
    return " ".join(f"keep-{side}" for side in (across, down) if side)


async def taken(request: AnyRequest, viewer: Account, ids: Sequence[int]) -> list[Taken]:
    """Those of `ids` that the viewer has uploaded and not posted, for a box that comes back."""
    found = await media.by_ids(engine_of(request).db, ids) if ids else {}
    return [
        Taken(str(one.id), one.description, one.form, one.preview_address)
        for one in (found[i] for i in ids if i in found)
        if one.account_id == viewer.id and one.post_id is None and one.state is not MediaState.FAILED]


async def carried(request: AnyRequest, ids: Sequence[int], alts: dict[int, str] | None = None) -> list[Taken]:
    """What an own post carries, for the box that edits it; described anew by `alts`, where it comes back."""
    found = await media.by_ids(engine_of(request).db, ids) if ids else {}
    return [
        Taken(str(one.id), (alts or {}).get(one.id, one.description), one.form, one.preview_address)
        for one in (found[i] for i in ids if i in found)]


async def take(request: AnyRequest, viewer: Account, given: Chosen, ids: list[int]) -> None:
    """Keep what was chosen, adding to `ids`, and wait a little for what must be converted.

    Raises Invalid: what cannot be used, too many, or not converted yet; `ids` hold what was kept until then.
    """
    engine = engine_of(request)
    ids += [number for text in _many(given.taken) if (number := parse_id(str(text))) is not None]
    files, alts = _many(given.file), [str(text) for text in _many(given.alt)]
    described = zip(files, [*alts, *[""] * len(files)], strict=False)
    uploads = [(file, alt) for file, alt in described if isinstance(file, UploadFile) and file.filename]
    if len(ids) + len(uploads) > MAX_ATTACHED:
        raise Invalid(_("A post carries at most four files."), "file")
    limits = Limits(picture=engine.settings.max_upload_bytes, film=engine.settings.max_video_bytes)
    for file, alt in uploads:
        try:
            upload: Upload = measured(file)
            made = await upload_media(
                engine.db, engine.media, viewer, upload, clock.now(), limits, description=checked_description(alt))
        except Invalid as refused:
            why = refused.message.removeprefix("Validation failed: ")
            raise Invalid(_("%(name)s: %(why)s") % {"name": upload.name[:80], "why": _(why)}, "file") from None
        finally:
            await file.close()
        ids.append(made.id)
    if ids:
        engine.converting.nudge()
        await _until_ready(request, ids)


async def _until_ready(request: AnyRequest, ids: list[int]) -> None:
    until = clock.monotonic() + WAIT_SECONDS
    while True:
        found = await media.by_ids(engine_of(request).db, ids)
        for failed in [one for one in found.values() if one.state is MediaState.FAILED]:
            ids.remove(failed.id)
            raise Invalid(_(failed.error), "file")
        if all(one.state is MediaState.READY for one in found.values()):
            return
        if clock.monotonic() > until:
            raise Invalid(_("Your file is still being prepared. Post again in a moment."), "file")
        await asyncio.sleep(_LOOK_SECONDS)


def _many(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given] if given else []
