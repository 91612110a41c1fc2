"""Friends, requests for friendship, and fans: those who follow without being friends."""

from __future__ import annotations

from collections.abc import Collection

from ..model.account import Account
from ..model.circle import Writers
from ..model.paging import Window
from . import accounts
from .database import Reader, Transaction
from .visibility import STATES, not_blocked


async def request(reader: Reader, asking: int, asked: int) -> int | None:
    """The id of an open request from one to the other."""
    found = await reader.value(
        "SELECT id FROM friend WHERE account_id = :asking AND friend_id = :asked AND accepted = 0",
        asking=asking, asked=asked)
    return None if found is None else int(found)


async def are_friends(reader: Reader, one: int, other: int) -> bool:
    return bool(await reader.value(
        "SELECT 1 FROM friend WHERE account_id = :one AND friend_id = :other AND accepted = 1", one=one, other=other))


async def shown_to(reader: Reader, account: Account, viewer: int) -> bool:
    """Whether somebody may see who the friends and fans of an account are: its owner may keep that to themselves."""
    return viewer == account.id or not (account.hide_collections or await reader.value(
        "SELECT 1 FROM member WHERE account_id = :id AND hide_friends = 1", id=account.id))


async def reached(reader: Reader, owner: int) -> set[int]:
    """Friends who can be spoken to: no block between them, not gone."""
    return set(await reader.values(
        f"""SELECT f.friend_id FROM friend f JOIN account a ON a.id = f.friend_id
            WHERE f.account_id = :viewer AND f.accepted = 1 AND a.state IN {STATES} AND {not_blocked("f.friend_id")}""",
        viewer=owner,
    ))


_FRIENDS = f"""(SELECT f.id, f.friend_id AS account_id FROM friend f JOIN account a ON a.id = f.friend_id
    WHERE f.account_id = :owner AND f.accepted = 1 AND a.state IN {STATES}
      AND {not_blocked("f.friend_id")}) l WHERE 1 = 1"""
_FANS = f"""(SELECT f.id, f.follower_id AS account_id FROM follow f JOIN account a ON a.id = f.follower_id
    WHERE f.followed_id = :owner AND f.accepted = 1 AND a.state IN {STATES}
      AND NOT EXISTS (SELECT 1 FROM friend WHERE account_id = :owner AND friend_id = f.follower_id AND accepted = 1)
      AND {not_blocked("f.follower_id")}) l WHERE 1 = 1"""
_REQUESTS = f"""(SELECT f.id, f.account_id FROM friend f JOIN account a ON a.id = f.account_id
    WHERE f.friend_id = :owner AND f.accepted = 0 AND a.state IN {STATES}
      AND {not_blocked("f.account_id")}) l WHERE 1 = 1"""


async def friends(reader: Reader, owner: int, viewer: int, window: Window) -> tuple[list[Account], list[int]]:
    """Friends of `owner`, latest first, as `viewer` may see them, and the ids that page them."""
    return await accounts.paged(reader, _FRIENDS, window, owner=owner, viewer=viewer)


async def fans(reader: Reader, owner: int, viewer: int, window: Window) -> tuple[list[Account], list[int]]:
    """Those who follow `owner` and are no friends, latest first, and the ids that page them."""
    return await accounts.paged(reader, _FANS, window, owner=owner, viewer=viewer)


async def requests(reader: Reader, owner: int, window: Window) -> tuple[list[Account], list[int]]:
    """Those who would like to be friends of `owner`, latest first, and the ids that page them."""
    return await accounts.paged(reader, _REQUESTS, window, owner=owner, viewer=owner)


async def refusing(reader: Reader, writer: int, ids: Collection[int]) -> dict[int, Writers]:
    """Those of `ids` who do not want to be written to in private by `writer`, with whom they want. Who moderates may
    write to everybody."""
    rows = await reader.rows(
        """SELECT m.account_id, m.written_by FROM member m
           WHERE m.account_id IN (SELECT value FROM json_each(:ids)) AND m.written_by > 0
             AND NOT EXISTS (SELECT 1 FROM member WHERE account_id = :writer AND role > 0)
             AND NOT (m.written_by = 1 AND EXISTS (
               SELECT 1 FROM follow WHERE follower_id = m.account_id AND followed_id = :writer AND accepted = 1))
             AND NOT (m.written_by < 3 AND EXISTS (
               SELECT 1 FROM friend WHERE account_id = m.account_id AND friend_id = :writer AND accepted = 1))""",
        writer=writer,
        ids=sorted(ids),
    )
    return {int(account_id): Writers(written_by) for account_id, written_by in rows}


async def insert_request(tx: Transaction, request_id: int, asking: int, asked: int) -> None:
    await tx.execute(
        "INSERT INTO friend (id, account_id, friend_id, accepted) VALUES (:id, :asking, :asked, 0)",
        id=request_id, asking=asking, asked=asked)


async def befriend(tx: Transaction, ids: tuple[int, int], asking: int, asked: int) -> None:
    """Make both friends of each other; `ids` are of the two new rows, that of the one who asked first."""
    await delete(tx, asking, asked)
    for row, one, other in zip(ids, (asking, asked), (asked, asking), strict=True):
        await tx.execute(
            "INSERT INTO friend (id, account_id, friend_id, accepted) VALUES (:id, :one, :other, 1)",
            id=row, one=one, other=other)


async def delete(tx: Transaction, one: int, other: int) -> int:
    """End a friendship and requests, either way; how many rows that were."""
    return await tx.execute(
        """DELETE FROM friend WHERE (account_id = :one AND friend_id = :other)
           OR (account_id = :other AND friend_id = :one)""", one=one, other=other)
