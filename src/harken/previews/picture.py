"""The picture of a preview: made small and written anew, so that no reader asks the linked server for it."""

from __future__ import annotations

import asyncio
import io

import msgspec
from PIL import Image, ImageOps

MAX_PIXELS = 20_000_000
SIZE = (640, 640)
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")

_one_at_a_time = asyncio.Semaphore(1)  # a decoded picture is large; a second waits


class Small(msgspec.Struct, frozen=True):
    """A picture as WebP."""

    content: bytes
    width: int
    height: int


async def small(content: bytes) -> Small | None:
    """The picture, at most SIZE; None for what is no picture that can be read, or a bomb."""
    async with _one_at_a_time:
        return await asyncio.to_thread(_small, content)


def _small(content: bytes) -> Small | None:
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as source:
            if source.width * source.height > MAX_PIXELS:
                return None
            source.draft("RGB", SIZE)
            upright = ImageOps.exif_transpose(source)
            transparent = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
            plain = upright.convert("RGBA" if transparent else "RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, OSError, ValueError, SyntaxError, EOFError,
            MemoryError, IndexError, TypeError, OverflowError):
        return None  # what Pillow's decoders raise on broken files
    plain.thumbnail(SIZE)
    out = io.BytesIO()
    plain.save(out, "WEBP", quality=80, method=4)
    return Small(out.getvalue(), plain.width, plain.height)
