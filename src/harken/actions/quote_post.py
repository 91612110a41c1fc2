"""Who may quote a post; and taking a quote back."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

from ..errors import Invalid, NotAllowed, NotFound, RelatedNotFound
from ..ids import PostId
from ..log.append import append
from ..log.events import QuoteRevoked
from ..model.account import Account
from ..model.post import Draft, QuotePolicy, QuoteState, SeenPost, Visibility
from ..store import counts, posts, quotes
from ..store.database import Database, Transaction

_OPEN = (Visibility.PUBLIC, Visibility.UNLISTED)


def may_quote(post: SeenPost, account_id: int, follows: bool) -> bool:
    """Whether somebody who sees a post may quote it; `follows` says that they follow its author."""
    if post.author_id == account_id:
        return post.visibility in (*_OPEN, Visibility.FOLLOWERS)
    if post.visibility not in _OPEN:
        return False
    return post.quote_policy is QuotePolicy.PUBLIC or (post.quote_policy is QuotePolicy.FOLLOWERS and follows)


async def quoted_post(
    tx: Transaction, draft: Draft, author: Account, mentioned: AbstractSet[int]
) -> SeenPost | None:
    """What a draft quotes, if `author` may.

    Raises RelatedNotFound (not there, hidden, or not to be quoted: Mastodon tells these not apart),
    Invalid (a direct post that quotes somebody whom it does not mention).
    """
    if draft.quote_of_id is None:
        return None
    refused = RelatedNotFound("The post you are trying to quote does not appear to exist.")
    try:
        quoted = await posts.visible(tx, draft.quote_of_id, author.id)
        if quoted.boost_of_id:
            quoted = await posts.visible(tx, quoted.boost_of_id, author.id)
    except NotFound:
        raise refused from None
    if not may_quote(quoted, author.id, bool(await quotes.followed_among(tx, author.id, {quoted.author_id}))):
        raise refused
    if draft.visibility is Visibility.DIRECT and quoted.author_id not in (*mentioned, author.id):
        raise Invalid("Cannot quote a non-mentioned user in a Private Mention post.", "quoted_status_id")
    return quoted


async def set_quote_policy(db: Database, author: Account, post_id: PostId, policy: QuotePolicy) -> None:
    """Say who may quote a post from now on; quotes that there are stay. Raises NotFound, NotAllowed (not one's own)."""
    async with db.transaction() as tx:
        post = await posts.visible(tx, post_id, author.id)
        if post.author_id != author.id or post.boost_of_id:
            raise NotAllowed("This action is not allowed")
        if post.visibility in _OPEN:
            await quotes.set_policy(tx, post.id, policy)


async def revoke_quote(db: Database, author: Account, quoted_id: PostId, post_id: PostId, now: datetime) -> None:
    """Take one's own post `quoted_id` out of `post_id`, which stays without it.

    Raises NotFound (no such quote), NotAllowed (the quoted post is somebody else's).
    """
    async with db.transaction() as tx:
        await posts.visible(tx, quoted_id, author.id)
        found = await posts.find(tx, post_id)  # also one that the author may not see: it shows their words
        if found is None or found.quote_of_id != quoted_id:
            raise NotFound("There is no such quote.")
        if (await posts.visible(tx, quoted_id, author.id)).author_id != author.id:
            raise NotAllowed("This action is not allowed")
        if found.quote_state is QuoteState.ACCEPTED:
            await quotes.revoke(tx, post_id)
            if found.visibility in _OPEN:
                await counts.add_to_post(tx, quoted_id, "quotes", -1)
            await append(tx, QuoteRevoked(post_id, quoted_id), now)
