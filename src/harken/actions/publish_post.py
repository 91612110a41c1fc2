"""Publish a post."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from ..errors import Invalid, NotAllowed, NotFound, RelatedNotFound, TextTooLong
from ..ids import AccountId, PostId, new_id
from ..log.append import append
from ..log.events import PostPublished
from ..model.account import Account, State, name_key
from ..model.media import MAX_ATTACHED, Media, MediaState
from ..model.post import Draft, Post, QuotePolicy, QuoteState, SeenPost, Visibility
from ..search import index
from ..store import accounts, counts, media, posts, previews
from ..store.database import Database, Reader, Transaction
from ..text import markup
from ..text.language import detected
from ..text.length import counted_length
from .ask_poll import ask_poll, checked_ballot
from .quote_post import quoted_post


class UnexpectedMentions(Invalid):
    """The text mentions `accounts`, whom its author did not mean to reach."""

    def __init__(self, accounts: list[AccountId]) -> None:
        super().__init__("Post would be sent to unexpected accounts", "allowed_mentions")
        self.accounts = accounts


_OPEN = (Visibility.PUBLIC, Visibility.UNLISTED)
IDEMPOTENCY_LIFE = timedelta(hours=1)
MAX_TEXT_BYTES = 65_536  # before it is counted at all
TOO_MANY_FILES = f"Cannot attach more than {MAX_ATTACHED} files"


async def publish_post(
    db: Database, author: Account, draft: Draft, now: datetime, *, max_characters: int = 500, idempotency_key: str = ""
) -> Post:
    """Store a post and its `PostPublished` event in one transaction, and make it findable.

    With an `idempotency_key` that this author used within the hour, the post
    made then is returned and nothing happens.
    Raises TextTooLong, Invalid (empty), NotAllowed (the author may not post),
    RelatedNotFound (the parent is not there, or hidden from the author), UnexpectedMentions.
    """
    draft = checked_draft(author, draft, max_characters)
    async with db.transaction() as tx:
        if idempotency_key:
            earlier = await _earlier(tx, author.id, idempotency_key, now)
            if earlier is not None:
                return earlier
        post = await publish(tx, author, draft, now)
        if idempotency_key:
            await tx.execute(
                "INSERT INTO idempotency (account_id, key, post_id, at) VALUES (:account, :key, :post, :at)",
                account=author.id,
                key=idempotency_key[:200],
                post=post.id,
                at=now,
            )
    return post


def checked_draft(author: Account, draft: Draft, max_characters: int) -> Draft:
    """The draft cleaned, all checked that needs no database. Raises NotAllowed, TextTooLong, Invalid."""
    may_post(author)
    text, spoiler = cleaned_text(draft.text, draft.spoiler, max_characters)
    checked_presence(text, draft.quote_of_id is not None or bool(draft.media))
    poll = checked_ballot(draft.poll) if draft.poll else None
    if poll and draft.media:
        raise Invalid(TOO_MANY_FILES, "media_ids")  # Mastodon's words for a poll with files
    return msgspec.structs.replace(draft, text=text, spoiler=spoiler, poll=poll)


async def publish(tx: Transaction, author: Account, draft: Draft, now: datetime, scheduled_id: int = 0) -> Post:
    """Store a post and its event within the caller's transaction; `draft` is checked, `scheduled_id` the plan that
    held its files. Raises RelatedNotFound, Invalid."""
    text, ballot, tags = draft.text, draft.poll, markup.tags(draft.text)
    parent = await _parent(tx, draft.in_reply_to_id, author)
    people = await mentioned(tx, markup.mentions(text))
    if draft.allowed_mentions is not None:
        unexpected = {a.id: None for a in people.values() if a.id not in draft.allowed_mentions}
        if unexpected:
            raise UnexpectedMentions(list(unexpected))
    carried = await carried_media(tx, author.id, draft.media, scheduled_id=scheduled_id)
    post_id = PostId(new_id(now))
    quoted = await quoted_post(tx, draft, author, {a.id for a in people.values()})
    visibility = _no_wider(draft.visibility, parent)
    if quoted is not None and quoted.visibility is Visibility.FOLLOWERS:
        visibility = max(visibility, Visibility.FOLLOWERS)
    post = Post(
        id=post_id,
        author_id=author.id,
        kind="poll" if ballot else draft.kind,
        verb=draft.verb,
        text=text,
        html=markup.to_html(text, {m: a.url for m, a in people.items()}),
        spoiler=draft.spoiler,
        sensitive=draft.sensitive or bool(draft.spoiler),
        visibility=visibility,
        language=draft.language or detected(text) or draft.usual_language,
        created_at=now,
        in_reply_to_id=parent.id if parent else None,
        in_reply_to_account_id=parent.author_id if parent else None,
        conversation_id=parent.conversation_id if parent else post_id,
        source=draft.source,
        source_url=draft.source_url,
        uri=f"{author.uri}/posts/{post_id}",
        url=f"/@{author.username}/{post_id}",
        mentions=list(dict.fromkeys(a.id for a in people.values())),
        tags=tags,
        link=markup.first_link(text),
        quote_policy=draft.quote_policy if visibility in _OPEN else QuotePolicy.NOBODY,
        quote_of_id=quoted.id if quoted else None,
        quote_state=QuoteState.ACCEPTED if quoted else QuoteState.NONE,
        media=[one.id for one in carried],
        carries=sorted({one.carried for one in carried}),
    )
    recipients: Iterable[int] = ()
    if visibility not in (Visibility.PUBLIC, Visibility.UNLISTED):
        recipients = {*post.mentions, *draft.recipients} - {author.id}
    await posts.insert(tx, post, recipients, [markup.tag_key(tag) for tag in tags])
    if carried:
        await media.attach(tx, post.media, author.id, post.id)
    if visibility in (Visibility.PUBLIC, Visibility.UNLISTED):
        await counts.posted(tx, author.id, now)
        if quoted:
            await counts.add_to_post(tx, quoted.id, "quotes", 1)
        if parent:
            await counts.add_to_post(tx, parent.id, "replies", 1)
    if ballot:
        await ask_poll(tx, post.id, ballot, now)
    if post.link:
        await previews.want(tx, post.link, now)
    await index.add(tx, post)
    await append(tx, PostPublished(post.id, author.id), now)
    return post


def may_post(author: Account) -> None:
    """Raises NotAllowed for an account that may not write."""
    if author.state is State.UNCONFIRMED:
        raise NotAllowed("Confirm your e-mail address first; the link is in the message we sent you.")
    if not author.signs_in:
        raise NotAllowed("This account cannot post.")


async def carried_media(
    tx: Transaction, author_id: int, ids: Sequence[int], post_id: int = 0, scheduled_id: int = 0
) -> list[Media]:
    """The author's uploads that a post is to carry, in order; those that `post_id` carries or `scheduled_id` holds
    already are as good.

    Raises Invalid, with Mastodon's words: too many, not there (or another post's), not converted yet, or a film or
    a sound that would not be alone.
    """
    ids = list(dict.fromkeys(ids))
    if not ids:
        return []
    if len(ids) > MAX_ATTACHED:
        raise Invalid(TOO_MANY_FILES, "media_ids")
    found = await media.by_ids(tx, ids)
    free = {
        one.id: one for one in found.values()
        if one.account_id == author_id and one.purpose == "post" and one.post_id in (None, post_id)
        and one.scheduled_id in (None, scheduled_id)}
    if missing := [str(i) for i in ids if i not in free]:
        raise Invalid(f"Media {', '.join(missing)} not found or already attached to another post", "media_ids")
    if len(ids) > 1 and any(one.form in ("video", "audio") for one in free.values()):
        raise Invalid("Cannot attach a video to a post that already contains images", "media_ids")
    if any(one.state is not MediaState.READY for one in free.values()):
        raise Invalid("Cannot attach files that have not finished processing. Try again in a moment!", "media_ids")
    return [free[i] for i in ids]


def checked_text(text: str, spoiler: str, max_characters: int) -> tuple[str, str]:
    """Text and content warning, cleaned and not too long. Raises TextTooLong, Invalid when there is nothing."""
    text, spoiler = cleaned_text(text, spoiler, max_characters)
    checked_presence(text, False)
    return text, spoiler


def checked_presence(text: str, more: bool) -> None:
    """Raises Invalid for a post that says nothing; one that has `more`, a quote or files, needs no words."""
    if not text and not more:
        raise Invalid("Validation failed: Text can't be blank", "text")


def cleaned_text(text: str, spoiler: str, max_characters: int) -> tuple[str, str]:
    """Text and content warning, cleaned and not too long. Raises TextTooLong."""
    if len(text) + len(spoiler) > MAX_TEXT_BYTES:
        raise TextTooLong(f"Validation failed: Text character limit of {max_characters} exceeded", "text")
    text, spoiler = markup.clean(text), markup.clean(spoiler).replace("\n", " ")
    if counted_length(text, spoiler) > max_characters:
        raise TextTooLong(f"Validation failed: Text character limit of {max_characters} exceeded", "text")
    return text, spoiler


async def mentioned(reader: Reader, found: list[markup.Mention]) -> dict[markup.Mention, Account]:
    """Who the mentions of a text mean; unknown names mean nobody."""
    known = await accounts.by_names(reader, [name_key(m.name, m.host) for m in found])
    return {m: known[key] for m in found if (key := name_key(m.name, m.host)) in known}


async def _earlier(tx: Transaction, author: AccountId, key: str, now: datetime) -> Post | None:
    await tx.execute(
        "DELETE FROM idempotency WHERE account_id = :account AND at < :before",
        account=author,
        before=now - IDEMPOTENCY_LIFE,
    )
    post_id = await tx.value(
        "SELECT post_id FROM idempotency WHERE account_id = :account AND key = :key", account=author, key=key[:200]
    )
    return await posts.find(tx, post_id) if post_id else None


async def _parent(tx: Transaction, post_id: PostId | None, author: Account) -> SeenPost | None:
    if post_id is None:
        return None
    try:
        parent = await posts.visible(tx, post_id, author.id)
    except NotFound:
        raise RelatedNotFound("The post you are trying to reply to does not appear to exist.") from None
    if parent.boost_of_id:  # a reply to a boost is a reply to what was boosted
        parent = await posts.visible(tx, parent.boost_of_id, author.id)
    return parent


def _no_wider(wanted: Visibility, parent: SeenPost | None) -> Visibility:
    """A reply is never shown more widely by mistake than its parent was written for, except by choosing so.

    Only a reply to a direct post is kept direct: answering in public would
    reveal the conversation (Mastodon's clients preset this; we enforce it).
    """
    if parent is not None and parent.visibility is Visibility.DIRECT and wanted is not Visibility.DIRECT:
        return Visibility.DIRECT
    return wanted
