"""Harken's own API, for what no other interface has a shape for; docs/api.md describes it."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from . import knowers

routes: list[ControllerRouterHandler] = [*knowers.routes]
