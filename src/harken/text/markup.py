"""Mentions, tags and links of a text, and its HTML.

Links to this server are stored without its address (`/@name`), because the
public base URL may not be known yet; surfaces that need absolute links add it
with `absolute`.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

MAX_URL = 2048
_URL = r"(?P<url>https?://[^\s<>\"'`\u2028\u2029]{1,2048})"
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(?::\d{1,5})?"
_MENTION = rf"(?<![\w/@.])@(?P<name>[A-Za-z0-9_]{{1,30}})(?:@(?P<host>{_HOST}))?(?![\w@])"
_TAG = r"(?<![\w/&#])[#＃](?P<tag>\w{1,100})"
_TOKEN = re.compile(f"{_URL}|{_MENTION}|{_TAG}")
_PARAGRAPHS = re.compile(r"\n{2,}")
_TRAILING = ".,:;!?'\"*_~"

MAX_MENTIONS = 50  # of one post; more is a nuisance, not a conversation
MAX_TAGS = 100

# C0 and C1 except tab and newline, unpaired surrogates, and the controls that turn text
# around or hide it (Unicode TR 36, 2.7): shown to nobody, searched by nobody.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")


class Mention(NamedTuple):
    """@name or @name@host, as written; `host` is lower case or empty."""

    name: str
    host: str


class Token(NamedTuple):
    """A link, mention or tag at text[start:end]."""

    kind: str
    start: int
    end: int
    value: str
    host: str = ""


def clean(text: str) -> str:
    """The text without characters that nobody types on purpose; line ends become newlines."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def tokens(text: str) -> Iterator[Token]:
    """Links, mentions and tags, in order, never overlapping."""
    for match in _TOKEN.finditer(text):
        if url := match["url"]:
            trimmed = _trimmed(url)
            if len(trimmed) > len("https://"):
                yield Token("url", match.start(), match.start() + len(trimmed), trimmed)
        elif name := match["name"]:
            yield Token("mention", match.start(), match.end(), name, (match["host"] or "").lower())
        elif not match["tag"].replace("_", "").isdigit():
            yield Token("tag", match.start(), match.end(), match["tag"])


def _trimmed(url: str) -> str:
    """Without the punctuation that ends the sentence around the link, and a bracket that it did not open."""
    while url:
        if url[-1] in _TRAILING or (url[-1] in ")]}" and url.count(url[-1]) > url.count("([{"[")]}".index(url[-1])])):
            url = url[:-1]
        else:
            return url
    return url


def mentions(text: str, read: Sequence[Token] | None = None) -> list[Mention]:
    """Everybody mentioned, in order, once each, at most MAX_MENTIONS.

    Whoever needs mentions, tags and HTML of one text reads its tokens once and hands them on as `read`.
    """
    read = list(tokens(text)) if read is None else read
    found = dict.fromkeys(Mention(t.value.lower(), t.host) for t in read if t.kind == "mention")
    return list(found)[:MAX_MENTIONS]


def tags(text: str, read: Sequence[Token] | None = None) -> list[str]:
    """Tags as written, in order, once for each `tag_key`, at most MAX_TAGS."""
    found: dict[str, str] = {}
    for token in tokens(text) if read is None else read:
        if token.kind == "tag":
            found.setdefault(tag_key(token.value), token.value)
    return list(found.values())[:MAX_TAGS]


def is_tag(name: str) -> bool:
    """Whether `name`, without its #, can be a tag in a text."""
    return [token.value for token in tokens(f"#{name}")] == [name]


def first_link(text: str) -> str | None:
    """The first link of a text, without what follows its #; None for a text without one."""
    return next((token.value.partition("#")[0] for token in tokens(text) if token.kind == "url"), None)


def tag_key(name: str) -> str:
    """The key under which spellings of a tag meet: without #, folded, without accents on letters."""
    folded = unicodedata.normalize("NFKD", clean(name).lstrip("#＃")).casefold()
    kept = "".join(c for c in folded if not ("\u0300" <= c <= "\u036f"))
    return unicodedata.normalize("NFKC", kept)[:100]


def to_html(text: str, people: Mapping[Mention, str], read: Sequence[Token] | None = None) -> str:
    """Paragraphs, line breaks, links; `people` gives the profile link of each mention that means somebody."""
    if not text:
        return ""
    parts: list[str] = []
    at = 0
    for token in tokens(text) if read is None else read:
        written = text[token.start : token.end]
        if token.kind == "url":
            made = _link(token.value)
        elif token.kind == "tag":
            target, name = html.escape(tag_key(token.value)), html.escape(token.value)
            made = f'<a href="/tags/{target}" class="mention hashtag" rel="tag">#<span>{name}</span></a>'
        else:
            profile = people.get(Mention(token.value.lower(), token.host))
            if profile is None:
                continue
            href, name = html.escape(profile), html.escape(written[1:])
            link = f'<a href="{href}" class="u-url mention">@<span>{name}</span></a>'
            made = f'<span class="h-card">{link}</span>'
        parts += [html.escape(text[at : token.start], quote=False), made]
        at = token.end
    parts.append(html.escape(text[at:], quote=False))
    body = _PARAGRAPHS.sub("</p><p>", "".join(parts).replace("\u2028", "\n").replace("\u2029", "\n\n"))
    return "<p>" + body.replace("\n", "<br>") + "</p>"


def _link(url: str) -> str:
    """A link that shows at most 30 characters after the scheme, as Mastodon's does; all of it stays in the text."""
    scheme, rest = url.split("://", 1)
    prefix = f"{scheme}://" + ("www." if rest.startswith("www.") else "")
    rest = url[len(prefix) :]
    shown, hidden = rest[:30], rest[30:]
    return (
        f'<a href="{html.escape(url)}" target="_blank" rel="nofollow noopener noreferrer">'
        f'<span class="invisible">{html.escape(prefix)}</span>'
        f'<span class="{"ellipsis" if hidden else ""}">{html.escape(shown)}</span>'
        f'<span class="invisible">{html.escape(hidden)}</span></a>'
    )


def absolute(markup: str, base_url: str) -> str:
    """Our HTML with links to this server made absolute."""
    return markup.replace('href="/', f'href="{base_url}/') if 'href="/' in markup else markup
