"""Write to some people in private, as in a chat: nobody else is named by mistake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..errors import Invalid, NotAllowed
from ..model.account import Account
from ..model.post import Draft, Post, SeenPost, Visibility
from ..store.database import Database
from ..text import markup
from .publish_post import mentioned, publish_post


async def write_message(
    db: Database, author: Account, to: Sequence[Account], text: str, now: datetime, *, parent: SeenPost | None = None,
    language: str | None = None, max_characters: int = 500, key: str = "",
) -> Post:
    """A direct post to `to`, whose names are put before the text; an answer to `parent`.

    Raises what `publish_post` raises, and NotAllowed if the text names anybody else, who would read it then.
    """
    if not markup.clean(text):
        raise Invalid("Validation failed: Text can't be blank", "text")
    named = await mentioned(db, markup.mentions(text))
    among = {author.id, *(one.id for one in to)}
    others = [one for one in named.values() if one.id not in among]
    if others:
        raise NotAllowed(
            f"This names {others[0].shown_name} too, who would then read it. Write the name without the sign @.")
    there = {one.id for one in named.values()}
    names = [f"@{one.address}" for one in to if one.id not in there]
    draft = Draft(
        text=" ".join([*names, text]), visibility=Visibility.DIRECT, usual_language=language,
        in_reply_to_id=parent.id if parent else None)
    return await publish_post(db, author, draft, now, max_characters=max_characters, idempotency_key=key)
