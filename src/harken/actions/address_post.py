"""To whom a post goes that is not for everybody, and whether they wish to be written to."""

from __future__ import annotations

from collections.abc import Collection

from ..errors import NotAllowed
from ..ids import AccountId
from ..model.account import Account
from ..model.circle import Writers
from ..model.post import Draft, Post, SeenPost, Visibility
from ..store import accounts, friends, recipients, sets
from ..store.database import Reader, Transaction

_WHOM = {
    Writers.FOLLOWED: "people they follow",
    Writers.FRIENDS: "their friends",
    Writers.NOBODY: "nobody",
}


async def addressed(
    tx: Transaction, author: Account, draft: Draft, visibility: Visibility, mentioned: Collection[int],
    parent: SeenPost | None,
) -> set[int]:
    """The accounts that a post of this visibility is stored for; nobody for one that everybody may read.

    An answer to what was said to some people stays among them: whoever else it mentions is not told. Raises NotAllowed
    naming those who do not want to be written to by the author; of a set or of friends they are left out instead, as
    the author named none of them. Whoever takes part in the conversation already is always reached. Raises NotFound
    for a set that is not the author's.
    """
    if visibility in (Visibility.PUBLIC, Visibility.UNLISTED):
        return set()
    named = {*mentioned, *draft.recipients} - {author.id}
    if visibility is Visibility.FOLLOWERS:
        return named
    partners: set[int] = set()
    if parent is not None and parent.visibility in (Visibility.SET, Visibility.DIRECT):
        partners = {parent.author_id, *await recipients.ids_of(tx, parent.id)} - {author.id}
    if visibility is Visibility.SET and parent is not None and parent.visibility is Visibility.SET:
        return partners
    for set_id in draft.sets:
        await sets.get(tx, set_id, author.id)
    many = await sets.reached(tx, author.id, draft.sets) | (
        await friends.reached(tx, author.id) if draft.friends else set())
    refusing = await friends.refusing(tx, author.id, (named | many) - partners)
    if unwilling := [account_id for account_id in refusing if account_id in named]:
        raise NotAllowed(await _sentence(tx, unwilling, refusing))
    return (named | many) - refusing.keys() - {author.id}


async def newly_addressed(tx: Transaction, author: Account, post: Post, mentioned: Collection[int]) -> set[int]:
    """The accounts that an edit of `post`, which mentions `mentioned` now, adds to those it is stored for.

    As for a new post: an answer to what was said to some people stays among them, also where the parent is gone, and
    who does not want to be written to is not. Raises NotAllowed naming them.
    """
    if post.visibility in (Visibility.PUBLIC, Visibility.UNLISTED):
        return set()
    new = set(mentioned) - await recipients.ids_of(tx, post.id) - {author.id}
    if post.visibility is Visibility.FOLLOWERS:
        return new
    if post.visibility is Visibility.SET and post.conversation_id != post.id:
        return set()
    if refusing := await friends.refusing(tx, author.id, new):
        raise NotAllowed(await _sentence(tx, list(refusing), refusing))
    return new


async def _sentence(reader: Reader, unwilling: list[int], refusing: dict[int, Writers]) -> str:
    people = await accounts.by_ids(reader, [AccountId(i) for i in unwilling])
    return " ".join(
        f"@{people[AccountId(i)].address} takes private messages from {_WHOM[refusing[i]]} only."
        if refusing[i] is not Writers.NOBODY else f"@{people[AccountId(i)].address} takes no private messages."
        for i in unwilling if AccountId(i) in people)
