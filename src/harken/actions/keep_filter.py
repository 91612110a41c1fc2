"""Keep a filter, change it, drop it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from ..errors import Invalid, NotAllowed, NotFound
from ..ids import new_id
from ..log.append import append
from ..log.events import FiltersChanged
from ..model.account import Account
from ..model.filter import CONTEXTS, MAX_FILTERS, MAX_KEYWORDS, MAX_TITLE, Action, Filter, Keyword
from ..search.query import All, keyword_node
from ..search.search import understood
from ..store import filters
from ..store.database import Database
from ..text import markup

MAX_KEYWORD = 100
"""Characters of a keyword."""


async def keep_filter(
    db: Database, owner: Account, now: datetime, *, title: str, contexts: Sequence[str], query: str = "",
    zone: str = "UTC", action: str = Action.WARN, expires_at: datetime | None = None,
    keywords: Sequence[tuple[str, bool]] = (),
) -> Filter:
    """Hide what fulfils `query` or has one of `keywords` (text, whole word), from now on, in `contexts`.

    Raises BadQuery, NotYet, Invalid (title, contexts, action, keywords, a query that hides everything), NotAllowed.
    """
    kept = Filter(
        id=new_id(now), owner_id=owner.id, title=checked_title(title), query=checked_query(query, zone, now), zone=zone,
        saved_at=now, contexts=checked_contexts(contexts), action=checked_action(action), expires_at=expires_at,
        keywords=[new_keyword(text, whole, now) for text, whole in keywords], created_at=now)
    _bounded(kept)
    async with db.transaction() as tx:
        if await filters.count(tx, owner.id) >= MAX_FILTERS:
            raise NotAllowed(f"You keep {MAX_FILTERS} filters, which is the most; drop one first.")
        await filters.put(tx, kept, new_id(now))
        await append(tx, FiltersChanged(owner.id), now)
    return kept


async def change_filter(
    db: Database, owner: Account, filter_id: int, now: datetime, change: Callable[[Filter], Filter]
) -> Filter:
    """Store what `change` makes of a filter of one's own; it may raise what `keep_filter` raises. Raises NotFound.

    What it sets must come from the functions below that begin with `checked_` and `new_`.
    """
    async with db.transaction() as tx:
        kept = change(await filters.get(tx, filter_id, owner.id))
        _bounded(kept)
        await filters.put(tx, kept, new_id(now))
        await append(tx, FiltersChanged(owner.id), now)
    return kept


async def drop_filter(db: Database, owner: Account, filter_id: int, now: datetime) -> None:
    """Show again what a filter hid. Raises NotFound."""
    async with db.transaction() as tx:
        await filters.delete(tx, await filters.get(tx, filter_id, owner.id), new_id(now))
        await append(tx, FiltersChanged(owner.id), now)


def with_query(kept: Filter, query: str, zone: str, now: datetime) -> Filter:
    """The filter with another query, whose days are those of `now` in `zone`; the same one stays as it was saved."""
    if query.strip() == kept.query and zone == kept.zone:
        return kept
    return msgspec.structs.replace(kept, query=checked_query(query, zone, now), zone=zone, saved_at=now)


def with_keyword(kept: Filter, keyword_id: int, text: str, whole_word: bool) -> Filter:
    """The filter with one of its keywords changed. Raises NotFound, Invalid."""
    if all(one.id != keyword_id for one in kept.keywords):
        raise NotFound("There is no such keyword.")
    changed = Keyword(keyword_id, checked_keyword(text), whole_word)
    return msgspec.structs.replace(
        kept, keywords=[changed if one.id == keyword_id else one for one in kept.keywords])


def without(kept: Filter, part_id: int) -> Filter:
    """The filter without the keyword or post that has this id."""
    return msgspec.structs.replace(
        kept, keywords=[one for one in kept.keywords if one.id != part_id],
        posts=[one for one in kept.posts if one.id != part_id])


def new_keyword(text: str, whole_word: bool, now: datetime) -> Keyword:
    """A keyword with an id of its own. Raises Invalid."""
    return Keyword(new_id(now), checked_keyword(text), whole_word)


def checked_title(title: str) -> str:
    """A title on one line. Raises Invalid."""
    title = " ".join(markup.clean(title).split())
    if not title:
        raise Invalid("Validation failed: Title can't be blank", "title")
    if len(title) > MAX_TITLE:
        raise Invalid(f"Validation failed: Title is too long ({MAX_TITLE} characters are the most)", "title")
    return title


def checked_contexts(contexts: Sequence[str]) -> list[str]:
    """Contexts in our order, each once. Raises Invalid for none and for one that does not exist."""
    wanted = {context for context in contexts if context}
    if not wanted:
        raise Invalid(
            "Validation failed: Context can't be blank, Context None or invalid context supplied", "context")
    if not wanted <= set(CONTEXTS):
        raise Invalid("Validation failed: Context None or invalid context supplied", "context")
    return [context for context in CONTEXTS if context in wanted]


def checked_action(action: str) -> Action:
    """Raises Invalid."""
    try:
        return Action(action.removesuffix("_media"))  # Mastodon says `blur_media` to set what it calls `blur`
    except ValueError:
        raise Invalid("Validation failed: Action is not included in the list", "filter_action") from None


def checked_keyword(text: str) -> str:
    """A keyword that can be found. Raises Invalid."""
    text = " ".join(markup.clean(text).split())
    if not text:
        raise Invalid("Validation failed: Keyword can't be blank", "keyword")
    if len(text) > MAX_KEYWORD:
        raise Invalid(f"Validation failed: Keyword is too long ({MAX_KEYWORD} characters are the most)", "keyword")
    if keyword_node(text, False) is None:
        raise Invalid("Validation failed: Keyword has no word, sign or emoji that could be found", "keyword")
    return text


def checked_query(query: str, zone: str, now: datetime) -> str:
    """A query that a filter can hide by, or none. Raises BadQuery, NotYet, Invalid for one that hides everything."""
    query = markup.clean(query).strip()
    if query and isinstance(understood(query, now, ZoneInfo(zone)).tree, All):
        raise Invalid("Say what to hide: a word, a #tag, from:somebody.", "query")
    return query


def _bounded(kept: Filter) -> None:
    if max(len(kept.keywords), len(kept.posts)) > MAX_KEYWORDS:
        raise Invalid(f"Validation failed: A filter has at most {MAX_KEYWORDS} keywords and as many posts", "keywords")
