"""Passing a post on to friends: whom it can still reach, and whom it reached."""

from __future__ import annotations

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from .. import clock
from ..actions.forward_post import MAX_AT_ONCE, forward_post, forwardable
from ..api.requests import AnyRequest, count_post, engine_of, id_in_path
from ..ids import AccountId, PostId, parse_id
from ..model.account import Account
from ..model.post import SeenPost
from ..store import accounts, forwards
from . import faces
from .cards import cards
from .languages import gettext_now as _
from .pages import AnyAnswer, form, must_be_signed_in, render, safe_path

NAMED = 200  # friends whom the page names; all others are reached together


class Given(msgspec.Struct, kw_only=True):
    """The form: friends ticked, or the button for all."""

    to: list[str] | str = []
    all: str = ""
    back: str = "/"

    @property
    def people(self) -> list[AccountId]:
        given = [self.to] if isinstance(self.to, str) else self.to
        return [AccountId(number) for text in given[:MAX_AT_ONCE] if (number := parse_id(text)) is not None]


@get("/posts/{post_id:str}/forward", include_in_schema=False)
async def choose(request: AnyRequest, post_id: FromPath[str]) -> Response[bytes]:
    """Whom a post can be passed on to."""
    viewer = await must_be_signed_in(request)
    seen = await forwardable(engine_of(request).db, viewer, PostId(id_in_path(post_id)))
    return await _page(request, viewer, seen, request.query_params.get("back") or "/")


async def _page(
    request: AnyRequest, viewer: Account, seen: SeenPost, back: str, error: str = "",
    reached: list[AccountId] | None = None,
) -> Response[bytes]:
    db = engine_of(request).db
    some = await forwards.may_get(db, viewer.id, seen.id, NAMED)
    rest = await forwards.have_not_had(db, viewer.id, seen.id, MAX_AT_ONCE)
    known = await accounts.by_ids(db, [*some, *(reached or [])])
    await faces.load(db, known.values())
    return await render(
        request, "forward.html", status=422 if error else 200, card=(await cards(request, [seen]))[0],
        friends=[(known[one], one in rest) for one in some if one in known], all_friends=len(rest),
        reached=None if reached is None else [known[one] for one in reached if one in known],
        back=safe_path(back), error=error)


@post("/posts/{post_id:str}/forward", include_in_schema=False, status_code=200)
async def forward(request: AnyRequest, post_id: FromPath[str]) -> AnyAnswer:
    """Pass it on, and say whom it reached."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    db = engine_of(request).db
    seen = await forwardable(db, viewer, PostId(id_in_path(post_id)))
    if not given.all and not given.people:
        return await _page(request, viewer, seen, given.back, _("Choose somebody first."))
    count_post(request, viewer)
    reached = await forward_post(db, viewer, seen.id, clock.now(), None if given.all else given.people)
    return await _page(request, viewer, seen, given.back, reached=reached)


routes = [choose, forward]
