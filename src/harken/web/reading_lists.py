"""Lists: people whom one reads apart; made, filled from a profile, read, changed and dropped."""

from __future__ import annotations

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from .. import clock
from ..actions import keep_list
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..errors import Invalid, NotFound
from ..ids import MAX_ID, parse_id
from ..model.account import Account
from ..model.list import List, Replies
from ..model.paging import Window
from ..store import accounts, lists, relationships, timelines
from .home import page_of
from .languages import gettext_now as _
from .pages import AnyAnswer, Nothing, form, must_be_signed_in, render, see
from .paging import window
from .profiles import people


class Given(msgspec.Struct, kw_only=True):
    """The form of a list."""

    title: str = ""
    replies: str = Replies.LIST.value
    exclusive: bool = False


class Ticked(msgspec.Struct):
    """In which of one's lists somebody shall be."""

    lists: list[str] | str = []

    def numbers(self) -> set[int | None]:
        return {parse_id(text) for text in ([self.lists] if isinstance(self.lists, str) else self.lists)}


class Whom(msgspec.Struct):
    """Whom to take out."""

    account: str = ""


def _policies() -> dict[str, str]:
    """Each policy for replies, as people call it."""
    return {
        Replies.LIST.value: _("Answers to others on this list"),
        Replies.FOLLOWED.value: _("Answers to people I follow"), Replies.NONE.value: _("No answers to others")}


@get("/lists", include_in_schema=False)
async def many(request: AnyRequest) -> Response[bytes]:
    """Everybody whom the viewer reads apart."""
    return await _index(request, await must_be_signed_in(request), Given())


async def _index(request: AnyRequest, viewer: Account, given: Given, error: str = "") -> Response[bytes]:
    db = engine_of(request).db
    sizes = await lists.sizes(db, viewer.id)
    kept = [(one, sizes.get(one.id, 0)) for one in await lists.of_owner(db, viewer.id)]
    return await render(request, "lists.html", status=422 if error else 200, lists=kept, given=given, error=error)


