"""What is behind a link, in short."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """A page, photograph or film behind `url`; without a title no card. `image` is a path in the media store."""

    url: str
    kind: str = "link"  # link, photo, video
    title: str = ""
    description: str = ""
    language: str | None = None
    author_name: str = ""
    author_url: str = ""
    provider_name: str = ""
    provider_url: str = ""
    width: int = 0
    height: int = 0
    image: str = ""
    image_description: str = ""
    embed_url: str = ""
    published_at: datetime | None = None
