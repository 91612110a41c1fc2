"""Sets: people whom one speaks to together; made, filled from a profile, read, renamed and dropped."""

from __future__ import annotations

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from .. import clock
from ..actions import keep_set
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..errors import Invalid, NotFound
from ..ids import MAX_ID, parse_id
from ..model.account import Account
from ..model.circle import PeopleSet
from ..model.paging import Window
from ..store import accounts, friends, sets, timelines
from .compose import named_people
from .home import page_of
from .languages import gettext_now as _
from .pages import AnyAnswer, Nothing, form, must_be_signed_in, render, see
from .paging import window
from .profiles import people


class Given(msgspec.Struct):
    """The form of a set."""

    name: str = ""


class Names(msgspec.Struct):
    """Whom to put in, as @names."""

    names: str = ""


class Whom(msgspec.Struct):
    """Whom to take out."""

    account: str = ""


class Ticked(msgspec.Struct):
    """In which of one's sets somebody shall be."""

    sets: list[str] | str = []

    def numbers(self) -> set[int | None]:
        return {parse_id(text) for text in ([self.sets] if isinstance(self.sets, str) else self.sets)}


@get("/sets", include_in_schema=False)
async def many(request: AnyRequest) -> Response[bytes]:
    """Everybody whom the viewer speaks to by set."""
    return await _index(request, await must_be_signed_in(request), "")


async def _index(request: AnyRequest, viewer: Account, name: str, error: str = "") -> Response[bytes]:
    db = engine_of(request).db
    sizes = await sets.sizes(db, viewer.id)
    kept = [(one, sizes.get(one.id, 0)) for one in await sets.of_owner(db, viewer.id)]
    return await render(
        request, "sets.html", status=422 if error else 200, sets=kept, called=name, error=error,
        friends=len(await friends.reached(db, viewer.id)))


@post("/sets", include_in_schema=False, status_code=200)
async def keep(request: AnyRequest) -> AnyAnswer:
    """A new set, still empty."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    try:
        made = await keep_set.keep_set(engine_of(request).db, viewer, clock.now(), given.name)
    except Invalid as error:
        return await _index(request, viewer, given.name, _(error.message))
    return see(f"/sets/{made.id}")


async def _own(request: AnyRequest, set_id: str) -> tuple[Account, PeopleSet]:
    viewer = await must_be_signed_in(request)
    return viewer, await sets.get(engine_of(request).db, id_in_path(set_id), viewer.id)


@get("/sets/{set_id:str}", include_in_schema=False)
async def one(request: AnyRequest, set_id: FromPath[str]) -> Response[bytes]:
    """A set and who is in it."""
    _viewer, kept = await _own(request, set_id)
    return await _page(request, kept, kept.name)


@get("/sets/{set_id:str}/posts", include_in_schema=False)
async def said(request: AnyRequest, set_id: FromPath[str]) -> Response[bytes]:
    """What the people of a set say, followed or not."""
    _viewer, kept = await _own(request, set_id)
    seen = await timelines.of_set(engine_of(request).db, kept, window(request), clock.now())
    return await render(
        request, "timeline.html", heading=kept.name,
        intro=_("What the people of this set say, as far as you may read it, whether you follow them or not."),
        empty=_("They have said nothing that you can see."), **await page_of(request, seen, "home"))


async def _page(request: AnyRequest, kept: PeopleSet, name: str, error: str = "", names: str = "") -> Response[bytes]:
    members, _ids = await sets.members(engine_of(request).db, kept.id, Window(limit=MAX_ID))
    return await render(
        request, "set.html", status=422 if error else 200, kept=kept, called=name, error=error, names=names,
        members=await people(request, members), most=keep_set.MAX_MEMBERS)


@post("/sets/{set_id:str}/rename", include_in_schema=False, status_code=200)
async def rename(request: AnyRequest, set_id: FromPath[str]) -> AnyAnswer:
    """Call it otherwise."""
    viewer, kept = await _own(request, set_id)
    given = await form(request, Given)
    try:
        await keep_set.rename_set(engine_of(request).db, viewer, kept.id, given.name)
    except Invalid as error:
        return await _page(request, kept, given.name, _(error.message))
    return see(f"/sets/{kept.id}")


@post("/sets/{set_id:str}/add", include_in_schema=False, status_code=200)
async def add(request: AnyRequest, set_id: FromPath[str]) -> AnyAnswer:
    """Put people in by their names."""
    viewer, kept = await _own(request, set_id)
    given = await form(request, Names)
    try:
        found = await named_people(request, given.names)
        await keep_set.add_to_set(engine_of(request).db, viewer, kept.id, [one.id for one in found])
    except (Invalid, NotFound) as error:
        return await _page(request, kept, kept.name, _(error.message), given.names)
    return see(f"/sets/{kept.id}")


@post("/sets/{set_id:str}/remove", include_in_schema=False, status_code=200)
async def remove(request: AnyRequest, set_id: FromPath[str]) -> AnyAnswer:
    """Somebody is not in it any more; they do not hear of it."""
    viewer, kept = await _own(request, set_id)
    given = await form(request, Whom)
    await keep_set.remove_from_set(engine_of(request).db, viewer, kept.id, [id_in_path(given.account)])
    return see(f"/sets/{kept.id}")


@post("/sets/{set_id:str}/delete", include_in_schema=False, status_code=200)
async def drop(request: AnyRequest, set_id: FromPath[str]) -> AnyAnswer:
    """The set is gone; what was said to it stays with those who were in it."""
    viewer, kept = await _own(request, set_id)
    await form(request, Nothing)
    await keep_set.drop_set(engine_of(request).db, viewer, kept.id)
    return see("/sets")


# ---- from a profile ------------------------------------------------------------------


@get("/people/{account_id:str}/sets", include_in_schema=False)
async def of_person(request: AnyRequest, account_id: FromPath[str]) -> Response[bytes]:
    """In which of the viewer's sets somebody is."""
    viewer = await must_be_signed_in(request)
    db = engine_of(request).db
    account = await accounts.visible(db, id_in_path(account_id), viewer.id)
    having = {kept.id for kept in await sets.having(db, viewer.id, account.id)}
    return await render(
        request, "person_sets.html", account=account, having=having, sets=await sets.of_owner(db, viewer.id))


@post("/people/{account_id:str}/sets", include_in_schema=False, status_code=200)
async def put_person(request: AnyRequest, account_id: FromPath[str]) -> AnyAnswer:
    """Put somebody into exactly the sets that are ticked."""
    viewer = await must_be_signed_in(request)
    db = engine_of(request).db
    account = await accounts.visible(db, id_in_path(account_id), viewer.id)
    wanted = (await form(request, Ticked)).numbers()
    having = {kept.id for kept in await sets.having(db, viewer.id, account.id)}
    for kept in await sets.of_owner(db, viewer.id):
        if kept.id in wanted and kept.id not in having:
            await keep_set.add_to_set(db, viewer, kept.id, [account.id])
        elif kept.id in having and kept.id not in wanted:
            await keep_set.remove_from_set(db, viewer, kept.id, [account.id])
    return see(f"/@{account.address}")


routes = [many, keep, one, said, rename, add, remove, drop, of_person, put_person]
