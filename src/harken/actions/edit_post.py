"""Edit a post."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..errors import NotFound
from ..ids import PostId, new_id
from ..log.append import append
from ..log.events import PollReopened, PostEdited
from ..model.account import Account
from ..model.poll import Ballot
from ..model.post import Post, Visibility
from ..search import index
from ..store import polls, posts, previews
from ..store.database import Database
from ..text import markup
from ..text.language import detected
from .ask_poll import change_poll, checked_ballot
from .publish_post import checked_presence, cleaned_text, may_post, mentioned


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
    max_characters: int = 500,
    poll: Ballot | None = None,
    keep_poll: bool = False,
) -> Post:
    """Replace the text, keep the old version as history, and find the new one at once.

    Without a `language` that of the old version stays if somebody chose it; one that its text told is told anew.
    A `poll` replaces the old one or, being the same, only gives it a new end; without one that of the old
    version goes, unless `keep_poll`. Saying the same again changes nothing. Raises NotFound (not the author's,
    or a boost), TextTooLong, Invalid.
    """
    may_post(author)
    text, spoiler = cleaned_text(text, spoiler, max_characters)
    ballot = checked_ballot(poll) if poll else None
    found_mentions, tags = markup.mentions(text), markup.tags(text)
    async with db.transaction() as tx:
        old = await posts.find(tx, post_id)
        if old is None or old.author_id != author.id or old.boost_of_id:
            raise NotFound("You have no such post.")
        checked_presence(text, bool(old.quote_state))
        people = await mentioned(tx, found_mentions)
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
            edited_at=now,
            mentions=list(dict.fromkeys(a.id for a in people.values())),
            tags=tags,
            link=markup.first_link(text),
            kind=old.kind if keep_poll else "poll" if ballot else "note" if old_poll else old.kind,
        )
        said = [(one.text, one.spoiler, one.sensitive, one.language) for one in (old, new)]
        if said[0] == said[1] and not asked_anew:
            return old
        options = [option.title for option in old_poll.options] if old_poll else []
        edit_id = new_id(now)
        await posts.replace_text(tx, old, new, edit_id, [markup.tag_key(tag) for tag in tags], options)
        if new.visibility not in (Visibility.PUBLIC, Visibility.UNLISTED):
            await posts.add_recipients(tx, new.id, set(new.mentions) - {author.id})
        if new.link and new.link != old.link:
            await previews.want(tx, new.link, now)
        await index.add(tx, new)
        newly = [m for m in new.mentions if m not in old.mentions]
        await append(tx, PostEdited(new.id, author.id, newly, edit_id), now)
    return new


def _language(old: Post, text: str) -> str | None:
    """The language of the new version where nobody chooses one."""
    told = old.language is None or old.language == detected(old.text)
    return (detected(text) if told else None) or old.language
