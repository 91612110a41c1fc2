"""Publish a story, and take it back."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..errors import Conflict, NotAllowed
from ..ids import AccountId, PostId
from ..log.append import append
from ..log.events import StoryChanged
from ..model.account import Account
from ..model.post import Draft, Visibility
from ..model.story import Story
from ..store import posts, previews, stories
from ..store.database import Database, Transaction
from .delete_post import erase
from .keep_desk import note
from .publish_post import checked_draft, publish
from .write_story import at_story, story_number

_LAPSED_AT_ONCE = 100


async def publish_story(
    db: Database, by: Account, desk_id: int, story_id: int, now: datetime, *, page: str, words: str = "",
    max_characters: int = 500,
) -> Story:
    """Show a story to everybody, and tell of it in a public post by its author, under which people talk.

    `page` is the address of all stories. The post says `words`, or the title; the link is put below. Once the story
    has such a post, it keeps it.

    Raises NotFound, NotAllowed (not its author), Conflict (somebody in it has not said yes to what stands there now),
    TextTooLong.
    """
    async with db.transaction() as tx:
        story = await at_story(tx, desk_id, story_id, by, now)
        if story.author_id != by.id:
            raise NotAllowed("A story is published by its author, whose post tells of it.")
        if not await stories.live_among(tx, [story.id], now):
            raise Conflict("Everybody in it must have said yes to exactly what stands there now, until a day to come.")
        told = await posts.find(tx, story.post_id) if story.post_id else None
        if told is None:
            text = f"{words.strip() or story.title}\n{page}/{story.slug}"
            draft = Draft(text=text, visibility=Visibility.PUBLIC)
            told = await publish(tx, by, checked_draft(by, draft, max_characters, now), now)
        story = msgspec.structs.replace(story, published_at=story.published_at or now, post_id=PostId(told.id))
        await stories.update(tx, story)
        await note(tx, desk_id, by.id, "story_publish", now, about=story_number(story))
        await append(tx, StoryChanged(desk_id, story.id, "publish", by.id), now)
    return story


async def take_story_back(db: Database, by: Account, desk_id: int, story_id: int, now: datetime) -> None:
    """Show it no more; any helper of the desk may. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        story = await at_story(tx, desk_id, story_id, by, now)
        await take_down(tx, story, now, by.id)


async def take_down(tx: Transaction, story: Story, now: datetime, by_id: AccountId | None = None) -> None:
    """Within the caller's transaction: off its page, and the post that told of it is gone, for it says the title."""
    if story.published_at is None and story.post_id is None:
        return
    told = await posts.find(tx, story.post_id) if story.post_id else None
    if told is not None:
        await erase(tx, told, now)
        if told.link and told.link.endswith(f"/stories/{story.slug}"):
            await previews.withdraw(tx, told.link, now)
    await stories.update(tx, msgspec.structs.replace(story, published_at=None, post_id=None))
    await note(tx, story.desk_id, by_id, "story_down", now, about=story_number(story))
    await append(tx, StoryChanged(story.desk_id, story.id, "down", by_id or 0), now)


async def take_down_lapsed(db: Database, now: datetime) -> None:
    """Stories that readers are not shown any more, since a day passed or something in them is gone: the posts that
    told of them go too."""
    for story_id in await stories.lapsed(db, now, _LAPSED_AT_ONCE):
        await take_down_if_over(db, story_id, now)


async def take_down_if_over(db: Database, story_id: int, now: datetime) -> None:
    """The same for one of them, unless it may be shown after all."""
    async with db.transaction() as tx:
        story = await stories.lock(tx, story_id)
        if not await stories.live_among(tx, [story_id], now):
            await take_down(tx, story, now)
