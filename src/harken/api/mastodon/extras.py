"""What Mastodon has no word for, in the object `harken` of a status: clients that do not know it lose nothing.

docs/api.md describes each field. The object is there only when it says something, so that plain statuses stay plain. It
is part of the bytes that are kept for all who read a status: what differs by reader is asked for elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import UNSET, UnsetType

from ...actions.keep_set import MAX_MEMBERS, MAX_SETS
from ...actions.shape_post import NO_FILE
from ...errors import Invalid
from ...ids import AccountId, parse_id
from ...model.file import StoredFile
from ...model.gathering import Gathering
from ...model.post import AnswerPolicy, SeenPost, Visibility
from ...model.relationship import Relationship
from ..requests import ids_given
from .event_extras import EventExtras, NewEvent, event_extras
from .file_extras import FileExtras, file_extras

_PLAIN = ("note", "poll")  # kinds that Mastodon shows by itself


class DeskExtras(msgspec.Struct, frozen=True):
    """The desk for which somebody answers, as it was called then."""

    id: str
    name: str


class StatusExtras(msgspec.Struct, frozen=True, omit_defaults=True):
    """`kind` of a post that is no plain note, its `verb` (qualifier), who may answer if that is not everybody, and its
    `visibility` if it is for some people: clients of Mastodon read `private`; the desk for which it answers, and what
    it invites to."""

    kind: str | None = None
    verb: str | None = None
    answers: str | None = None
    visibility: str | None = None
    desk: DeskExtras | None = None
    event: EventExtras | None = None
    file: FileExtras | None = None


_NOTHING = StatusExtras()
ANSWERS = {AnswerPolicy.EVERYBODY: "everybody", AnswerPolicy.FRIENDS: "friends", AnswerPolicy.NOBODY: "nobody"}
_ANSWERS_NAMED: Mapping[str, AnswerPolicy] = {name: policy for policy, name in ANSWERS.items()}


class NewExtras(msgspec.Struct):
    """What a client says in `harken` when it publishes or edits. What it leaves out stays, an empty `verb` is none."""

    verb: str | None = None
    answers: str | None = None
    sets: list[str | int] | str | int = []
    friends: bool = False
    people: list[str | int] | str | int = []
    event: NewEvent | None = None
    link: str = ""
    file: str | int = ""

    @property
    def file_id(self) -> int:
        """The upload that it carries; 0 for none. Raises Invalid."""
        number = parse_id(str(self.file)) if self.file else 0
        if number is None:
            raise Invalid(NO_FILE, "file")
        return number

    @property
    def for_some(self) -> bool:
        """Whether it is for sets, friends or people by name, whatever else is said of who may read it."""
        return bool(self.set_ids or self.friends or self.recipients)

    @property
    def set_ids(self) -> tuple[int, ...]:
        """The sets it is for. Raises NotFound: what is no id is the id of nothing."""
        return tuple(ids_given(self.sets)[:MAX_SETS])

    @property
    def recipients(self) -> tuple[AccountId, ...]:
        """The people it is for. Raises NotFound, Invalid."""
        found = ids_given(self.people)
        if len(found) > MAX_MEMBERS:
            raise Invalid(f"people are at most {MAX_MEMBERS}", "people")
        return tuple(AccountId(number) for number in found)

    @property
    def policy(self) -> AnswerPolicy | None:
        """Who may answer; None where that is not said. Raises Invalid."""
        if not self.answers:
            return None
        if self.answers not in _ANSWERS_NAMED:
            raise Invalid(f"answers is one of {', '.join(_ANSWERS_NAMED)}", "answers")
        return _ANSWERS_NAMED[self.answers]


class RelationshipExtras(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether somebody is a friend, was asked to be one, or asks."""

    friend: bool = False
    friend_requested: bool = False
    friend_requested_by: bool = False


_STRANGERS = RelationshipExtras()


def relationship_extras(relation: Relationship) -> RelationshipExtras | UnsetType:
    """The object of a relationship, or nothing."""
    made = RelationshipExtras(
        friend=relation.friend, friend_requested=relation.friend_asked, friend_requested_by=relation.asks_friend)
    return UNSET if made == _STRANGERS else made


def status_extras(
    post: SeenPost, event: Gathering | None, file: StoredFile | None, base_url: str
) -> StatusExtras | UnsetType:
    """The object of a post, or nothing."""
    made = StatusExtras(kind=None if post.kind in _PLAIN else post.kind, verb=post.verb,
                         answers=ANSWERS[post.answers] if post.answers else None,
                         visibility="set" if post.visibility is Visibility.SET else None,
                         desk=DeskExtras(str(post.desk_id), post.desk_name) if post.desk_id else None,
                         event=event_extras(event, base_url) if event else None,
                         file=file_extras(file, base_url) if file else None)
    return UNSET if made == _NOTHING else made
