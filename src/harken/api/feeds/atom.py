"""Atom (RFC 4287), with the paging of RFC 5005."""

from __future__ import annotations

from .feed import Feed, Item, Person
from .xml import PROLOGUE, element, escaped, text, time

MEDIA_TYPE = "application/atom+xml"
_NAMESPACE = "http://www.w3.org/2005/Atom"


def written(feed: Feed, maker: str) -> bytes:
    """The feed as Atom; `maker` is the server's name."""
    parts = [
        text("id", feed.address),
        text("title", feed.title),
        text("subtitle", feed.subtitle) if feed.subtitle else "",
        text("updated", time(feed.updated)),
        text("generator", maker),
        element("link", rel="self", type=MEDIA_TYPE, href=feed.address),
        element("link", rel="alternate", type="text/html", href=feed.page),
        element("link", rel="next", type=MEDIA_TYPE, href=feed.older) if feed.older else "",
        author(feed.author) if feed.author else "",
        text("icon", feed.author.picture) if feed.author and feed.author.picture else "",
    ]
    inside = [part for part in parts if part] + [entry(item) for item in feed.items]
    return (PROLOGUE + element("feed", "\n", "\n".join(inside), "\n", xmlns=_NAMESPACE)).encode()


def entry(item: Item) -> str:
    """One post."""
    return element(
        "entry",
        text("id", item.uri),
        text("title", item.title or "…"),
        text("published", time(item.published)),
        text("updated", time(item.updated)),
        element("link", rel="alternate", type="text/html", href=item.url),
        author(item.author),
        text("summary", item.warning) if item.warning else "",
        element("content", escaped(item.html), type="html", xml__lang=item.language),
        *(element("category", term=tag) for tag in item.tags),
        *(element("link", rel="enclosure", type=file.kind, length=str(file.bytes), href=file.url, title=file.title)
          for file in item.files))


def author(person: Person) -> str:
    """Who wrote it; the @name stands with the name, because readers show nothing else."""
    return element("author", text("name", f"{person.name} (@{person.address})"), text("uri", person.url))
