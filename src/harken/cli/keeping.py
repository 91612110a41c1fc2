"""`harken export`, `backup`, `restore`, `rebuild`, `check`, `migrate`: keeping a server's data in order."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import Invalid
from .running import Data, Json, Url, existing, load, run, say_json

if TYPE_CHECKING:
    from ..checks import Report
    from ..engine import Engine


def export(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose account.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file; by default NAME.zip, here.")] = None,
    data: Data = None, database: Url = None,
) -> None:
    """Write one account, with all that belongs to it, into a zip of open formats."""
    from ..exports import export_account

    file = output or Path(f"{name.removeprefix('@')}.zip")

    async def work(engine: Engine) -> int:
        return await export_account(engine.house, name, file)

    posts = run(existing(load(data, database)), work)
    print(f"{file}: {posts:,} posts of @{name.removeprefix('@')}")


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Such as harken-monday.tar.zst; must not exist.")],
    data: Data = None, database: Url = None,
) -> None:
    """Write everything into one file, consistent while the server goes on serving."""
    from ..backups import backup as write

    async def work(engine: Engine) -> int:
        return await write(engine, file)

    size = run(existing(load(data, database)), work)
    print(f"{file}: {size / 1_000_000:,.1f} MB. It holds private posts and e-mail addresses; keep it accordingly.")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A backup.")],
    tombstones: Annotated[
        Path | None,
        typer.Option(help="tombstones.jsonl of the lost server, so that what was deleted stays deleted.")] = None,
    data: Data = None, database: Url = None,
) -> None:
    """Fill a fresh data directory from a backup. A tombstones.jsonl that lies there already is heeded."""
    from ..backups import restore as read

    settings = load(data, database)
    restored = asyncio.run(read(file, settings, tombstones))
    print(f"Restored into {settings.data} what was backed up at {restored.made_at}.")
    if restored.buried:
        print(f"{restored.buried:,} posts and accounts that were deleted later stay deleted.")


def rebuild(
    what: Annotated[list[str] | None, typer.Argument(
        metavar="[search|counts|CONSUMER…|all]", help="What to make anew; without it, the list.")] = None,
    data: Data = None, database: Url = None,
) -> None:
    """Make derived rows anew from the facts."""
    from .. import checks, clock

    settings = existing(load(data, database))

    async def work(engine: Engine) -> None:
        known = checks.rebuildable(engine)
        if not what:
            print("\n".join([*known, "all"]))
            return
        for name in known if "all" in what else what:
            if name not in known:
                raise Invalid(f"{name} cannot be rebuilt; what can: {', '.join(known)}, all", "consumer")
        for name in known if "all" in what else what:
            started = clock.monotonic()
            await checks.rebuild(engine, name, _progress)
            print(f"{name}: rebuilt in {clock.monotonic() - started:,.1f} s", flush=True)

    run(settings, work)


def _progress(what: str, done: int) -> None:
    if done % 50_000 == 0:
        print(f"{what}: {done:,} posts", file=sys.stderr, flush=True)


def check(data: Data = None, database: Url = None, json: Json = False) -> None:
    """Say what is wrong, and what helps; exit code 1 if anything is. Changes nothing."""
    from .. import checks

    async def work(engine: Engine) -> Report:
        return await checks.check(engine)

    report = run(existing(load(data, database)), work)
    if json:
        say_json({"good": report.good, "faults": report.faults, "notes": report.notes})
    else:
        for fault in report.faults:
            print(f"WRONG: {fault.what}" + (f"  ->  {fault.remedy}" if fault.remedy else ""))
        for note in report.notes:
            print(f"note: {note}")
        print("All is well." if report.good else f"{len(report.faults)} things are wrong.")
    if not report.good:
        raise typer.Exit(1)


def migrate(data: Data = None, database: Url = None) -> None:
    """Bring the database up to date; `harken serve` does so at start as well."""
    settings = load(data, database)
    settings.data.mkdir(parents=True, exist_ok=True)

    async def work() -> list[str]:
        from ..store.postgresql import PostgresDatabase
        from ..store.sqlite import SqliteDatabase

        db = await PostgresDatabase.open(settings.database) if settings.database else await SqliteDatabase.open(
            settings.data)
        try:
            return await db.migrate()
        finally:
            await db.close()

    applied = asyncio.run(work())
    print("\n".join(f"applied {name}" for name in applied) if applied else "The database is up to date.")
