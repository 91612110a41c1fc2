"""An answer as JSON, or as a call of the script's own function (JSONP)."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from litestar import Response

from ...errors import Invalid

_CALLBACK = re.compile(r"[A-Za-z0-9_.$\[\]]{1,100}")


def checked(callback: str) -> str:
    """The name of a function, or nothing. Raises Invalid for what could be more than a name."""
    if callback and not _CALLBACK.fullmatch(callback):
        raise Invalid("callback may have letters, digits and _ . $ [ ], at most 100 of them.", "callback")
    return callback


def answered(made: Any, callback: str) -> Response[bytes]:
    """`made` as JSON; with a checked `callback`, as a call of it."""
    body, kind = msgspec.json.encode(made), "application/json"
    if callback:
        # Ends a line in JavaScript before 2019, but not in JSON; and the comment keeps the answer from
        # beginning with what the asker chose (CVE-2014-4671).
        body = body.replace("\u2028".encode(), b"\\u2028").replace("\u2029".encode(), b"\\u2029")
        body, kind = b"/**/%s(%s);" % (callback.encode(), body), "application/javascript"
    headers = {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}
    return Response(body, media_type=f"{kind}; charset=utf-8", headers=headers)
