"""The colours in which clients draw a profile."""

from __future__ import annotations

import msgspec


class Colours(msgspec.Struct, frozen=True, kw_only=True):
    """Six hexadecimal digits each; empty for the usual one."""

    background: str = ""
    words: str = ""
    link: str = ""
    sidebar_fill: str = ""
    sidebar_border: str = ""
