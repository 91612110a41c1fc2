"""`harken search`: ask as a member, or as a visitor, would."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import NotFound
from .running import Data, Json, Url, existing, load, run, say_json

if TYPE_CHECKING:
    from ..engine import Engine
    from ..model.account import Account
    from ..search.search import Found
    from ..settings import Settings


def command(
    query: Annotated[list[str], typer.Argument(metavar="QUERY", help="In the language of the search box.")],
    viewer: Annotated[str, typer.Option("--as", metavar="NAME", help="Whose eyes; a visitor's by default.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many posts, or people.")] = 20,
    people: Annotated[bool, typer.Option("--people", help="Who knows about it, instead of who said it.")] = False,
    data: Data = None, database: Url = None, json: Json = False,
) -> None:
    """Search, newest first, or the best first with sort:top; only what the viewer may find.

    Write -- before a query that begins with a minus.
    """
    from .. import clock
    from ..model.paging import Window
    from ..search.search import find
    from ..store import accounts

    if people:
        _people(" ".join(query), viewer, limit, existing(load(data, database)), json)
        return

    async def work(engine: Engine) -> tuple[Found, dict[int, Account]]:
        asking = await _asking(engine, viewer)
        found = await find(engine.db, " ".join(query), asking, Window(limit=limit), clock.now(), fold=not json)
        return found, await accounts.by_ids(engine.db, [post.author_id for post in found.posts])

    found, authors = run(existing(load(data, database)), work)
    if json:
        say_json({
            "posts": [
                {"id": str(p.id), "author": authors[p.author_id].address, "created_at": p.created_at.isoformat(),
                 "text": p.text, "lang": p.language, "visibility": p.visibility.name.lower(),
                 "in_reply_to": str(p.in_reply_to_id) if p.in_reply_to_id else None,
                 "replies": p.replies, "boosts": p.boosts, "favourites": p.favourites, "url": p.url,
                 **({"like": [str(each) for each in found.like[p.id]]} if p.id in found.like else {})}
                for p in found.posts],
            "covers": found.covers, "notes": found.notes})
        return
    for post in found.posts:
        print(f"{post.created_at:%Y-%m-%d %H:%M}  @{authors[post.author_id].address}  {' '.join(post.text.split())}")
        if post.id in found.like:
            print(f"{'':16}  and {len(found.like[post.id])} like it")
    for note in found.notes:
        print(note)
    since = f" since {found.covers.since:%Y-%m-%d}" if found.covers.since else ""
    order = "best" if found.query.order == "top" else "newest"
    print(f"{len(found.posts)} found, {order} first; searched {found.covers.posts:,} public posts{since}")


async def _asking(engine: Engine, viewer: str) -> Account | None:
    """The account of that name, or None for a visitor. Raises NotFound."""
    from ..store import accounts

    if not viewer:
        return None
    asking = await accounts.find_by_name(engine.db, viewer.removeprefix("@"))
    if asking is None:
        raise NotFound(f"There is no account called {viewer.removeprefix('@')}.")
    return asking


_SAID = {
    "answered": ("answered 1 question", "answered {} questions"), "wrote": ("wrote on 1 day", "wrote on {} days"),
    "heard": ("1 person replied", "{} people replied"), "liked": ("liked once", "liked {} times"),
    "focus": ("1 in 100 of their posts", "{} in 100 of their posts"),
}


def _people(query: str, viewer: str, limit: int, settings: Settings, json: bool) -> None:
    from .. import clock
    from ..search.knowers import MOST_SHOWN, Known, find_knowers

    async def work(engine: Engine) -> Known:
        return await find_knowers(
            engine.db, query, await _asking(engine, viewer), clock.now(), min(limit, MOST_SHOWN))

    known = run(settings, work)
    if json:
        say_json({
            "people": [
                {"account": one.account.address, "score": one.score,
                 "reasons": [{"kind": r.kind, "count": r.count, "last_at": r.last.isoformat()} for r in one.reasons],
                 "posts": [str(post.id) for post in one.posts]}
                for one in known.people],
            "counted": known.counted, "more": known.more, "notes": known.query.notes})
        return
    for one in known.people:
        why = ", ".join(_SAID[r.kind][r.count != 1].format(r.count) for r in one.reasons)
        print(f"@{one.account.address}  {why}")
        for post in one.posts:
            print(f"    {post.created_at:%Y-%m-%d %H:%M}  {' '.join(post.text.split())}")
    for note in known.query.notes:
        print(note)
    people = "1 person" if len(known.people) == 1 else f"{len(known.people)} people"
    print(f"{people}, from the {'newest ' if known.more else ''}{known.counted} posts that match")
