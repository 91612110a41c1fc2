"""Feeds: Atom, JSON Feed and RSS for every query, tag and account. `feed_of` and `answered` make any other."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from . import addresses
from .answers import answered, parted
from .feed import Feed, feed_of

routes: list[ControllerRouterHandler] = [*addresses.routes]

__all__ = ["Feed", "answered", "feed_of", "parted", "routes"]
