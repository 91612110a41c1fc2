"""What people do with posts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from .. import clock
from ..actions import block, boost_post, delete_post, keep_post, quote_post
from ..actions.control_answers import control_answers
from ..actions.mark_conversation import follow_conversation
from ..actions.rate_post import rate_post, take_stars_back
from ..actions.vote import vote
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..errors import Invalid, NotFound
from ..ids import PostId
from ..model.account import Account
from ..model.post import AnswerPolicy, SeenPost
from ..store import posts
from ..store.database import Database
from .cards import cards, when
from .languages import gettext_now as _
from .pages import AnyAnswer, form, is_htmx, must_be_signed_in, render, safe_path, see, signed_in


class Back(msgspec.Struct, kw_only=True):
    """Where a form came from."""

    back: str = "/"


async def own_post(request: AnyRequest, post_id: str) -> tuple[Account, SeenPost]:
    """The viewer and a post of theirs. Raises NotFound for anybody else's."""
    viewer = await must_be_signed_in(request)
    found = await posts.visible(engine_of(request).db, id_in_path(post_id), viewer.id)
    if found.author_id != viewer.id or found.boost_of_id:
        raise NotFound(_("You have no such post."))
    return viewer, found


async def original(request: AnyRequest, seen: SeenPost, viewer: int) -> SeenPost:
    """What is meant by somebody who points at a post: of a boost, the boosted one."""
    return await posts.visible(engine_of(request).db, seen.boost_of_id, viewer) if seen.boost_of_id else seen


Verb = Callable[[Database, Account, PostId], Awaitable[object]]


def _boost(db: Database, viewer: Account, target: PostId) -> Awaitable[object]:
    return boost_post.boost_post(db, viewer, target, clock.now())


async def _unquote(db: Database, viewer: Account, target: PostId) -> None:
    """Take one's own post out of the one that quotes it."""
    seen = await posts.visible(db, target, viewer.id)
    if not seen.quote_of_id:
        raise NotFound(_("There is no such quote."))
    await quote_post.revoke_quote(db, viewer, seen.quote_of_id, target, clock.now())


def _lets_answer(policy: AnswerPolicy) -> Verb:
    return lambda db, who, which: control_answers(db, who, which, policy, clock.now())


VERBS: dict[str, Verb] = {
    "boost": _boost,
    "unboost": lambda db, who, which: boost_post.unboost_post(db, who, which, clock.now()),
    "favourite": lambda db, who, which: keep_post.favourite_post(db, who, which, clock.now()),
    "unfavourite": lambda db, who, which: keep_post.unfavourite_post(db, who, which, clock.now()),
    "bookmark": lambda db, who, which: keep_post.bookmark_post(db, who, which, clock.now()),
    "unbookmark": lambda db, who, which: keep_post.unbookmark_post(db, who, which),
    "pin": lambda db, who, which: keep_post.pin_post(db, who, which, clock.now()),
    "unpin": lambda db, who, which: keep_post.unpin_post(db, who, which),
    "unquote": _unquote,
    "let-everybody-answer": _lets_answer(AnswerPolicy.EVERYBODY),
    "let-friends-answer": _lets_answer(AnswerPolicy.FRIENDS),
    "let-nobody-answer": _lets_answer(AnswerPolicy.NOBODY),
    "mute": lambda db, who, which: block.mute_conversation(db, who, which),
    "tell": lambda db, who, which: follow_conversation(db, who, which, True, clock.now()),
    "untell": lambda db, who, which: follow_conversation(db, who, which, False, clock.now()),
    "unmute": lambda db, who, which: block.unmute_conversation(db, who, which),
}


