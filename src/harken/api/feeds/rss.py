"""RSS 2.0, for readers that ask for `/@name.rss` as they do elsewhere. Source: rssboard.org/rss-specification."""

from __future__ import annotations

from email.utils import format_datetime

from .feed import Feed, Item
from .xml import PROLOGUE, element, text

MEDIA_TYPE = "application/rss+xml"
_NAMESPACES = {"xmlns__atom": "http://www.w3.org/2005/Atom", "xmlns__dc": "http://purl.org/dc/elements/1.1/"}


def written(feed: Feed, maker: str) -> bytes:
    """The feed as RSS; `maker` is the server's name."""
    channel = [
        text("title", feed.title),
        text("link", feed.page),
        text("description", feed.subtitle or feed.title),
        text("lastBuildDate", format_datetime(feed.updated)),
        text("generator", maker),
        element("atom:link", rel="self", type=MEDIA_TYPE, href=feed.address),
        element("atom:link", rel="next", type=MEDIA_TYPE, href=feed.older) if feed.older else "",
        *(_item(item) for item in feed.items),
    ]
    body = "\n".join(part for part in channel if part)
    return (PROLOGUE + element("rss", element("channel", "\n", body, "\n"), version="2.0", **_NAMESPACES)).encode()


def _item(item: Item) -> str:
    return element(
        "item",
        text("guid", item.uri, isPermaLink="true" if item.uri == item.url else "false"),
        text("title", item.title or "…"),
        text("link", item.url),
        text("pubDate", format_datetime(item.published)),
        text("dc:creator", f"{item.author.name} (@{item.author.address})"),
        text("description", item.html),
        *(text("category", tag) for tag in item.tags),
        # One only: readers take the first, and rssboard.org advises against more.
        *(element("enclosure", url=file.url, length=str(file.bytes), type=file.kind) for file in item.files[:1]))
