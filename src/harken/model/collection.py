"""A collection: people whom somebody recommends to others, under a name (Mastodon 4.6)."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """One that is not `discoverable` is found by its address only."""

    id: int
    owner_id: int
    name: str
    description: str = ""
    language: str | None = None
    tag: str | None = None  # as written, without #
    sensitive: bool = False
    discoverable: bool = True
    created_at: datetime
    updated_at: datetime


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in a collection, since the moment that is in `id`."""

    id: int
    collection_id: int
    account_id: int