@post("/posts/{post_id:str}/{verb:str}", include_in_schema=False, status_code=200)
async def do(request: AnyRequest, post_id: FromPath[str], verb: FromPath[str]) -> AnyAnswer:
    """One button below a post: answers with its new footer (htmx), or goes back to where it stood."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Back)
    db, target = engine_of(request).db, PostId(id_in_path(post_id))
    act = VERBS.get(verb)
    if act is None:
        raise NotFound(_("There is no such page."))
    await act(db, viewer, target)
    seen = await posts.visible(db, target, viewer.id)
    if is_htmx(request):
        card = (await cards(request, [seen]))[0]
        return await render(request, "fragments/actions.html", card=card, back=safe_path(given.back))
    return see(f"{safe_path(given.back).partition('#')[0]}#post-{target}")


class Vote(msgspec.Struct, kw_only=True):
    """What was chosen in a poll."""

    choice: list[int] | int = []
    back: str = "/"


@post("/posts/{post_id:str}/vote", include_in_schema=False, status_code=200)
async def choose(request: AnyRequest, post_id: FromPath[str]) -> AnyAnswer:
    """Vote in the poll of a post, then back to where it stood."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Vote)
    target = PostId(id_in_path(post_id))
    choices = [given.choice] if isinstance(given.choice, int) else given.choice[:50]
    if not choices:
        raise Invalid(_("Choose something before you vote."), "choice")
    await vote(engine_of(request).db, viewer, target, choices, clock.now())
    return see(f"{safe_path(given.back).partition('#')[0]}#post-{target}")


class Stars(msgspec.Struct, kw_only=True):
    """How many stars; none takes them back."""

    stars: int = 0
    back: str = "/"


@get("/posts/{post_id:str}/rate", include_in_schema=False)
async def rate_form(request: AnyRequest, post_id: FromPath[str]) -> Response[bytes]:
    """How good is it?"""
    viewer = await must_be_signed_in(request)
    seen = await posts.visible(engine_of(request).db, id_in_path(post_id), viewer.id)
    card = (await cards(request, [seen]))[0]
    return await render(request, "rate.html", card=card, back=safe_path(request.query_params.get("back") or "/"))


@post("/posts/{post_id:str}/rate", include_in_schema=False, status_code=200)
async def rate(request: AnyRequest, post_id: FromPath[str]) -> AnyAnswer:
    """Give stars, or take them back; then back to where the post stood."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Stars)
    db, target = engine_of(request).db, PostId(id_in_path(post_id))
    await (rate_post(db, viewer, target, given.stars) if given.stars else take_stars_back(db, viewer, target))
    return see(f"{safe_path(given.back).partition('#')[0]}#post-{target}")


@get("/posts/{post_id:str}/delete", include_in_schema=False)
async def confirm_delete(request: AnyRequest, post_id: FromPath[str]) -> Response[bytes]:
    """Ask before deleting."""
    _viewer, found = await own_post(request, post_id)
    card = (await cards(request, [found]))[0]
    return await render(request, "delete.html", card=card, back=safe_path(request.query_params.get("back") or "/"))


@post("/posts/{post_id:str}/delete", include_in_schema=False, status_code=200)
async def delete(request: AnyRequest, post_id: FromPath[str]) -> AnyAnswer:
    """Delete an own post, then back to where it stood, unless that was its own page."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Back)
    target = PostId(id_in_path(post_id))
    await delete_post.delete_post(engine_of(request).db, viewer, target, clock.now())
    here = safe_path(given.back)
    return see("/" if f"/{target}" in here else here)


@get("/posts/{post_id:str}/history", include_in_schema=False)
async def history(request: AnyRequest, post_id: FromPath[str]) -> Response[bytes]:
    """What a post said before it was edited."""
    viewer = await signed_in(request)
    db = engine_of(request).db
    found = await posts.visible(db, id_in_path(post_id), viewer.id if viewer else 0)
    card = (await cards(request, [found]))[0]
    earlier = [(when(e.created_at, clock.now(), request), e) for e in (await posts.edits(db, found.id))[::-1]]
    return await render(request, "history.html", card=card, earlier=earlier)


routes = [do, choose, rate_form, rate, confirm_delete, delete, history]
