"""Files of any type: given out to whoever may see their post, listed, deleted, taken from the post box."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath
from litestar.response import Stream

from .. import clock
from ..actions.receive_file import begin_file, discard_file, own_file, receive
from ..api.harken import uploads as tus
from ..api.requests import AnyRequest, UploadFile, engine_of, id_in_path, viewer_or_visitor
from ..errors import Conflict, NotAllowed, NotFound
from ..ids import MAX_ID, parse_id
from ..model.account import Account
from ..model.file import FileState, StoredFile
from ..store import files, posts
from .cards import Card, When, cards, when
from .languages import gettext_now as _
from .media import pieces, wanted
from .pages import AnyAnswer, Nothing, form, is_ours, must_be_signed_in, render, see, signed_in

SHOWN = 40
HERE = "/files/uploads"
_PIECE = 262_144
_SAFE = re.compile(r"[^A-Za-z0-9._ -]")


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One file on the page of files."""

    file: StoredFile
    when: When
    card: Card | None


@get("/files/{file_id:str}/{name:str}", include_in_schema=False)
async def download(request: AnyRequest, file_id: FromPath[str], name: FromPath[str]) -> Response[bytes] | Stream:
    """A file, for whoever may see its post: a browser that is signed in, a bearer token, or anybody if it is public.

    Always something to keep and never a page, but for `?play` of sounds and films. Raises NotFound, Conflict.
    """
    engine = engine_of(request)
    if request.headers.get("authorization"):
        by = await viewer_or_visitor(request, "read:statuses")
    else:
        by = await signed_in(request)
    found = await files.find(engine.db, id_in_path(file_id))
    missing = NotFound(_("There is no such file, or you cannot see it."))
    if found is None or name != found.name:
        raise missing
    public = False
    if found.post_id is not None:
        seen = await posts.visible(engine.db, found.post_id, by.id if by else 0)
        public = seen.visibility <= 1 and by is None
    elif by is None or by.id != found.account_id:
        raise missing
    if found.state is FileState.CHECKING:
        raise Conflict(_("This file is still being checked for viruses. Try again in a moment."))
    size = await engine.media.size(found.path) if found.state is FileState.CLEAN else None
    if size is None:
        raise missing
    playing = "play" in request.query_params and bool(found.plays)
    plain = _SAFE.sub("_", found.name)
    headers = {
        "Content-Security-Policy": "default-src 'none'; sandbox", "Accept-Ranges": "bytes",
        "Cross-Origin-Resource-Policy": "same-origin", "X-Robots-Tag": "noindex",
        "Cache-Control": "public, max-age=300" if public else "private, no-store",
        "Content-Disposition": f"{'inline' if playing else 'attachment'}; filename=\"{plain}\"; "
                               f"filename*=UTF-8''{quote(found.name, safe='')}"}
    kind = found.plays if playing else "application/octet-stream"
    first, last, status = wanted(request.headers.get("range", ""), size)
    if status == 416:
        return Response(b"", status_code=416, media_type=kind, headers={
            **headers, "Content-Range": f"bytes */{size}"})
    if status == 206:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    headers["Content-Length"] = str(last - first + 1)
    return Stream(pieces(engine.media, found.path, first, last + 1), status_code=status, media_type=kind,
                  headers=headers)


@get("/files", include_in_schema=False)
async def listed(request: AnyRequest) -> Response[bytes]:
    """One's own files, or those that reached one, newest first."""
    viewer = await must_be_signed_in(request)
    db, now = engine_of(request).db, clock.now()
    theirs = request.query_params.get("whose") == "others"
    bound = parse_id(request.query_params.get("before") or "") or MAX_ID
    if theirs:
        found = await files.visible_to(db, viewer.id, bound, SHOWN + 1, now)
    else:
        found = await files.of_account(db, viewer.id, bound, SHOWN + 1)
    shown = found[:SHOWN]
    seen = await posts.visible_by_ids(db, [one.post_id for one in shown if one.post_id], viewer.id)
    by_id: dict[int, Card] = {card.post.id: card for card in await cards(request, list(seen.values()))}
    used = await files.used(db, viewer.id)
    return await render(
        request, "files.html", theirs=theirs, used=used, quota=engine_of(request).settings.file_quota_bytes,
        entries=[Listed(file=one, when=when(one.created_at, now, request), card=by_id.get(one.post_id or 0))
                 for one in shown],
        older=f"/files?{'whose=others&' if theirs else ''}before={shown[-1].id}" if len(found) > SHOWN else "")


@post("/files/{file_id:str}/delete", include_in_schema=False, status_code=200)
async def discard(request: AnyRequest, file_id: FromPath[str]) -> AnyAnswer:
    """Delete an own file that no post carries; one that a post carries goes with the post."""
    viewer = await must_be_signed_in(request)
    await form(request, Nothing)
    engine = engine_of(request)
    found = await own_file(engine.db, viewer, id_in_path(file_id))
    if found.post_id is not None:
        return see(f"/posts/{found.post_id}/delete?back=/files")
    await discard_file(engine.db, viewer, found.id)
    engine.filing.nudge()
    return see("/files")


async def take(request: AnyRequest, viewer: Account, document: Any, taken: str) -> int:
    """The id of the file that a post box brings: new, or `taken` before; 0 for none.

    Raises Invalid, TooLarge, TooMany.
    """
    if not isinstance(document, UploadFile) or not document.filename:
        return parse_id(taken) or 0
    engine, content = engine_of(request), document.file
    limits = tus.file_limits(engine)

    async def parts() -> AsyncIterator[bytes]:
        while part := await document.read(_PIECE):
            yield part

    try:
        size = content.seek(0, os.SEEK_END)
        content.seek(0)
        made = await begin_file(engine.db, viewer, document.filename, size, limits, clock.now())
        await receive(engine.db, engine.media, viewer, made.id, 0, parts(), limits)
    finally:
        await document.close()
    engine.filing.nudge()
    return made.id


# ---- tus, for pages -----------------------------------------------------------------


async def _sender(request: AnyRequest) -> Account:
    """Whose page sends this. Raises NotSignedIn, NotAllowed without the secret that forms carry."""
    viewer = await must_be_signed_in(request)
    if not is_ours(request, request.headers.get("harken-form", "")):
        raise NotAllowed(_("Load the page again, then send the file once more."))
    return viewer


@post(HERE, include_in_schema=False)
async def create(request: AnyRequest) -> Response[bytes]:
    return await tus.created(request, await _sender(request), HERE)


@get(f"{HERE}/{{file_id:str}}", include_in_schema=False)
async def look(request: AnyRequest, file_id: FromPath[str]) -> Response[bytes]:
    return await tus.looked_at(request, await _sender(request), id_in_path(file_id))


@patch(f"{HERE}/{{file_id:str}}", status_code=200, include_in_schema=False)
async def add(request: AnyRequest, file_id: FromPath[str]) -> Response[bytes]:
    return await tus.added(request, await _sender(request), id_in_path(file_id))


@delete(f"{HERE}/{{file_id:str}}", status_code=200, include_in_schema=False)
async def end(request: AnyRequest, file_id: FromPath[str]) -> Response[bytes]:
    return await tus.ended(request, await _sender(request), id_in_path(file_id))


routes = [download, listed, discard, create]
uploads = [look, add, end]
