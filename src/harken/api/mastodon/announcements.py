"""docs.joinmastodon.org/methods/announcements."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from litestar import delete, get, put
from litestar.params import FromPath

from ... import clock
from ...actions import announce
from ...model.community import Announcement, Emojis, Reaction
from ...store import community
from ...store.database import Reader
from ...text import markup
from ..requests import AnyRequest, engine_of, id_in_path, parameters, viewer
from . import entities
from .answers import Answer, answer, doing


class Asked(msgspec.Struct):
    """Whether those that were put away are wanted too."""

    with_dismissed: bool = False


def _announcement(
    one: Announcement, read: bool, reactions: list[Reaction], emojis: Emojis, base_url: str
) -> dict[str, Any]:
    return {
        "id": str(one.id), "content": entities.plain_html(one.text, base_url), "all_day": one.all_day,
        "starts_at": entities.time(one.starts_at) if one.starts_at else None,
        "ends_at": entities.time(one.ends_at) if one.ends_at else None,
        "published_at": entities.time(one.published_at), "updated_at": entities.time(one.updated_at), "read": read,
        "mentions": [], "statuses": [], "tags": [entities.status_tag(name, base_url) for name in markup.tags(one.text)],
        "emojis": entities.custom_emojis(emojis.within([one.text]), base_url),
        "reactions": [_reaction(reaction, emojis, base_url) for reaction in reactions]}


def _reaction(reaction: Reaction, emojis: Emojis, base_url: str) -> dict[str, Any]:
    made: dict[str, Any] = {"name": reaction.name, "count": reaction.count, "me": reaction.mine}
    if emoji := emojis.by_code.get(reaction.name):
        made |= {"url": f"{base_url}/media/{emoji.path}", "static_url": f"{base_url}/media/{emoji.still_path}"}
    return made


async def announcement_entities(
    reader: Reader, found: Sequence[Announcement], read: Collection[int], viewer_id: int, base_url: str
) -> list[dict[str, Any]]:
    """Announcements with their reactions; `read` are the ids of those that the viewer put away."""
    reactions: dict[int, list[Reaction]] = {}
    for reaction in await community.reactions(reader, [one.id for one in found], viewer_id):
        reactions.setdefault(reaction.announcement_id, []).append(reaction)
    emojis = await community.emojis(reader)
    return [_announcement(one, one.id in read, reactions.get(one.id, []), emojis, base_url) for one in found]


@get("/api/v1/announcements")
async def many(request: AnyRequest) -> Answer:
    by = await viewer(request, "")
    engine = engine_of(request)
    asked = await parameters(request, Asked)
    read = await community.read_announcements(engine.db, by.id)
    found = await community.announcements(engine.db, clock.now())
    shown = [one for one in found if asked.with_dismissed or one.id not in read]
    return answer(await announcement_entities(engine.db, shown, read, by.id, engine.base_url))


@doing("/api/v1/announcements/{announcement_id:str}/dismiss")
async def dismiss(request: AnyRequest, announcement_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:accounts")
    await announce.dismiss_announcement(engine_of(request).db, by, id_in_path(announcement_id))
    return answer({})


@put("/api/v1/announcements/{announcement_id:str}/reactions/{name:str}")
async def react(request: AnyRequest, announcement_id: FromPath[str], name: FromPath[str]) -> Answer:
    by = await viewer(request, "write:favourites")
    await announce.react(engine_of(request).db, by, id_in_path(announcement_id), name, clock.now())
    return answer({})


@delete("/api/v1/announcements/{announcement_id:str}/reactions/{name:str}", status_code=200)
async def react_no_more(request: AnyRequest, announcement_id: FromPath[str], name: FromPath[str]) -> Answer:
    by = await viewer(request, "write:favourites")
    await announce.take_back_reaction(
        engine_of(request).db, by, id_in_path(announcement_id), name, clock.now())
    return answer({})


routes = [many, dismiss, react, react_no_more]
