"""`harken import`: bring history from files."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import Invalid
from .running import Data, Json, Url, existing, load, run, say_json

if TYPE_CHECKING:
    from ..engine import Engine
    from ..imports.run import Outcome, Request
    from ..settings import Settings

_FORMATS = ("auto", "jsonl", "csv", "twitter-archive", "mastodon-archive")
MAX_COMPLAINTS = 20  # lines reported one by one; the counts at the end cover all


def command(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", exists=True, dir_okay=False, help="Plain, .gz or .zst.")],
    form: Annotated[str, typer.Option("--format", help=" · ".join(_FORMATS))] = "auto",
    source: Annotated[str, typer.Option(help="Whose ids these are; by default the file's own digest.")] = "",
    hearable: Annotated[bool, typer.Option("--hearable", help="Desks may take up what new authors say.")] = False,
    author: Annotated[str, typer.Option(help="Whose archive it is, where it does not say so.")] = "",
    into: Annotated[str, typer.Option(
        metavar="NAME", help="Unpack what `harken export` wrote into this account: everything, not only posts.")] = "",
    every: Annotated[bool, typer.Option("--report-all", help="Name every line that is skipped.")] = False,
    data: Data = None, database: Url = None, json: Json = False,
) -> None:
    """Import history: posts of the past, found and read as all others, of which nobody is told.

    May be interrupted and started again: nothing comes twice.
    """
    import asyncio

    from ..imports.run import Request

    if form not in _FORMATS:
        raise Invalid(f"{form} is no format; the formats are {', '.join(_FORMATS)}", "format")
    settings = load(data, database)
    if into:
        _unpack(settings, files, into, json)
        return
    requests = [
        Request(path=path, form=form, source=source, hearable=hearable, author=author) for path in files]
    outcomes: list[Outcome] = []
    try:
        asyncio.run(_import(settings, requests, outcomes, MAX_COMPLAINTS if not every else sys.maxsize, json))
    except KeyboardInterrupt:
        print("harken: interrupted; start the same import again and it goes on", file=sys.stderr)
        raise typer.Exit(130) from None
    if json:
        say_json(outcomes)


def _unpack(settings: Settings, files: list[Path], into: str, json: bool) -> None:
    """Archives of another Harken, whole, into the account of a member."""
    from ..actions.upload_media import Limits
    from ..imports.luggage import Unpacking
    from ..store import accounts

    async def work(engine: Engine) -> None:
        for file in files:
            owner = await accounts.find_by_name(engine.db, into.removeprefix("@"))
            if owner is None or not owner.local or not owner.signs_in:
                raise Invalid(f"Nobody who signs in here is called {into.removeprefix('@')}.", "into")
            report = await Unpacking(
                engine.db, engine.media, owner, engine.base_url,
                Limits(engine.settings.max_upload_bytes, engine.settings.max_video_bytes)).unpack(file)
            if json:
                say_json(report)
                continue
            print(f"{file.name}: " + (", ".join(f"{n:,} {kind}" for kind, n in report.stored.items()) or "nothing new"))
            if report.aside:
                print("  kept aside, because who or what they mean is not here: " + ", ".join(
                    f"{number:,} {kind}" for kind, number in report.aside.items()))
            for kind, reasons in report.refused.items():
                for why, number in reasons.items():
                    print(f"  {number:,} {kind} refused: {why}")

    run(existing(settings), work)


async def _import(
    settings: Settings, requests: list[Request], outcomes: list[Outcome], complaints: int, json: bool
) -> None:
    from ..engine import open_database, opened
    from ..imports.run import run as run_import
    from ..imports.run import workers

    async with opened(settings) as engine:
        with workers(partial(open_database, settings)) as prepare:  # they start while the first authors are read
            for request in requests:
                with _Watching(request.path, complaints) as watching:
                    outcome = await run_import(engine.db, prepare, request, watching.progress, watching.complain)
                outcomes.append(outcome)
                if not json:
                    print(sentence(outcome), flush=True)


def sentence(outcome: Outcome) -> str:
    """What became of a file, for people."""
    rate = outcome.imported / outcome.seconds if outcome.seconds else 0
    parts = [f"{outcome.imported:,} imported", f"{outcome.known:,} already there"]
    if outcome.buried:
        parts.append(f"{outcome.buried:,} deleted here before, not brought back")
    parts.append(f"{outcome.skipped:,} skipped")
    text = f"{Path(outcome.file).name}: {', '.join(parts)}; {outcome.accounts:,} new accounts"
    if outcome.imported:
        text += f"; {outcome.seconds:,.1f} s, {rate:,.0f} posts/s"
    for why, number in outcome.reasons.items():
        text += f"\n  skipped {number:,}: {why}"
    if outcome.circular:
        text += f"\n  {outcome.circular:,} answer their own answers; they are imported without that link"
    if outcome.waiting:
        text += f"\n  {outcome.waiting:,} replies wait for a parent that has not come"
    return text


class _Watching:
    """A bar with the rate on a terminal, a line now and then elsewhere; on standard error."""

    def __init__(self, path: Path, complaints: int) -> None:
        self._name = path.name
        self._left = complaints
        self._bar: Any = None
        self._task: Any = None
        self._said = 0.0
        self._started = 0.0

    def __enter__(self) -> _Watching:
        from .. import clock

        self._said = self._started = clock.monotonic()
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(), console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task(self._name, total=None, rate="")
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def progress(self, what: str, done: int, total: int) -> None:
        from .. import clock

        now = clock.monotonic()
        rate = f"{done / max(now - self._started, 0.001):,.0f}/s"
        if self._bar is not None:
            self._bar.update(
                self._task, description=f"{self._name}: {what}", completed=done, total=total or None, rate=rate)
        elif now - self._said > 5:
            self._said = now
            share = f" of {total:,}" if total else ""
            print(f"{self._name}: {what}, line {done:,}{share}, {rate}", file=sys.stderr, flush=True)

    def complain(self, line: int, why: str) -> None:
        if self._left > 0:
            self._say(f"{self._name}: line {line:,} skipped: {why}")
        elif self._left == 0:
            self._say(f"{self._name}: more lines are skipped; --report-all names them, the counts are at the end")
        self._left -= 1

    def _say(self, text: str) -> None:
        if self._bar is not None:
            from rich.markup import escape

            self._bar.console.print(escape(text), highlight=False)
        else:
            print(text, file=sys.stderr)
