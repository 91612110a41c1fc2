"""Publish a post."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from ..errors import Invalid, NotAllowed, NotFound, RelatedNotFound, TextTooLong
from ..ids import AccountId, PostId, new_id
from ..log.append import append
from ..log.events import PostPublished
from ..model.account import Account, State, name_key
from ..model.media import MAX_ATTACHED, Media, MediaState
from ..model.post import AnswerPolicy, Draft, Post, QuotePolicy, QuoteState, SeenPost, Visibility
from ..model.verb import VERBS, named_verb
from ..search import index
from ..store import accounts, counts, media, posts, previews, sets
from ..store.database import Database, Reader, Transaction
from ..text import markup
from ..text.language import detected
from ..text.length import counted_length
from .address_post import addressed
from .check_words import check_words, said_in
from .control_answers import check_answer
from .quote_post import quoted_post
from .shape_post import about_of, checked_shape, kind_of, link_of, shape, with_link


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
    RelatedNotFound (the parent is not there, or hidden from the author), UnexpectedMentions,
    Stopped (a helper of a desk for health care must not say that of its cases),
    NotAllowed (whoever began the conversation wants no answers by this author).
    """
    draft = checked_draft(author, draft, max_characters, now)
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


def checked_draft(author: Account, draft: Draft, max_characters: int, now: datetime) -> Draft:
    """The draft cleaned, all checked that needs no database. Raises NotAllowed, TextTooLong, Invalid."""
    may_post(author)
    draft = with_link(draft)
    text, spoiler = cleaned_text(draft.text, draft.spoiler, max_characters)
    checked_presence(
        text, draft.quote_of_id is not None or bool(draft.media) or draft.event is not None or bool(draft.file))
    draft = checked_shape(draft, now)
    if draft.poll and draft.media:
        raise Invalid(TOO_MANY_FILES, "media_ids")  # Mastodon's words for a poll with files
    return msgspec.structs.replace(draft, text=text, spoiler=spoiler, verb=checked_verb(draft.verb))


def checked_verb(verb: str | None) -> str | None:
    """The qualifier. Raises Invalid for one that does not exist."""
    try:
        return named_verb(verb)
    except ValueError:
        raise Invalid(f"There is no such qualifier. It is one of {' '.join(VERBS)}", "verb") from None


async def publish(
    tx: Transaction, author: Account, draft: Draft, now: datetime, scheduled_id: int = 0, *,
    speaker: Account | None = None,
) -> Post:
    """Store a post and its event within the caller's transaction; `draft` is checked, `scheduled_id` the plan that
    held its files, `speaker` who says it in the author's place. Raises RelatedNotFound, Invalid, Stopped."""
    text, tags = draft.text, markup.tags(draft.text)
    parent = await _parent(tx, draft.in_reply_to_id, author)
    if parent is not None:
        await check_answer(tx, parent, author.id)
    people = await mentioned(tx, markup.mentions(text))
    if draft.allowed_mentions is not None:
        unexpected = {a.id: None for a in people.values() if a.id not in draft.allowed_mentions}
        if unexpected:
            raise UnexpectedMentions(list(unexpected))
    carried = await carried_media(tx, author.id, draft.media, scheduled_id=scheduled_id)
    post_id = PostId(new_id(now))
    quoted = await quoted_post(tx, draft, author, {a.id for a in people.values()})
    await check_words(
        tx, speaker or author, said_in(draft, [one.description for one in carried]), now, posts=(parent, quoted),
        people={*(one.id for one in people.values()), *draft.recipients}, checked=draft.desk is not None,
        by_desk=draft.desk.desk_id if draft.desk else None)
    visibility = _no_wider(draft.visibility, parent)
    if quoted is not None and quoted.visibility is Visibility.FOLLOWERS:
        visibility = max(visibility, Visibility.FOLLOWERS)
    post = Post(
        id=post_id,
        author_id=author.id,
        kind=kind_of(draft),
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
        link=link_of(draft),
        about=await about_of(tx, draft, author.id),
        answers=draft.answers if parent is None else AnswerPolicy.EVERYBODY,
        quote_policy=draft.quote_policy if visibility in _OPEN else QuotePolicy.NOBODY,
        quote_of_id=quoted.id if quoted else None,
        quote_state=QuoteState.ACCEPTED if quoted else QuoteState.NONE,
        media=[one.id for one in carried],
        carries=sorted({one.carried for one in carried}),
        desk_id=draft.desk.desk_id if draft.desk else None,
        desk_name=draft.desk.desk_name if draft.desk else "",
    )
    told = await addressed(tx, author, draft, visibility, post.mentions, parent)
    if visibility is Visibility.SET and not told and parent is None:
        raise Invalid("This would reach nobody. Choose a set with people in it, or write somebody's @name.", "sets")
    await posts.insert(tx, post, told, [markup.tag_key(tag) for tag in tags])
    if draft.sets and visibility is Visibility.SET:
        await sets.note_post(tx, post.id, draft.sets)
    if carried:
        await media.attach(tx, post.media, author.id, post.id)
    if visibility in (Visibility.PUBLIC, Visibility.UNLISTED):
        await counts.posted(tx, author.id, now)
        if quoted:
            await counts.add_to_post(tx, quoted.id, "quotes", 1)
        if parent:
            await counts.add_to_post(tx, parent.id, "replies", 1)
    await shape(tx, post.id, author.id, draft, now)
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
    What answers a post for some people stays among them, or goes to fewer.
    """
    if parent is not None and parent.visibility in (Visibility.SET, Visibility.DIRECT):
        return max(wanted, parent.visibility)
    return wanted
