"""Everything that belongs to one account, for taking it away."""

from __future__ import annotations

from typing import Any

from ..ids import AccountId
from ..model.post import Post
from .database import Reader
from .visibility import SEEN, SEEN_FROM


async def own_posts(reader: Reader, account_id: AccountId, after: int, limit: int) -> list[Post]:
    """The next posts and boosts of an account, oldest first."""
    return await reader.all(
        Post, "SELECT * FROM post WHERE author_id = :id AND id > :after ORDER BY id LIMIT :limit",
        id=account_id, after=after, limit=limit)


async def own_whispers(reader: Reader, account_id: AccountId) -> list[Post]:
    """What an account said without its name, oldest first."""
    return await reader.all(
        Post, "SELECT p.* FROM post p JOIN whisper w ON w.post_id = p.id WHERE w.account_id = :id ORDER BY p.id",
        id=account_id)


async def own_posts_before(reader: Reader, account_id: AccountId, before: int, limit: int) -> list[Post]:
    """The same, newest first."""
    return await reader.all(
        Post, "SELECT * FROM post WHERE author_id = :id AND id < :before ORDER BY id DESC LIMIT :limit",
        id=account_id, before=before, limit=limit)


async def events(reader: Reader, account_id: AccountId) -> list[int]:
    """The posts of events that an account invited to or comes to, and may still see."""
    return await reader.values(
        f"""SELECT p.id FROM {SEEN_FROM} JOIN gathering g ON g.post_id = p.id WHERE {SEEN} AND (p.author_id = :viewer
            OR EXISTS (SELECT 1 FROM rsvp WHERE post_id = p.id AND account_id = :viewer AND answer <> 0))
            ORDER BY p.id""", viewer=account_id)


async def recipients(reader: Reader, post_ids: list[int]) -> list[tuple[Any, ...]]:
    """(post, uri) of those whom posts that are not public are meant for."""
    return await reader.rows(
        """SELECT r.post_id, a.uri FROM recipient r JOIN account a ON a.id = r.account_id
           WHERE r.post_id IN (SELECT value FROM json_each(:ids)) ORDER BY r.post_id, a.id""", ids=post_ids)


async def uris(reader: Reader, post_ids: list[int]) -> dict[int, str]:
    """Addresses of posts, by id."""
    return {row[0]: row[1] for row in await reader.rows(
        "SELECT id, uri FROM post WHERE id IN (SELECT value FROM json_each(:ids))", ids=post_ids)}


async def kept(reader: Reader, table: str, account_id: AccountId) -> list[str]:
    """Addresses of the posts that an account has in `table`: favourite or bookmark, or pin."""
    assert table in ("favourite", "bookmark", "pin")
    return await reader.values(
        f"SELECT p.uri FROM {table} k JOIN post p ON p.id = k.post_id WHERE k.account_id = :id ORDER BY k.id",
        id=account_id)


async def relations(reader: Reader, account_id: AccountId) -> dict[str, list[tuple[Any, ...]]]:
    """Rows of names: following (show_boosts, notify, languages), followers, blocks, mutes (notifications), lists (their
    titles), notes (their texts)."""
    name = "CASE WHEN a.domain = '' THEN a.username ELSE a.username || '@' || a.domain END"
    asked = {
        "following": f"""SELECT {name}, f.show_boosts, f.notify, f.languages FROM follow f
            JOIN account a ON a.id = f.followed_id WHERE f.follower_id = :id AND f.accepted = 1 ORDER BY f.id""",
        "followers": f"""SELECT {name} FROM follow f JOIN account a ON a.id = f.follower_id
            WHERE f.followed_id = :id AND f.accepted = 1 ORDER BY f.id""",
        "blocks": f"""SELECT {name} FROM block b JOIN account a ON a.id = b.target_id
            WHERE b.account_id = :id ORDER BY b.id""",
        "mutes": f"""SELECT {name}, m.notifications FROM mute m JOIN account a ON a.id = m.target_id
            WHERE m.account_id = :id ORDER BY m.id""",
        "lists": f"""SELECT {name}, l.title FROM list l JOIN list_member m ON m.list_id = l.id
            JOIN account a ON a.id = m.account_id WHERE l.owner_id = :id ORDER BY l.id, a.id""",
        "domain_blocks": "SELECT domain FROM blocked_domain WHERE account_id = :id ORDER BY domain",
        "notes": f"""SELECT {name}, n.text FROM account_note n JOIN account a ON a.id = n.target_id
            WHERE n.account_id = :id ORDER BY a.id""",
    }
    return {what: await reader.rows(sql, id=account_id) for what, sql in asked.items()}
