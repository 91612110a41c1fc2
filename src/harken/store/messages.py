"""Direct messages one by one, as clients of 2008 read them: direct posts, from both sides."""

from __future__ import annotations

from datetime import datetime

from ..model.paging import Window
from ..model.post import SeenPost
from .database import Reader, Transaction
from .posts import visible_window
from .visibility import SEEN_FROM, not_muted

_HIDDEN = "EXISTS (SELECT 1 FROM hidden_message WHERE account_id = :viewer AND post_id = p.id)"


async def received(reader: Reader, viewer: int, window: Window, now: datetime) -> list[SeenPost]:
    """What was written to the viewer, newest first; without what they destroyed and what is kept aside from them."""
    return await visible_window(
        reader,
        f"""recipient r JOIN {SEEN_FROM.replace("post p", "post p ON p.id = r.post_id", 1)}
            WHERE r.account_id = :viewer AND p.visibility = 4 AND p.author_id <> :viewer AND NOT {_HIDDEN}
            AND NOT EXISTS (SELECT 1 FROM withheld WHERE owner_id = :viewer AND notification_id = p.id)
            AND {not_muted("p.author_id")}""",
        viewer, window, now, order_by="r.post_id")


async def sent(reader: Reader, viewer: int, window: Window, now: datetime) -> list[SeenPost]:
    """What the viewer wrote to somebody, newest first."""
    return await visible_window(
        reader, f"{SEEN_FROM} WHERE p.author_id = :viewer AND p.visibility = 4", viewer, window, now)


async def hide(tx: Transaction, viewer: int, post_id: int) -> None:
    """The viewer does not want to read this one again."""
    await tx.execute(
        "INSERT INTO hidden_message (account_id, post_id) VALUES (:viewer, :post) ON CONFLICT DO NOTHING",
        viewer=viewer, post=post_id)


async def is_hidden(reader: Reader, viewer: int, post_id: int) -> bool:
    """Whether the viewer destroyed it."""
    return bool(await reader.value(
        "SELECT 1 FROM hidden_message WHERE account_id = :viewer AND post_id = :post", viewer=viewer, post=post_id))
