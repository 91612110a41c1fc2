"""Harken's own API, for what no other interface has a shape for; docs/api.md describes it."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from . import commands, ears, knowers, similar

routes: list[ControllerRouterHandler] = [*commands.routes, *ears.routes, *knowers.routes, *similar.routes]
