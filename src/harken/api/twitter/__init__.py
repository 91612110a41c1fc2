"""The search API of Twitter in July 2008, for scripts of that time; `results` is a word of this package only."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from . import search, trends

routes: list[ControllerRouterHandler] = [*search.routes, *trends.routes]
