"""What a page says of itself: OpenGraph (ogp.me), JSON-LD (schema.org), oEmbed (oembed.com), plain HTML."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec

from ..model.preview import Preview
from ..text import markup

MAX_LD_BYTES = 100_000
MAX_LD_NODES = 200
MAX_SIDE = 10_000
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
# What Python calls codecs of text and no browser knows (encoding.spec.whatwg.org): punycode takes hours for a megabyte.
_NO_CHARSETS = {"punycode", "idna", "unicode-escape", "raw-unicode-escape", "utf-7", "undefined"}
_FRAME = re.compile(r"""<iframe[^>]{0,2000}?\ssrc\s*=\s*["']([^"']{1,2000})["']""")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})?\Z")
_ARTICLES = {"NewsArticle", "Article", "BlogPosting", "Report", "TechArticle", "ScholarlyArticle"}


class Page(msgspec.Struct, frozen=True):
    """A preview, and where the page says to find more: its picture and its oEmbed document."""

    preview: Preview
    picture_url: str = ""
    oembed_url: str = ""


class _Reader(HTMLParser):
    """Collects what the head of a page says; never fails, whatever it is fed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.meta: dict[str, str] = {}
        self.title = ""
        self.language = ""
        self.oembed = ""
        self.linked_data: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.language = given.get("lang", "")
        elif tag == "meta":
            name = (given.get("property") or given.get("name") or "").strip().lower()
            if name and given.get("content"):
                self.meta.setdefault(name, given["content"])
        elif tag == "link" and given.get("type", "").lower() == "application/json+oembed":
            self.oembed = self.oembed or given.get("href", "")
        elif tag == "title" and not self.title:
            self._inside = "title"
        elif tag == "script" and given.get("type", "").strip().lower() == "application/ld+json":
            self.linked_data.append("")
            self._inside = "ld"

    def handle_endtag(self, tag: str) -> None:
        if tag in ("title", "script"):
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "title":
            self.title = (self.title + data)[:1000]
        elif self._inside == "ld" and len(self.linked_data) <= 10:
            self.linked_data[-1] = (self.linked_data[-1] + data)[:MAX_LD_BYTES]


