"""In every serving process: have uploaded files checked, and remove the bytes of what is gone."""

from __future__ import annotations

from . import clock
from .actions.check_file import check_next, remove_gone
from .media.store import MediaStore
from .store.database import Database
from .working import Worker


class Filing(Worker):
    """Works off what waits, whoever left it."""

    name = "files"

    def __init__(self, db: Database, store: MediaStore, scanner: str) -> None:
        super().__init__()
        self._db = db
        self._store = store
        self._scanner = scanner

    async def settle(self) -> None:
        """Work off everything that waits now."""
        while await remove_gone(self._db, self._store):
            pass
        while self._scanner and await check_next(self._db, self._store, self._scanner, clock.now()):
            pass
