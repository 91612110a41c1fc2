"""What imports have brought, and the statements that bring it, many rows at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .database import Reader, Transaction


async def known(reader: Reader, source: str, keys: Sequence[str]) -> set[str]:
    """Those of `keys` that this source has brought before."""
    return set(
        await reader.values(
            "SELECT key FROM imported WHERE source = :source AND key IN (SELECT value FROM json_each(:key_texts))",
            source=source,
            key_texts=list(keys),
        )
    )


async def keys(reader: Reader, source: str) -> dict[int, str]:
    """What this source called the posts that it has brought, by their ids here."""
    return dict(await reader.rows("SELECT post_id, key FROM imported WHERE source = :source", source=source))


async def buried(reader: Reader, uris: Sequence[str]) -> set[str]:
    """Those of `uris` whose posts were deleted here."""
    if await reader.value("SELECT 1 FROM tombstone LIMIT 1") is None:
        return set()
    return set(
        await reader.values(
            "SELECT uri FROM tombstone WHERE uri IN (SELECT value FROM json_each(:uri_texts))", uri_texts=list(uris)
        )
    )


async def taken(reader: Reader, ids: Sequence[int]) -> set[int]:
    """Those of `ids` that posts have."""
    return set(
        await reader.values("SELECT id FROM post WHERE id IN (SELECT value FROM json_each(:ids))", ids=list(ids))
    )


async def parents(reader: Reader, source: str, keys: Sequence[str]) -> list[tuple[Any, ...]]:
    """(key, post, author, conversation) of those of `keys` that are here."""
    if not keys:
        return []
    return await reader.rows(
        """SELECT i.key, p.id, p.author_id, p.conversation_id FROM imported i JOIN post p ON p.id = i.post_id
           WHERE i.source = :source AND i.key IN (SELECT value FROM json_each(:key_texts))""",
        source=source,
        key_texts=list(keys),
    )


async def insert(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Store posts that came by import, given as rows."""
    await tx.execute_many(
        """INSERT INTO post (id, author_id, text, html, spoiler, sensitive, visibility, language, created_at,
              in_reply_to_id, in_reply_to_account_id, in_reply_to_uri, conversation_id, source, uri, url, mentions,
              tags, history)
           VALUES (:id, :author_id, :text, :html, :spoiler, :sensitive, :visibility, :language, :created_at,
              :in_reply_to_id, :in_reply_to_account_id, :in_reply_to_uri, :conversation_id, :source, :uri, :url,
              :mentions, :tags, 1)""",
        list(rows),
    )


async def insert_mentions(
    tx: Transaction, mentions: Iterable[tuple[int, int]], recipients: Iterable[tuple[int, int]]
) -> None:
    """(account, post) of those mentioned, and of those who may see what is not public."""
    for table, pairs in (("mention", sorted(mentions)), ("recipient", sorted(recipients))):
        if pairs:
            await tx.execute_many(
                f"INSERT INTO {table} (account_id, post_id) VALUES (:account, :post) ON CONFLICT DO NOTHING",
                [{"account": account, "post": post} for account, post in pairs],
            )


async def insert_tags(tx: Transaction, tagged: Iterable[tuple[str, int]]) -> None:
    if rows := [{"tag": tag, "post_id": post_id} for tag, post_id in sorted(tagged)]:
        await tx.execute_many(
            "INSERT INTO post_tag (tag, post_id) VALUES (:tag, :post_id) ON CONFLICT DO NOTHING", rows
        )


async def remember(tx: Transaction, source: str, brought: Iterable[tuple[str, int]]) -> None:
    """Note what has come, so that it comes once."""
    await tx.execute_many(
        "INSERT INTO imported (source, key, post_id) VALUES (:source, :key, :post_id)",
        [{"source": source, "key": key, "post_id": post_id} for key, post_id in sorted(brought)],
    )


async def insert_orphans(tx: Transaction, source: str, waiting: Iterable[tuple[str, int]]) -> None:
    """Note replies that wait for their parents."""
    if rows := [{"source": source, "key": key, "post_id": post_id} for key, post_id in waiting]:
        await tx.execute_many(
            """INSERT INTO orphan (source, parent_key, post_id) VALUES (:source, :key, :post_id)
               ON CONFLICT DO NOTHING""",
            rows,
        )


