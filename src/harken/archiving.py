"""In every serving process: make the archives that members ask for, unpack what they bring, remove what is old."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import msgspec

from . import clock, mail
from .actions.take_along import finish_archive
from .actions.upload_media import Limits
from .errors import Refused, TryLater
from .exports import House, export_account
from .imports import people_lists
from .imports.luggage import Unpacking
from .model.file import FileLimits
from .model.luggage import Archive, Direction
from .settings import Settings
from .store import accounts, archives, members
from .text.catalogues import translations
from .working import Worker

CLAIM = timedelta(minutes=30)  # whoever takes longer than that and dies is followed by another
MAX_TRIES = 3
MAX_LIST_BYTES = 20_000_000


class Archiving(Worker):
    """Works off what waits, one at a time, whoever left it."""

    name = "archives"

    def __init__(self, house: House, settings: Settings) -> None:
        super().__init__()
        self._house = house
        self._db = house.db
        self._settings = settings

    @property
    def directory(self) -> Path:
        """Where the files lie, readable by the server alone."""
        found = self._settings.data / "archives"
        found.mkdir(mode=0o700, parents=True, exist_ok=True)
        return found

    def file_of(self, archive: Archive) -> Path:
        """The file of one archive; its name is a secret too."""
        return self.directory / f"{archive.id}-{archive.secret}.bin"

    async def settle(self) -> None:
        """Work off everything that waits now, and remove the files of what is old."""
        for old in await archives.outlived(self._db, clock.now()):
            self.file_of(old).unlink(missing_ok=True)
            async with self._db.transaction() as tx:
                await archives.forget(tx, old.id)
        while await archives.anything_waiting(self._db, clock.now()):
            now = clock.now()
            async with self._db.transaction() as tx:
                claimed = await archives.claim(tx, now, now + CLAIM)
            if claimed is None:
                return
            await self._do(claimed)

    async def _do(self, archive: Archive) -> None:
        file = self.file_of(archive)
        try:
            if archive.tries > MAX_TRIES:
                raise Refused("It went wrong again and again. Whoever runs this server can see why.")
            if archive.direction is Direction.OUT:
                done = await self._make(archive, file)
            else:
                done = await self._unpack(archive, file)
        except (Refused, TryLater) as error:
            file.unlink(missing_ok=True)
            done = await finish_archive(
                self._db, archive, "failed", clock.now(), failure=str(error), bytes=0)
        if archive.direction is Direction.IN:
            file.unlink(missing_ok=True)
        if done:
            await self._tell(archive)

    async def _make(self, archive: Archive, file: Path) -> bool:
        account = await accounts.get(self._db, archive.account_id)
        file.unlink(missing_ok=True)  # half of an earlier try
        posts = await export_account(self._house, account.username, file)
        now = clock.now()
        life = (archive.expires_at or now) - archive.created_at
        return await finish_archive(
            self._db, archive, "ready", now, bytes=file.stat().st_size, report={"posts": posts}, expires_at=now + life)

    async def _unpack(self, archive: Archive, file: Path) -> bool:
        account = await accounts.get(self._db, archive.account_id)
        limits = Limits(self._settings.max_upload_bytes, self._settings.max_video_bytes)
        files = FileLimits(
            self._settings.max_file_bytes, self._settings.file_quota_bytes, bool(self._settings.file_scanner))
        unpacking = Unpacking(self._db, self._house.media, account, self._house.base_url, limits, files)
        if archive.form == "harken":
            report = await unpacking.unpack(file)
        else:
            if not file.exists() or file.stat().st_size > MAX_LIST_BYTES:
                raise Refused("The list is too large, or gone.")
            content = await asyncio.to_thread(file.read_bytes)
            report = await unpacking.take(people_lists.lines(archive.form, content))
        return await finish_archive(
            self._db, archive, "ready", clock.now(), bytes=0, report=msgspec.to_builtins(report))

    async def _tell(self, archive: Archive) -> None:
        """An e-mail too, where this server sends any; the notifications page says it anyway."""
        member = await members.find(self._db, archive.account_id)
        if member is None or member.confirmed_at is None or archive.form != "harken":
            return
        _ = translations(member.language).gettext
        site, page = self._settings.title, "export" if archive.direction is Direction.OUT else "import"
        subject = _("Your archive at %(site)s") if page == "export" else _("What you brought to %(site)s")
        text = _("It is done. See how it went, and what there is to download, here:\n\n%(address)s\n")
        mail.send_soon(
            self._settings, member.email, subject % {"site": site},
            text % {"address": f"{self._house.base_url}/settings/{page}"})
