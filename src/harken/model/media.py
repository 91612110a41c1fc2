"""Stored files: pictures of accounts, and what posts carry."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

MAX_ATTACHED = 4
MAX_DESCRIPTION = 1500


class MediaState(enum.IntEnum):
    """Where a file is on its way."""

    READY = 0
    WAITING = 1  # uploaded, not converted yet
    FAILED = 2  # it could not be converted; `error` says why
    GONE = 3  # deleted; the files follow within moments


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was measured of a file. Lengths are seconds, bit rates bits a second, sizes pixels."""

    small_width: int = 0
    small_height: int = 0
    focus: tuple[float, float] | None = None  # -1 to 1 from left to right and from bottom to top
    duration: float | None = None
    frame_rate: str = ""  # a fraction, such as 30000/1001
    bit_rate: int = 0
    sound: str = ""  # the codec's name
    sample_rate: int = 0
    channels: str = ""
    preview_edition: int = 0  # counts exchanged previews, so that each has an address of its own


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """One stored file; `kind` is its media type, `path` its place in the store."""

    id: int
    account_id: int
    purpose: str  # avatar, header, post
    kind: str
    path: str
    bytes: int
    width: int
    height: int
    description: str = ""
    created_at: datetime
    form: str = "image"  # image, gifv, video, audio
    state: MediaState = MediaState.READY
    secret: str = ""
    post_id: int | None = None
    scheduled_id: int | None = None
    loose_since: datetime | None = None
    upload: str = ""
    preview: str = ""
    blurhash: str | None = None
    facts: Facts = Facts()
    tries: int = 0
    error: str = ""

    @property
    def paths(self) -> list[str]:
        """Every file that belongs to it."""
        return [path for path in (self.path, self.preview, self.upload) if path]

    @property
    def address(self) -> str:
        """Where it is served, from the server's root; '' until it is ready. Whoever knows it may fetch it, as long as
        its post is there (docs/decisions/0011-media.md)."""
        return f"/media/post/{self.id:x}/{self.secret}.{_suffix(self.path)}" if self.path else ""

    @property
    def preview_address(self) -> str:
        """Where the small picture is served; '' where there is none."""
        if not self.preview:
            return ""
        edition = self.facts.preview_edition or ""
        return f"/media/post/{self.id:x}/{self.secret}-small{edition}.{_suffix(self.preview)}"

    @property
    def carried(self) -> str:
        """What search calls it: image, video or audio. A moving picture without sound is a picture."""
        return "image" if self.form == "gifv" else self.form


def _suffix(path: str) -> str:
    return path.rpartition(".")[2]
