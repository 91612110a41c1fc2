"""What members would rather not see. The version that goes with every change lies on the account's own row."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..errors import NotFound
from ..model.filter import Filter
from .database import Reader, Transaction

_JSON = ("contexts", "keywords", "posts")


async def of_owner(reader: Reader, owner: int) -> list[Filter]:
    """Every filter of `owner`, expired ones too, in the order they were made."""
    return await reader.all(Filter, "SELECT * FROM filter WHERE owner_id = :owner ORDER BY id", owner=owner)


async def get(reader: Reader, filter_id: int, owner: int) -> Filter:
    """A filter of `owner`. Raises NotFound, also for somebody else's."""
    found = await reader.find(
        Filter, "SELECT * FROM filter WHERE id = :id AND owner_id = :owner", id=filter_id, owner=owner
    )
    if found is None:
        raise NotFound("There is no such filter.")
    return found


async def count(reader: Reader, owner: int) -> int:
    """How many filters somebody keeps."""
    return int(await reader.value("SELECT count(*) FROM filter WHERE owner_id = :owner", owner=owner))


async def put(tx: Transaction, kept: Filter, version: int) -> None:
    """Store a filter, new or changed, and its owner's new `version`."""
    await tx.execute(
        """INSERT INTO filter
             (id, owner_id, title, query, zone, saved_at, contexts, action, expires_at, keywords, posts, created_at)
           VALUES (:id, :owner_id, :title, :query, :zone, :saved_at, :contexts, :action, :expires_at, :keywords,
             :posts, :created_at)
           ON CONFLICT (id) DO UPDATE SET title = excluded.title, query = excluded.query, zone = excluded.zone,
             saved_at = excluded.saved_at, contexts = excluded.contexts, action = excluded.action,
             expires_at = excluded.expires_at, keywords = excluded.keywords, posts = excluded.posts""",
        **{name: getattr(kept, name) for name in Filter.__struct_fields__ if name not in _JSON},
        **{name: msgspec.json.encode(getattr(kept, name)).decode() for name in _JSON},
    )
    await _set_version(tx, kept.owner_id, version)


async def delete(tx: Transaction, kept: Filter, version: int) -> None:
    """Forget a filter; with the last one, the owner's version is 0."""
    await tx.execute("DELETE FROM filter WHERE id = :id", id=kept.id)
    await _set_version(tx, kept.owner_id, version if await count(tx, kept.owner_id) else 0)


async def _set_version(tx: Transaction, owner: int, version: int) -> None:
    await tx.execute("UPDATE account SET filters = :version WHERE id = :owner", version=version, owner=owner)


async def answered_among(reader: Reader, ids: Sequence[int]) -> set[int]:
    """Those of the posts `ids` that somebody other than their author has answered for all to see."""
    return set(
        await reader.values(
            """SELECT p.id FROM post p WHERE p.id IN (SELECT value FROM json_each(:ids)) AND EXISTS (
                 SELECT 1 FROM post r WHERE r.in_reply_to_id = p.id AND r.visibility <= 1
                 AND r.author_id <> p.author_id)""",
            ids=list(ids),
        )
    )


async def followed_among(reader: Reader, viewer: int, ids: Sequence[int]) -> set[int]:
    """Those of the accounts `ids` whom `viewer` follows."""
    return set(
        await reader.values(
            """SELECT followed_id FROM follow WHERE follower_id = :viewer AND accepted = 1
               AND followed_id IN (SELECT value FROM json_each(:ids))""",
            viewer=viewer,
            ids=list(ids),
        )
    )
