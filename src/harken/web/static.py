"""Static files: read once, named by their content, kept by browsers for a year."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path

import msgspec
from litestar import Response, get
from litestar.params import FromPath
from markupsafe import Markup

from ..api.requests import AnyRequest
from ..errors import NotFound

HERE = Path(__file__).parent
_KINDS = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
}


class File(msgspec.Struct, frozen=True):
    """One file, plain and compressed; `mark` changes with its content."""

    content: bytes
    compressed: bytes
    kind: str
    mark: str


@cache
def files() -> dict[str, File]:
    """Every static file by its path below `static/`."""
    found: dict[str, File] = {}
    for path in sorted((HERE / "static").rglob("*")):
        if path.is_file() and path.suffix in _KINDS:
            content = path.read_bytes()
            found[path.relative_to(HERE / "static").as_posix()] = File(
                content, gzip.compress(content, 9, mtime=0), _KINDS[path.suffix],
                hashlib.sha256(content).hexdigest()[:12])
    return found


def address(name: str) -> str:
    """The address of a static file; a changed file has another one. Raises KeyError for a name that is no file."""
    return f"/static/{name}?v={files()[name].mark}"


@cache
def icon(name: str) -> Markup:
    """A drawn sign from `icons.svg`; what it means is said beside it."""
    return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(address("icons.svg"), name)


@get("/favicon.ico", include_in_schema=False, sync_to_thread=False)
def favicon(request: AnyRequest) -> Response[bytes]:
    """The picture that browsers ask for without having read a page."""
    return _answer(request, "favicon.svg")


@get("/static/{name:path}", include_in_schema=False, sync_to_thread=False)
def static_file(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """A static file. An address without its mark is kept for an hour only."""
    return _answer(request, name.lstrip("/"))


def _answer(request: AnyRequest, name: str) -> Response[bytes]:
    found = files().get(name)
    if found is None:
        raise NotFound("There is no such file.")
    known = request.query_params.get("v") == found.mark
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if known else "public, max-age=3600",
        "ETag": f'"{found.mark}"',
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", "") and len(found.compressed) < len(found.content):
        return Response(found.compressed, media_type=found.kind, headers=headers | {"Content-Encoding": "gzip"})
    return Response(found.content, media_type=found.kind, headers=headers)


routes = [favicon, static_file]
