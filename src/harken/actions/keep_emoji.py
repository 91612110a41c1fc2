"""Give members a picture to write with, or take it back."""

from __future__ import annotations

import re
from datetime import datetime

from ..errors import Conflict, Invalid, NotFound
from ..ids import new_id
from ..media.pictures import read_emoji
from ..media.store import MediaStore
from ..model.account import Account, Permission
from ..model.community import Emoji
from ..store import community
from ..store.database import Database
from ..text.markup import clean
from .moderate_account import decide_for_all

MAX_EMOJI = 2000
_SHORTCODE = re.compile(r"[A-Za-z0-9_]{2,60}")


async def add_emoji(
    db: Database, store: MediaStore, shortcode: str, content: bytes, now: datetime, category: str = "",
    by: Account | None = None,
) -> Emoji:
    """Keep `content` as the emoji `:shortcode:`.

    Raises Invalid, TooLarge, Conflict when the shortcode is taken, NotAllowed.
    """
    if not _SHORTCODE.fullmatch(shortcode):
        raise Invalid("A shortcode is two to sixty letters, digits and _, without colons.", "shortcode")
    moving, still = await read_emoji(content)
    emoji_id = new_id(now)
    place = f"emoji/{emoji_id % 256:02x}/{emoji_id:x}"
    made = Emoji(
        id=emoji_id, shortcode=shortcode, category=" ".join(clean(category).split())[:60],
        path=f"{place}.{moving.suffix}", still_path=f"{place}.{still.suffix}" if still is moving else
        f"emoji/{emoji_id % 256:02x}/{emoji_id + 1:x}.{still.suffix}")
    await store.put(made.path, moving.content)
    await store.put(made.still_path, still.content)
    try:
        async with db.transaction() as tx:
            await decide_for_all(
                tx, by, Permission.MANAGE_CUSTOM_EMOJIS, "add_emoji", now, kind="emoji", name=f":{shortcode}:",
                about_id=emoji_id)
            known = await community.all_emoji(tx)
            if any(one.shortcode == shortcode for one in known):
                raise Conflict(f"There is an emoji :{shortcode}: already; remove it first.")
            if len(known) >= MAX_EMOJI:
                raise Invalid(f"There are {MAX_EMOJI} emoji, and no client shows more.", "shortcode")
            await community.insert_emoji(tx, made)
    except BaseException:
        await store.delete(made.path)
        await store.delete(made.still_path)
        raise
    community.forget_emojis()
    return made


async def remove_emoji(
    db: Database, store: MediaStore, shortcode: str, now: datetime, by: Account | None = None
) -> None:
    """Take an emoji back; texts show its shortcode again. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        found = next((one for one in await community.all_emoji(tx) if one.shortcode == shortcode), None)
        if found is None:
            raise NotFound(f"There is no emoji :{shortcode}:.")
        await decide_for_all(
            tx, by, Permission.MANAGE_CUSTOM_EMOJIS, "remove_emoji", now, kind="emoji", name=f":{shortcode}:",
            about_id=found.id)
        await community.delete_emoji(tx, found.id)
    await store.delete(found.path)
    await store.delete(found.still_path)
    community.forget_emojis()
