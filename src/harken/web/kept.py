"""What somebody wrote and sent when their session had ended: it waits behind the sign-in and comes back in its box.

It stands in the page's own form, never in an address, and nothing is published by it: after the sign-in there is a box
with the text, and a button. Browsers with JavaScript keep drafts themselves (static/box.js).
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from litestar import Response

from ..api.requests import AnyRequest, converted, engine_of, raw_parameters
from ..errors import NotSignedIn
from .languages import gettext_now as _
from .pages import render

LONGEST = 20_000  # characters that are kept of a text, far more than a post has


class Kept(msgspec.Struct, kw_only=True):
    """What was in the box, or in a chat's (`chat` is the end of its address), or in that for whispers."""

    text: str = ""
    spoiler: str = ""
    visibility: int = 0
    language: str = ""
    verb: str = ""
    reply_to: str = ""
    quote: str = ""
    chat: str = ""

    def __post_init__(self) -> None:
        self.text = self.text[:LONGEST]
        for name in ("spoiler", "language", "verb", "reply_to", "quote"):
            setattr(self, name, getattr(self, name)[:1000])
        if not re.fullmatch(r"with/[\w.@-]{1,300}|[0-9]{1,20}|whispers(/[0-9]{1,20})?", self.chat):
            self.chat = ""

    def fields(self) -> list[tuple[str, str]]:
        """Names and values for a form, without those that are empty."""
        return [(f"kept[{name}]", str(value)) for name, value in msgspec.structs.asdict(self).items() if value]


class SignIn(msgspec.Struct):
    """Name and password, and what is to come back after it."""

    name: str = ""
    password: str = ""
    next: str = "/"
    kept: Kept = msgspec.field(default_factory=Kept)


async def sign_in_first(request: AnyRequest, chat: str = "") -> Response[bytes]:
    """The sign-in page with what was sent. Raises NotSignedIn where nothing can be kept, or a script keeps it."""
    refusal = NotSignedIn(_("Please sign in first."))
    length = request.headers.get("content-length", "")
    # Nobody is signed in: no more is read than one picture may have.
    if not length.isdigit() or int(length) > engine_of(request).settings.max_upload_bytes:
        raise refusal
    if request.headers.get("sec-fetch-dest", "document") != "document":
        raise refusal
    sent = await raw_parameters(request)
    plain: dict[str, Any] = {name: sent[name] for name in Kept.__struct_fields__ if isinstance(sent.get(name), str)}
    if not str(plain.get("visibility", "0")).isdigit():
        del plain["visibility"]
    kept = converted(plain | {"chat": chat}, Kept)
    if not kept.text.strip():
        raise refusal
    return await render(
        request, "account/sign_in.html", status=401, given=SignIn(kept=kept), errors={"name": "", "password": ""})
