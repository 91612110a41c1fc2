"""Pages for people: readable and usable without JavaScript, quicker with it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from . import static

_AREAS = ("home", "profiles", "posts", "lists", "search", "live", "about", "accounts")

routes: list[Any] = [*static.routes]
for _area in _AREAS:
    try:
        routes += import_module(f"{__name__}.{_area}").routes
    except ModuleNotFoundError as _missing:  # until every area has landed
        if _missing.name != f"{__name__}.{_area}":
            raise
