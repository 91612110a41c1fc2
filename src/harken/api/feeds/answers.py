"""How a feed leaves: in the format that was asked for, or 304 when its reader has it already."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from email.utils import format_datetime

import msgspec
from litestar import Response

from ...errors import NotFound
from ..requests import AnyRequest, engine_of
from . import atom, json_feed, rss
from .feed import Feed


class Format(msgspec.Struct, frozen=True):
    """A format: what it is called on the wire, and its writer."""

    media_type: str
    written: Callable[[Feed, str], bytes]


FORMATS = {
    "atom": Format(atom.MEDIA_TYPE, atom.written),
    "json": Format(json_feed.MEDIA_TYPE, json_feed.written),
    "rss": Format(rss.MEDIA_TYPE, rss.written),
}


def parted(name: str) -> tuple[str, str]:
    """`amber.atom` as its name and format; the format is empty where none is meant."""
    stem, dot, kind = name.rpartition(".")
    return (stem, kind) if dot and stem and kind in FORMATS else (name, "")


def answered(request: AnyRequest, feed: Feed, kind: str) -> Response[bytes]:
    """The feed in format `kind` (a key of FORMATS). Raises NotFound for another."""
    if kind not in FORMATS:
        raise NotFound("There is no feed in this format.")
    body = FORMATS[kind].written(feed, engine_of(request).settings.title)
    response = conditional(request, body, FORMATS[kind].media_type, private=feed.private)
    response.headers["Last-Modified"] = format_datetime(feed.updated, usegmt=True)
    if feed.noindex:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def conditional(request: AnyRequest, body: bytes, media_type: str, private: bool = False) -> Response[bytes]:
    """`body`, or 304 when `If-None-Match` names it (RFC 9110, 13.1.2).

    Caches must ask every time, so that what was deleted is gone at once. For
    the same reason a date alone never gets a 304: a post taken out of a feed
    does not make the feed any newer, and its readers would keep it.
    """
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": f"{'private' if private else 'public'}, no-cache"}
    known = request.headers.get("if-none-match", "")
    if known.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in known.split(",")]:
        return Response(b"", status_code=304, headers=headers, media_type=media_type)
    return Response(body, headers=headers, media_type=f"{media_type}; charset=utf-8")
