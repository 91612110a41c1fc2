"""Sort a bookmark by words of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..errors import Invalid
from ..ids import PostId
from ..model.account import Account
from ..model.list import title_key
from ..store import bookmark_tags, posts
from ..store.database import Database
from ..text.markup import clean
from .keep_post import keep_bookmark

MAX_TAGS = 20
MAX_TAG = 40


async def sort_bookmark(db: Database, account: Account, post_id: PostId, names: Sequence[str], now: datetime) -> None:
    """Give a bookmark these words and no others; a post that is none becomes one. Raises NotFound, Invalid."""
    given = checked_names(names)
    async with db.transaction() as tx:
        post = await posts.visible(tx, post_id, account.id)
        kept = await keep_bookmark(tx, account, post, now)
        await bookmark_tags.replace(tx, account.id, kept, given)


def checked_names(names: Sequence[str]) -> dict[str, str]:
    """Words as written, by key; a # before one means nothing here. Raises Invalid."""
    given: dict[str, str] = {}
    for name in names:
        name = " ".join(clean(name).split()).lstrip("#").strip()
        if len(name) > MAX_TAG:
            raise Invalid(f"A word to sort by has at most {MAX_TAG} characters.", "tags")
        if name:
            given.setdefault(title_key(name), name)
    if len(given) > MAX_TAGS:
        raise Invalid(f"A bookmark has at most {MAX_TAGS} words to sort by.", "tags")
    return given