@post("/lists", include_in_schema=False, status_code=200)
async def keep(request: AnyRequest) -> AnyAnswer:
    """A new list, still empty."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    try:
        made = await keep_list.keep_list(
            engine_of(request).db, viewer, clock.now(), title=given.title, replies=given.replies,
            exclusive=given.exclusive)
    except Invalid as error:
        return await _index(request, viewer, given, _said(error))
    return see(f"/lists/{made.id}")


def _said(error: Invalid) -> str:
    """What is wrong with a list, as a person would say it."""
    if "maximum number" in error.message:
        return _("You have %(n)d lists, which is as many as there can be. Drop one first.") % {"n": keep_list.MAX_LISTS}
    if "too long" in error.message:
        return _("A name has at most %(n)d characters.") % {"n": keep_list.MAX_TITLE}
    return _("Give the list a name.") if error.field == "title" else _("Choose which answers to show.")


async def _own(request: AnyRequest, list_id: str) -> tuple[Account, List]:
    viewer = await must_be_signed_in(request)
    return viewer, await lists.get(engine_of(request).db, id_in_path(list_id), viewer.id)


@get("/lists/{list_id:str}", include_in_schema=False)
async def one(request: AnyRequest, list_id: FromPath[str]) -> Response[bytes]:
    """What the people of a list say."""
    viewer, kept = await _own(request, list_id)
    db = engine_of(request).db
    seen = await timelines.of_list(db, kept, window(request), clock.now())
    size = (await lists.sizes(db, viewer.id)).get(kept.id, 0)
    return await render(request, "list.html", kept=kept, size=size, **await page_of(request, seen, "home"))


@get("/lists/{list_id:str}/edit", include_in_schema=False)
async def edit(request: AnyRequest, list_id: FromPath[str]) -> Response[bytes]:
    """The form of a list, and who is in it."""
    _viewer, kept = await _own(request, list_id)
    return await _form(request, kept, Given(title=kept.title, replies=kept.replies.value, exclusive=kept.exclusive))


async def _form(request: AnyRequest, kept: List, given: Given, error: str = "") -> Response[bytes]:
    members, _ids = await lists.members(engine_of(request).db, kept.id, Window(limit=MAX_ID))
    return await render(
        request, "list_edit.html", status=422 if error else 200, kept=kept, given=given, error=error,
        policies=_policies(), members=await people(request, members))


@post("/lists/{list_id:str}/edit", include_in_schema=False, status_code=200)
async def change(request: AnyRequest, list_id: FromPath[str]) -> AnyAnswer:
    """Another name, other answers, in or out of home."""
    viewer, kept = await _own(request, list_id)
    given = await form(request, Given)
    try:
        await keep_list.change_list(
            engine_of(request).db, viewer, kept.id, title=given.title, replies=given.replies,
            exclusive=given.exclusive)
    except Invalid as error:
        return await _form(request, kept, given, _said(error))
    return see(f"/lists/{kept.id}")


@post("/lists/{list_id:str}/remove", include_in_schema=False, status_code=200)
async def remove(request: AnyRequest, list_id: FromPath[str]) -> AnyAnswer:
    """Somebody is not in it any more; they do not hear of it."""
    viewer, kept = await _own(request, list_id)
    given = await form(request, Whom)
    await keep_list.remove_from_list(engine_of(request).db, viewer, kept.id, [id_in_path(given.account)])
    return see(f"/lists/{kept.id}/edit")


@post("/lists/{list_id:str}/delete", include_in_schema=False, status_code=200)
async def drop(request: AnyRequest, list_id: FromPath[str]) -> AnyAnswer:
    """The list is gone; one still follows everybody who was in it."""
    viewer, kept = await _own(request, list_id)
    await form(request, Nothing)
    await keep_list.drop_list(engine_of(request).db, viewer, kept.id)
    return see("/lists")


# ---- from a profile ------------------------------------------------------------------


@get("/people/{account_id:str}/lists", include_in_schema=False)
async def of_person(request: AnyRequest, account_id: FromPath[str]) -> Response[bytes]:
    """In which of the viewer's lists somebody is."""
    viewer = await must_be_signed_in(request)
    db = engine_of(request).db
    account = await accounts.visible(db, id_in_path(account_id), viewer.id)
    having = {kept.id for kept in await lists.having(db, viewer.id, account.id)}
    return await render(
        request, "person_lists.html", account=account, having=having, lists=await lists.of_owner(db, viewer.id),
        listable=await _listable(request, viewer, account))


async def _listable(request: AnyRequest, viewer: Account, account: Account) -> bool:
    return viewer.id == account.id or await relationships.follow(
        engine_of(request).db, viewer.id, account.id) is not None


@post("/people/{account_id:str}/lists", include_in_schema=False, status_code=200)
async def put_person(request: AnyRequest, account_id: FromPath[str]) -> AnyAnswer:
    """Put somebody into exactly the lists that are ticked."""
    viewer = await must_be_signed_in(request)
    db = engine_of(request).db
    account = await accounts.visible(db, id_in_path(account_id), viewer.id)
    wanted = (await form(request, Ticked)).numbers()
    if not await _listable(request, viewer, account):
        raise NotFound(_("You can put people into a list whom you follow."))
    having = {kept.id for kept in await lists.having(db, viewer.id, account.id)}
    for kept in await lists.of_owner(db, viewer.id):
        if kept.id in wanted and kept.id not in having:
            await keep_list.add_to_list(db, viewer, kept.id, [account.id])
        elif kept.id in having and kept.id not in wanted:
            await keep_list.remove_from_list(db, viewer, kept.id, [account.id])
    return see(f"/@{account.address}")


routes = [many, keep, one, edit, change, remove, drop, of_person, put_person]