def decoded(body: bytes, content_type: str) -> str:
    """The text of a page in the encoding that it names, else UTF-8."""
    match = re.search(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", content_type, re.IGNORECASE)
    named = match[1] if match else (found[1].decode("ascii") if (found := _CHARSET.search(body[:4096])) else "utf-8")
    try:
        name = codecs.lookup(named).name
        return body.decode("utf-8" if name.replace("_", "-") in _NO_CHARSETS else name, "replace")
    except (LookupError, ValueError):  # also codecs that are not of text
        return body.decode("utf-8", "replace")


def read_page(html: str, url: str, final_url: str) -> Page:
    """What the page at `final_url`, linked to as `url`, says of itself."""
    reader = _Reader()
    # Python's parser gives up on declarations such as <![[ with this error; what came before them is kept. It is never
    # closed: only then would it go back over what was left open (CVE-2025-6069).
    with suppress(AssertionError):
        reader.feed(html)
    meta, article = reader.meta, _article(reader.linked_data)
    host = urlsplit(final_url).hostname or ""
    width, height = _number(meta.get("og:image:width")), _number(meta.get("og:image:height"))
    picture = _first(_picture(article.get("image")), meta.get("og:image:secure_url"), meta.get("og:image"))
    author = _first(_name(article.get("author")), meta.get("og:author"), meta.get("author"))
    if author.startswith(("http://", "https://")):  # some write a profile's address where a name belongs
        author = ""
    return Page(
        Preview(
            url=url,
            title=_line(_first(
                article.get("headline"), meta.get("og:title"), meta.get("twitter:title"), reader.title), 500),
            description=_line(_first(
                article.get("description"), meta.get("og:description"), meta.get("description")), 1000),
            language=_language(_first(article.get("inLanguage"), reader.language, meta.get("og:locale"))),
            author_name=_line(author, 200),
            author_url=_web(_first(_address(article.get("author"))), final_url),
            provider_name=_line(_first(_name(article.get("publisher")), meta.get("og:site_name"), host), 200),
            width=width if height else 0, height=height if width else 0,
            image_description=_line(meta.get("og:image:alt", ""), 1000),
            published_at=_moment(_first(article.get("datePublished"), meta.get("article:published_time"))),
        ),
        picture_url=_web(picture, final_url), oembed_url=_web(reader.oembed, final_url))


def with_oembed(page: Page, answer: bytes, base: str) -> Page:
    """The page with what its oEmbed document adds. HTML of others is never taken: of a film only the address of its
    frame, of which surfaces make their own."""
    try:
        given = msgspec.json.decode(answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return page
    if not isinstance(given, dict) or str(given.get("version")) not in ("1.0", "1"):
        return page
    known, kind = page.preview, given.get("type")
    added: dict[str, Any] = {
        "title": known.title or _line(_first(given.get("title")), 500),
        "author_name": _line(_first(given.get("author_name")), 200) or known.author_name,
        "author_url": _web(_first(given.get("author_url")), base) or known.author_url,
        "provider_name": _line(_first(given.get("provider_name")), 200) or known.provider_name,
        "provider_url": _web(_first(given.get("provider_url")), base)}
    picture = page.picture_url or _web(_first(given.get("thumbnail_url")), base)
    if kind == "photo" and (shown := _web(_first(given.get("url")), base)):
        added |= {"kind": "photo", "embed_url": shown}
        picture = shown
    elif kind == "video":
        frame = _FRAME.search(str(given.get("html", ""))[:10_000])
        address = _web(frame[1].replace("&amp;", "&"), base) if frame else ""
        if address.startswith("https://"):
            added |= {"kind": "video", "embed_url": address}
    if "kind" in added:
        added |= {"width": _number(given.get("width")), "height": _number(given.get("height"))}
    return Page(msgspec.structs.replace(known, **added), picture, page.oembed_url)


# ---- JSON-LD --------------------------------------------------------------------


def _article(texts: list[str]) -> dict[str, Any]:
    """The first article that the page's linked data describe."""
    for text in texts:
        try:
            given = msgspec.json.decode(text.strip())
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            continue
        for node in _nodes(given):
            kinds = node.get("@type")
            if _ARTICLES & {kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)}:
                return node
    return {}


def _nodes(given: Any) -> Iterator[dict[str, Any]]:
    waiting, seen = [given], 0
    while waiting and seen < MAX_LD_NODES:
        one = waiting.pop(0)
        seen += 1
        if isinstance(one, dict):
            yield one
            waiting.append(one.get("@graph"))
        elif isinstance(one, list):
            waiting += one[:MAX_LD_NODES]


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _name(value: Any) -> str:
    one = _single(value)
    found = one.get("name") if isinstance(one, dict) else one
    return found if isinstance(found, str) else ""


def _address(value: Any) -> str:
    one = _single(value)
    found = one.get("url") if isinstance(one, dict) else None
    return found if isinstance(found, str) else ""


def _picture(value: Any) -> str:
    one = _single(value)
    found = _single(one.get("url")) if isinstance(one, dict) else one
    return found if isinstance(found, str) else ""


# ---- values ---------------------------------------------------------------------


def _first(*values: Any) -> str:
    """The first that is a text and not empty."""
    return next((value.strip() for value in values if isinstance(value, str) and value.strip()), "")


def _line(text: str, most: int) -> str:
    return " ".join(markup.clean(text[: 4 * most]).split())[:most]


def _web(address: str, base: str) -> str:
    """An absolute address of the web; empty for any other."""
    try:
        made = urljoin(base, address.strip()) if address.strip() else ""
        parts = urlsplit(made)
        fits = parts.scheme in ("http", "https") and parts.hostname and len(made) <= markup.MAX_URL
    except ValueError:
        return ""
    return made if fits and not re.search(r"[\s<>\"'`\\]", made) else ""


def _number(value: Any) -> int:
    text = str(value).strip() if isinstance(value, (str, int)) else ""
    return min(int(text), MAX_SIDE) if re.fullmatch(r"[0-9]{1,6}", text) else 0


def _language(text: str) -> str | None:
    return text.replace("_", "-").partition("-")[0].lower() if _LANGUAGE.match(text) else None


def _moment(text: str) -> datetime | None:
    try:
        given = datetime.fromisoformat(text)
        return (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
