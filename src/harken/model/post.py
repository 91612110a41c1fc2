"""Posts, and what a viewer has to do with them."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from ..ids import AccountId, PostId
from .gathering import Invitation
from .poll import Ballot


class Visibility(enum.IntEnum):
    """Who may see a post; DESIGN.md, "What may be found, by whom"."""

    PUBLIC = 0
    UNLISTED = 1
    FOLLOWERS = 2
    SET = 3
    DIRECT = 4


class QuotePolicy(enum.IntEnum):
    """Who may quote a post. Its author always may, unless it is meant for a few only."""

    NOBODY = 0
    FOLLOWERS = 1
    PUBLIC = 2


class AnswerPolicy(enum.IntEnum):
    """Who may answer in the conversation that a post began. Its author always may (Plurk's `no_comments`)."""

    EVERYBODY = 0
    FRIENDS = 1
    NOBODY = 2


class QuoteState(enum.IntEnum):
    """How a post stands to the one that it quotes; NONE quotes nothing."""

    NONE = 0
    PENDING = 1
    ACCEPTED = 2
    REJECTED = 3
    REVOKED = 4
    DELETED = 5


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """One post, or one boost (then `boost_of_id` is set and the text is empty)."""

    id: PostId
    author_id: AccountId
    kind: str = "note"
    verb: str | None = None
    text: str = ""
    html: str = ""
    spoiler: str = ""
    sensitive: bool = False
    visibility: Visibility
    language: str | None = None
    created_at: datetime
    edited_at: datetime | None = None
    in_reply_to_id: PostId | None = None
    in_reply_to_account_id: AccountId | None = None
    in_reply_to_uri: str | None = None
    conversation_id: int
    boost_of_id: PostId | None = None
    answers: AnswerPolicy = AnswerPolicy.EVERYBODY
    source: str | None = None
    source_url: str | None = None
    uri: str
    url: str
    mentions: list[int] = []
    tags: list[str] = []
    media: list[int] = []
    carries: list[str] = []  # image, video, audio: what `media` are
    history: bool = False
    quote_policy: QuotePolicy = QuotePolicy.NOBODY
    quote_of_id: PostId | None = None
    quote_state: QuoteState = QuoteState.NONE
    link: str | None = None  # the first one of the text: what its preview shows
    about: str = ""  # what it is found by beside its text: an event's name and place
    desk_id: int | None = None  # the desk for which it answers,
    desk_name: str = ""  # and what that was called then


class SeenPost(Post, frozen=True, kw_only=True):
    """A post that the viewer was allowed to load, with its counters and what the viewer did with it."""

    replies: int = 0
    boosts: int = 0
    favourites: int = 0
    quotes: int = 0
    favourited: bool = False
    bookmarked: bool = False
    boosted: bool = False
    pinned: bool = False
    muted: bool = False


class Edition(msgspec.Struct, frozen=True):
    """Which version of a post there is, and what a viewer who may load it has to do with it: `SeenPost` without the
    rest. What is equal here is equal there."""

    id: PostId
    version: int
    replies: int
    boosts: int
    favourites: int
    quotes: int
    favourited: bool
    bookmarked: bool
    boosted: bool
    pinned: bool
    muted: bool


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier version of a post."""

    text: str
    html: str
    spoiler: str
    sensitive: bool
    created_at: datetime
    poll: list[str] = []  # what could be chosen
    media: list[int] = []
    alts: list[str] = []  # the descriptions of `media` in this version


class ForDesk(msgspec.Struct, frozen=True, kw_only=True):
    """What makes a post the answer of a desk: the case, the newest answer that its helper has read, and why a lead
    lets it pass although the reply check says no."""

    desk_id: int
    desk_name: str
    conversation_id: int
    known_answer_id: int = 0
    override: str = ""
    approved: bool = False  # by a second person


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to publish."""

    text: str = ""
    visibility: Visibility = Visibility.PUBLIC
    in_reply_to_id: PostId | None = None
    spoiler: str = ""
    sensitive: bool = False
    language: str | None = None  # as the author chose it; None asks the text
    usual_language: str | None = None  # what the author mostly writes, where the text does not tell
    source: str | None = None
    source_url: str | None = None
    recipients: tuple[AccountId, ...] = ()  # of a set post or a direct one, beside those mentioned
    sets: tuple[int, ...] = ()  # of the author's, whose members a set post is for
    friends: bool = False  # a set post is for all friends
    kind: str = "note"
    verb: str | None = None
    poll: Ballot | None = None
    event: Invitation | None = None
    link: str = ""  # of a link post
    file: int = 0  # one that is here already
    quote_of_id: PostId | None = None
    quote_policy: QuotePolicy = QuotePolicy.PUBLIC
    answers: AnswerPolicy = AnswerPolicy.EVERYBODY
    media: tuple[int, ...] = ()  # uploads of the author's, in order
    allowed_mentions: tuple[AccountId, ...] | None = None  # whom it may mention at most; None for anybody
    desk: ForDesk | None = None  # only actions set it
