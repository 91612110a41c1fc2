"""Archives that people download from Twitter and from Mastodon servers, as lines."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec

from ..errors import Invalid

_TWEETS = re.compile(r"(?:^|/)tweets?(?:-part\d+)?\.js$")
_TWITTER_ACCOUNT = re.compile(r"(?:^|/)account\.js$")
_OUTBOX = re.compile(r"(?:^|/)outbox\.json$")
_ACTOR = re.compile(r"(?:^|/)actor\.json$")
_PUBLIC = ("https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public")
_NAME_IN_URL = re.compile(r"/(?:@|users/)(\w{1,30})")


def matters(name: str) -> bool:
    """Whether a file of an archive is read at all."""
    return any(pattern.search(name) for pattern in (_TWEETS, _TWITTER_ACCOUNT, _OUTBOX, _ACTOR))


def recognised(names: Iterable[str], path: Path) -> str:
    """The format of an archive with these files. Raises Invalid."""
    for name in names:
        if _OUTBOX.search(name):
            return "mastodon-archive"
        if _TWEETS.search(name):
            return "twitter-archive"
    raise Invalid(f"{path} holds neither tweets.js nor outbox.json", "file")


def tweets(path: Path, members: Iterable[tuple[str, bytes]], author: str) -> Iterator[bytes]:
    """The tweets of an archive. Raises Invalid when it does not say whose they are, and `author` neither."""
    found: list[Any] = []
    for name, content in members:
        entries = _assigned(path, name, content)
        if _TWITTER_ACCOUNT.search(name):
            author = author or str(_path(entries, 0, "account", "username") or "")
        else:
            found += entries
    if not author:
        raise Invalid(f"{path} does not say whose tweets these are; say it with --author NAME", "author")
    for entry in found:
        tweet = entry.get("tweet", entry) if isinstance(entry, dict) else {}
        yield msgspec.json.encode(_tweet(tweet, author))


def _assigned(path: Path, name: str, content: bytes) -> list[Any]:
    """The list in `window.YTD.tweets.part0 = […]`."""
    try:
        if content.lstrip().startswith(b"window."):
            content = content[content.index(b"=") + 1 :]
        entries = msgspec.json.decode(content)
    except (ValueError, msgspec.DecodeError) as error:
        raise Invalid(f"{path}: {name} cannot be read: {error}", "file") from None
    if not isinstance(entries, list):
        raise Invalid(f"{path}: {name} holds no list", "file")
    return entries


def _tweet(tweet: dict[str, Any], author: str) -> dict[str, Any]:
    text = str(tweet.get("full_text") or tweet.get("text") or "")
    for link in _path(tweet, "entities", "urls") or []:
        short, full = _path(link, "url"), _path(link, "expanded_url")
        if short and full:
            text = text.replace(str(short), str(full))
    at = str(tweet.get("created_at") or "")
    with suppress(ValueError):  # other exports write ISO 8601; what is neither is reported with its line
        at = datetime.strptime(at, "%a %b %d %H:%M:%S %z %Y").isoformat()
    return _without_none({
        "id": tweet.get("id_str") or tweet.get("id"), "author": author, "created_at": at, "text": html.unescape(text),
        "lang": tweet.get("lang"), "in_reply_to": tweet.get("in_reply_to_status_id_str"),
        "source": re.sub(r"<[^>]*>", "", str(tweet.get("source") or "")) or None,
        "sensitive": bool(tweet.get("possibly_sensitive")),
    })


def outbox(path: Path, members: Iterable[tuple[str, bytes]], author: str) -> Iterator[bytes]:
    """The notes of an outbox; boosts and the rest come as lines without a text, to be reported as skipped."""
    collection: Any = None
    for name, content in members:
        try:
            value = msgspec.json.decode(content)
        except msgspec.DecodeError as error:
            raise Invalid(f"{path}: {name} cannot be read: {error}", "file") from None
        if _ACTOR.search(name):
            author = author or str(_path(value, "preferredUsername") or "")
        else:
            collection = value
    items = _path(collection, "orderedItems")
    if not isinstance(items, list):
        raise Invalid(f"{path} holds no outbox", "file")
    for item in items:
        note = _path(item, "object")
        if not isinstance(note, dict) or _path(item, "type") != "Create":
            yield msgspec.json.encode({"boost or other activity": _path(item, "id")})
            continue
        by = re.search(_NAME_IN_URL, str(note.get("attributedTo") or _path(item, "actor") or ""))
        yield msgspec.json.encode(_note(note, author or (by[1] if by else "")))


def _note(note: dict[str, Any], author: str) -> dict[str, Any]:
    to, cc = _listed(note.get("to")), _listed(note.get("cc"))
    if any(public in to for public in _PUBLIC):
        visibility = "public"
    elif any(public in cc for public in _PUBLIC):
        visibility = "unlisted"
    elif any(str(receiver).endswith("/followers") for receiver in (*to, *cc)):
        visibility = "followers"
    else:
        visibility = "direct"
    languages = note.get("contentMap")
    return _without_none({
        "id": note.get("id"), "author": author, "created_at": note.get("published") or "",
        "text": plain(str(note.get("content") or "")), "visibility": visibility, "in_reply_to": note.get("inReplyTo"),
        "lang": next(iter(languages)) if isinstance(languages, dict) and languages else None,
        "spoiler": note.get("summary"), "sensitive": bool(note.get("sensitive")),
    })


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _path(value: Any, *steps: str | int) -> Any:
    for step in steps:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


class _Plain(HTMLParser):
    """Paragraphs and breaks as newlines, links as their addresses, mentions and tags as written."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._inside_link = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "br":
            self.parts.append("\n")
        elif tag == "p" and self.parts:
            self.parts.append("\n\n")
        elif tag == "a" and "mention" not in (given.get("class") or "") and given.get("rel") != "tag":
            self._inside_link = True
            self.parts.append(given.get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._inside_link = False

    def handle_data(self, data: str) -> None:
        if not self._inside_link:  # what Mastodon shows of a link is a part of its address
            self.parts.append(data)


def plain(markup: str) -> str:
    """The text of a note's HTML."""
    parser = _Plain()
    parser.feed(markup)
    parser.close()
    return "".join(parser.parts).strip()
