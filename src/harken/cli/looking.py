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


def command(
    query: Annotated[list[str], typer.Argument(metavar="QUERY", help="In the language of the search box.")],
    viewer: Annotated[str, typer.Option("--as", metavar="NAME", help="Whose eyes; a visitor's by default.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many posts.")] = 20,
    data: Data = None, database: Url = None, json: Json = False,
) -> None:
    """Search, newest first; only what the viewer may find. Write -- before a query that begins with a minus."""
    from .. import clock
    from ..model.paging import Window
    from ..search.search import find
    from ..store import accounts

    async def work(engine: Engine) -> tuple[Found, dict[int, Account]]:
        asking = None
        if viewer:
            asking = await accounts.find_by_name(engine.db, viewer.removeprefix("@"))
            if asking is None:
                raise NotFound(f"There is no account called {viewer.removeprefix('@')}.")
        found = await find(engine.db, " ".join(query), asking, Window(limit=limit), clock.now())
        return found, await accounts.by_ids(engine.db, [post.author_id for post in found.posts])

    found, people = run(existing(load(data, database)), work)
    if json:
        say_json({
            "posts": [
                {"id": str(p.id), "author": people[p.author_id].address, "created_at": p.created_at.isoformat(),
                 "text": p.text, "lang": p.language, "visibility": p.visibility.name.lower(),
                 "in_reply_to": str(p.in_reply_to_id) if p.in_reply_to_id else None,
                 "replies": p.replies, "boosts": p.boosts, "favourites": p.favourites, "url": p.url}
                for p in found.posts],
            "covers": found.covers, "notes": found.notes})
        return
    for post in found.posts:
        print(f"{post.created_at:%Y-%m-%d %H:%M}  @{people[post.author_id].address}  {' '.join(post.text.split())}")
    for note in found.notes:
        print(note)
    since = f" since {found.covers.since:%Y-%m-%d}" if found.covers.since else ""
    print(f"{len(found.posts)} found, newest first; searched {found.covers.posts:,} public posts{since}")
