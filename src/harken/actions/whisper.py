"""Say something that nobody's name is under, and take it back (docs/decisions/0013).

A whisper is a public post of one built-in account. Who wrote it is known to `store/whispers.py` alone.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec

from ..errors import Invalid, NotAllowed, NotFound, RelatedNotFound, TooMany
from ..ids import AccountId, PostId, new_id
from ..log.append import append
from ..log.events import AccountCreated
from ..model.account import Account, State, name_key
from ..model.post import Draft, Post, Visibility
from ..model.verb import WHISPERS
from ..store import accounts, members, posts, reading, relationships, whispers
from ..store.database import Database, Transaction
from ..text import markup
from .delete_post import erase
from .publish_post import UnexpectedMentions, checked_draft, may_post, mentioned, publish

MOST_A_DAY = 10  # whispers of one member
MOST_ANSWERS_A_DAY = 50  # in the threads of their whispers
DAY = timedelta(days=1)
REMEMBERED = timedelta(days=7)  # who whispered what is deleted since
NAMES = ("whisper", "whispers", "somebody_whispers", "whisper_here")
"""What the built-in account is called: the first of these that was free."""
_BIO = ("What stands here was said by people of this server who would rather not be named. "
        "Moderators answer for it. Nobody reads messages to this account.")


async def whisper(
    db: Database, author: Account, text: str, now: datetime, *, spoiler: str = "", language: str | None = None,
    in_reply_to: PostId | None = None, key: str = "", max_characters: int = 500,
) -> Post:
    """Publish what `author` says as by nobody; with `in_reply_to`, as the whisperer of that conversation.

    With a `key` that was used within the hour nothing happens, and the post made then is returned.
    Raises TextTooLong, Invalid, NotAllowed (the author may not post, lost the right, or is limited), TooMany, and
    RelatedNotFound where the conversation is none that they began by whispering.
    """
    may_post(author)
    if author.state is not State.ACTIVE:
        raise NotAllowed("An account that moderators have limited cannot whisper.")
    async with db.transaction() as tx:
        if await whispers.find_taken_right(tx, author.id):
            raise NotAllowed("A moderator has taken from you the right to whisper. You can still post by your name.")
        voice = await _voice(tx, now)
        if not voice.signs_in:
            raise NotAllowed("Whispers have been stopped on this server.")
        # Nothing that is usual for the author is taken over: neither language nor application.
        draft = checked_draft(voice, Draft(
            text=text, spoiler=spoiler, language=language, in_reply_to_id=in_reply_to,
            visibility=Visibility.PUBLIC), max_characters, now)
        if key and (earlier := await _earlier(tx, author.id, key, now)):
            return earlier
        began: Post | None = None
        if in_reply_to is not None:
            began = await _began(tx, author, in_reply_to)
        await _check_number(tx, author.id, began is not None, now)
        reached = await whispers.took_part(tx, began.conversation_id) if began else set()
        try:
            draft = msgspec.structs.replace(
                draft, verb=WHISPERS, allowed_mentions=await _may_be_named(tx, voice, text, reached))
            post = await publish(tx, voice, draft, now, speaker=author)
        except UnexpectedMentions:
            raise Invalid(
                "A whisper can name only those who follow the account of the whispers, or who answered in its "
                "conversation.", "text") from None
        await whispers.insert(tx, post.id, author.id, began is not None, now)
        await reading.set_told(tx, author.id, post.conversation_id, True, post.id)  # of answers, as of one's own
        if key:
            await tx.execute(
                "INSERT INTO idempotency (account_id, key, post_id, at) VALUES (:account, :key, :post, :at)",
                account=author.id, key=_key(key), post=post.id, at=now)
    return post


def _key(key: str) -> str:
    """Apart from the keys of ordinary posts: one must never answer for the other."""
    return f"whisper:{key[:180]}"


async def _earlier(tx: Transaction, author_id: int, key: str, now: datetime) -> Post | None:
    found = await tx.value(
        "SELECT post_id FROM idempotency WHERE account_id = :id AND key = :key AND at > :since",
        id=author_id, key=_key(key), since=now - timedelta(hours=1))
    return await posts.find(tx, found) if found else None


async def _began(tx: Transaction, author: Account, post_id: PostId) -> Post:
    """The whisper of the author's that began the conversation of a post."""
    post = await posts.visible(tx, post_id, author.id)
    began = await posts.find(tx, post.conversation_id)
    if began is None or post.visibility > Visibility.UNLISTED or not await whispers.is_own(tx, author.id, began.id):
        raise RelatedNotFound("You can answer without your name only where you whispered.")
    return began


async def _check_number(tx: Transaction, author_id: int, answers: bool, now: datetime) -> None:
    most = MOST_ANSWERS_A_DAY if answers else MOST_A_DAY
    if await whispers.count_since(tx, author_id, now - DAY, answers) >= most:
        raise TooMany(f"Nobody whispers more than {most} times a day. Come back tomorrow.", int(DAY.total_seconds()))


async def _may_be_named(tx: Transaction, voice: Account, text: str, reached: Collection[int]) -> tuple[AccountId, ...]:
    """Of those whom a text names: who follows the whispers, and who is in the conversation already.

    Not whoever follows the author: that would tell of whom it can be.
    """
    named = await mentioned(tx, markup.mentions(text))
    asked = [one.id for one in named.values() if one.id not in reached]
    follows = [found for one in asked if (found := await relationships.follow(tx, one, voice.id)) is not None]
    return (*(AccountId(one) for one in reached), *(AccountId(one.follower_id) for one in follows if one.accepted))


async def _voice(tx: Transaction, now: datetime) -> Account:
    """The account of the whispers; made when the first is said."""
    if known := await whispers.voice_id(tx):
        return await accounts.get(tx, AccountId(known))
    for name in NAMES:
        await members.hold_name(tx, name_key(name))
        if known := await whispers.voice_id(tx):  # somebody else was quicker
            return await accounts.get(tx, AccountId(known))
        if await accounts.find_by_name(tx, name) is None:
            number = AccountId(new_id(now))
            await accounts.insert(tx, Account(
                id=number, username=name, uri=f"/users/{number}", url=f"/@{name}", display_name="Somebody", bio=_BIO,
                indexable=True, created_at=now))
            await whispers.set_voice(tx, number)
            await append(tx, AccountCreated(number), now)
            await members.let_go_of_name(tx, name_key(name))
            return await accounts.get(tx, number)
        await members.let_go_of_name(tx, name_key(name))
    raise NotAllowed("Whispers have no name on this server; tell whoever runs it.")


async def take_back(db: Database, author: Account, post_id: PostId, now: datetime) -> Post:
    """Delete one's own whisper. Raises NotFound, also for a whisper of somebody else."""
    async with db.transaction() as tx:
        post = await posts.find(tx, post_id)
        if post is None or not await whispers.is_own(tx, author.id, post.id):
            raise NotFound("You whispered no such thing.")
        await erase(tx, post, now)
    return post


async def take_back_all(db: Database, account_id: int, now: datetime, piece: int = 200) -> None:
    """Delete all that somebody whispered, a piece a transaction, and forget that it was they."""
    while True:
        async with db.transaction() as tx:
            ids = await whispers.ids_of_author(tx, account_id, piece)
            for post_id in ids:
                if post := await posts.find(tx, post_id):
                    await erase(tx, post, now)
            await whispers.forget(tx, ids)
        if len(ids) < piece:
            return
