"""Stored files, as they are served: never as a page, never guessed, in pieces where somebody asks for a piece."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator

from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Stream

from ..api.requests import AnyRequest, engine_of
from ..errors import NotFound
from ..media.store import MediaStore
from ..store import media as rows

PIECE_BYTES = 262_144
_PORTRAIT = re.compile(r"(?:avatar|header|emoji|preview)/[0-9a-f]{2}/[0-9a-f]{1,20}\.(webp|png|jpg|gif)")
_KINDS = {
    "webp": "image/webp", "png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "mp4": "video/mp4",
    "mp3": "audio/mpeg"}
_HEADERS = {  # beside those that every answer has, `nosniff` among them
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_YEAR = "max-age=31536000, immutable"  # a changed file has another address
_BRIEFLY = "s-maxage=300"  # by caches between us and many: what was deleted is soon gone there too
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@get("/media/{path:path}", include_in_schema=False)
async def portrait(request: AnyRequest) -> Response[bytes]:
    """An avatar, a header, an emoji, a link's picture; its path is its permission, because those are public."""
    path = str(request.path_params["path"]).lstrip("/")
    known = _PORTRAIT.fullmatch(path)
    content = await engine_of(request).media.get(path) if known else None
    if known is None or content is None:
        raise NotFound("There is no such picture.")
    return Response(
        content, media_type=_KINDS[known[1]], headers={**_HEADERS, "Cache-Control": f"public, {_YEAR}"})


@get("/media/post/{media_id:str}/{name:str}", include_in_schema=False)
async def attachment(request: AnyRequest, media_id: FromPath[str], name: FromPath[str]) -> Response[bytes] | Stream:
    """What a post carries, for whoever was told its address, as long as the post is there.

    One range of bytes is answered with 206 (RFC 9110, 14.2), several with all of it.
    """
    engine = engine_of(request)
    number = int(media_id, 16) if re.fullmatch(r"[0-9a-f]{1,15}", media_id) else 0
    found = await rows.visible_file(engine.db, number) if number else None
    path = ""
    if found is not None:
        one = found[0]
        for address, stored in ((one.address, one.path), (one.preview_address, one.preview)):
            if stored and secrets.compare_digest(f"/media/post/{media_id}/{name}".encode(), address.encode()):
                path = stored
    size = await engine.media.size(path) if path else None
    if found is None or size is None:
        raise NotFound("There is no such file.")
    suffix = path.rpartition(".")[2]
    kept = f"public, {_BRIEFLY}" if found[1] else "private"
    headers = {
        **_HEADERS, "Cache-Control": f"{kept}, {_YEAR}", "Accept-Ranges": "bytes",
        "Content-Disposition": f'inline; filename="{found[0].id:x}.{suffix}"'}
    first, last, status = wanted(request.headers.get("range", ""), size)
    if status == 416:
        return Response(b"", status_code=416, media_type=_KINDS[suffix], headers={
            **headers, "Content-Range": f"bytes */{size}"})
    if status == 206:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    headers["Content-Length"] = str(last - first + 1)
    content = pieces(engine.media, path, first, last + 1)
    return Stream(content, status_code=status, media_type=_KINDS[suffix], headers=headers)


def wanted(header: str, size: int) -> tuple[int, int, int]:
    """The first byte, the last byte and the status that a Range header asks of a file."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or not (match[1] or match[2]):
        return 0, size - 1, 200
    if not match[1]:
        count = min(int(match[2]), size)
        return (size - count, size - 1, 206) if count else (0, -1, 416)
    first, last = int(match[1]), min(int(match[2]), size - 1) if match[2] else size - 1
    if first >= size:
        return 0, -1, 416
    return (first, last, 206) if last >= first else (0, size - 1, 200)


async def pieces(store: MediaStore, path: str, start: int, end: int) -> AsyncIterator[bytes]:
    """The bytes of a stored file from `start` to before `end`, piece by piece."""
    while start < end:
        piece = await store.piece(path, start, min(PIECE_BYTES, end - start))
        if not piece:
            return  # it was deleted meanwhile; the client sees that less came than was said
        yield piece
        start += len(piece)


routes = [portrait, attachment]
