"""What a member takes along: the lines of `harken/KIND.jsonl` in an archive.

People are written `name@host`, posts by their address. Nothing here is trusted: what is read is checked again by the
actions that store it.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Annotated, Any

import msgspec

Name = Annotated[str, msgspec.Meta(max_length=300)]
Address = Annotated[str, msgspec.Meta(max_length=2000)]
Text = Annotated[str, msgspec.Meta(max_length=65_536)]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
MAX_LINE_BYTES = 1_000_000


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing."""


class Follow(Line, frozen=True, kw_only=True):
    who: Name
    accepted: bool = True
    show_boosts: bool = True
    notify: bool = False
    languages: list[Name] = []


class Person(Line, frozen=True, kw_only=True):
    """Somebody blocked, recommended, or allowed to reach one."""

    who: Name


class Friend(Line, frozen=True, kw_only=True):
    who: Name
    accepted: bool = False


class Mute(Line, frozen=True, kw_only=True):
    who: Name
    notifications: bool = True
    until: datetime | None = None


class Note(Line, frozen=True, kw_only=True):
    who: Name
    text: Text


class Server(Line, frozen=True, kw_only=True):
    domain: Name


class Group(Line, frozen=True, kw_only=True):
    """A list (with `replies` and `exclusive`), a set, or a collection."""

    name: Name
    members: list[Name] = []
    replies: str = "list"
    exclusive: bool = False
    description: Text = ""
    language: Name | None = None
    tag: Name | None = None
    sensitive: bool = False
    discoverable: bool = True


class Tag(Line, frozen=True, kw_only=True):
    name: Name


class Kept(Line, frozen=True, kw_only=True):
    """A favourite, bookmark, pin, muted conversation (its first post), or hidden message."""

    post: Address
    tags: list[Name] = []


class Vote(Line, frozen=True, kw_only=True):
    post: Address
    positions: list[Number] = []


class Rated(Line, frozen=True, kw_only=True):
    post: Address
    stars: Annotated[int, msgspec.Meta(ge=1, le=5)]


class Answered(Line, frozen=True, kw_only=True):
    """Whether one comes: model.gathering.Rsvp."""

    post: Address
    answer: Annotated[int, msgspec.Meta(ge=0, le=2)]


class Happening(Line, frozen=True, kw_only=True):
    """What an event post invites to."""

    name: Text
    place: Text = ""
    starts_at: datetime
    ends_at: datetime
    zone: Name = "UTC"
    all_day: bool = False
    remind: Number = 0
    cancelled_at: datetime | None = None


class EarKept(Line, frozen=True, kw_only=True):
    name: Name
    query: Text
    zone: Name = "UTC"
    paused: bool = False
    shared: bool = False
    mode: str = "never"
    in_app: bool = True
    push: bool = False
    email: bool = False
    webhook_url: Address = ""
    cool_down: Number = 900
    spike: Number = 0


class FilterKept(Line, frozen=True, kw_only=True):
    title: Name
    query: Text = ""
    zone: Name = "UTC"
    contexts: list[Name] = []
    action: str = "warn"
    expires_at: datetime | None = None
    keywords: list[tuple[Name, bool]] = []
    posts: list[Address] = []


class Settings(Line, frozen=True, kw_only=True):
    """The only line of its kind. No password, no secret."""

    username: Name = ""
    display_name: Text = ""
    bio: Text = ""
    location: Text = ""
    fields: list[tuple[Text, Text]] = []
    protected: bool = False
    bot: bool = False
    discoverable: bool = False
    indexable: bool = False
    noindex: bool = True
    hearable: bool = False
    hide_collections: bool = False
    attribution_domains: list[Name] = []
    language: Name = "en"
    time_zone: Name = "UTC"
    default_visibility: Number = 0
    default_sensitive: bool = False
    default_quote_policy: Number = 2
    written_by: Number = 0
    hide_friends: bool = False
    quiet_from: Number | None = None
    quiet_to: Number | None = None
    digest_hour: Number = 8
    telling: dict[str, str] = {}
    colours: dict[str, str] = {}
    policy: dict[str, str] = {}
    avatar: Name = ""  # a file of the archive
    header: Name = ""


