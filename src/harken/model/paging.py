"""Which piece of an id-ordered list somebody wants."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from ..ids import MAX_ID

T = TypeVar("T")


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """At most `limit` things with `after` < id < `before`, answered newest first.

    `from_bottom` takes those just above `after` instead of those just below
    `before` (Mastodon's `min_id`): paging upwards without a gap.
    """

    limit: int = 20
    before: int = MAX_ID
    after: int = 0
    from_bottom: bool = False

    @property
    def order(self) -> str:
        """For ORDER BY; `arranged` puts the rows the right way round again."""
        return "ASC" if self.from_bottom else "DESC"

    def arranged(self, rows: list[T]) -> list[T]:
        return rows[::-1] if self.from_bottom else rows
