"""Collections: people whom somebody recommends; shown to everybody, kept by their owner, left by whoever is in one."""

from __future__ import annotations

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from .. import clock
from ..actions import keep_collection as acts
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..errors import Invalid, NotAllowed
from ..model.account import Account
from ..model.collection import Collection
from ..store import accounts, collections
from .languages import gettext_now as _
from .pages import AnyAnswer, form, must_be_signed_in, render, see, signed_in
from .profiles import Person, named, people

MANY = 80


class Given(msgspec.Struct, kw_only=True):
    """The form of a collection."""

    name: str = ""
    description: str = ""
    listed: bool = False


class Whom(msgspec.Struct):
    """Whom to put in, by name, or to take out, by item."""

    name: str = ""
    item: str = ""


@get("/{handle:str}/collections", include_in_schema=False)
async def of_account(request: AnyRequest, handle: FromPath[str]) -> Response[bytes]:
    """Whom somebody recommends; one's own with a form for another."""
    return await _index(request, await named(request, handle), Given(listed=True))


async def _index(request: AnyRequest, owner: Account, given: Given, error: str = "") -> Response[bytes]:
    viewer, db = await signed_in(request), engine_of(request).db
    me = viewer.id if viewer else 0
    found = await collections.of_owner(db, owner.id, me, MANY)
    items = await collections.items(db, [kept.id for kept in found], me)
    within = await collections.having(db, me, MANY) if me == owner.id else []
    return await render(
        request, "collections.html", status=422 if error else 200, owner=owner, given=given, error=error,
        kept=[(one, len(items.get(one.id, ()))) for one in found], within=within, own=me == owner.id)


@post("/collections", include_in_schema=False, status_code=200)
async def keep(request: AnyRequest) -> AnyAnswer:
    """A new collection, still empty."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    try:
        made = await acts.keep_collection(
            engine_of(request).db, viewer, clock.now(), name=given.name, description=given.description,
            discoverable=given.listed)
    except Invalid as error:
        return await _index(request, viewer, given, _said(error))
    return see(f"/collections/{made.id}")


def _said(error: Invalid) -> str:
    """What is wrong with a collection, as a person would say it."""
    if "maximum number" in error.message:
        return _("You have %(n)d collections, which is as many as there can be.") % {"n": acts.MAX_COLLECTIONS}
    if error.field == "description":
        return _("A description has at most %(n)d characters.") % {"n": acts.MAX_DESCRIPTION}
    if "too long" in error.message:
        return _("A name has at most %(n)d characters.") % {"n": acts.MAX_NAME}
    return _("Give the collection a name.")


@get("/collections/{collection_id:str}", include_in_schema=False)
async def one(request: AnyRequest, collection_id: FromPath[str]) -> Response[bytes]:
    """Who is recommended there."""
    viewer = await signed_in(request)
    kept = await collections.get(engine_of(request).db, id_in_path(collection_id), viewer.id if viewer else 0)
    given = Given(name=kept.name, description=kept.description, listed=kept.discoverable)
    return await _page(request, kept, given)


async def _page(
    request: AnyRequest, kept: Collection, given: Given, error: str = "", whom: str = "", unknown: str = ""
) -> Response[bytes]:
    viewer, db = await signed_in(request), engine_of(request).db
    me = viewer.id if viewer else 0
    items = (await collections.items(db, [kept.id], me)).get(kept.id, [])
    persons = await accounts.by_ids(db, [kept.owner_id, *(item.account_id for item in items)])
    shown: dict[int, Person] = {one.account.id: one for one in await people(request, list(persons.values()))}
    return await render(
        request, "collection.html", status=422 if error or unknown else 200, kept=kept, given=given, error=error,
        owner=persons[kept.owner_id], own=me == kept.owner_id, whom=whom, unknown=unknown,
        members=[(item, shown[item.account_id]) for item in items if item.account_id in shown],
        mine=next((item for item in items if item.account_id == me), None), most=acts.MAX_ITEMS)


async def _own(request: AnyRequest, collection_id: str) -> tuple[Account, Collection]:
    viewer = await must_be_signed_in(request)
    kept = await collections.get(engine_of(request).db, id_in_path(collection_id), viewer.id)
    if kept.owner_id != viewer.id:
        raise NotAllowed(_("Only who made a collection can change it."))
    return viewer, kept


@post("/collections/{collection_id:str}/edit", include_in_schema=False, status_code=200)
async def change(request: AnyRequest, collection_id: FromPath[str]) -> AnyAnswer:
    """Another name, other words, shown on the profile or not."""
    viewer, kept = await _own(request, collection_id)
    given = await form(request, Given)
    try:
        await acts.change_collection(
            engine_of(request).db, viewer, kept.id, clock.now(), name=given.name, description=given.description,
            discoverable=given.listed)
    except Invalid as error:
        return await _page(request, kept, given, _said(error))
    return see(f"/collections/{kept.id}")


@post("/collections/{collection_id:str}/add", include_in_schema=False, status_code=200)
async def add(request: AnyRequest, collection_id: FromPath[str]) -> AnyAnswer:
    """One more person, by name."""
    viewer, kept = await _own(request, collection_id)
    db = engine_of(request).db
    whom = (await form(request, Whom)).name.strip()
    name, _at, host = whom.removeprefix("@").partition("@")
    given = Given(name=kept.name, description=kept.description, listed=kept.discoverable)
    found = await accounts.find_by_name(db, name, host) if name else None
    if found is None:
        return await _page(request, kept, given, whom=whom, unknown=_("There is nobody of that name here."))
    try:
        await acts.add_to_collection(db, viewer, kept.id, found.id, clock.now())
    except NotAllowed:
        return await _page(request, kept, given, whom=whom, unknown=_(
            "They have not said that they want to be discovered, so nobody can recommend them."))
    except Invalid as error:
        taken = "already" in error.message
        return await _page(request, kept, given, whom=whom, unknown=(
            _("They are in it already.") if taken else _("There is room for %(n)d people.") % {"n": acts.MAX_ITEMS}))
    return see(f"/collections/{kept.id}")


@post("/collections/{collection_id:str}/remove", include_in_schema=False, status_code=200)
async def remove(request: AnyRequest, collection_id: FromPath[str]) -> AnyAnswer:
    """Somebody is recommended no more; they do not hear of it."""
    viewer, kept = await _own(request, collection_id)
    item = id_in_path((await form(request, Whom)).item)
    await acts.remove_from_collection(engine_of(request).db, viewer, kept.id, item)
    return see(f"/collections/{kept.id}")


@post("/collections/{collection_id:str}/leave", include_in_schema=False, status_code=200)
async def leave(request: AnyRequest, collection_id: FromPath[str]) -> AnyAnswer:
    """Whoever is in it wants to be in it no more."""
    viewer = await must_be_signed_in(request)
    number = id_in_path(collection_id)
    await acts.leave_collection(engine_of(request).db, viewer, number, id_in_path((await form(request, Whom)).item))
    return see(f"/collections/{number}")


@post("/collections/{collection_id:str}/delete", include_in_schema=False, status_code=200)
async def drop(request: AnyRequest, collection_id: FromPath[str]) -> AnyAnswer:
    """The collection is gone; nobody stops following anybody."""
    viewer, kept = await _own(request, collection_id)
    await acts.drop_collection(engine_of(request).db, viewer, kept.id)
    return see(f"/@{viewer.username}/collections")


routes = [of_account, keep, one, change, add, remove, leave, drop]
