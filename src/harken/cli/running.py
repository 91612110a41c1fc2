"""What every command shares: where the data is, an engine to work with, output for people or programs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from ..errors import Invalid
from ..settings import Settings

if TYPE_CHECKING:
    from ..engine import Engine

Answer = TypeVar("Answer")

Data = Annotated[Path | None, typer.Option("--data", help="Directory with everything; else HARKEN_DATA, else ./data.")]
Url = Annotated[str | None, typer.Option("--database", help="PostgreSQL URL instead of SQLite; else HARKEN_DATABASE.")]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]


def load(data: Path | None, database: str | None) -> Settings:
    """The settings that a command works with. Raises Invalid."""
    settings = Settings.load(data=data, database=database)
    if settings.database and not settings.database.startswith(("postgresql://", "postgres://")):
        raise Invalid("The database must be a URL that begins with postgresql://; for SQLite leave it out", "database")
    return settings


def run(settings: Settings, work: Callable[[Engine], Awaitable[Answer]]) -> Answer:
    """What `work` answers, given an engine; other processes may serve from the same data meanwhile."""
    from ..engine import opened

    async def inside() -> Answer:
        async with opened(settings) as engine:
            return await work(engine)

    return asyncio.run(inside())


def existing(settings: Settings) -> Settings:
    """The same settings, if there is a server to work with. Raises Invalid: a look must not found one by a typo."""
    if not settings.database and not (settings.data / "harken.sqlite").exists():
        raise Invalid(f"There is no Harken in {settings.data}; say where it is with --data or HARKEN_DATA", "data")
    return settings


def say_json(value: Any) -> None:
    """One JSON document on standard output; ids must already be text."""
    import msgspec

    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")


def table(columns: list[str], rows: list[list[str]]) -> None:
    """A table for people: columns on a terminal, tabs between cells when piped on."""
    if not sys.stdout.isatty():
        for row in [columns, *rows]:
            print("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in row))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    made = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        made.add_row(*(escape(cell) for cell in row))
    Console().print(made)
