"""How long a text is."""

from __future__ import annotations

import regex  # type: ignore[import-untyped]

from .markup import tokens

URL_LENGTH = 23
_GRAPHEME = regex.compile(r"\X")


def counted_length(text: str, spoiler: str = "") -> int:
    """Length in characters, as Mastodon counts: any URL is 23, @user@host is @user; the warning counts too.

    A character is what people see as one (a grapheme cluster).
    Source: docs.joinmastodon.org/user/posting, "Text" and "Mentions".
    """
    length = 0
    at = 0
    for token in tokens(text):
        if token.kind == "url":
            length += _visible(text[at : token.start]) + URL_LENGTH
            at = token.end
        elif token.kind == "mention" and token.host:
            length += _visible(text[at : token.start]) + 1 + len(token.value)
            at = token.end
    return length + _visible(text[at:]) + _visible(spoiler)


def _visible(text: str) -> int:
    return len(text) if text.isascii() else len(_GRAPHEME.findall(text))
