"""Posts with everything that is needed to show them."""

from __future__ import annotations

import msgspec

from .account import Account
from .poll import Poll
from .post import SeenPost


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """A page of posts for one viewer.

    `others` holds the boosted originals, `accounts` every author, mentioned
    account and parent's author, by id.
    """

    posts: list[SeenPost]
    others: dict[int, SeenPost] = {}
    accounts: dict[int, Account] = {}
    polls: dict[int, Poll] = {}  # by post
