"""JSON Feed 1.1. Source: jsonfeed.org/version/1.1."""

from __future__ import annotations

from typing import Any

import msgspec

from .feed import Feed, Item, Person
from .xml import time

MEDIA_TYPE = "application/feed+json"


def written(feed: Feed, maker: str) -> bytes:
    """The feed as JSON Feed; what is empty is left out, as the format wants. `maker` has no place in it."""
    made: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.page,
        "feed_url": feed.address,
        "description": feed.subtitle,
        "next_url": feed.older,
        "icon": feed.author.picture if feed.author else "",
        "authors": [_author(feed.author)] if feed.author else [],
    }
    return msgspec.json.encode(_filled(made) | {"items": [_item(item) for item in feed.items]})


def _item(item: Item) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": item.uri,
        "url": item.url,
        "summary": item.warning,
        "content_html": item.html,
        "date_published": time(item.published),
        "date_modified": time(item.updated) if item.updated != item.published else "",
        "authors": [_author(item.author)],
        "tags": item.tags,
        "language": item.language,
        "attachments": [
            _filled({"url": file.url, "mime_type": file.kind, "title": file.title, "size_in_bytes": file.bytes,
                     "duration_in_seconds": file.seconds})
            for file in item.files],
    }
    if not item.warning:  # a text without its warning would be read without it
        made["content_text"] = item.text
    return _filled(made)


def _author(person: Person) -> dict[str, Any]:
    return _filled({"name": f"{person.name} (@{person.address})", "url": person.url, "avatar": person.picture})


def _filled(made: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in made.items() if value}
