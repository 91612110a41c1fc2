"""Words with which members sort what they bookmarked; nobody else sees them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from .database import Reader, Transaction


async def counted(reader: Reader, account_id: int) -> list[tuple[str, str, int]]:
    """(key, as written last, how many bookmarks have it), in the order of the alphabet."""
    rows = await reader.rows(
        "SELECT tag, max(name), count(*) FROM bookmark_tag WHERE account_id = :account GROUP BY tag ORDER BY tag",
        account=account_id)
    return [(str(key), str(name), int(number)) for key, name, number in rows]


async def of_posts(reader: Reader, account_id: int, ids: Collection[int]) -> dict[int, list[str]]:
    """The words of these bookmarks, as written, by post."""
    rows = await reader.rows(
        """SELECT post_id, name FROM bookmark_tag WHERE account_id = :account
           AND post_id IN (SELECT value FROM json_each(:ids)) ORDER BY tag""", account=account_id, ids=sorted(ids))
    found: dict[int, list[str]] = {}
    for post_id, name in rows:
        found.setdefault(int(post_id), []).append(str(name))
    return found


async def replace(tx: Transaction, account_id: int, post_id: int, names: Mapping[str, str]) -> None:
    """These words, as written by key, and no others."""
    await delete(tx, account_id, post_id)
    await tx.execute_many(
        "INSERT INTO bookmark_tag (account_id, tag, post_id, name) VALUES (:account, :tag, :post, :name)",
        [{"account": account_id, "tag": key, "post": post_id, "name": name} for key, name in names.items()])


async def delete(tx: Transaction, account_id: int, post_id: int) -> None:
    await tx.execute(
        "DELETE FROM bookmark_tag WHERE account_id = :account AND post_id = :post", account=account_id, post=post_id)
