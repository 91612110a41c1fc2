"""Backups: one file with the database and the media, restored into a fresh place.

Tombstones live outside the backup as well, in `tombstones.jsonl` of the data
directory (`consumers/graves.py` writes it): what was deleted after a backup was
made stays deleted when it comes back.
"""

from __future__ import annotations

import io
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import zstandard

from . import clock
from .actions.delete_account import delete_account
from .actions.delete_post import erase
from .consumers.graves import FILE_NAME, Grave
from .engine import Engine, opened
from .errors import Invalid, Refused
from .ids import AccountId
from .media.store import FileStore
from .model.account import State
from .settings import Settings
from .store import accounts, posts

_FORMAT = 1
_DATABASE = "database"
_ABOUT = "about.json"


class About(msgspec.Struct, frozen=True):
    """The first member of a backup."""

    format: int
    dialect: str
    made_at: str


async def backup(engine: Engine, file: Path) -> int:
    """Write everything to `file`, while the server goes on serving; its size in bytes.

    Raises Refused: the file exists, or pg_dump is missing.
    """
    if file.exists():
        raise Refused(f"{file} exists already; a backup never replaces a file.")
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=file.absolute().parent) as scratch:
        copy, half = Path(scratch) / _DATABASE, Path(scratch) / "half"
        await engine.db.copy_to(copy)
        about = About(_FORMAT, engine.db.dialect, clock.now().isoformat())
        compressor = zstandard.ZstdCompressor(level=3, threads=-1)
        with (
            half.open("wb") as out,
            compressor.stream_writer(out) as packed,
            tarfile.open(fileobj=packed, mode="w|") as tar,
        ):
            content = msgspec.json.encode(about)
            header = tarfile.TarInfo(_ABOUT)
            header.size = len(content)
            tar.addfile(header, io.BytesIO(content))
            tar.add(copy, _DATABASE)
            if engine.media_directory.exists():
                tar.add(engine.media_directory, "media", filter=_only_whole)
        half.chmod(0o600)
        half.rename(file)
    return file.stat().st_size


def _only_whole(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if member.name.endswith(".part") else member


class Restored(msgspec.Struct):
    """What came back, and what stayed deleted."""

    made_at: str
    buried: int = 0


async def restore(file: Path, settings: Settings, graves: Path | None = None) -> Restored:
    """Fill the data directory (or, for a backup of PostgreSQL, the database as well) from `file`.

    `graves` is a tombstones.jsonl, or a directory with one; by default that of
    the data directory, which may hold nothing else.
    Raises Refused, Invalid.
    """
    data = settings.data
    data.mkdir(parents=True, exist_ok=True)
    if others := sorted(path.name for path in data.iterdir() if path.name != FILE_NAME):
        raise Refused(f"{data} is not empty (there is {others[0]}); a backup is restored into a fresh directory.")
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=data) as scratch:
        about = _unpack(file, Path(scratch))
        if about.dialect == "postgresql":
            if not settings.database:
                raise Invalid("This is a backup of PostgreSQL; name an empty database with --database", "database")
            from .store.postgresql import put_back  # as engine.open_database does

            await put_back(settings.database, Path(scratch) / _DATABASE)
        elif settings.database:
            raise Invalid("This is a backup of SQLite; leave --database out", "database")
        if (Path(scratch) / "media").exists():
            shutil.move(Path(scratch) / "media", data / "media")
        if about.dialect == "sqlite":  # last: with the database in its place, the restore has happened
            shutil.move(Path(scratch) / _DATABASE, data / "harken.sqlite")
    restored = Restored(about.made_at)
    source = graves or data / FILE_NAME
    if source.is_dir():
        source /= FILE_NAME
    if graves is not None and not source.exists():
        raise Invalid(f"{source} is not there", "tombstones")
    if source.exists():
        async with opened(settings) as engine:
            restored.buried = await bury_again(engine, source)
    return restored


def _unpack(file: Path, into: Path) -> About:
    try:
        with _tar(file) as tar:
            about: About | None = None
            for member in tar:
                if member.name == _ABOUT and (content := tar.extractfile(member)):
                    about = msgspec.json.decode(content.read(), type=About)
                    if about.format != _FORMAT:
                        raise Invalid(f"{file} was made by a newer Harken", "file")
                elif member.name == _DATABASE or member.name.split("/")[0] == "media":
                    tar.extract(member, into, filter="data")
    except (zstandard.ZstdError, tarfile.TarError, msgspec.DecodeError, EOFError) as error:
        raise Invalid(f"{file} is no backup, or damaged: {error}", "file") from None
    if about is None or not (into / _DATABASE).exists():
        raise Invalid(f"{file} is no backup of Harken", "file")
    return about


@contextmanager
def _tar(file: Path) -> Iterator[tarfile.TarFile]:
    with (
        file.open("rb") as packed,
        zstandard.ZstdDecompressor().stream_reader(packed) as plain,
        tarfile.open(fileobj=plain, mode="r|") as tar,
    ):
        yield tar


async def bury_again(engine: Engine, file: Path) -> int:
    """Delete what the tombstones in `file` name and the backup brought back; how many there were."""
    store = FileStore(engine.media_directory)
    buried = 0
    for line in file.read_bytes().split(b"\n"):
        try:
            grave = msgspec.json.decode(line, type=Grave)
        except msgspec.DecodeError:
            continue  # the last line of a server that lost its power while writing it
        now = clock.now()
        if grave.kind == "account":
            account = await accounts.find(engine.db, int(grave.id))
            if account is not None and account.uri == grave.uri and account.state is not State.DELETED:
                await delete_account(engine.db, store, AccountId(account.id), now)
                buried += 1
            continue
        async with engine.db.transaction() as tx:
            post = await posts.find(tx, int(grave.id))
            if post is not None and post.uri == grave.uri:
                await erase(tx, post, now)
                buried += 1
            else:
                await posts.bury(tx, grave.uri, int(grave.id), grave.kind, clock.from_ms(grave.at))
    return buried
