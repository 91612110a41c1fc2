"""Files of any type, as they were sent: kept, checked, given out for download, never shown as a page."""

from __future__ import annotations

import enum
from datetime import datetime
from urllib.parse import quote

import msgspec


class FileState(enum.IntEnum):
    """Where a file is on its way; only CLEAN ones are given out."""

    RECEIVING = 0
    CHECKING = 1  # all of it is here; a scanner has not said yet what it is
    CLEAN = 2
    INFECTED = 3
    GONE = 4  # deleted; the bytes follow within moments


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file. `received` of its `bytes` are here; `plays` is its media type if browsers play it."""

    id: int
    account_id: int
    post_id: int | None = None
    name: str
    bytes: int
    received: int = 0
    state: FileState = FileState.RECEIVING
    path: str
    plays: str = ""
    created_at: datetime
    expires_at: datetime | None = None
    tries: int = 0
    refused_id: int | None = None

    @property
    def address(self) -> str:
        """Where it is given out, from the server's root, to whoever may see its post."""
        return f"/files/{self.id}/{quote(self.name, safe='')}"


class FileLimits(msgspec.Struct, frozen=True):
    """How much may be kept, in bytes: of one file, and of one member; and whether a scanner looks at all of it."""

    most: int
    quota: int
    scanned: bool
