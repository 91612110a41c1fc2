"""What imports have brought, and the statements that bring it, many rows at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..clock import to_ms
from ..model.account import Account, name_key
from ..model.post import Post
from . import posts
from .database import Reader, Transaction


async def known(reader: Reader, source: str, keys: Sequence[str]) -> set[str]:
    """Those of `keys` that this source has brought before."""
    return set(await reader.values(
        "SELECT key FROM imported WHERE source = :source AND key IN (SELECT value FROM json_each(:key_texts))",
        source=source, key_texts=list(keys)))


async def buried(reader: Reader, uris: Sequence[str]) -> set[str]:
    """Those of `uris` whose posts were deleted here."""
    if await reader.value("SELECT 1 FROM tombstone LIMIT 1") is None:
        return set()
    return set(await reader.values(
        "SELECT uri FROM tombstone WHERE uri IN (SELECT value FROM json_each(:uri_texts))", uri_texts=list(uris)))


async def taken(reader: Reader, ids: Sequence[int]) -> set[int]:
    """Those of `ids` that posts have."""
    return set(await reader.values(
        "SELECT id FROM post WHERE id IN (SELECT value FROM json_each(:ids))", ids=list(ids)))


async def parents(reader: Reader, source: str, keys: Sequence[str]) -> list[tuple[Any, ...]]:
    """(key, post, author, conversation) of those of `keys` that are here."""
    if not keys:
        return []
    return await reader.rows(
        """SELECT i.key, p.id, p.author_id, p.conversation_id FROM imported i JOIN post p ON p.id = i.post_id
           WHERE i.source = :source AND i.key IN (SELECT value FROM json_each(:key_texts))""",
        source=source, key_texts=list(keys))


_POST_COLUMNS = Post.__struct_fields__
_INSERT_POST = f"INSERT INTO post ({', '.join(_POST_COLUMNS)}) VALUES ({', '.join(':' + c for c in _POST_COLUMNS)})"


async def insert(tx: Transaction, made: Sequence[Post]) -> None:
    """Store posts with mentions and recipients."""
    await tx.execute_many(_INSERT_POST, [posts.row(post) for post in made])
    mentions = [{"account_id": account, "post_id": post.id} for post in made for account in post.mentions]
    if mentions:
        await tx.execute_many(
            "INSERT INTO mention (account_id, post_id) VALUES (:account_id, :post_id) ON CONFLICT DO NOTHING",
            sorted(mentions, key=lambda row: row["account_id"]))
    recipients = [
        {"post_id": post.id, "account_id": account}
        for post in made if post.visibility > 1 for account in post.mentions if account != post.author_id]
    if recipients:
        await tx.execute_many(
            "INSERT INTO recipient (post_id, account_id) VALUES (:post_id, :account_id) ON CONFLICT DO NOTHING",
            recipients)


async def insert_tags(tx: Transaction, tagged: Iterable[tuple[str, int]]) -> None:
    if rows := [{"tag": tag, "post_id": post_id} for tag, post_id in sorted(tagged)]:
        await tx.execute_many(
            "INSERT INTO post_tag (tag, post_id) VALUES (:tag, :post_id) ON CONFLICT DO NOTHING", rows)


async def remember(tx: Transaction, source: str, brought: Iterable[tuple[str, int]]) -> None:
    """Note what has come, so that it comes once."""
    await tx.execute_many(
        "INSERT INTO imported (source, key, post_id) VALUES (:source, :key, :post_id)",
        [{"source": source, "key": key, "post_id": post_id} for key, post_id in sorted(brought)])


async def insert_orphans(tx: Transaction, source: str, waiting: Iterable[tuple[str, int]]) -> None:
    """Note replies that wait for their parents."""
    if rows := [{"source": source, "key": key, "post_id": post_id} for key, post_id in waiting]:
        await tx.execute_many(
            """INSERT INTO orphan (source, parent_key, post_id) VALUES (:source, :key, :post_id)
               ON CONFLICT DO NOTHING""", rows)


async def orphans_of(reader: Reader, source: str, keys: Sequence[str]) -> list[tuple[str, int]]:
    """(parent's key, reply) of replies that wait for one of `keys`."""
    if await reader.value("SELECT 1 FROM orphan WHERE source = :source LIMIT 1", source=source) is None:
        return []
    return [(str(key), int(post)) for key, post in await reader.rows(
        """SELECT parent_key, post_id FROM orphan
           WHERE source = :source AND parent_key IN (SELECT value FROM json_each(:key_texts)) ORDER BY post_id""",
        source=source, key_texts=list(keys))]


async def waiting(reader: Reader, source: str) -> int:
    """How many replies of this source wait for parents."""
    return int(await reader.value("SELECT count(*) FROM orphan WHERE source = :source", source=source))


async def link(tx: Transaction, source: str, links: Sequence[tuple[int, Post]]) -> None:
    """Give replies the parents that have come."""
    await tx.execute_many(
        """UPDATE post SET in_reply_to_id = :parent, in_reply_to_account_id = :author, in_reply_to_uri = NULL
           WHERE id = :id""",
        [{"id": reply, "parent": parent.id, "author": parent.author_id} for reply, parent in links])


async def forget_orphans(tx: Transaction, source: str, keys: Sequence[str]) -> None:
    """Nobody waits for `keys` any more."""
    await tx.execute(
        "DELETE FROM orphan WHERE source = :source AND parent_key IN (SELECT value FROM json_each(:key_texts))",
        source=source, key_texts=list(keys))


async def move_conversations(tx: Transaction, moves: Mapping[int, int]) -> None:
    """Join conversations: posts of each key become posts of its value; who muted the one has muted the other."""
    if not moves:
        return
    rows = [{"old": old, "new": new} for old, new in moves.items()]
    await tx.execute_many("UPDATE post SET conversation_id = :new WHERE conversation_id = :old", rows)
    await tx.execute_many(
        """INSERT INTO muted_conversation (account_id, conversation_id)
           SELECT account_id, :new FROM muted_conversation WHERE conversation_id = :old ON CONFLICT DO NOTHING""", rows)


async def names_taken(reader: Reader, keys: Sequence[str]) -> set[str]:
    """Those of `keys` (see name_key) that accounts have, whatever their state."""
    return set(await reader.values(
        "SELECT name_key FROM account WHERE name_key IN (SELECT value FROM json_each(:key_texts))",
        key_texts=list(keys)))


async def insert_accounts(tx: Transaction, made: Sequence[Account]) -> None:
    """Store accounts that nobody signs in to, with empty counters."""
    await tx.execute_many(
        """INSERT INTO account (id, username, name_key, domain, uri, url, location, discoverable, indexable, noindex,
              hearable, state, created_at)
           VALUES (:id, :username, :key, '', :uri, :url, :location, :discoverable, :indexable, :noindex,
              :hearable, 0, :at)
           ON CONFLICT DO NOTHING""",
        [{"id": a.id, "username": a.username, "key": name_key(a.username), "uri": a.uri, "url": a.url,
          "location": a.location, "discoverable": a.discoverable, "indexable": a.indexable, "noindex": a.noindex,
          "hearable": a.hearable, "at": to_ms(a.created_at)} for a in made])
    await tx.execute_many(
        "INSERT INTO account_stats (account_id) SELECT id FROM account WHERE id = :id ON CONFLICT DO NOTHING",
        [{"id": a.id} for a in made])


async def authors(reader: Reader, keys: Sequence[str]) -> list[tuple[Any, ...]]:
    """(name key, id, uri, url, state) of the accounts with those names."""
    return await reader.rows(
        "SELECT name_key, id, uri, url, state FROM account WHERE name_key IN (SELECT value FROM json_each(:key_texts))",
        key_texts=list(keys))


async def set_locations(tx: Transaction, places: Mapping[str, str]) -> None:
    """Give accounts that nobody signs in to the place that a file knows, where they have none."""
    await tx.execute_many(
        """UPDATE account SET location = :place, version = version + 1 WHERE name_key = :key AND location = ''
           AND NOT EXISTS (SELECT 1 FROM member WHERE account_id = account.id)""",
        [{"key": key, "place": place} for key, place in places.items()])
