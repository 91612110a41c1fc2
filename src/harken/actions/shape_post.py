"""What kind of post a draft becomes, and what it carries as such: a poll, an event, a link, a file."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from ..errors import Invalid
from ..model.post import Draft
from ..store import files
from ..store.database import Reader, Transaction
from ..text import markup
from .ask_poll import ask_poll, checked_ballot
from .invite import about, checked_invitation, invite

MAX_LINK = 2000
NO_FILE = "There is no such file of yours that is whole and that no post carries."


def checked_shape(draft: Draft, now: datetime) -> Draft:
    """The draft with its poll or event cleaned; it is one thing at most. Raises Invalid."""
    if sum((draft.poll is not None, draft.event is not None, bool(draft.link), bool(draft.file))) > 1:
        raise Invalid("A post is one thing: a poll, an event, a link or a file. Post them one after the other.", "kind")
    return msgspec.structs.replace(
        draft, poll=checked_ballot(draft.poll) if draft.poll else None,
        event=checked_invitation(draft.event, now) if draft.event else None)


def with_link(draft: Draft) -> Draft:
    """The draft with its link in the text, where every reader finds it. Raises Invalid for what is no link."""
    link = markup.clean(draft.link)
    if not link:
        return msgspec.structs.replace(draft, link="")
    try:
        whole = len(link) <= MAX_LINK and bool(urlsplit(link).hostname) and link.startswith(("http://", "https://"))
    except ValueError:
        whole = False
    # What the text would cut in two is no link that readers could open.
    if not whole or markup.first_link(link) != link.partition("#")[0]:
        raise Invalid("This is no address of a page. It begins with https://.", "link")
    if link in draft.text:
        return msgspec.structs.replace(draft, link=link)
    return msgspec.structs.replace(draft, link=link, text=f"{draft.text.rstrip()}\n\n{link}".strip())


def kind_of(draft: Draft) -> str:
    """What search calls it."""
    shapes = {"poll": draft.poll, "event": draft.event, "link": draft.link, "file": draft.file}
    return next((kind for kind, given in shapes.items() if given), draft.kind)


async def about_of(reader: Reader, draft: Draft, author_id: int) -> str:
    """What it is found by beside its text. Raises Invalid for a file that is not the author's."""
    if draft.event:
        return about(draft.event)
    if not draft.file:
        return ""
    found = await files.find(reader, draft.file)
    if found is None or found.account_id != author_id:
        raise Invalid(NO_FILE, "file")
    return found.name


def link_of(draft: Draft) -> str | None:
    """Whose preview it shows."""
    return draft.link.partition("#")[0] if draft.link else markup.first_link(draft.text)


async def shape(tx: Transaction, post_id: int, author_id: int, draft: Draft, now: datetime) -> None:
    """Store what makes the post of that kind, within the caller's transaction; `draft` is checked."""
    if draft.poll:
        await ask_poll(tx, post_id, draft.poll, now)
    if draft.event:
        await invite(tx, post_id, draft.event, now)
    if draft.file and not await files.attach(tx, draft.file, author_id, post_id):
        raise Invalid(NO_FILE, "file")
