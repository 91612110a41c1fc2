"""What flows by: the beginnings of conversations, by time, and a few ways to choose among them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from ..ids import id_at
from ..model.paging import Window
from ..model.post import SeenPost
from . import reading, timelines
from .database import Reader
from .posts import visible_window
from .visibility import HOME, SEEN_FROM, not_muted

# Beside SEEN: which posts each filter shows. `all` and `unread` are asked in other ways.
FILTERS = {
    "mine": "p.author_id = :viewer AND p.in_reply_to_id IS NULL AND p.boost_of_id IS NULL",
    "private": """p.visibility >= 3 AND p.boost_of_id IS NULL
        AND (p.author_id = :viewer OR p.id IN (SELECT post_id FROM recipient WHERE account_id = :viewer))
        AND NOT EXISTS (SELECT 1 FROM post e WHERE e.id = p.in_reply_to_id AND e.visibility >= 3)""",
    "responded": """p.id = p.conversation_id AND p.id IN (SELECT conversation_id FROM post
        WHERE author_id = :viewer AND in_reply_to_id IS NOT NULL)""",
    "favourite": "p.id IN (SELECT post_id FROM favourite WHERE account_id = :viewer)",
    "mentioned": "p.author_id <> :viewer AND p.id IN (SELECT post_id FROM mention WHERE account_id = :viewer)",
}


# An answer stands with its conversation where that began at home, too: at the time of its beginning.
_FLOWING = f"""({HOME} AND (p.boost_of_id IS NOT NULL OR p.id = p.conversation_id OR NOT EXISTS (
    SELECT 1 FROM post r WHERE r.id = p.conversation_id AND (r.author_id = :viewer OR EXISTS (
        SELECT 1 FROM follow WHERE follower_id = :viewer AND followed_id = r.author_id AND accepted = 1)))))"""


SHOWS = ("all", "unread", *FILTERS)

# What flowed by longer ago than this comes back with a boost; before, it would be there twice.
REST = timedelta(days=7)


async def page(reader: Reader, viewer: int, show: str, window: Window, now: datetime) -> list[SeenPost]:
    """A page of the viewer's river: of what `show` (one of SHOWS) names.

    `all` is their home as it flows by: the beginnings of conversations, what was boosted, and answers in conversations
    that began elsewhere.
    """
    if show == "all":
        return await timelines.home(reader, viewer, window, now, _FLOWING)
    if show == "unread":
        ids = sorted(one.conversation_id for one in await reading.unread(reader, viewer, now))
        return await visible_window(
            reader, f"{SEEN_FROM} WHERE p.id IN (SELECT value FROM json_each(:ids))", viewer, window, now, ids=ids)
    return await visible_window(
        reader, f"{SEEN_FROM} WHERE {not_muted('p.author_id')} AND {FILTERS[show]}", viewer, window, now)


async def flowed_lately(reader: Reader, viewer: int, newest_first: Sequence[SeenPost], now: datetime) -> set[int]:
    """Those boosts of these whose post flowed by in the REST before: itself, or with an earlier boost. One statement.

    So a post stands once in pieces that were asked for one after another, too.
    """
    boosts = [one for one in newest_first if one.boost_of_id]
    if not boosts:
        return set()
    found = await reader.rows(
        f"""SELECT p.id, coalesce(p.boost_of_id, p.id) FROM {SEEN_FROM}
            WHERE (p.id IN (SELECT value FROM json_each(:ids)) OR p.boost_of_id IN (SELECT value FROM json_each(:ids)))
            AND p.id > :after AND p.id < :before AND {_FLOWING}""",
        viewer=viewer, now=now, ids=sorted({one.boost_of_id for one in boosts if one.boost_of_id}),
        after=id_at(boosts[-1].created_at - REST), before=boosts[0].id)
    return {one.id for one in boosts if any(
        post == one.boost_of_id and id_at(one.created_at - REST) < flowed < one.id for flowed, post in found)}


def once(newest_first: Sequence[SeenPost]) -> list[SeenPost]:
    """Each conversation where its oldest post of these stands; a boosted post where it was boosted first, unless it
    stands here itself."""
    first = {one.conversation_id: one.id for one in newest_first if not one.boost_of_id}
    passed_on = {one.boost_of_id: one.id for one in newest_first if one.boost_of_id}
    there = set(first.values())
    return [one for one in newest_first if (
        passed_on[one.boost_of_id] == one.id and one.boost_of_id not in there if one.boost_of_id
        else first[one.conversation_id] == one.id)]
