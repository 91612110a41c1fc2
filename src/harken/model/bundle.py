"""Posts with everything that is needed to show them."""

from __future__ import annotations

import msgspec

from .account import Account
from .file import StoredFile
from .gathering import Gathering
from .media import Media
from .poll import Poll
from .post import SeenPost
from .preview import Preview


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """A page of posts for one viewer.

    By id: `others` holds the boosted originals and what is quoted, `accounts`
    every author, mentioned account and parent's author, `media` what the posts carry.
    """

    posts: list[SeenPost]
    others: dict[int, SeenPost] = {}
    accounts: dict[int, Account] = {}
    polls: dict[int, Poll] = {}  # by post
    gatherings: dict[int, Gathering] = {}  # by post
    previews: dict[str, Preview] = {}  # by link
    quotable: frozenset[int] = frozenset()  # what quoted posts quote, as far as the viewer may see it
    muted: frozenset[int] = frozenset()  # quoted authors whom the viewer has muted
    followed: frozenset[int] = frozenset()  # authors that let followers quote, whom the viewer follows
    media: dict[int, Media] = {}
    files: dict[int, StoredFile] = {}  # by post
