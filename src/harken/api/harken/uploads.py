"""Files by the tus protocol, 1.0.0 (tus.io/protocols/resumable-upload): creation, expiration, termination, checksum.

The middleware answers HEAD as GET without its body, and OPTIONS, so nothing here does.
"""

from __future__ import annotations

import base64
import binascii
import re
from email.utils import format_datetime

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath

from ... import clock
from ...actions.receive_file import CHECKSUMS, ChecksumMismatch, begin_file, discard_file, own_file, receive
from ...engine import Engine
from ...errors import Conflict, Invalid
from ...model.account import Account
from ...model.file import FileLimits, FileState, StoredFile
from ..mastodon.answers import answer
from ..mastodon.file_extras import file_extras
from ..requests import AnyRequest, engine_of, id_in_path, viewer

TUS = "1.0.0"
MAX_METADATA = 8_000
_BODY = "application/offset+octet-stream"
_NUMBER = re.compile(r"[0-9]{1,15}")
HERE = "/api/harken/v1/uploads"


def file_limits(engine: Engine) -> FileLimits:
    """How much may be kept here."""
    settings = engine.settings
    return FileLimits(settings.max_file_bytes, settings.file_quota_bytes, bool(settings.file_scanner))


def _headers(file: StoredFile | None = None) -> dict[str, str]:
    headers = {"Tus-Resumable": TUS, "Cache-Control": "no-store"}
    if file is not None:
        headers |= {"Upload-Offset": str(file.received), "Upload-Length": str(file.bytes)}
        if file.expires_at and file.state is FileState.RECEIVING:
            headers["Upload-Expires"] = format_datetime(file.expires_at, usegmt=True)
    return headers


def _other_version(request: AnyRequest) -> Response[bytes] | None:
    """The answer to a client that speaks another version of the protocol, or none."""
    if request.headers.get("tus-resumable") == TUS:
        return None
    return answer({"error": "Say Tus-Resumable: 1.0.0"}, {"Tus-Version": TUS, "Tus-Resumable": TUS}, status=412)


def _number(request: AnyRequest, name: str) -> int:
    text = request.headers.get(name, "")
    if not _NUMBER.fullmatch(text):
        raise Invalid(f"{name} is a number of bytes.", name)
    return int(text)


def _name(request: AnyRequest) -> str:
    """The file's name among the metadata: `filename BASE64,filetype BASE64`. Raises Invalid."""
    text = request.headers.get("upload-metadata", "")
    if len(text) > MAX_METADATA:
        raise Invalid("Upload-Metadata is too long.", "Upload-Metadata")
    for pair in text.split(","):
        key, _, value = pair.strip().partition(" ")
        if key in ("filename", "name"):
            try:
                return base64.b64decode(value.strip(), validate=True).decode()
            except (binascii.Error, ValueError):
                raise Invalid("The name in Upload-Metadata is not UTF-8 in Base64.", "Upload-Metadata") from None
    return ""


def _checksum(request: AnyRequest) -> tuple[str, bytes] | None:
    text = request.headers.get("upload-checksum", "")
    if not text:
        return None
    algorithm, _, value = text[:200].partition(" ")
    try:
        digest = base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise Invalid("Upload-Checksum is an algorithm and Base64.", "Upload-Checksum") from None
    if algorithm not in CHECKSUMS:
        raise Invalid(f"Upload-Checksum is one of {', '.join(CHECKSUMS)}.", "Upload-Checksum")
    return algorithm, digest


async def created(request: AnyRequest, by: Account, here: str) -> Response[bytes]:
    """Announce a file; `here` is the path below which it is added to."""
    if other := _other_version(request):
        return other
    engine = engine_of(request)
    made = await begin_file(
        engine.db, by, _name(request), _number(request, "Upload-Length"), file_limits(engine), clock.now())
    return answer(
        file_extras(made, engine.base_url), _headers(made) | {"Location": f"{engine.base_url}{here}/{made.id}"},
        status=201)


async def added(request: AnyRequest, by: Account, file_id: int) -> Response[bytes]:
    """Add to a file from where it ends."""
    if other := _other_version(request):
        return other
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != _BODY:
        return answer({"error": f"The body is {_BODY}"}, _headers(), status=415)
    engine = engine_of(request)
    try:
        made = await receive(
            engine.db, engine.media, by, file_id, _number(request, "Upload-Offset"), request.stream(),
            file_limits(engine), _checksum(request))
    except Conflict as refused:
        return answer({"error": refused.message}, _headers(), status=409)
    except ChecksumMismatch as refused:
        return answer({"error": refused.message}, _headers(), status=460)
    engine.filing.nudge()
    return Response(b"", status_code=204, headers=_headers(made))


async def looked_at(request: AnyRequest, by: Account, file_id: int) -> Response[bytes]:
    """How much of a file is here."""
    engine = engine_of(request)
    found = await own_file(engine.db, by, file_id)
    return answer(file_extras(found, engine.base_url), _headers(found))


async def ended(request: AnyRequest, by: Account, file_id: int) -> Response[bytes]:
    """Forget a file that no post carries."""
    engine = engine_of(request)
    await discard_file(engine.db, by, file_id)
    engine.filing.nudge()
    return Response(b"", status_code=204, headers=_headers())


@post(HERE)
async def create(request: AnyRequest) -> Response[bytes]:
    """Announce a file of `Upload-Length` bytes; its name stands in `Upload-Metadata`."""
    return await created(request, await viewer(request, "write:media"), HERE)


@get(f"{HERE}/{{file_id:str}}")
async def look(request: AnyRequest, file_id: FromPath[str]) -> Response[bytes]:
    """How much is here: `Upload-Offset`, and the file as JSON."""
    return await looked_at(request, await viewer(request, "write:media"), id_in_path(file_id))


@patch(f"{HERE}/{{file_id:str}}", status_code=200)
async def add(request: AnyRequest, file_id: FromPath[str]) -> Response[bytes]:
    """Add to it at `Upload-Offset`; what came until a connection broke is kept."""
    return await added(request, await viewer(request, "write:media"), id_in_path(file_id))


@delete(f"{HERE}/{{file_id:str}}", status_code=200)
async def end(request: AnyRequest, file_id: FromPath[str]) -> Response[bytes]:
    """Forget it, as long as no status carries it."""
    return await ended(request, await viewer(request, "write:media"), id_in_path(file_id))


routes = [create]
uploads = [look, add, end]
"""What takes bodies of the size of files."""
