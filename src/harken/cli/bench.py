"""`harken bench`: measure the budgets of the design."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from ..errors import Invalid


def command(
    posts: Annotated[str, typer.Option(help="How many posts to fill in, such as 100k or 10M.")] = "100k",
    database: Annotated[
        str, typer.Option(help="Measure on this PostgreSQL (an empty database) instead of SQLite.")
    ] = "",
    corpus: Annotated[
        list[Path] | None,
        typer.Option(help="Lines for import (JSONL), whose words the texts are made of. May be given several times."),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(help="Fill this directory and leave it; filled before, or halfway, it is used as it is."),
    ] = None,
    seconds: Annotated[float, typer.Option(help="How long each measurement runs.")] = 3.0,
    scratch: Annotated[Path | None, typer.Option(help="Where the scratch directory is made.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Fill a scratch server, measure it on the network interface, print the budgets beside what was measured."""
    import msgspec

    from ..bench.run import Bench, measure

    with contextlib.ExitStack() as scope:
        if keep is None:
            keep = Path(scope.enter_context(tempfile.TemporaryDirectory(prefix="harken-bench-", dir=scratch))) / "data"
        bench = Bench(
            keep, number(posts), database, seconds, lambda line: print(line, file=sys.stderr, flush=True), corpus or [])
        bench.fill()
        asyncio.run(measure(bench))
    if json:
        print(msgspec.json.encode(bench.figures).decode())
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("what", "measured", "budget", "met", "note")
    for figure in bench.figures:
        table.add_row(
            figure.what, figure.measured, figure.budget, {True: "yes", False: "NO", None: ""}[figure.met], figure.note
        )
    Console(width=200 if not sys.stdout.isatty() else None).print(table)


def number(text: str) -> int:
    """`100k`, `10M` or `5000`. Raises Invalid."""
    factor = {"k": 1000, "m": 1_000_000}.get(text[-1:].lower(), 1)
    digits = text if factor == 1 else text[:-1]
    if not digits.isdigit():
        raise Invalid(f"{text} is no number of posts; write 5000, 100k or 10M", "posts")
    return int(digits) * factor
