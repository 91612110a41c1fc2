"""Ask a poll in a post, and change it. Limits and words are those of Mastodon's validators of polls."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from ..errors import Invalid
from ..model.poll import Ballot, Poll
from ..store import polls
from ..store.database import Transaction
from ..text import markup

MAX_OPTIONS = 4
MAX_OPTION_CHARACTERS = 50
SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(days=30, hours=10, minutes=29, seconds=6)  # ActiveSupport's month: a twelfth of 365.2425 days


def checked_ballot(ballot: Ballot) -> Ballot:
    """The ballot with its options cleaned, those without text dropped. Raises Invalid with all that is wrong."""
    titles = tuple(title for option in ballot.options if (title := markup.clean(option).replace("\n", " ")))
    wrong = []
    if not titles:
        wrong.append("Choices can't be blank")
    if ballot.seconds is None:
        wrong.append("Deadline can't be blank")
    if len(titles) < 2:
        wrong.append("Choices must have more than one item")
    if len(titles) > MAX_OPTIONS:
        wrong.append(f"Choices can't contain more than {MAX_OPTIONS} items")
    if any(len(title) > MAX_OPTION_CHARACTERS for title in titles):
        wrong.append(f"Choices cannot be longer than {MAX_OPTION_CHARACTERS} characters each")
    if len(set(titles)) < len(titles):
        wrong.append("Choices contain duplicate items")
    if ballot.seconds is not None and ballot.seconds > LONGEST.total_seconds():
        wrong.append("Deadline is too far into the future")
    if ballot.seconds is not None and ballot.seconds < SHORTEST.total_seconds():
        wrong.append("Deadline is too soon")
    if wrong:
        raise Invalid(f"Validation failed: {', '.join(wrong)}", "poll")
    return msgspec.structs.replace(ballot, options=titles)


async def ask_poll(tx: Transaction, post_id: int, ballot: Ballot, now: datetime) -> None:
    """Store the poll of a post within the caller's transaction; `ballot` is checked."""
    await polls.insert(tx, post_id, ballot, now + timedelta(seconds=ballot.seconds or 0))


async def change_poll(tx: Transaction, post_id: int, old: Poll | None, ballot: Ballot | None, now: datetime) -> bool:
    """Give a post that had the poll `old` this one, or none; whether readers will see a difference.

    Other options, or another number of choices, take all votes away: nobody gave them to these.
    """
    if ballot is None:
        if old is not None:
            await polls.remove(tx, post_id)
        return old is not None
    if old is not None and is_same(old, ballot):
        await polls.prolong(tx, post_id, ballot, now + timedelta(seconds=ballot.seconds or 0))
        return False
    if old is not None:
        await polls.remove(tx, post_id)
    await ask_poll(tx, post_id, ballot, now)
    return True


def is_same(old: Poll, ballot: Ballot) -> bool:
    """Whether votes for `old` are votes for this one, too."""
    return tuple(o.title for o in old.options) == ballot.options and old.multiple == ballot.multiple
