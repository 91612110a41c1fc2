"""What media there are; the bytes are in the media store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ..errors import NotFound
from ..model.media import Media
from .database import Reader, Transaction
from .visibility import STATES


async def find(reader: Reader, media_id: int) -> Media | None:
    """The row, whoever asks: for actions, and for what has its own check."""
    return await reader.find(Media, "SELECT * FROM media WHERE id = :id AND state <> 3", id=media_id)


async def get_loose(reader: Reader, media_id: int, account_id: int) -> Media:
    """An account's own attachment that no post carries. Raises NotFound."""
    found = await find(reader, media_id)
    if found is None or found.account_id != account_id or found.purpose != "post" or found.post_id is not None:
        raise NotFound("Record not found")
    return found


async def by_ids(reader: Reader, ids: Iterable[int]) -> dict[int, Media]:
    """Media by id: for what the viewer may see, which the caller has checked."""
    found = await reader.all(
        Media, "SELECT * FROM media WHERE id IN (SELECT value FROM json_each(:ids)) AND state <> 3",
        ids=sorted(set(ids)))
    return {media.id: media for media in found}


async def of_account(reader: Reader, account_id: int, purpose: str = "") -> list[Media]:
    """An account's media, oldest first; all, or those for one purpose."""
    return await reader.all(
        Media,
        "SELECT * FROM media WHERE account_id = :account AND (:purpose = '' OR purpose = :purpose) ORDER BY id",
        account=account_id,
        purpose=purpose,
    )


async def visible_file(reader: Reader, media_id: int) -> tuple[Media, bool] | None:
    """An attachment that may be served to whoever knows its address, and whether its post is for everybody.

    None when it is not ready, or gone, or its post or its owner is not there to be seen any more.
    """
    found = await reader.find(
        Media,
        f"""SELECT m.* FROM media m JOIN account a ON a.id = m.account_id LEFT JOIN post p ON p.id = m.post_id
            WHERE m.id = :id AND m.purpose = 'post' AND m.state = 0 AND a.state IN {STATES}
              AND (m.post_id IS NULL OR p.id IS NOT NULL)""",
        id=media_id,
    )
    if found is None:
        return None
    public = found.post_id is not None and await reader.value(
        "SELECT visibility FROM post WHERE id = :id", id=found.post_id) in (0, 1)
    return found, public


async def insert(tx: Transaction, media: Media) -> None:
    columns = Media.__struct_fields__
    await tx.execute(
        f"INSERT INTO media ({', '.join(columns)}) VALUES ({', '.join(f':{name}' for name in columns)})",
        **{name: getattr(media, name) for name in columns},
    )


async def change(tx: Transaction, media_id: int, **columns: Any) -> None:
    """Set columns of one row; names are our own."""
    await tx.execute(
        f"UPDATE media SET {', '.join(f'{name} = :{name}' for name in columns)} WHERE id = :id AND state <> 3",
        id=media_id, **columns,
    )


async def delete(tx: Transaction, media_id: int) -> None:
    await tx.execute("DELETE FROM media WHERE id = :id", id=media_id)


# ---- attached -----------------------------------------------------------------------------------


async def attach(tx: Transaction, ids: Sequence[int], account_id: int, post_id: int) -> int:
    """Give loose media of `account_id` to a post; how many took it."""
    return await tx.execute(
        """UPDATE media SET post_id = :post, scheduled_id = NULL, loose_since = NULL
           WHERE id IN (SELECT value FROM json_each(:ids)) AND account_id = :account AND purpose = 'post'
             AND post_id IS NULL AND state = 0""",
        ids=list(ids), account=account_id, post=post_id,
    )


async def hold(tx: Transaction, ids: Sequence[int], account_id: int, scheduled_id: int) -> int:
    """Keep loose media for a post that is published later; how many are kept."""
    return await tx.execute(
        """UPDATE media SET scheduled_id = :scheduled, loose_since = NULL
           WHERE id IN (SELECT value FROM json_each(:ids)) AND account_id = :account AND purpose = 'post'
             AND post_id IS NULL AND state = 0""",
        ids=list(ids), account=account_id, scheduled=scheduled_id,
    )


async def release(tx: Transaction, scheduled_id: int, now: datetime) -> None:
    """What a post that will not be published held is loose again."""
    await tx.execute(
        """UPDATE media SET scheduled_id = NULL, loose_since = :now
           WHERE scheduled_id = :id AND post_id IS NULL""", id=scheduled_id, now=now)


async def loosen(tx: Transaction, ids: Sequence[int], secrets: Mapping[int, str], now: datetime) -> None:
    """Take media from their post and give each a new address."""
    for media_id in ids:
        await tx.execute(
            "UPDATE media SET post_id = NULL, secret = :secret, loose_since = :now WHERE id = :id AND state <> 3",
            id=media_id, secret=secrets[media_id], now=now)


async def doom_of_post(tx: Transaction, post_id: int) -> None:
    """A post's media are gone: for readers with this commit, from the disk when `doomed` is worked off."""
    await tx.execute("UPDATE media SET state = 3, description = '', post_id = NULL WHERE post_id = :id", id=post_id)


async def doom(tx: Transaction, media_id: int) -> None:
    """The same for one."""
    await tx.execute("UPDATE media SET state = 3, description = '', post_id = NULL WHERE id = :id", id=media_id)


async def doom_loose(tx: Transaction, before: datetime) -> int:
    """The same for what nothing has referred to since `before`; how many."""
    return await tx.execute(
        "UPDATE media SET state = 3, description = '' WHERE loose_since < :before AND state <> 3", before=before)


async def doomed(reader: Reader, limit: int) -> list[Media]:
    """Media whose files are to be removed, then their rows."""
    return await reader.all(Media, "SELECT * FROM media WHERE state = 3 ORDER BY id LIMIT :limit", limit=limit)


# ---- waiting to be converted --------------------------------------------------------------------


async def waiting(reader: Reader, account_id: int = 0) -> int:
    """How many uploads wait to be converted; all, or one account's."""
    return int(await reader.value(
        "SELECT count(*) FROM media WHERE state = 1 AND (:account = 0 OR account_id = :account)", account=account_id))


async def claim(tx: Transaction, now: datetime, until: datetime) -> Media | None:
    """The oldest upload that nobody works on, taken until `until`; one more try is counted."""
    found = await tx.find(
        Media, "SELECT * FROM media WHERE state = 1 AND claimed_until < :now ORDER BY id LIMIT 1", now=now)
    if found is None or not await tx.execute(
        """UPDATE media SET claimed_until = :until, tries = tries + 1
           WHERE id = :id AND state = 1 AND claimed_until < :now""", id=found.id, now=now, until=until,
    ):
        return None
    return msgspec.structs.replace(found, tries=found.tries + 1)


async def unfinished(reader: Reader) -> bool:
    """Whether anything waits to be converted or removed."""
    return bool(await reader.value(
        "SELECT EXISTS (SELECT 1 FROM media WHERE state IN (1, 3))"))


async def finish(tx: Transaction, made: Media) -> bool:
    """Store what converting made of an upload; False when it was deleted meanwhile."""
    return bool(await tx.execute(
        """UPDATE media SET state = :state, kind = :kind, form = :form, path = :path, bytes = :bytes, width = :width,
              height = :height, preview = :preview, blurhash = :blurhash, facts = :facts, upload = '', error = :error,
              claimed_until = 0 WHERE id = :id AND state = 1""",
        **{name: getattr(made, name) for name in (
            "id", "state", "kind", "form", "path", "bytes", "width", "height", "preview", "blurhash", "facts",
            "error")},
    ))


