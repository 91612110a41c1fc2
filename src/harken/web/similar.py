"""More like this: the posts that say most of what one post says."""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromPath

from .. import clock
from ..api.requests import AnyRequest, engine_of
from ..search import highlight
from ..search.search import more_like
from .cards import Card, cards
from .marks import marked
from .pages import render, signed_in
from .profiles import post_at

SHOWN = 20
NAMED = 6  # words that a search begins with: more of them find less


@get("/{handle:str}/{post_id:str}/like-this", include_in_schema=False)
async def like_this(request: AnyRequest, handle: FromPath[str], post_id: FromPath[str]) -> Response[bytes]:
    """Posts like the one at `/@name/ID`, and by which words they were found."""
    viewer = await signed_in(request)
    post = await post_at(request, handle, post_id)
    found = await more_like(engine_of(request).db, post, viewer, SHOWN, clock.now())
    both = [*found.posts, *found.same, *(one for several in found.behind.values() for one in several)]
    marks: dict[int, str] = {
        one.id: marked(one.html, one.text, highlight.spans(found.tree, one.text)) for one in both}
    made: dict[int, Card] = {one.post.id: one for one in await cards(request, both, marked=marks, context="search")}
    for one, several in found.behind.items():
        if one in made:
            made[one].alike = [made[each.id] for each in several if each.id in made]
    return await render(
        request, "similar.html", card=(await cards(request, [post]))[0], words=found.words,
        cards=[made[one.id] for one in found.posts if one.id in made],
        same=[made[one.id] for one in found.same if one.id in made],
        searched=" ".join([*found.words[:NAMED], "sort:top"]))


routes = [like_this]
