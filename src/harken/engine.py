"""A running Harken without its surfaces: database, index, wake-up, consumers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from .alerting.desk_hooks import tell_hooks
from .alerting.sender import Sender
from .archiving import Archiving
from .consumers.alerts import Alerts
from .consumers.consumer import Consumer
from .consumers.desks import Desks
from .consumers.graves import Graves
from .consumers.letters import Letters
from .consumers.live_searches import Limits
from .consumers.notifications import Notifications
from .consumers.percolation import Percolation
from .consumers.pushes import Pushes
from .consumers.runner import Runner
from .consumers.streaming import Streaming
from .consumers.timelines import Timelines
from .converting import Converting
from .desk import signs
from .errors import Invalid
from .exports import House
from .filing import Filing
from .housekeeping import keep_house
from .log.wake import Wake
from .media.store import FileStore, MediaStore
from .previews.fetching import Fetching
from .search import index, search
from .settings import Settings
from .store import server
from .store.database import Database
from .store.sqlite import SqliteDatabase
from .timetable import keep_times


class Engine:
    """What surfaces and commands work with. Open with `opened`."""

    def __init__(self, settings: Settings, db: Database, wake: Wake, base_url: str) -> None:
        self.settings = settings
        self.db = db
        self.wake = wake
        self.base_url = base_url
        """Public base URL without a slash at the end, such as https://example.org."""
        self.consumers: list[Consumer] = [
            Timelines(settings.merge_followers, settings.home_entries),
            Notifications(),
            Percolation(),
            Alerts(),
            Desks(),
            Pushes(),
            Letters(),
            Graves(settings.data),
        ]
        self.runner = Runner(db, wake, self.consumers, timedelta(days=settings.log_days))
        self.streaming = Streaming(db, wake, Limits(
            settings.live_searches_account, settings.live_searches_address, settings.live_searches))
        self.sender = Sender(db, settings, base_url, wake)
        self.media: MediaStore = FileStore(settings.data / "media")
        self.converting = Converting(db, self.media, settings.max_video_bytes)
        self.filing = Filing(db, self.media, settings.file_scanner)
        self.previews = Fetching(db, settings, base_url, FileStore(self.media_directory), wake)
        self.archiving = Archiving(self.house, settings)
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def media_directory(self) -> Path:
        return self.settings.data / "media"

    @property
    def house(self) -> House:
        """What an export takes from here."""
        return House(self.db, self.media, self.base_url, self.settings.title)

    def start(self) -> None:
        """Run the consumers and the streams in the background."""
        self._tasks = [
            asyncio.create_task(self.runner.run(self._stop)),
            asyncio.create_task(self.streaming.run(self._stop)),
            asyncio.create_task(self.sender.run(self._stop)),
            asyncio.create_task(self.converting.run(self._stop)),
            asyncio.create_task(self.filing.run(self._stop)),
            asyncio.create_task(self.archiving.run(self._stop)),
            asyncio.create_task(keep_house(self.db, self._stop, timedelta(days=self.settings.session_days))),
            asyncio.create_task(keep_times(self.db, self.settings, self.base_url, self._stop)),
            asyncio.create_task(tell_hooks(self.db, self.settings, self.base_url, self._stop)),
            asyncio.create_task(self.previews.run(self._stop)),
            asyncio.create_task(search.prepare(self.db)),
            asyncio.create_task(signs.prepare(self.db)),
        ]

    async def stop(self) -> None:
        """End streams and consumers, each at a clean place."""
        self._stop.set()
        self.streaming.close()
        await asyncio.gather(*self._tasks)
        self._tasks = []


async def open_database(settings: Settings, strict: bool = False) -> Database:
    """The database that the settings name, migrated. Raises NewerDatabase."""
    db: Database
    if settings.database:
        from .store.postgresql import PostgresDatabase  # its driver takes a while to load, for nothing on SQLite

        db = await PostgresDatabase.open(settings.database)
    else:
        db = await SqliteDatabase.open(settings.data, strict)
    try:
        await db.migrate()
    except BaseException:
        await db.close()
        raise
    index.attach(db)
    return db


@asynccontextmanager
async def opened(settings: Settings, strict: bool = False) -> AsyncIterator[Engine]:
    """An engine on the settings' database; background work is started by whoever serves.

    Raises Invalid when the public URL is another than the one stored.
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    db = await open_database(settings, strict)
    wake = Wake(settings.data / "wake")
    db.committed = wake.committed
    try:
        yield Engine(settings, db, wake, await _base_url(db, settings))
    finally:
        wake.close()
        await db.close()


async def _base_url(db: Database, settings: Settings) -> str:
    """The public URL: stored when first set, never another; without one, the address served."""
    wanted = settings.url.rstrip("/")
    stored: str | None = await server.setting(db, "url")
    if wanted and not wanted.startswith(("http://", "https://")):
        raise Invalid(f"HARKEN_URL is {wanted}; it must begin with https:// (or http:// for tests)", "url")
    if stored and wanted and stored != wanted:
        raise Invalid(
            f"This server's public URL is {stored} and cannot become {wanted}: other servers and links know its people "
            "and posts under that address. Start with the old URL, or with a fresh data directory.",
            "url",
        )
    if wanted and not stored:
        async with db.transaction() as tx:
            await server.set_setting(tx, "url", wanted)
    return wanted or stored or f"http://{settings.host}:{settings.port}"