async def orphans_of(reader: Reader, source: str, keys: Sequence[str]) -> list[tuple[str, int]]:
    """(parent's key, reply) of replies that wait for one of `keys`."""
    if await reader.value("SELECT 1 FROM orphan WHERE source = :source LIMIT 1", source=source) is None:
        return []
    return [
        (str(key), int(post))
        for key, post in await reader.rows(
            """SELECT parent_key, post_id FROM orphan
           WHERE source = :source AND parent_key IN (SELECT value FROM json_each(:key_texts)) ORDER BY post_id""",
            source=source,
            key_texts=list(keys),
        )
    ]


async def waiting(reader: Reader, source: str) -> int:
    """How many replies of this source wait for parents."""
    return int(await reader.value("SELECT count(*) FROM orphan WHERE source = :source", source=source))


async def link(tx: Transaction, source: str, links: Sequence[tuple[int, int, int]]) -> None:
    """(reply, parent, parent's author): give replies the parents that have come."""
    await tx.execute_many(
        """UPDATE post SET in_reply_to_id = :parent, in_reply_to_account_id = :author, in_reply_to_uri = NULL,
              version = version + 1 WHERE id = :id""",
        [{"id": reply, "parent": parent, "author": author} for reply, parent, author in links],
    )


async def forget_orphans(tx: Transaction, source: str, keys: Sequence[str]) -> None:
    """Nobody waits for `keys` any more."""
    await tx.execute(
        "DELETE FROM orphan WHERE source = :source AND parent_key IN (SELECT value FROM json_each(:key_texts))",
        source=source,
        key_texts=list(keys),
    )


async def move_conversations(tx: Transaction, moves: Mapping[int, int]) -> None:
    """Join conversations: posts of each key become posts of its value; who muted the one has muted the other."""
    if not moves:
        return
    rows = [{"old": old, "new": new} for old, new in moves.items()]
    await tx.execute_many(
        "UPDATE post SET conversation_id = :new, version = version + 1 WHERE conversation_id = :old", rows)
    await tx.execute_many(
        """INSERT INTO muted_conversation (account_id, conversation_id)
           SELECT account_id, :new FROM muted_conversation WHERE conversation_id = :old ON CONFLICT DO NOTHING""",
        rows,
    )


async def names_taken(reader: Reader, keys: Sequence[str]) -> set[str]:
    """Those of `keys` (see name_key) that accounts have, whatever their state."""
    return set(
        await reader.values(
            "SELECT name_key FROM account WHERE name_key IN (SELECT value FROM json_each(:key_texts))",
            key_texts=list(keys),
        )
    )


async def insert_accounts(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Store accounts that nobody signs in to, given as rows, with empty counters."""
    if rows:
        await tx.execute_many(
            """INSERT INTO account (id, username, name_key, uri, url, location, discoverable, indexable, hearable,
                  created_at, latitude, longitude)
               VALUES (:id, :username, :key, :uri, :url, :location, 1, 1, :hearable, :at, :latitude, :longitude)""",
            list(rows),
        )
        await tx.execute_many(
            "INSERT INTO account_stats (account_id) VALUES (:id)", [{"id": row["id"]} for row in rows]
        )


async def authors(reader: Reader, keys: Sequence[str]) -> list[tuple[Any, ...]]:
    """(name key, id, uri, url, state) of the accounts with those names."""
    return await reader.rows(
        "SELECT name_key, id, uri, url, state FROM account WHERE name_key IN (SELECT value FROM json_each(:key_texts))",
        key_texts=list(keys),
    )


async def set_locations(tx: Transaction, places: Mapping[str, tuple[str, tuple[int, int] | None]]) -> None:
    """Give accounts that nobody signs in to the place that a file knows, where they have none."""
    await tx.execute_many(
        """UPDATE account SET location = :place, latitude = :latitude, longitude = :longitude, version = version + 1
           WHERE name_key = :key AND location = ''
           AND NOT EXISTS (SELECT 1 FROM member WHERE account_id = account.id)""",
        [
            {"key": key, "place": text, "latitude": None, "longitude": None}
            | ({"latitude": point[0], "longitude": point[1]} if point else {})
            for key, (text, point) in places.items()
        ],
    )
