"""Fewer like this: one post that an ear should not have heard, and what to leave out because of it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from .. import clock
from ..actions import keep_ear
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..errors import Invalid, NotFound, NotYet
from ..model.account import Account
from ..model.ear import Ear
from ..model.post import SeenPost
from ..search import fewer, search
from ..search.fewer import Choice, Kind
from ..search.query import BadQuery
from ..store import accounts, ears, posts
from .cards import cards
from .languages import gettext_now as _
from .pages import form, must_be_signed_in, render


class Chosen(msgspec.Struct):
    """The form: what to leave out."""

    post: str = ""
    out: list[str] | str = []

    @property
    def queries(self) -> list[str]:
        return [one for one in ([self.out] if isinstance(self.out, str) else self.out) if one]


def headings() -> dict[Kind, str]:
    """What stands before each kind of choice."""
    return {
        Kind.AUTHOR: _("Nothing from"), Kind.TAG: _("Nothing with the tag"), Kind.HOST: _("Nothing with links to"),
        Kind.WORD: _("Nothing with the word")}


async def _offered(request: AnyRequest, viewer: Account, ear: Ear, seen: SeenPost) -> list[Choice]:
    """What may be left out. Raises BadQuery, NotYet for an ear that nobody understands any more."""
    db = engine_of(request).db
    tree = search.understood(ear.query, ear.saved_at, ear.days).tree
    author = await accounts.get(db, seen.author_id)
    rarity = await search.rarities(db, fewer.words_of(seen), seen.language or "en")
    return fewer.choices(tree, seen, author.address, rarity)


async def _asked(request: AnyRequest, ear_id: str, post_id: str) -> tuple[Account, Ear, SeenPost]:
    viewer = await must_be_signed_in(request)
    db = engine_of(request).db
    ear = await ears.get(db, id_in_path(ear_id), viewer.id)
    seen = await posts.visible(db, id_in_path(post_id), viewer.id)
    if seen.boost_of_id:
        raise NotFound(_("There is no such post, or you cannot see it."))
    return viewer, ear, seen


@get("/ears/{ear_id:str}/fewer", include_in_schema=False)
async def choose(request: AnyRequest, ear_id: FromPath[str]) -> Response[bytes]:
    """What sets the post `post` apart from what the ear listens for."""
    viewer, ear, seen = await _asked(request, ear_id, request.query_params.get("post") or "")
    return await _page(request, viewer, ear, seen)


async def _page(
    request: AnyRequest, viewer: Account, ear: Ear, seen: SeenPost, chosen: tuple[str, ...] = (), error: str = ""
) -> Response[bytes]:
    try:
        offered = await _offered(request, viewer, ear, seen)
    except (BadQuery, NotYet) as fault:
        offered, error = [], fault.message
    return await render(
        request, "fewer.html", status=422 if error else 200, ear=ear, cards=await cards(request, [seen]),
        choices=offered, headings=headings(), chosen=chosen, error=error, saved=False)


@post("/ears/{ear_id:str}/fewer", include_in_schema=False, status_code=200)
async def leave_out(request: AnyRequest, ear_id: FromPath[str]) -> Response[bytes]:
    """Change the ear's query, and show it."""
    given = await form(request, Chosen)
    viewer, ear, seen = await _asked(request, ear_id, given.post)
    db, now = engine_of(request).db, clock.now()
    try:
        offered = {choice.query for choice in await _offered(request, viewer, ear, seen)}
        chosen = [query for query in given.queries if query in offered]
        if not chosen:
            raise Invalid(_("Choose at least one thing to leave out."), "out")
        query = fewer.narrowed(ear.query, chosen, now, ZoneInfo(ear.zone))
        ear = await keep_ear.change_ear(db, viewer, ear.id, now, query=query)
    except (Invalid, NotYet) as fault:
        return await _page(request, viewer, ear, seen, tuple(given.queries), fault.message)
    return await render(
        request, "fewer.html", ear=ear, cards=[], choices=[], headings={}, chosen=(), error="", saved=True)


routes = [choose, leave_out]
