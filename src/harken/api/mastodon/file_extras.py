"""Files of any type: in the object `harken` of a status, as an attachment for those who know none, and as uploads."""

from __future__ import annotations

import msgspec

from ...model.file import FileState, StoredFile
from .attachments import MediaAttachment


class FileExtras(msgspec.Struct, frozen=True):
    """A file; `state` is receiving, checking, clean or infected. `url` is null until it may be downloaded, by whoever
    may see the status: it is asked for with a bearer token or in a browser that is signed in."""

    id: str
    name: str
    bytes: int
    received: int
    state: str
    plays: str | None
    url: str | None


def file_extras(file: StoredFile, base_url: str) -> FileExtras:
    """A file as everybody who may see its status sees it."""
    return FileExtras(
        id=str(file.id), name=file.name, bytes=file.bytes, received=file.received, state=file.state.name.lower(),
        plays=file.plays or None, url=base_url + file.address if file.state is FileState.CLEAN else None)


def file_attachment(file: StoredFile, base_url: str) -> MediaAttachment:
    """The same as an attachment of a type that clients link to (docs.joinmastodon.org/entities/MediaAttachment)."""
    return MediaAttachment(
        id=str(file.id), type="unknown", url=base_url + file.address if file.state is FileState.CLEAN else None,
        preview_url=None, remote_url=None, preview_remote_url=None, text_url=None, meta={}, description=file.name,
        blurhash=None)
