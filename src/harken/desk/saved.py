"""Saved replies: what their placeholders stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..model.account import Account
from ..model.desk import Desk

PLACEHOLDERS = ("name", "handle", "desk", "helper", "channel", "emergency")
"""{name} and {handle} of whoever asks, {helper}: whoever answers; {desk}, {channel} and {emergency}: of the desk."""

_HOLE = re.compile(r"\{(\w+)\}")


def unknown(text: str) -> list[str]:
    """The placeholders of a text that stand for nothing, in order."""
    return list(dict.fromkeys(name for name in _HOLE.findall(text) if name not in PLACEHOLDERS))


def filled(text: str, desk: Desk, asker: Account, helper: Account) -> str:
    """The text for one person. What a desk has not written stands for nothing; names are no placeholders themselves."""
    values: Mapping[str, str] = {
        "name": asker.shown_name, "handle": f"@{asker.address}", "desk": desk.name, "helper": helper.shown_name,
        "channel": desk.channel, "emergency": desk.emergency}
    return _HOLE.sub(lambda hole: values.get(hole[1], hole[0]), text)
