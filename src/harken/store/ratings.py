"""Stars that people give to posts (Pownce's rating)."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from .database import Reader, Transaction


class Rating(msgspec.Struct, frozen=True):
    """What a post was given: `mine` is the viewer's own, 0 without one."""

    post_id: int
    number: int
    stars: int
    mine: int

    @property
    def average(self) -> float:
        return self.stars / self.number


async def of_posts(reader: Reader, ids: Collection[int], viewer: int) -> dict[int, Rating]:
    """Posts that have any, by id: one statement."""
    if not ids:
        return {}
    found = await reader.all(
        Rating,
        """SELECT post_id, count(*) AS number, CAST(sum(stars) AS INTEGER) AS stars,
             max(CASE WHEN account_id = :viewer THEN stars ELSE 0 END) AS mine
           FROM rating WHERE post_id IN (SELECT value FROM json_each(:ids)) GROUP BY post_id""",
        ids=sorted(ids),
        viewer=viewer,
    )
    return {one.post_id: one for one in found}


async def put(tx: Transaction, post_id: int, account_id: int, stars: int) -> None:
    await tx.execute(
        """INSERT INTO rating (post_id, account_id, stars) VALUES (:post, :account, :stars)
           ON CONFLICT (post_id, account_id) DO UPDATE SET stars = :stars""",
        post=post_id, account=account_id, stars=stars)


async def delete(tx: Transaction, post_id: int, account_id: int) -> None:
    await tx.execute(
        "DELETE FROM rating WHERE post_id = :post AND account_id = :account", post=post_id, account=account_id)
