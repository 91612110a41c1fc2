"""Tell all members something; they put it away, and react to it."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from ..errors import Invalid, NotFound
from ..ids import new_id
from ..log.append import append
from ..log.events import Announced, AnnouncementReacted, AnnouncementWithdrawn
from ..model.account import Account, Permission
from ..model.community import Announcement
from ..store import community
from ..store.database import Database, Reader
from ..text.markup import clean
from .moderate_account import decide_for_all

MAX_TEXT = 5000
MAX_REACTIONS = 8  # different ones to an announcement; Mastodon's number


async def announce(
    db: Database, text: str, now: datetime, starts_at: datetime | None = None, ends_at: datetime | None = None,
    all_day: bool = False, by: Account | None = None,
) -> Announcement:
    """Publish an announcement; it is shown until `ends_at`, or until it is withdrawn. Raises Invalid, NotAllowed."""
    text = clean(text)
    if not text:
        raise Invalid("An announcement needs a text.", "text")
    if len(text) > MAX_TEXT:
        raise Invalid(f"An announcement has at most {MAX_TEXT} characters.", "text")
    if starts_at and ends_at and ends_at < starts_at:
        raise Invalid("It cannot end before it starts.", "ends_at")
    if ends_at and ends_at <= now:
        raise Invalid("It has ended already.", "ends_at")
    made = Announcement(
        id=new_id(now), text=text, starts_at=starts_at, ends_at=ends_at, all_day=all_day, published_at=now,
        updated_at=now)
    async with db.transaction() as tx:
        await community.insert_announcement(tx, made)
        await decide_for_all(
            tx, by, Permission.MANAGE_ANNOUNCEMENTS, "announce", now, kind="announcement", name=made.text,
            about_id=made.id)
        await append(tx, Announced(made.id), now)
    return made


async def withdraw_announcement(
    db: Database, announcement_id: int, now: datetime, by: Account | None = None
) -> None:
    """Take an announcement back, with its reactions. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        found = await _get(tx, announcement_id)
        await decide_for_all(
            tx, by, Permission.MANAGE_ANNOUNCEMENTS, "withdraw_announcement", now, kind="announcement",
            name=found.text, about_id=found.id)
        await community.delete_announcement(tx, announcement_id)
        await append(tx, AnnouncementWithdrawn(announcement_id), now)


async def dismiss_announcement(db: Database, account: Account, announcement_id: int) -> None:
    """Remember that `account` has read it. Raises NotFound."""
    async with db.transaction() as tx:
        await _get(tx, announcement_id)
        await community.mark_announcement_read(tx, announcement_id, account.id)


async def react(db: Database, account: Account, announcement_id: int, name: str, now: datetime) -> None:
    """React with an emoji, or the shortcode of a custom one. Raises NotFound, Invalid."""
    name = name.strip(":")
    async with db.transaction() as tx:
        await _get(tx, announcement_id)
        custom = {emoji.shortcode for emoji in await community.all_emoji(tx)}
        if name not in custom and not is_emoji(name):
            raise Invalid("Validation failed: Name is not a recognized emoji", "name")
        given = {one.name for one in await community.reactions(tx, [announcement_id], account.id)}
        if name not in given and len(given) >= MAX_REACTIONS:
            raise Invalid("Validation failed: Limit of different reactions reached", "name")
        await community.insert_reaction(tx, new_id(now), announcement_id, account.id, name)
        await append(tx, AnnouncementReacted(announcement_id, name), now)


async def take_back_reaction(
    db: Database, account: Account, announcement_id: int, name: str, now: datetime
) -> None:
    """React no more. Raises NotFound."""
    name = name.strip(":")
    async with db.transaction() as tx:
        await _get(tx, announcement_id)
        if await community.delete_reaction(tx, announcement_id, account.id, name):
            await append(tx, AnnouncementReacted(announcement_id, name), now)


def is_emoji(text: str) -> bool:
    """Whether `text` is one picture of Unicode: a symbol, with what may follow it (joiners, skin tones, selectors)."""
    kinds = [unicodedata.category(character) for character in text]
    flag = len(text) == 2 and all("\U0001f1e6" <= character <= "\U0001f1ff" for character in text)
    keycap = len(text) <= 3 and text.endswith("\u20e3") and text[:1] in set("0123456789#*")
    return 0 < len(text) <= 16 and (
        flag or keycap or (kinds[0] == "So" and all(kind in ("So", "Sk", "Cf", "Mn", "Me") for kind in kinds)))


async def _get(reader: Reader, announcement_id: int) -> Announcement:
    found = await community.find_announcement(reader, announcement_id)
    if found is None:
        raise NotFound("There is no such announcement.")
    return found
