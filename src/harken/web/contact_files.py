"""Contacts as tables: out and in, for leads."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from .. import clock
from ..actions.export_contacts import export_contacts
from ..actions.import_contacts import Imported, import_contacts
from ..api.requests import AnyRequest, UploadFile, engine_of, id_in_path
from ..desk.contact_csv import COLUMNS, MAX_BYTES, MAX_LINES
from ..errors import Invalid
from ..model.desk import DeskOfMember, DeskRole
from ..store import desks
from .languages import gettext_now as _
from .pages import form, must_be_signed_in, render

NAMED = 100  # bad lines that a page names


class Brought(msgspec.Struct):
    """A file, or its text."""

    file: Any = None
    text: str = ""


@get("/desks/{desk_id:str}/contacts/table.csv", include_in_schema=False)
async def table(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """Everybody whom the desk knows."""
    viewer = await must_be_signed_in(request)
    text = await export_contacts(engine_of(request).db, viewer, id_in_path(desk_id), clock.now())
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers={
        "Content-Disposition": f'attachment; filename="people-{id_in_path(desk_id)}.csv"',
        "Cache-Control": "private, no-store"})


@get("/desks/{desk_id:str}/contacts/import", include_in_schema=False)
async def ask(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """The form."""
    viewer = await must_be_signed_in(request)
    return await _page(request, await desks.get(
        engine_of(request).db, id_in_path(desk_id), viewer.id, DeskRole.LEAD))


async def _page(
    request: AnyRequest, desk: DeskOfMember, done: Imported | None = None, error: str = "", text: str = ""
) -> Response[bytes]:
    return await render(
        request, "desk/contacts_import.html", status=422 if error else 200, desk=desk, done=done, error=error,
        text=text, columns=COLUMNS, most_lines=MAX_LINES, most_megabytes=MAX_BYTES // 1_000_000, named=NAMED)


@post("/desks/{desk_id:str}/contacts/import", include_in_schema=False, status_code=200)
async def bring(request: AnyRequest, desk_id: FromPath[str]) -> Response[bytes]:
    """Take in what a table says; what could not be used is named."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Brought)
    db = engine_of(request).db
    desk = await desks.get(db, id_in_path(desk_id), viewer.id, DeskRole.LEAD)
    brought = isinstance(given.file, UploadFile) and given.file.filename
    content = await given.file.read(MAX_BYTES + 1) if brought else given.text.encode("utf-8", "replace")
    try:
        if not content.strip():
            raise Invalid(_("Choose a file, or paste a table."), "file")
        done = await import_contacts(db, viewer, desk.id, content, clock.now())
    except Invalid as error:
        return await _page(request, desk, error=error.message, text=given.text)
    return await _page(request, desk, done)


routes = [table, ask, bring]
