"""The conversation around a post: its page, and short below a search result."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from .. import clock
from ..actions.control_answers import refusal
from ..actions.mark_conversation import see_conversation
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..model.post import Post, SeenPost
from ..model.verb import WHISPERS
from ..store import posts, reading, whispers
from .cards import Card, cards
from .compose import answer_box
from .languages import gettext_now as _
from .pages import fragment, render, signed_in
from .paging import number
from .posts import original

PIECE = 200  # answers below a post on one page; a link brings the next
UNFOLDED = 20  # posts before and after a search result whose conversation is unfolded in place


class Tree(msgspec.Struct, kw_only=True):
    """A conversation around one post: those above it, and those below with their depth, in reading order."""

    above: list[SeenPost]
    below: list[tuple[SeenPost, int]]
    elsewhere: int
    root: Post


def arranged(focus: SeenPost, everything: Iterable[SeenPost]) -> Tree:
    """The tree around `focus`. Walks without recursion: conversations can be thousands deep."""
    by_id = {seen.id: seen for seen in everything} | {focus.id: focus}
    children: dict[int, list[SeenPost]] = {}
    for seen in sorted(by_id.values(), key=lambda s: s.id):
        if seen.in_reply_to_id:
            children.setdefault(seen.in_reply_to_id, []).append(seen)
    above: list[SeenPost] = []
    taken = {focus.id}
    step = focus
    while step.in_reply_to_id in by_id and step.in_reply_to_id not in taken:
        step = by_id[step.in_reply_to_id]
        taken.add(step.id)
        above.append(step)
    below: list[tuple[SeenPost, int]] = []
    waiting = [(child, 1) for child in reversed(children.get(focus.id, []))]
    while waiting:
        seen, depth = waiting.pop()
        if seen.id in taken:
            continue
        taken.add(seen.id)
        below.append((seen, depth))
        # An only child continues its parent: a long exchange of two people does not wander off to the right.
        answers = children.get(seen.id, [])
        deeper = depth + 1 if len(answers) > 1 or depth == 1 else depth
        waiting += [(child, deeper) for child in reversed(answers)]
    return Tree(above=above[::-1], below=below, elsewhere=len(by_id) - len(taken), root=above[-1] if above else focus)


async def conversation(request: AnyRequest, focus: SeenPost) -> Response[bytes]:
    """The conversation page of a post; `from` goes on with the answers from that one on."""
    viewer = await signed_in(request)
    db = engine_of(request).db
    everything = await posts.visible_conversation(db, focus, viewer.id if viewer else 0)
    tree = arranged(focus, everything)
    start = min(number(request, "from", 0), len(tree.below))
    shown = tree.below[start:start + PIECE]
    in_order = [*tree.above, focus, *(seen for seen, _depth in shown)]
    others = [seen for seen in in_order if seen.id != focus.id]
    made = {card.post.id: card for card in await cards(request, others, context="thread")}
    made |= {card.post.id: card for card in await cards(request, [focus])}  # somebody wants to read this very post
    previous = 0
    for seen in in_order:  # a reply right below its parent need not say whom it answers
        card = made.get(seen.id)
        if card and seen.in_reply_to_id == previous:
            card.parent_name = ""
        previous = seen.id
    for seen, depth in shown:
        if seen.id in made:
            made[seen.id].depth = depth
    centre: Card = made[focus.id]
    centre.focus = True
    whispered = bool(viewer and tree.root.verb == WHISPERS and await whispers.is_own(db, viewer.id, tree.root.id))
    closed = await refusal(db, focus, viewer.id) if viewer else ""
    if viewer:
        stood = await see_conversation(db, viewer, focus.id, clock.now())
        for one in made.values():
            one.fresh = stood.is_new and one.post.id > stood.read_id and not one.own
    return await render(
        request, "conversation.html", card=centre,
        above=[made[seen.id] for seen in tree.above if seen.id in made],
        below=[made[seen.id] for seen, _depth in shown if seen.id in made],
        told=bool(viewer and await reading.told_among(db, viewer.id, [focus.conversation_id])),
        answers=len(tree.below), start=start, following=start + len(shown), elsewhere=tree.elsewhere,
        root=made.get(tree.root.id, centre), whispered=whispered,
        closed=_(closed) if closed else "",
        box=await answer_box(request, viewer, focus) if viewer and not closed else None)


@get("/fragments/conversation/{post_id:str}", include_in_schema=False)
async def thread(request: AnyRequest, post_id: FromPath[str]) -> Response[bytes]:
    """The conversation around a post, short, for unfolding it below a search result: UNFOLDED posts either way."""
    viewer = await signed_in(request)
    me = viewer.id if viewer else 0
    db = engine_of(request).db
    focus = await original(request, await posts.visible(db, id_in_path(post_id), me), me)
    tree = arranged(focus, await posts.visible_conversation(db, focus, me))
    above, below = tree.above[-UNFOLDED:], tree.below[:UNFOLDED]
    said = await cards(request, [*above, focus, *(seen for seen, _depth in below)])
    depths = {seen.id: depth for seen, depth in below}
    for card in said:
        card.depth, card.focus = depths.get(card.post.id, 0), card.post.id == focus.id
    rest = len(tree.above) + len(tree.below) + tree.elsewhere - len(above) - len(below)
    text = fragment(request, "fragments/thread.html", said=said, rest=rest)
    return Response(
        text.encode("utf-8", "replace"), media_type="text/html", headers={"Cache-Control": "private, no-store"})


routes = [thread]
