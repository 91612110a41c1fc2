"""A feed before it is written in any format: what it is called, where it is, and the posts in it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from ... import clock
from ...model.account import Account
from ...model.bundle import Bundle
from ...model.post import SeenPost, Visibility
from ...store import accounts, posts
from ...store.database import Reader
from ...text import dates, markup

SIZE = 20  # posts in a feed unless `limit` asks for up to MOST
MOST = 40
MOST_REASONS = 6
NONE: Mapping[int, Sequence[str]] = {}
_TITLE = 80
# What XML 1.0 can hold (section 2.2); the rest cannot even be escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Person(msgspec.Struct, frozen=True):
    """Who wrote something: names, the address of the profile, that of the picture or nothing."""

    name: str
    address: str
    url: str
    picture: str = ""


class Enclosure(msgspec.Struct, frozen=True):
    """A file that a post carries; `seconds` is how long it plays, 0 where that means nothing."""

    url: str
    kind: str
    bytes: int
    title: str
    seconds: float = 0.0


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One post. `html` and every address are absolute."""

    uri: str
    url: str
    title: str
    html: str
    text: str
    warning: str = ""
    language: str = ""
    published: datetime
    updated: datetime
    author: Person
    tags: list[str] = []
    files: list[Enclosure] = []


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed. `page` is the HTML page that shows the same, `address` its own, `older` the next page's or nothing.

    `private` feeds are for whoever knows their address (an ear's), so no cache that others share may keep them.
    """

    title: str
    subtitle: str = ""
    page: str
    address: str
    older: str = ""
    updated: datetime
    author: Person | None = None
    items: list[Item] = []
    noindex: bool = True
    private: bool = False


async def feed_of(
    reader: Reader, base_url: str, shown: Sequence[SeenPost], *, title: str, page: str, address: str,
    older: str = "", subtitle: str = "", about: Account | None = None, since: datetime = clock.EPOCH,
    noindex: bool = True, private: bool = False, because: Mapping[int, Sequence[str]] = NONE,
) -> Feed:
    """A feed of posts that the caller may show, in their order: three statements, whatever their number.

    `page`, `address` and `older` may begin with a slash. `about` is the one
    account whose posts these are; `since` dates a feed that is still empty.
    `because` says, by the id of a post, which parts of a query brought it here.
    """
    bundle = await posts.bundle(reader, list(shown), 0)
    people = await persons(reader, [*bundle.accounts.values(), *([about] if about else [])], base_url)
    items = []
    for outer in bundle.posts:
        post = bundle.others[outer.boost_of_id] if outer.boost_of_id else outer
        if post.author_id in people:
            items.append(_item(post, people[post.author_id], base_url, because.get(outer.id, ()), bundle))
    return Feed(
        title=plain(title), subtitle=plain(subtitle), page=absolute_url(page, base_url),
        address=absolute_url(address, base_url), older=absolute_url(older, base_url),
        updated=max((item.updated for item in items), default=since),
        author=people[about.id] if about else None, items=items, noindex=noindex, private=private)


async def persons(reader: Reader, found: Sequence[Account], base_url: str) -> dict[int, Person]:
    """Accounts as authors, by id: one statement for all pictures."""
    pictures = {account.avatar_id for account in found if account.avatar_id}
    paths = await accounts.picture_paths(reader, pictures) if pictures else {}
    return {
        account.id: Person(
            plain(account.shown_name), account.address, absolute_url(account.url, base_url),
            f"{base_url}/media/{paths[account.avatar_id]}" if account.avatar_id in paths else "")
        for account in found}


def absolute_url(address: str, base_url: str) -> str:
    """An address with the server's in front where it begins with a slash: so they are stored."""
    return base_url + address if address.startswith("/") else address


def _item(
    post: SeenPost, author: Person, base_url: str, because: Sequence[str], bundle: Bundle
) -> Item:
    known, event = bundle.media, bundle.gatherings.get(post.id)
    content, words = markup.absolute(post.html, base_url), post.text
    if event:
        content += dates.as_html(event, absolute_url(post.url, base_url), post.language)
        words = f"{dates.as_text(event, post.language)}\n{words}".strip()
    if post.spoiler:  # a reader shows all of it at once, so the warning must stand first
        content = f"<p><strong>{html.escape(post.spoiler)}</strong></p><hr>{content}"
    if because:
        content += f"<p>👂 {' '.join(f'<code>{html.escape(part)}</code>' for part in because[:MOST_REASONS])}</p>"
    return Item(
        uri=absolute_url(post.uri, base_url), url=absolute_url(post.url, base_url),
        title=excerpt(post.spoiler or words), html=plain(content), text=plain(words),
        warning=plain(post.spoiler), language=post.language or "", published=post.created_at,
        updated=post.edited_at or post.created_at, author=author, tags=[plain(tag) for tag in post.tags],
        files=[
            Enclosure(base_url + one.address, one.kind, one.bytes, plain(one.description), one.facts.duration or 0.0)
            for one in (known[i] for i in post.media if i in known) if one.address])


def excerpt(text: str) -> str:
    """The beginning of a text in one line, cut between words."""
    line = " ".join(plain(text).split())
    if len(line) <= _TITLE:
        return line
    return line[:_TITLE].rsplit(" ", 1)[0] + "…"


def plain(text: str) -> str:
    """The text without the characters that no XML document can hold; imported history can have them."""
    return _NOT_XML.sub("", text)


def may_be_read(post: SeenPost) -> bool:
    """Whether a post of somebody's page belongs to their feed: what is said to everybody."""
    return post.visibility is Visibility.PUBLIC
