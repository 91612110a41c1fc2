"""Follow, unfollow, answer requests, remove followers."""

from __future__ import annotations

import re
from datetime import datetime

from ..errors import Invalid, NotAllowed, NotFound
from ..ids import AccountId, new_id
from ..log.append import append
from ..log.events import Followed, FollowRequested, Unfollowed
from ..model.account import Account, State
from ..store import accounts, counts, endorsements, lists, relationships
from ..store.database import Database, Transaction
from .publish_post import may_post

MAX_LANGUAGES = 200
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
MAX_FOLLOWS = 7500  # Mastodon's number; a list nobody can read is no list


async def follow(
    db: Database,
    follower: Account,
    target_id: AccountId,
    now: datetime,
    show_boosts: bool | None = None,
    notify: bool | None = None,
    languages: list[str] | None = None,
) -> None:
    """Follow, or ask to where the account is protected; again: change the options.

    Raises NotFound, NotAllowed (oneself, blocked, too many), Invalid (languages).
    """
    may_post(follower)
    if languages and (len(languages) > MAX_LANGUAGES or not all(map(_LANGUAGE.fullmatch, languages))):
        raise Invalid("Validation failed: Languages is invalid", "languages")
    async with db.transaction() as tx:
        target = await accounts.visible(tx, target_id, follower.id)
        if target.id == follower.id:
            raise NotAllowed("You cannot follow yourself.")
        if target.state is State.MEMORIAL:
            raise NotAllowed("This account is kept in memory of somebody; it cannot be followed.")
        if await relationships.blocked_between(tx, follower.id, target.id):
            raise NotAllowed("You cannot follow this account.")
        known = await relationships.follow(tx, follower.id, target.id)
        if known:
            await relationships.change_follow(
                tx,
                known.id,
                show_boosts=known.show_boosts if show_boosts is None else show_boosts,
                notify=known.notify if notify is None else notify,
                languages=known.languages if languages is None else languages,
            )
            return
        if follower.following >= MAX_FOLLOWS:
            raise NotAllowed(f"You follow {MAX_FOLLOWS} accounts; unfollow some first.")
        await _insert(tx, follower, target, now, show_boosts, notify, languages)


async def follow_within(tx: Transaction, follower: Account, target: Account, now: datetime, accepted: bool) -> None:
    """Follow within the caller's transaction, which has checked that it may be; `accepted` by the target already."""
    known = await relationships.follow(tx, follower.id, target.id)
    if known is None:
        await _insert(tx, follower, target, now, accepted=accepted)
    elif accepted and not known.accepted:
        await _accept(tx, known, now)


async def _insert(
    tx: Transaction, follower: Account, target: Account, now: datetime, show_boosts: bool | None = None,
    notify: bool | None = None, languages: list[str] | None = None, accepted: bool = False,
) -> None:
    accepted = accepted or not (target.protected or follower.state is State.LIMITED)
    new = relationships.Follow(
        id=new_id(now),
        follower_id=follower.id,
        followed_id=target.id,
        accepted=accepted,
        show_boosts=show_boosts is not False,
        notify=bool(notify),
        languages=languages or [],
    )
    await relationships.insert_follow(tx, new)
    if accepted:
        await counts.followed(tx, follower.id, target.id, 1)
        await append(tx, Followed(new.id, follower.id, target.id), now)
    else:
        await append(tx, FollowRequested(new.id, follower.id, target.id), now)


async def _accept(tx: Transaction, known: relationships.Follow, now: datetime) -> None:
    await relationships.accept_follow(tx, known.id)
    await counts.followed(tx, known.follower_id, known.followed_id, 1)
    await append(tx, Followed(known.id, AccountId(known.follower_id), AccountId(known.followed_id)), now)


async def stop_notifying(db: Database, follower: Account, target_id: AccountId) -> None:
    """Hear of somebody's posts no more, and go on following; nothing happens where nobody is followed (any more)."""
    async with db.transaction() as tx:
        known = await relationships.follow(tx, follower.id, target_id)
        if known is not None:
            await relationships.change_follow(
                tx, known.id, show_boosts=known.show_boosts, notify=False, languages=known.languages)


async def unfollow(db: Database, follower: AccountId, target: AccountId, now: datetime) -> None:
    """End a follow or take a request back; also used by `target` to remove a follower or decline a request."""
    async with db.transaction() as tx:
        await end_follow(tx, follower, target, now)


async def end_follow(tx: Transaction, follower: int, target: int, now: datetime) -> None:
    """End a follow or request within the caller's transaction, if there is one."""
    known = await relationships.follow(tx, follower, target)
    if known is None:
        return
    await relationships.delete_follow(tx, known.id)
    await lists.remove_everywhere(tx, follower, target)
    await endorsements.remove(tx, follower, target)
    if known.accepted:
        await counts.followed(tx, follower, target, -1)
    await append(tx, Unfollowed(known.id, follower, target), now)


async def accept_follow(db: Database, account: Account, follower: AccountId, now: datetime) -> None:
    """Let somebody follow who asked to. Raises NotFound when nobody did."""
    async with db.transaction() as tx:
        known = await relationships.follow(tx, follower, account.id)
        if known is None:
            raise NotFound("There is no such request any more.")
        if not known.accepted:
            await _accept(tx, known, now)
