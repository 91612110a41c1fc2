"""What a batch of the outbox has to tell: ears with the posts that their owner may find now, and why they came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from ..errors import Refused
from ..model.account import Account
from ..model.alert import Alert, EarAlert, Kind, Mode
from ..model.ear import Ear
from ..model.post import SeenPost
from ..search import highlight
from ..search.reasons import reasons
from ..search.search import understood
from ..store import accounts, alerts, ears
from ..store.database import Reader

MAX_POSTS = 10
"""Posts of one ear in one message; the others are counted."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A post that an ear heard, which parts of the query it fulfils, and where they stand in its text."""

    post: SeenPost
    author: Account
    because: list[str]
    spans: list[tuple[int, int]]


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What one ear has to tell: posts (their ids), of which `items` are shown; `meanwhile` were folded in."""

    ear: Ear
    chosen: EarAlert
    kind: Kind
    items: list[Item]
    posts: list[int]
    meanwhile: int
    rows: list[Alert]

    @property
    def count(self) -> int:
        """How many posts."""
        return len(self.posts)


async def news(reader: Reader, batch: Sequence[Alert], now: datetime) -> list[News]:
    """What the rows of one owner have to tell now, an ear each, newest first; gone, paused and hidden is left out."""
    owner = batch[0].owner_id
    posts_now = await alerts.found(reader, owner, [row.post_id for row in batch if row.post_id], now)
    found: dict[int, SeenPost] = {p.id: p for p in posts_now}
    authors = await accounts.by_ids(reader, {owner, *(p.author_id for p in found.values())})
    told = []
    for ear_id, kind in dict.fromkeys((row.ear_id, row.kind) for row in batch):
        rows = [row for row in batch if (row.ear_id, row.kind) == (ear_id, kind)]
        ear, chosen = await ears.find(reader, ear_id), await alerts.find_setting(reader, ear_id)
        if ear is None or chosen is None or ear.owner_id != owner:
            continue
        if kind is Kind.HEARD and (ear.paused or chosen.mode is Mode.NEVER):
            continue
        posts = [found[row.post_id] for row in rows if row.post_id in found]
        if kind in (Kind.HEARD, Kind.SPIKE) and not posts:
            continue
        told.append(News(
            ear=ear, chosen=chosen, kind=kind, items=await _items(reader, ear, posts[:MAX_POSTS], authors),
            posts=[p.id for p in posts], meanwhile=sum(row.meanwhile for row in rows), rows=rows))
    return told


async def _items(
    reader: Reader, ear: Ear, posts: list[SeenPost], authors: Mapping[int, Account]
) -> list[Item]:
    try:
        # A name that several places have means the one in the owner's country, as when the ear heard it.
        tree = understood(ear.query, ear.saved_at, ear.days, authors.get(ear.owner_id)).tree
    except Refused:  # saved by another version
        return [
            Item(post=p, author=authors[p.author_id], because=[], spans=[]) for p in posts if p.author_id in authors]
    because = await reasons(reader, tree, ear.owner_id, posts)
    return [
        Item(
            post=p, author=authors[p.author_id], because=because.get(p.id, []), spans=highlight.spans(tree, p.text))
        for p in posts if p.author_id in authors]
