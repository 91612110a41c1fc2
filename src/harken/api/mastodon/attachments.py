"""Attachments as Mastodon shows them: docs.joinmastodon.org/entities/MediaAttachment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import msgspec

from ...model.media import Media


class MediaAttachment(msgspec.Struct):
    """`url` is null until the file is converted, `preview_url` where there is no picture of it."""

    id: str
    type: str
    url: str | None
    preview_url: str | None
    remote_url: None
    preview_remote_url: None
    text_url: None
    meta: dict[str, Any]
    description: str | None
    blurhash: str | None


def attachment(media: Media, base_url: str, description: str | None = None) -> MediaAttachment:
    """One attachment; `description` is that of an earlier version of its post, where that is shown."""
    alt = media.description if description is None else description
    return MediaAttachment(
        id=str(media.id), type=media.form, url=base_url + media.address if media.address else None,
        preview_url=base_url + media.preview_address if media.preview else None, remote_url=None,
        preview_remote_url=None, text_url=None, meta=_meta(media), description=alt or None, blurhash=media.blurhash)


def attachments(ids: Sequence[int], known: Mapping[int, Media], base_url: str) -> list[MediaAttachment]:
    """Those of `ids` that are there, in order."""
    return [attachment(known[i], base_url) for i in ids if i in known]


def _meta(media: Media) -> dict[str, Any]:
    facts, meta = media.facts, dict[str, Any]()
    if facts.focus is not None:
        meta["focus"] = {"x": facts.focus[0], "y": facts.focus[1]}
    if media.path and media.form == "image":
        meta["original"] = _size(media.width, media.height)
    elif media.path:
        meta |= _of_film(media)
    if facts.small_width:
        meta["small"] = _size(facts.small_width, facts.small_height)
    return meta


def _size(width: int, height: int) -> dict[str, Any]:
    return {"width": width, "height": height, "size": f"{width}x{height}", "aspect": width / height}


def _of_film(media: Media) -> dict[str, Any]:
    facts = media.facts
    seconds = facts.duration or 0.0
    original: dict[str, Any] = {"duration": seconds, "bitrate": facts.bit_rate}
    hours, rest = divmod(seconds, 3600)
    meta: dict[str, Any] = {"length": f"{int(hours)}:{int(rest // 60):02}:{rest % 60:05.2f}", "duration": seconds}
    if media.width:
        original = {"width": media.width, "height": media.height, "frame_rate": facts.frame_rate or "0/1"} | original
        meta |= _size(media.width, media.height) | {"fps": round(float(Fraction(facts.frame_rate or "0")), 3)}
    if facts.sound:
        meta |= {
            "audio_encode": facts.sound, "audio_bitrate": f"{facts.sample_rate} Hz", "audio_channels": facts.channels}
    return meta | {"original": original}
