"""Edit a post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from ..errors import Invalid, NotFound
from ..ids import PostId, new_id
from ..log.append import append
from ..log.events import PollReopened, PostEdited
from ..media.store import MediaStore
from ..model.account import Account
from ..model.media import Media
from ..model.poll import Ballot
from ..model.post import Post
from ..search import index
from ..store import media, polls, posts, previews
from ..store.database import Database, Transaction
from ..text import markup
from ..text.language import detected
from .address_post import newly_addressed
from .ask_poll import change_poll, checked_ballot
from .check_words import check_words
from .publish_post import (
    TOO_MANY_FILES,
    carried_media,
    checked_presence,
    checked_verb,
    cleaned_text,
    may_post,
    mentioned,
)
from .upload_media import checked_description, with_preview


class MediaChange(msgspec.Struct, frozen=True):
    """What an edit says anew of one attachment; None leaves it as it is. `thumbnail` is a picture file."""

    id: int
    description: str | None = None
    focus: tuple[float, float] | None = None
    thumbnail: bytes | None = None

    def checked(self) -> MediaChange:
        """The same with a clean description. Raises Invalid."""
        if self.description is None:
            return self
        return msgspec.structs.replace(self, description=checked_description(self.description))

    def alters(self, carried: Mapping[int, Media]) -> bool:
        """Whether this says anything new about something that is carried."""
        one = carried.get(self.id)
        return one is not None and (
            self.description not in (None, one.description) or self.focus not in (None, one.facts.focus)
            or bool(self.thumbnail))

    async def make(self, tx: Transaction, carried: Mapping[int, Media], drawn: Mapping[int, Media]) -> None:
        """`drawn` are those that got another small picture."""
        one = drawn.get(self.id, carried[self.id])
        await media.change(
            tx, one.id, description=one.description if self.description is None else self.description,
            facts=one.facts if self.focus is None else msgspec.structs.replace(one.facts, focus=self.focus),
            preview=one.preview, blurhash=one.blurhash)


async def edit_post(
    db: Database,
    author: Account,
    post_id: PostId,
    *,
    text: str,
    now: datetime,
    spoiler: str = "",
    sensitive: bool = False,
    language: str | None = None,
    verb: str | UnsetType | None = UNSET,
    max_characters: int = 500,
    poll: Ballot | None = None,
    keep_poll: bool = False,
    media_ids: Sequence[int] | None = None,
    media_changes: Sequence[MediaChange] = (),
    store: MediaStore | None = None,
    max_picture_bytes: int = 0,
) -> Post:
    """Replace the text, keep the old version as history, and find the new one at once.

    Without a `verb` the old one stays, None is none. Without a `language` that of the old version stays if somebody
    chose it; one that its text told is told anew.
    A `poll` replaces the old one or, being the same, only gives it a new end; without one that of the old
    version goes, unless `keep_poll`. Without `media_ids` it carries what it did; what it carries no longer stays
    with its earlier version. Small pictures that are changed go to `store`. Saying the same again changes nothing.
    Raises NotFound (not the author's, or a boost), TextTooLong, Invalid, Stopped (a desk for health care must not say
    that), NotAllowed (whoever it mentions now does not want to be written to).
    """
    may_post(author)
    text, spoiler = cleaned_text(text, spoiler, max_characters)
    media_changes = [change.checked() for change in media_changes]
    ballot = checked_ballot(poll) if poll else None
    if ballot and media_ids:
        raise Invalid(TOO_MANY_FILES, "media_ids")
    drawn = await _drawn(db, author, media_changes, max_picture_bytes) if store else {}
    found_mentions, tags = markup.mentions(text), markup.tags(text)
    async with db.transaction() as tx:
        old = await posts.find(tx, post_id)
        if old is None or old.author_id != author.id or old.boost_of_id:
            raise NotFound("You have no such post.")
        if ballot and old.kind not in ("note", "poll"):
            raise Invalid("This post is something else already; it cannot become a poll.", "poll")
        people = await mentioned(tx, found_mentions)
        carried = await carried_media(tx, author.id, old.media if media_ids is None else media_ids, old.id)
        said = [text, spoiler, *(ballot.options if ballot else ()), *(one.description for one in carried),
                *(change.description or "" for change in media_changes)]
        answered = {old.in_reply_to_account_id} if old.in_reply_to_account_id else set()
        await check_words(
            tx, author, said, now, posts=[old], people={*answered, *(one.id for one in people.values())},
            by_desk=old.desk_id)
        checked_presence(text, bool(old.quote_state or carried) or old.kind in ("event", "file"))
        before = await media.by_ids(tx, old.media) if old.media else {}
        described = [change for change in media_changes if change.alters({one.id: one for one in carried})]
        old_poll = await polls.find(tx, old.id) if old.kind == "poll" else None
        asked_anew = not keep_poll and await change_poll(tx, old.id, old_poll, ballot, now)
        if old_poll and old_poll.ended_id and not keep_poll:
            await append(tx, PollReopened(old_poll.ended_id, old.id), now)
        new = msgspec.structs.replace(
            old,
            text=text,
            html=markup.to_html(text, {m: a.url for m, a in people.items()}),
            spoiler=spoiler,
            sensitive=sensitive or bool(spoiler),
            language=language or _language(old, text),
            verb=old.verb if verb is UNSET else checked_verb(verb),
            edited_at=now,
            mentions=list(dict.fromkeys(a.id for a in people.values())),
            tags=tags,
            link=_link(old, text),
            kind=_kind(old, text) if keep_poll else "poll" if ballot else "note" if old_poll else _kind(old, text),
            media=[one.id for one in carried],
            carries=sorted({one.carried for one in carried}),
        )
        if not (described or asked_anew) and _said(new) == _said(old):
            return old
        options = [option.title for option in old_poll.options] if old_poll else []
        alts = [before[i].description if i in before else "" for i in old.media]
        edit_id = new_id(now)
        await posts.replace_text(tx, old, new, edit_id, [markup.tag_key(tag) for tag in tags], options, alts)
        if carried:
            await media.attach(tx, new.media, author.id, new.id)
        for change in described:
            await change.make(tx, {one.id: one for one in carried}, {i: made for i, (made, _) in drawn.items()})
        await posts.add_recipients(tx, new.id, await newly_addressed(tx, author, new, new.mentions))
        if new.link and new.link != old.link:
            await previews.want(tx, new.link, now)
        await index.add(tx, new)
        newly = [m for m in new.mentions if m not in old.mentions]
        await append(tx, PostEdited(new.id, author.id, newly, edit_id), now)
    if store:
        # Only now, so that an edit that is refused leaves nothing behind.
        earlier = {one.id: one.preview for one in carried}
        for number in (change.id for change in described if change.id in drawn):
            made, written = drawn[number]
            for path, content in written:
                await store.put(path, content)
            if earlier[number] not in ("", made.preview):
                await store.delete(earlier[number])
    return new


async def _drawn(
    db: Database, author: Account, changes: Sequence[MediaChange], max_bytes: int
) -> dict[int, tuple[Media, list[tuple[str, bytes]]]]:
    """Own files with the small pictures that were sent, each with what is to be written. Raises Invalid."""
    sent = {change.id: change.thumbnail for change in changes if change.thumbnail}
    own = {i: one for i, one in (await media.by_ids(db, sent)).items() if one.account_id == author.id} if sent else {}
    return {number: await with_preview(one, sent[number], max_bytes) for number, one in own.items()}


def _said(post: Post) -> tuple[object, ...]:
    """What makes a version another one."""
    return post.text, post.spoiler, post.sensitive, post.language, post.media, post.verb


def _link(old: Post, text: str) -> str | None:
    """Whose preview the new version shows: of a link post, its link as long as that is there."""
    return old.link if old.kind == "link" and old.link and old.link in text else markup.first_link(text)


def _kind(old: Post, text: str) -> str:
    """A link post without any link is none any more."""
    return "note" if old.kind == "link" and markup.first_link(text) is None else old.kind


def _language(old: Post, text: str) -> str | None:
    """The language of the new version where nobody chooses one."""
    told = old.language is None or old.language == detected(old.text)
    return (detected(text) if told else None) or old.language
