"""Stories: what a desk tells of people it met, and whether each of them says yes to exactly that."""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

import msgspec

from ..ids import AccountId, PostId
from .post import Post

MAX_STORIES = 2_000
"""Stories of one desk."""
MAX_TITLE = 120
MAX_SUMMARY = 500
MAX_WORDS = 8_000
MAX_PIECES = 60
MAX_PEOPLE = 40
MAX_NAME = 100
MAX_LINKS = 50
"""Ways to its page that one person was given."""
USUAL_LIFE = timedelta(days=365)
LONGEST_LIFE = timedelta(days=5 * 366)


class PieceKind(enum.StrEnum):
    """What a story is made of."""

    POST = "post"  # somebody's post, as it is
    WORDS = "words"  # of the author
    MOMENT = "moment"  # a day, and what happened


class Says(enum.StrEnum):
    """What somebody answered when they were asked."""

    YES = "yes"
    NO = "no"
    REVOKED = "revoked"  # a yes taken back


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """A story. `version` counts what was changed; `until` is when it ends, and every yes with it.

    `published_at` says that its people want it shown; whether it is, is asked anew by every reading (store/stories.py).
    """

    id: int
    desk_id: int
    author_id: AccountId
    slug: str
    title: str
    summary: str = ""
    until: datetime
    version: int = 1
    changed_at: datetime
    published_at: datetime | None = None
    post_id: PostId | None = None  # the author's post that tells of it; its answers stand below the story
    created_at: datetime


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a story, at its place. Of a post, the version that was chosen; of a moment, the day as YYYY-MM-DD."""

    id: int
    story_id: int
    position: int
    kind: PieceKind
    post_id: PostId | None = None
    post_version: int = 0
    text: str = ""
    day: str = ""


class PostAsItIs(Post, frozen=True, kw_only=True):
    """A post with the number of its version."""

    version: int


class StoryPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is shown: an account whose posts are there, or a name, which a contact may stand behind.

    `digest` is of what would be shown of them now, `asked_digest` of what they were asked about last.
    """

    id: int
    story_id: int
    account_id: AccountId | None = None
    contact_id: int | None = None
    name: str = ""
    digest: str = ""
    asked_digest: str = ""
    asked_by: AccountId | None = None
    asked_at: datetime | None = None
    forgotten: bool = False  # asked to be forgotten: nobody may say yes for them


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One line of what people answered; never changed. `number` counts the answers of one person.

    `wording` is every sentence that was on the page, with a hash in place of each piece: what is deleted elsewhere is
    not kept here, and whoever has the text can prove that it is the one.
    """

    id: int
    story_id: int
    person_id: int
    number: int
    says: Says
    digest: str
    wording: str
    until: datetime
    account_id: AccountId | None = None
    at: datetime


class StoryEdition(msgspec.Struct, frozen=True, kw_only=True):
    """What a story said at one time. `pieces` is JSON: the pieces as they were, posts by id and version."""

    story_id: int
    version: int
    by_id: AccountId
    title: str
    summary: str
    pieces: str
    at: datetime


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody stands to a story now: their last answer, and whether it still counts."""

    person: StoryPerson
    last: Answer | None
    live: bool

    @property
    def state(self) -> str:
        """yes, no, revoked, changed (was asked about something else), ended (their yes has), asked or unasked."""
        if self.person.forgotten:
            return "forgotten"
        last = self.last
        if last is not None and last.digest == self.person.digest:
            if last.says is Says.YES:
                return "yes" if self.live else "ended"
            return last.says.value
        if self.person.asked_digest == self.person.digest:
            return "asked"
        return "changed" if self.person.asked_digest else "unasked"
