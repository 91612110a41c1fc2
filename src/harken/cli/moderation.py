"""`harken moderation`: the record of what moderators decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .running import Data, Json, Url, existing, load, run, say_json, table

if TYPE_CHECKING:
    from ..engine import Engine
    from ..model.moderation import Act

group = typer.Typer(help="What moderators decided.", no_args_is_help=True)


@group.command()
def log(
    about: Annotated[str, typer.Option(help="Only about this account, server or address.")] = "",
    by: Annotated[str, typer.Option(help="Only by this moderator.")] = "",
    limit: Annotated[int, typer.Option(help="How many lines, newest first.")] = 50,
    data: Data = None, database: Url = None, json: Json = False,
) -> None:
    """Who decided what, about whom, when and why. Lines are never changed or removed."""
    from ..model.paging import Window
    from ..store import moderation

    async def work(engine: Engine) -> list[Act]:
        return await moderation.acts(
            engine.db, Window(limit=max(1, limit)), about=about.removeprefix("@"), actor=by.removeprefix("@"))

    found = run(existing(load(data, database)), work)
    if json:
        say_json([
            {"id": str(one.id), "at": one.at.isoformat(), "by": one.actor, "act": one.act, "kind": one.about_kind,
             "about": one.about, "about_id": str(one.about_id) if one.about_id else None, "why": one.why}
            for one in found])
        return
    table(["when (UTC)", "who", "what", "about", "why"], [
        [f"{one.at:%Y-%m-%d %H:%M}", one.actor, one.act.replace("_", " "), f"{one.about_kind} {one.about}", one.why]
        for one in found])
