"""Who belongs to whom among the people of a desk, and which cards are one person."""

from __future__ import annotations

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from .. import clock
from ..actions.merge_contacts import keep_apart, merge_contacts, split_contact
from ..actions.relate_contacts import end_relation, relate_contacts
from ..api.requests import AnyRequest, engine_of, id_in_path
from ..desk.same_person import name_key
from ..ids import parse_id
from ..model.desk import DeskRole
from ..model.paging import Window
from ..store import contacts
from . import contact_words
from .contacts import found_card, people_of
from .pages import Nothing, form, render, see

FOUND = 20


class Other(msgspec.Struct):
    """A form that names another card."""

    other_id: str = ""
    kind: str = ""


@get("/desks/{desk_id:str}/contacts/{contact_id:str}/link", include_in_schema=False)
async def choose(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Response[bytes]:
    """Find somebody who belongs to a person, or is the same."""
    viewer, desk, card = await found_card(request, desk_id, contact_id, DeskRole.HELPER)
    q = (request.query_params.get("q") or "").strip()[:100]
    found = [one for one in await contacts.page(
        engine_of(request).db, desk.id, viewer.id, Window(limit=FOUND + 1), name_key(q.lstrip("@")))
        if one.id != card.id]
    [person] = await people_of(request, [card])
    return await render(
        request, "desk/contact_link.html", desk=desk, person=person, q=q,
        people=await people_of(request, found[:FOUND]), relations=contact_words.relations())


@post("/desks/{desk_id:str}/contacts/{contact_id:str}/relations", include_in_schema=False)
async def relate(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Redirect:
    """Note who belongs to a person."""
    viewer, desk, card = await found_card(request, desk_id, contact_id, DeskRole.HELPER)
    given = await form(request, Other)
    await relate_contacts(
        engine_of(request).db, viewer, desk.id, card.id, id_in_path(given.other_id), given.kind, clock.now())
    return see(f"/desks/{desk.id}/contacts/{card.id}#related")


@post("/desks/{desk_id:str}/contacts/{contact_id:str}/relations/{relation_id:str}/end", include_in_schema=False)
async def end(
    request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str], relation_id: FromPath[str]
) -> Redirect:
    """Note that this is not so."""
    viewer, desk, card = await found_card(request, desk_id, contact_id, DeskRole.HELPER)
    await form(request, Nothing)
    await end_relation(engine_of(request).db, viewer, desk.id, card.id, id_in_path(relation_id), clock.now())
    return see(f"/desks/{desk.id}/contacts/{card.id}#related")


@get("/desks/{desk_id:str}/contacts/{contact_id:str}/merge", include_in_schema=False)
async def ask_to_merge(
    request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]
) -> Response[bytes] | Redirect:
    """Both cards side by side, and the question."""
    viewer, desk, card = await found_card(request, desk_id, contact_id, DeskRole.HELPER)
    chosen = parse_id(request.query_params.get("other") or "")
    if chosen is None:
        return see(f"/desks/{desk.id}/contacts/{card.id}/link")
    other = await contacts.visible(engine_of(request).db, desk.id, chosen, viewer.id)
    both = await people_of(request, [card, other])
    return await render(request, "desk/contact_merge.html", desk=desk, both=both)


@post("/desks/{desk_id:str}/contacts/{contact_id:str}/merge", include_in_schema=False)
async def merge(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Redirect:
    """They are one person."""
    viewer, desk, card = await found_card(request, desk_id, contact_id, DeskRole.HELPER)
    given = await form(request, Other)
    await merge_contacts(
        engine_of(request).db, viewer, desk.id, card.id, id_in_path(given.other_id), clock.now())
    return see(f"/desks/{desk.id}/contacts/{card.id}")


@post("/desks/{desk_id:str}/contacts/{contact_id:str}/split/{card_id:str}", include_in_schema=False)
async def split(
    request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str], card_id: FromPath[str]
) -> Redirect:
    """They are not."""
    viewer, desk, _card = await found_card(request, desk_id, contact_id, DeskRole.HELPER)
    await form(request, Nothing)
    apart = await split_contact(engine_of(request).db, viewer, desk.id, id_in_path(card_id), clock.now())
    return see(f"/desks/{desk.id}/contacts/{apart.id}")


@post("/desks/{desk_id:str}/contacts/{contact_id:str}/apart", include_in_schema=False)
async def two_people(request: AnyRequest, desk_id: FromPath[str], contact_id: FromPath[str]) -> Redirect:
    """Do not ask again whether these are one person."""
    viewer, desk, card = await found_card(request, desk_id, contact_id, DeskRole.HELPER)
    given = await form(request, Other)
    await keep_apart(engine_of(request).db, viewer, desk.id, card.id, id_in_path(given.other_id), clock.now())
    return see(f"/desks/{desk.id}/contacts/{card.id}")


routes = [choose, relate, end, ask_to_merge, merge, split, two_people]
