"""Ask for friendship, answer, end it.

A friend is mutual and asked for; whoever is asked may accept as a friend, let the other follow merely as a fan, or
decline (Plurk's friends and fans). Becoming friends makes both follow each other; either may unfollow later and stays
a friend.
Nobody is told of a refusal or of an end.
"""

from __future__ import annotations

from datetime import datetime

from ..errors import NotAllowed, NotFound
from ..ids import AccountId, new_id
from ..log.append import append
from ..log.events import Befriended, FriendAsked, Unfriended
from ..model.account import Account, State
from ..store import accounts, friends, relationships
from ..store.database import Database, Transaction
from .follow import follow_within
from .publish_post import may_post

MAX_FRIENDS = 1000


async def ask_friend(db: Database, asking: Account, asked_id: AccountId, now: datetime) -> None:
    """Ask somebody to be friends, or accept if they have asked; again changes nothing. Raises NotFound, NotAllowed."""
    may_post(asking)
    async with db.transaction() as tx:
        asked = await _other(tx, asking, asked_id)
        if await friends.are_friends(tx, asking.id, asked.id):
            return
        if await friends.request(tx, asked.id, asking.id) is not None:
            await _befriend(tx, asked, asking, now)
        elif await friends.request(tx, asking.id, asked.id) is None:
            request_id = new_id(now)
            await friends.insert_request(tx, request_id, asking.id, asked.id)
            await append(tx, FriendAsked(request_id, asking.id, asked.id), now)


async def accept_friend(db: Database, account: Account, asking_id: AccountId, now: datetime) -> None:
    """Be friends with somebody who asked. Raises NotFound when nobody did, NotAllowed."""
    may_post(account)
    async with db.transaction() as tx:
        asking = await _other(tx, account, asking_id)
        if await friends.request(tx, asking.id, account.id) is None:
            raise NotFound("There is no such request any more.")
        await _befriend(tx, asking, account, now)


async def accept_as_fan(db: Database, account: Account, asking_id: AccountId, now: datetime) -> None:
    """Let somebody who asked for friendship follow, and no more. Raises NotFound when nobody did, NotAllowed."""
    async with db.transaction() as tx:
        asking = await _other(tx, account, asking_id)
        if await friends.request(tx, asking.id, account.id) is None:
            raise NotFound("There is no such request any more.")
        await friends.delete(tx, asking.id, account.id)
        await follow_within(tx, asking, account, now, accepted=True)


async def decline_friend(db: Database, account: Account, asking_id: AccountId, now: datetime) -> None:
    """Put a request away; whoever asked is not told."""
    async with db.transaction() as tx:
        if await friends.request(tx, asking_id, account.id) is not None:
            await friends.delete(tx, asking_id, account.id)
            await append(tx, Unfriended(asking_id, account.id), now)


async def unfriend(db: Database, account: Account, other_id: AccountId, now: datetime) -> None:
    """End a friendship or take a request back; the other is not told, and follows stay."""
    async with db.transaction() as tx:
        await end_friendship(tx, account.id, other_id, now)


async def end_friendship(tx: Transaction, one: int, other: int, now: datetime) -> None:
    """End a friendship and requests, either way, within the caller's transaction."""
    if await friends.delete(tx, one, other):
        await append(tx, Unfriended(one, other), now)


async def _befriend(tx: Transaction, asking: Account, asked: Account, now: datetime) -> None:
    ids = new_id(now), new_id(now)
    await friends.befriend(tx, ids, asking.id, asked.id)
    await follow_within(tx, asking, asked, now, accepted=True)
    await follow_within(tx, asked, asking, now, accepted=True)
    await append(tx, Befriended(ids[0], asking.id, asked.id), now)


async def _other(tx: Transaction, account: Account, other_id: AccountId) -> Account:
    other = await accounts.visible(tx, other_id, account.id)
    if other.id == account.id:
        raise NotAllowed("You are your own friend already, we hope.")
    if other.domain:
        raise NotAllowed("Only people of this server can be friends here; you can follow them.")
    if other.state is State.MEMORIAL:
        raise NotAllowed("This account is kept in memory of somebody; nobody answers.")
    if await relationships.blocked_between(tx, account.id, other.id):
        raise NotAllowed("You cannot ask this account.")
    return other
