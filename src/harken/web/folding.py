"""What stands on a page once: a post, whoever boosts it, and near-identical texts of different people, of which the
newest is shown and the others stand folded behind it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from ..model.post import SeenPost
from ..search.ranking import Bag, Candidate, Plan, alike, bag
from .cards import Card

_MAX_REMEMBERED = 5_000
_bags: dict[tuple[int, datetime | None], Bag] = {}


def once(page: Sequence[Card]) -> list[Card]:
    """`page` with each post where it stands first; who else boosted it is named there."""
    first: dict[int, Card] = {}
    for card in page:
        shown = first.setdefault(card.post.id, card)
        if shown is not card and shown.booster and card.booster and card.booster.id != shown.booster.id:
            shown.also_boosted.append(card.booster)
    return list(first.values())


def folded(page: Sequence[Card]) -> list[Card]:
    """`page` with each card that says the same as one before it, by somebody else, moved into that one's `alike`.

    Nobody's repetitions of themselves are folded, nor what a filter folds away; a page is short, so all are compared.
    """
    leaders: list[tuple[Card, Bag]] = []
    kept: list[Card] = []
    for card in page:
        mine = _bag(card.post)
        leader = None if card.filtered else next(
            (one for one, other in leaders if one.post.author_id != card.post.author_id and alike(other, mine)), None)
        if leader is not None:
            leader.alike.append(card)
            continue
        kept.append(card)
        if not card.filtered:
            leaders.append((card, mine))
    return kept


def _bag(post: SeenPost) -> Bag:
    key = (post.id, post.edited_at)
    known = _bags.get(key)
    if known is None:
        known = bag(
            Candidate(post.id, post.text, post.spoiler, post.language, 0, 0, 0), _no_query(post.language or "en"))
        while len(_bags) >= _MAX_REMEMBERED:
            del _bags[next(iter(_bags))]
        _bags[key] = known
    return known


@lru_cache(64)
def _no_query(language: str) -> Plan:
    return Plan((), (), (), language)
