"""Mark what a search matched, inside the HTML of a post."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

_PIECE = re.compile(r"<[^>]*>|[^<]+")
Span = tuple[int, int]


def marked(body: str, text: str, spans: Sequence[Span]) -> str:
    """`body` (HTML made of `text`) with `<mark>` around `spans` of the text.

    The HTML says the same as the text, in order: a `<br>` or a new paragraph
    stands for line ends, everything else letter for letter. HTML that does not
    follow its text (it came from elsewhere) is given back as it is.
    """
    if not spans:
        return body
    made: list[str] = []
    at = 0
    for piece in _PIECE.findall(body):
        if piece.startswith("<"):
            made.append(piece)
            if piece in ("<br>", "<p>"):
                at = _past_line_ends(text, at)
            continue
        plain = html.unescape(piece)
        if not text.startswith(plain, at):
            return body
        made.append(_marked_text(plain, at, spans))
        at += len(plain)
    return "".join(made)


def _past_line_ends(text: str, at: int) -> int:
    while at < len(text) and text[at] in "\n\u2028\u2029":
        at += 1
    return at


def _marked_text(plain: str, start: int, spans: Sequence[Span]) -> str:
    parts: list[str] = []
    at = 0
    for first, last in spans:
        low, high = max(first - start, at), min(last - start, len(plain))
        if low >= high:
            continue
        parts.append(html.escape(plain[at:low], quote=False))
        parts.append(f"<mark>{html.escape(plain[low:high], quote=False)}</mark>")
        at = high
    return "".join([*parts, html.escape(plain[at:], quote=False)])
