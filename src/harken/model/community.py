"""What operators give their community: pictures to write with, news, rules, papers."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

# Source: Mastodon's CustomEmoji::SCAN_RE; a colon, letter or digit on either side makes it something else (10:30:00).
_SHORTCODE = re.compile(r"(?<![^\W_])(?<!:):([A-Za-z0-9_]{2,}):(?![^\W_])(?!:)")
_MARKUP = re.compile(r"(<[^>]*>)")


class Emoji(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that is written as `:shortcode:`; `path` and `still_path` are its places in the media store."""

    id: int
    shortcode: str
    category: str = ""
    path: str
    still_path: str


class Emojis(msgspec.Struct, frozen=True):
    """All custom emoji of this server by shortcode; `version` changes whenever one comes or goes."""

    by_code: Mapping[str, Emoji] = {}
    version: tuple[int, ...] = ()

    def within(self, texts: Iterable[str]) -> list[Emoji]:
        """Those that are written in `texts`, each once."""
        if not self.by_code:
            return []
        codes = dict.fromkeys(code for text in texts if ":" in text for code in _SHORTCODE.findall(text))
        return [self.by_code[code] for code in codes if code in self.by_code]

    def in_html(self, html: str) -> str:
        """Our own HTML, or escaped text, with the pictures in place of their shortcodes."""
        if not self.by_code or ":" not in html:
            return html
        parts = _MARKUP.split(html)
        parts[::2] = [_SHORTCODE.sub(self._picture, text) for text in parts[::2]]
        return "".join(parts)

    def _picture(self, match: re.Match[str]) -> str:
        emoji = self.by_code.get(match[1])
        if emoji is None:
            return match[0]
        return f'<img class="emoji" src="/media/{emoji.path}" alt="{match[0]}" title="{match[0]}" loading="lazy">'


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """News of the operators. `starts_at` and `ends_at` are those of what it announces."""

    id: int
    text: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    all_day: bool = False
    published_at: datetime
    updated_at: datetime


class Reaction(msgspec.Struct, frozen=True, kw_only=True):
    """How many members reacted to an announcement with one emoji; `mine` if the reader did."""

    announcement_id: int
    name: str
    count: int
    mine: bool


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What people keep to here."""

    id: int
    text: str
    hint: str = ""


class PaperKind(enum.StrEnum):
    """What a paper is about."""

    ABOUT = "about"
    PRIVACY = "privacy"
    TERMS = "terms"


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """One edition of what the operators have written about this server; it holds from a midnight on."""

    id: int
    kind: PaperKind
    text: str
    effective_at: datetime
