"""`harken emoji`, `announce`, `rule` and `paper`: what operators give their community."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import Invalid
from .running import Data, Json, Url, existing, load, run, say_json, table

if TYPE_CHECKING:
    from ..engine import Engine

emoji = typer.Typer(help="Pictures that members write as :shortcode:.", no_args_is_help=True)
announce = typer.Typer(help="News for all members.", no_args_is_help=True)
rule = typer.Typer(help="The rules of this server.", no_args_is_help=True)
paper = typer.Typer(help="What you have written about this server: about, privacy, terms.", no_args_is_help=True)


def _moment(text: str, name: str) -> datetime | None:
    if not text:
        return None
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"--{name} must look like 2008-06-12 or 2008-06-12T18:00+02:00", name) from None
    return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Invalid("An id is a number, as `list` prints it", "id")
    return int(text)


@emoji.command("add")
def emoji_add(
    shortcode: Annotated[str, typer.Argument(metavar="SHORTCODE", help="What to write between the colons.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="PNG, GIF or WebP, at most 256 kB.")],
    category: Annotated[str, typer.Option(help="Under which heading clients show it.")] = "",
    data: Data = None, database: Url = None,
) -> None:
    """Give members a picture to write with."""
    from .. import clock
    from ..actions.keep_emoji import add_emoji
    from ..media.store import FileStore

    content = file.read_bytes()

    async def work(engine: Engine) -> None:
        store = FileStore(engine.media_directory)
        await add_emoji(engine.db, store, shortcode.strip(":"), content, clock.now(), category)

    run(existing(load(data, database)), work)


@emoji.command("list")
def emoji_list(data: Data = None, database: Url = None, as_json: Json = False) -> None:
    """All custom emoji."""
    from ..store import community

    found = run(existing(load(data, database)), lambda engine: community.all_emoji(engine.db))
    if as_json:
        say_json([{"shortcode": one.shortcode, "category": one.category} for one in found])
    else:
        table(["shortcode", "category"], [[f":{one.shortcode}:", one.category] for one in found])


@emoji.command("remove")
def emoji_remove(
    shortcode: Annotated[str, typer.Argument(metavar="SHORTCODE")], data: Data = None, database: Url = None
) -> None:
    """Take a picture back; texts show its shortcode again."""
    from .. import clock
    from ..actions.keep_emoji import remove_emoji
    from ..media.store import FileStore

    run(existing(load(data, database)),
        lambda engine: remove_emoji(engine.db, FileStore(engine.media_directory), shortcode.strip(":"), clock.now()))


@announce.command("add")
def announce_add(
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    starts: Annotated[str, typer.Option(help="When what it announces begins.")] = "",
    ends: Annotated[str, typer.Option(help="When it ends; then it is shown no more.")] = "",
    all_day: Annotated[bool, typer.Option(help="Show days and no hours.")] = False,
    data: Data = None, database: Url = None,
) -> None:
    """Tell all members something; prints its id."""
    from .. import clock
    from ..actions import announce as action

    begins, until = _moment(starts, "starts"), _moment(ends, "ends")
    made = run(existing(load(data, database)),
               lambda engine: action.announce(engine.db, text, clock.now(), begins, until, all_day))
    print(made.id)


@announce.command("list")
def announce_list(data: Data = None, database: Url = None, as_json: Json = False) -> None:
    """What is announced now."""
    from .. import clock
    from ..store import community

    found = run(existing(load(data, database)), lambda engine: community.announcements(engine.db, clock.now()))
    if as_json:
        say_json([{"id": str(one.id), "text": one.text} for one in found])
    else:
        table(["id", "text"], [[str(one.id), one.text] for one in found])


@announce.command("remove")
def announce_remove(
    announcement: Annotated[str, typer.Argument(metavar="ID")], data: Data = None, database: Url = None
) -> None:
    """Withdraw an announcement."""
    from .. import clock
    from ..actions import announce as action

    number = _number(announcement)
    run(existing(load(data, database)), lambda engine: action.withdraw_announcement(engine.db, number, clock.now()))


@rule.command("add")
def rule_add(
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    hint: Annotated[str, typer.Option(help="A longer explanation.")] = "",
    data: Data = None, database: Url = None,
) -> None:
    """One more rule, after the others; prints its id."""
    from .. import clock
    from ..actions.write_rules import add_rule

    print(run(existing(load(data, database)), lambda engine: add_rule(engine.db, text, hint, clock.now())).id)


@rule.command("list")
def rule_list(data: Data = None, database: Url = None, as_json: Json = False) -> None:
    """All rules, in order."""
    from ..store import community

    found = run(existing(load(data, database)), lambda engine: community.rules(engine.db))
    if as_json:
        say_json([{"id": str(one.id), "text": one.text, "hint": one.hint} for one in found])
    else:
        table(["id", "rule", "hint"], [[str(one.id), one.text, one.hint] for one in found])


@rule.command("remove")
def rule_remove(number: Annotated[str, typer.Argument(metavar="ID")], data: Data = None, database: Url = None) -> None:
    """Take a rule away."""
    from .. import clock
    from ..actions.write_rules import remove_rule

    rule_id = _number(number)
    run(existing(load(data, database)), lambda engine: remove_rule(engine.db, rule_id, clock.now()))


@paper.command("write")
def paper_write(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="about, privacy or terms.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Plain text; an empty line ends a paragraph.")],
    holds_from: Annotated[str, typer.Option("--from", help="The day from which it holds; else today.")] = "",
    data: Data = None, database: Url = None,
) -> None:
    """An edition of a paper; earlier editions stay readable."""
    from .. import clock
    from ..actions.write_rules import write_paper

    text, day = file.read_text(encoding="utf-8"), _moment(holds_from, "from")
    run(existing(load(data, database)),
        lambda engine: write_paper(engine.db, kind, text, day or clock.now(), clock.now()))


@paper.command("list")
def paper_list(data: Data = None, database: Url = None, as_json: Json = False) -> None:
    """Every edition of every paper."""
    from ..store import community

    found = run(existing(load(data, database)), lambda engine: community.papers(engine.db))
    rows = [[str(one.id), one.kind.value, one.effective_at.date().isoformat()] for one in found]
    if as_json:
        say_json([dict(zip(("id", "kind", "from"), row, strict=True)) for row in rows])
    else:
        table(["id", "kind", "from"], rows)


@paper.command("remove")
def paper_remove(number: Annotated[str, typer.Argument(metavar="ID")], data: Data = None, database: Url = None) -> None:
    """Take an edition away."""
    from ..actions.write_rules import remove_paper

    paper_id = _number(number)
    run(existing(load(data, database)), lambda engine: remove_paper(engine.db, paper_id))
