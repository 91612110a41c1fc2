"""How far somebody has read what people say: Plurk's unread, read and muted."""

from __future__ import annotations

import enum

import msgspec


class ReadState(enum.Enum):
    """How a conversation stands to one reader."""

    READ = "read"
    UNREAD = "unread"
    MUTED = "muted"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One conversation for one reader, of what they may see in it.

    `answers` are all but its first post; `newest_id` is of the newest post by somebody else, 0 without one; posts of
    others above `read_id` are new. `seen` answers by others were there when it was read last, -1 where nobody counted.
    """

    conversation_id: int
    answers: int = 0
    others: int = 0  # answers that somebody else wrote
    newer: int = 0  # those of them above `read_id`
    newest_id: int = 0
    read_id: int = 0
    seen: int = -1
    took_part: bool = False
    muted: bool = False

    @property
    def fresh(self) -> int:
        """How many answers the reader has not seen."""
        late = self.others - self.seen if self.seen >= 0 else 0
        return max(self.newer, late)

    @property
    def is_new(self) -> bool:
        """Whether there is anything here that the reader has not seen."""
        return self.newest_id > self.read_id or self.fresh > 0

    @property
    def state(self) -> ReadState:
        if self.muted:
            return ReadState.MUTED
        return ReadState.UNREAD if self.is_new else ReadState.READ

    @property
    def responses_seen(self) -> int:
        """How many answers the reader has seen, their own among them (Plurk's `responses_seen`)."""
        return self.answers - self.fresh


class Unread(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation that has something new for somebody: how it stands to them."""

    conversation_id: int
    mine: bool
    private: bool
    responded: bool


class UnreadCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many conversations have something new."""

    all: int = 0
    mine: int = 0
    private: int = 0
    responded: int = 0


def counted(found: list[Unread]) -> UnreadCounts:
    """How many there are of each sort."""
    return UnreadCounts(
        all=len(found), mine=sum(one.mine for one in found), private=sum(one.private for one in found),
        responded=sum(one.responded for one in found))