class File(Line, frozen=True, kw_only=True):
    """What a post carries; `file` is its place in the archive."""

    file: Name
    kind: Name = ""
    description: Text = ""
    focus: tuple[float, float] | None = None


class Question(Line, frozen=True, kw_only=True):
    options: list[tuple[Text, Number]]
    multiple: bool = False
    hide_totals: bool = False
    expires_at: datetime | None = None
    voters: Number = 0


class Ask(Line, frozen=True, kw_only=True):
    """A poll that is not asked yet."""

    options: list[Text]
    seconds: Number | None = None
    multiple: bool = False
    hide_totals: bool = False


class Planned(Line, frozen=True, kw_only=True):
    at: datetime
    text: Text = ""
    spoiler: Text = ""
    sensitive: bool = False
    visibility: str = "public"
    language: Name | None = None
    in_reply_to: Address | None = None
    verb: Name | None = None
    link: Address = ""
    answers: Number = 0
    quote_policy: Number = 0
    quote_of: Address | None = None
    sets: list[Name] = []
    media: list[File] = []
    poll: Ask | None = None
    event: Happening | None = None


class EditKept(Line, frozen=True, kw_only=True):
    text: Text
    spoiler: Text = ""
    sensitive: bool = False
    created_at: datetime
    poll: list[Text] = []


class PostKept(Line, frozen=True, kw_only=True):
    """A post, or a boost (`boost_of`)."""

    uri: Address
    created_at: datetime
    text: Text = ""
    spoiler: Text = ""
    sensitive: bool = False
    visibility: str = "public"
    kind: Name = "note"
    verb: Name | None = None
    language: Name | None = None
    edited_at: datetime | None = None
    in_reply_to: Address | None = None
    boost_of: Address | None = None
    quote_of: Address | None = None
    quote_state: Number = 0
    quote_policy: Number = 0
    answers: Number = 0
    source: Name | None = None
    source_url: Address | None = None
    mentions: list[Name] = []
    recipients: list[Name] = []
    sets: list[Name] = []
    media: list[File] = []
    poll: Question | None = None
    event: Happening | None = None
    link: Address | None = None  # of a link post
    attached: File | None = None  # of a file post, as it was sent; `kind` is its name
    edits: list[EditKept] = []


class Private(Line, frozen=True, kw_only=True):
    """Of a post that was brought: who is meant by it and not here."""

    post: Address
    mentions: list[Name] = []
    recipients: list[Name] = []
    quote_of: Address | None = None


KINDS: dict[str, type[Line]] = {
    "settings": Settings, "follows": Follow, "friends": Friend, "blocks": Person, "mutes": Mute,
    "domain_blocks": Server, "notes": Note, "endorsements": Person, "permissions": Person, "lists": Group,
    "sets": Group, "collections": Group, "followed_tags": Tag, "featured_tags": Tag, "posts": PostKept,
    "meant": Private, "favourites": Kept, "bookmarks": Kept, "pins": Kept, "muted_conversations": Kept,
    "hidden_messages": Kept, "votes": Vote, "ratings": Rated, "rsvps": Answered,
    "ears": EarKept, "filters": FilterKept, "planned": Planned,
}
"""In the order in which they are stored: what others refer to comes first."""


class Direction(enum.StrEnum):
    """Where an archive goes."""

    OUT = "out"
    IN = "in"


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """An archive that is made here, or was brought; `report` says how many of each kind there are."""

    id: int
    account_id: int
    direction: Direction
    form: str = "harken"
    state: str = "waiting"
    secret: str
    bytes: int = 0
    report: dict[str, Any] = {}
    failure: str = ""
    tries: int = 0
    claimed_until: datetime
    created_at: datetime
    done_at: datetime | None = None
    expires_at: datetime | None = None
