"""Filters: what a member would rather not see."""

from __future__ import annotations

import enum
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from ..ids import AccountId, PostId

MAX_TITLE = 100
MAX_FILTERS = 100
MAX_KEYWORDS = 200
"""Keywords, and posts, of one filter."""

CONTEXTS = ("home", "notifications", "search", "public", "thread", "account")
"""Where a filter can work: Mastodon's five, and search (with ears)."""


class Action(enum.StrEnum):
    """What happens to a post that a filter means."""

    WARN = "warn"  # it is folded away behind the reason
    HIDE = "hide"  # it is not shown
    BLUR = "blur"  # Mastodon's: its media are; treated like WARN by Harken's own pages


class Keyword(msgspec.Struct, frozen=True):
    """A word or phrase; without `whole_word` its last word may go on."""

    id: int
    keyword: str
    whole_word: bool = False


class FilteredPost(msgspec.Struct, frozen=True):
    """One post that a filter means by itself."""

    id: int
    post_id: PostId


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """A post is meant when it fulfils `query` (unless that is empty), has one of the `keywords`, or is in `posts`."""

    id: int
    owner_id: AccountId
    title: str
    query: str = ""
    zone: str = "UTC"
    saved_at: datetime
    contexts: list[str] = []
    action: Action = Action.WARN
    expires_at: datetime | None = None
    keywords: list[Keyword] = []
    posts: list[FilteredPost] = []
    created_at: datetime

    @property
    def days(self) -> ZoneInfo:
        """Where the days of the query begin."""
        return ZoneInfo(self.zone)

    def expired(self, now: datetime) -> bool:
        """Whether it does not work any more."""
        return self.expires_at is not None and self.expires_at <= now
