"""Post to document: everything that both indexes store of one post.

Filters are terms of a third column and say what a post is rather than what it says. Each is
written `key:value`, and no key is the beginning of another with a colon, so they cannot collide:

`all`; `author:ID`, `to:ID` (answers this account, or begins with it), `mentions:ID`,
`audience:public|unlisted|followers|set|direct`; `lang:en`, `lang:en-gb`; `kind:note`, `verb:asks`;
`has:link|media|image|video|audio|poll|event|file`;
`is:reply|question|sensitive|boost|original`; `source:twitter_for_android`; `domain:bbc.co.uk`
(and parents); `attitude:happy|sad`.

`all` is in every document, because FTS5 knows NOT only between two queries.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

import msgspec

from .analysis import HAPPY, SAD, Terms, bounded, fold, terms

ALL = "all"
"""The filter that every document has."""

MEDIA = frozenset({"image", "video", "audio"})
"""What also counts as `has:media`."""

_MANUAL_BOOST = re.compile(r"\s*[\"“]?\s*RT\s*:?\s*[@＠]\w")
_LANGUAGE = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8}){0,4}\Z")


class Searchable(msgspec.Struct, frozen=True, kw_only=True):
    """All that search needs to know of one post."""

    id: int
    author_id: int
    text: str
    spoiler: str = ""
    language: str | None = None
    kind: str = "note"
    verb: str | None = None
    visibility: str = "public"  # public, unlisted, followers, set, direct
    in_reply_to_id: int | None = None
    in_reply_to_account_id: int | None = None
    mentions: tuple[int, ...] = ()
    opening_mention: int | None = None  # the account whose name the text begins with
    source: str | None = None
    sensitive: bool = False
    created_at: datetime
    has: frozenset[str] = frozenset()  # media, image, video, audio, poll, link, event, file


class Document(msgspec.Struct, frozen=True):
    """What an index stores of a post. Only the order of `words` means anything."""

    words: list[str]
    alternates: list[str]
    filters: list[str]


def document(post: Searchable, found: Terms | None = None) -> Document:
    """The terms under which `post` is found; the content warning comes before the text.

    `found` are the terms of both, where they are known already.
    """
    if found is None:
        found = terms(f"{post.spoiler}\n{post.text}" if post.spoiler else post.text)
    words = found.words
    alternates = list(dict.fromkeys(found.alternates)) if found.alternates else []
    filters = [ALL, f"author:{post.author_id}", f"kind:{label(post.kind)}", f"audience:{post.visibility}"]
    add = filters.append
    if post.in_reply_to_account_id is not None:
        add(f"to:{post.in_reply_to_account_id}")
    if post.opening_mention is not None and post.opening_mention != post.in_reply_to_account_id:
        add(f"to:{post.opening_mention}")
    if post.mentions:
        filters += [f"mentions:{account}" for account in dict.fromkeys(post.mentions)]
    if post.language:
        code = language(post.language)
        if code:
            add(f"lang:{code}")
            if "-" in code:
                add(f"lang:{code.partition('-')[0]}")
    if post.verb:
        add(f"verb:{label(post.verb)}")
    boost = post.text.lstrip()[:3].startswith(("RT", '"', "“")) and _MANUAL_BOOST.match(post.text) is not None
    if post.in_reply_to_id is not None:
        add("is:reply")
    elif not boost:
        add("is:original")
    if boost:
        add("is:boost")
    if found.asks:
        add("is:question")
    if post.sensitive:
        add("is:sensitive")
    if post.source:
        name = label(post.source)
        if name:
            add(f"source:{name}")
    carried = set(post.has)
    if found.hosts:
        carried.add("link")
        filters += [f"domain:{host}" for host in dict.fromkeys(found.hosts)]
    if carried:
        if carried & MEDIA:
            carried.add("media")
        filters += [f"has:{thing}" for thing in sorted(carried)]
    if not (HAPPY.isdisjoint(words) and HAPPY.isdisjoint(alternates)):
        add("attitude:happy")
    if not (SAD.isdisjoint(words) and SAD.isdisjoint(alternates)):
        add("attitude:sad")
    return Document(words, alternates, filters)


class Packed(msgspec.Struct, array_like=True):
    """A document as it travels between processes: its terms, which contain no spaces, joined by spaces."""

    words: str
    alternates: str
    filters: str


def packed(doc: Document) -> Packed:
    """The document as the embedded index stores it."""
    return Packed(" ".join(doc.words), " ".join(doc.alternates), " ".join(doc.filters))


def unpacked(doc: Packed) -> Document:
    """The document again, term by term."""
    return Document(doc.words.split(), doc.alternates.split(), doc.filters.split())


def as_reply(doc: Packed, parent_author: int | None) -> Packed:
    """The document of an answer to `parent_author` (None: to somebody who is not here), from that of no answer."""
    answers = [] if parent_author is None else [f"to:{parent_author}"]
    kept = [term for term in doc.filters.split() if term != "is:original" and term not in answers]
    return Packed(doc.words, doc.alternates, " ".join([*kept, *answers, "is:reply"]))


@lru_cache(maxsize=1024)
def label(name: str) -> str:
    """A name that may have spaces (of an app, of a verb) as part of a filter: `Tweet Deck` is `tweet_deck`."""
    return bounded("_".join(fold(part) for part in name.split()))


@lru_cache(maxsize=256)
def language(code: str) -> str | None:
    """A language code in lower case with hyphens, `pt-br`; None when it is not one."""
    code = code.strip().replace("_", "-").lower()
    return code if _LANGUAGE.match(code) else None
