"""Who knows about this? docs/api.md, "People who know"."""

from __future__ import annotations

from datetime import datetime

import msgspec
from litestar import Response, get

from ... import clock
from ...errors import Invalid
from ...search.knowers import MOST_SHOWN, SHOWN, find_knowers
from ..mastodon import entities
from ..mastodon.answers import answer
from ..requests import AnyRequest, engine_of, parameters, viewer_or_visitor


class Asked(msgspec.Struct):
    """What to know about, and how many people to name."""

    q: str = ""
    limit: int = SHOWN


class Why(msgspec.Struct):
    """One reason: answered, wrote, heard, liked or focus."""

    kind: str
    count: int
    last_at: datetime


class Knower(msgspec.Struct):
    """Somebody to ask. `account` is Mastodon's Account; `posts` are ids, which its API shows."""

    account: msgspec.Raw
    score: float
    reasons: list[Why]
    posts: list[str]


class Knowers(msgspec.Struct):
    """The answer: best first."""

    query: str
    counted: int
    more: bool
    notes: list[str]
    people: list[Knower]


@get("/api/harken/v1/knowers")
async def knowers(request: AnyRequest) -> Response[bytes]:
    """The people who know about `q`, as far as the viewer may find them."""
    by = await viewer_or_visitor(request, "read:search")
    asked = await parameters(request, Asked)
    if not asked.q.strip():
        raise Invalid("Say what somebody should know about: q is empty.", "q")
    if not 1 <= asked.limit <= MOST_SHOWN:
        raise Invalid(f"limit is a number from 1 to {MOST_SHOWN}.", "limit")
    engine = engine_of(request)
    known = await find_knowers(engine.db, asked.q, by, clock.now(), asked.limit)
    faces = await entities.accounts(engine.db, [one.account for one in known.people], engine.base_url)
    return answer(Knowers(
        query=str(known.query), counted=known.counted, more=known.more, notes=list(known.query.notes),
        people=[
            Knower(
                account=faces[one.account.id], score=one.score, posts=[str(post.id) for post in one.posts],
                reasons=[Why(reason.kind, reason.count, reason.last) for reason in one.reasons])
            for one in known.people]))


routes = [knowers]
