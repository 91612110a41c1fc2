"""Emoji to write with: this server's own, and common ones, as a page and for the post box to pick from.

None has to be earned: Plurk unlocked them by karma, and people who were away had fewer.
"""

from __future__ import annotations

from itertools import groupby

import msgspec
from litestar import Response, get

from ..api.requests import AnyRequest, engine_of
from ..model.community import Emoji
from ..store import community
from .languages import gettext_now as _
from .pages import fragment, render, signed_in


class Group(msgspec.Struct, kw_only=True):
    """Emoji under one heading: pictures of this server by shortcode, or characters."""

    name: str
    own: list[Emoji] = []
    characters: list[str] = []


_FACES = "😀 😂 🙂 😉 😍 🤗 🤔 😐 😴 😮 😢 😭 😡 🥳 😇 🤒"
_HANDS = "👍 👎 👏 🙏 👋 💪 🤝 🙌 ❤️ 💚 💙 💛 💔 🎉 ✨ 🔥"
_DAYS = "☀️ 🌧️ ❄️ 🌈 🌻 🍀 🐈 🐕 🍞 🍎 🍰 ☕ 🍺 🚲 🚂 🏠"
_TYPED = ":-) ;-) :-( :-D :-P :-/ <3 ¯\\_(ツ)_/¯"


def _common() -> list[Group]:
    """What people reach for most; any keyboard and any text has more."""
    return [
        Group(name=_("Faces"), characters=_FACES.split()),
        Group(name=_("Hands and hearts"), characters=_HANDS.split()),
        Group(name=_("Days"), characters=_DAYS.split()),
        Group(name=_("As people type them"), characters=_TYPED.split()),
    ]


async def _own(request: AnyRequest) -> list[Group]:
    known = (await community.emojis(engine_of(request).db)).by_code.values()
    ordered = sorted(known, key=lambda one: (one.category.casefold(), one.shortcode.casefold()))
    return [Group(name=name or _("Of this server"), own=list(some))
            for name, some in groupby(ordered, key=lambda one: one.category)]


@get("/emoji", include_in_schema=False)
async def everything(request: AnyRequest) -> Response[bytes]:
    """Every picture of this server with the code that writes it."""
    return await render(request, "emoji.html", groups=await _own(request))


@get("/fragments/emoji", include_in_schema=False)
async def palette(request: AnyRequest) -> Response[bytes]:
    """Buttons for the post box."""
    await signed_in(request)
    text = fragment(request, "fragments/emoji.html", groups=[*await _own(request), *_common()])
    return Response(text.encode(), media_type="text/html", headers={"Cache-Control": "private, no-store"})


routes = [everything, palette]
