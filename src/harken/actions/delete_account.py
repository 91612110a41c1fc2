"""Delete an account so that it is gone: at once for everybody who looks, within moments from the disk."""

from __future__ import annotations

import asyncio
from datetime import datetime

from ..errors import NotFound
from ..ids import AccountId
from ..log.append import append
from ..log.events import AccountChanged, AccountDeleted, EarDropped, PostUnfavourited
from ..media.store import MediaStore
from ..model.account import Account, State
from ..store import accounts, alerts, applications, counts, ears, farewell, members, posts, sessions, telling
from ..store import media as media_rows
from ..store.database import Database
from .delete_post import erase
from .follow import end_follow
from .forget_contact import forget_deleted
from .staff_desk import depart_everywhere
from .whisper import take_back_all

PIECE = 200  # rows a transaction: posts of others go first
_farewells: set[asyncio.Task[None]] = set()


async def delete_account(db: Database, store: MediaStore, account_id: AccountId, now: datetime) -> None:
    """All of a deletion, for commands. Raises NotFound."""
    await begin_deletion(db, account_id, now)
    await finish_deletion(db, store, account_id, now)


async def begin_deletion(db: Database, account_id: AccountId, now: datetime) -> Account:
    """Hide the account and everything it wrote, and sign it out everywhere. There is no way back. Raises NotFound."""
    async with db.transaction() as tx:
        account = await accounts.get(tx, account_id)
        if account.state is State.DELETED:
            raise NotFound("This account is deleted already.")
        await accounts.change(
            tx, account.id, state=State.DELETED, display_name="", bio="", location="", fields=[], avatar_id=None,
            header_id=None, discoverable=False, indexable=False, noindex=True, hearable=False, latitude=None,
            longitude=None)
        await farewell.forget_keys(tx, account.id)
        await sessions.delete_all(tx, account.id)
        await sessions.delete_links(tx, account.id)
        await applications.delete_tokens(tx, account.id)
        await depart_everywhere(tx, account.id, now)
        await forget_deleted(tx, account.id, now)
        await members.delete(tx, account.id)
        await alerts.forget_member(tx, account.id)
        await telling.forget_member(tx, account.id)
        for ear_id in await ears.ids_of(tx, account.id):
            await ears.delete(tx, ear_id)
            await append(tx, EarDropped(ear_id, account.id), now)
        await append(tx, AccountChanged(account.id), now)
    return account


async def finish_deletion(db: Database, store: MediaStore, account_id: AccountId, now: datetime) -> None:
    """Remove what an account left, piece by piece; begun again after an interruption, it goes on where it was."""
    await _delete_posts(db, account_id, now)
    await take_back_all(db, account_id, now, PIECE)
    await _delete_favourites(db, account_id, now)
    await _end_follows(db, account_id, now)
    for kept in await media_rows.of_account(db, account_id):
        for path in kept.paths:
            await store.delete(path)
        async with db.transaction() as tx:
            await media_rows.delete(tx, kept.id)
    async with db.transaction() as tx:
        account = await accounts.get(tx, account_id)
        await farewell.delete_hanging(tx, account_id)
        # The tombstone is written last: without it, `finish_deletions` comes back.
        await posts.bury(tx, account.uri, account.id, "account", now)
        await append(tx, AccountDeleted(account_id), now)


def finish_later(db: Database, store: MediaStore, account_id: AccountId, now: datetime) -> None:
    """Nobody waits for the last file; a restart in between goes on where this was (`finish_deletions`)."""
    task = asyncio.get_running_loop().create_task(finish_deletion(db, store, account_id, now))
    _farewells.add(task)
    task.add_done_callback(_farewells.discard)


async def finish_farewells() -> None:
    """Wait for deletions that are under way."""
    await asyncio.gather(*_farewells, return_exceptions=True)


async def finish_deletions(db: Database, store: MediaStore, now: datetime) -> int:
    """End every deletion that was interrupted; how many there were. Called at start."""
    waiting = await farewell.unfinished(db)
    for account_id in waiting:
        await finish_deletion(db, store, AccountId(account_id), now)
    return len(waiting)


async def _delete_posts(db: Database, account_id: int, now: datetime) -> None:
    while True:
        async with db.transaction() as tx:
            piece = await farewell.some_posts(tx, account_id, PIECE)
            for post in piece:
                if await posts.find(tx, post.id):  # one's boost of one's own post goes with the post
                    await erase(tx, post, now)
        if len(piece) < PIECE:
            return


async def _delete_favourites(db: Database, account_id: int, now: datetime) -> None:
    while True:
        async with db.transaction() as tx:
            piece = await farewell.some_favourites(tx, account_id, PIECE)
            for favourite_id, post_id in piece:
                if await farewell.delete_favourite(tx, favourite_id):
                    await counts.add_to_post(tx, post_id, "favourites", -1)
                    await append(tx, PostUnfavourited(favourite_id, post_id, account_id), now)
        if len(piece) < PIECE:
            return


async def _end_follows(db: Database, account_id: int, now: datetime) -> None:
    while True:
        async with db.transaction() as tx:
            piece = await farewell.some_follows(tx, account_id, PIECE)
            for follower, followed in piece:
                await end_follow(tx, follower, followed, now)
        if len(piece) < PIECE:
            return
