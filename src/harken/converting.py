"""In every serving process: convert uploads one at a time, and remove the files of what is gone."""

from __future__ import annotations

from . import clock
from .actions.convert_media import convert_next, remove_files
from .media.store import MediaStore
from .store import media
from .store.database import Database
from .working import Worker


class Converting(Worker):
    """Works off what waits, whoever left it: this process, another one, or one that died."""

    name = "media"

    def __init__(self, db: Database, store: MediaStore, max_bytes: int) -> None:
        super().__init__()
        self._db = db
        self._store = store
        self._max_bytes = max_bytes

    async def settle(self) -> None:
        """Work off everything that waits now."""
        while await media.unfinished(self._db):
            removed = await remove_files(self._db, self._store)
            if not (await convert_next(self._db, self._store, clock.now(), self._max_bytes) or removed):
                return  # the rest is in the hands of other processes
