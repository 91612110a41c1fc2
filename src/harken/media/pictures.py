"""Uploaded pictures: recognised by content, bounded, turned upright, cut to size and written anew without EXIF."""

from __future__ import annotations

import asyncio
import io

import msgspec
from PIL import Image, ImageOps

from ..errors import Invalid, TooLarge

MAX_PIXELS = 40_000_000  # 160 MB decoded: a large photograph, no bomb
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
SIZES = {"avatar": (400, 400), "header": (1500, 500)}

_one_at_a_time = asyncio.Semaphore(1)  # a decoded picture is large; a second waits


class Picture(msgspec.Struct, frozen=True):
    """A picture as it is stored."""

    content: bytes
    kind: str
    suffix: str
    width: int
    height: int


async def read_picture(content: bytes, purpose: str, max_bytes: int) -> Picture:
    """`content` as an avatar or header. Raises TooLarge, Invalid."""
    if len(content) > max_bytes:
        raise TooLarge(f"A picture may have at most {max_bytes // 1_000_000} MB.")
    async with _one_at_a_time:
        return await asyncio.to_thread(_made_anew, content, *SIZES[purpose], purpose)


def _made_anew(content: bytes, width: int, height: int, field: str) -> Picture:
    try:
        # Opening reads the head only; the size is looked at before a pixel is decoded.
        with Image.open(io.BytesIO(content), formats=FORMATS) as source:
            if source.width * source.height > MAX_PIXELS:
                raise TooLarge(f"A picture may have at most {MAX_PIXELS // 1_000_000} million pixels.")
            source.draft("RGB", (width * 2, height * 2))  # lets JPEG decode at a fraction of its size
            upright = ImageOps.exif_transpose(source)
            transparent = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
            plain = upright.convert("RGBA" if transparent else "RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooLarge(f"A picture may have at most {MAX_PIXELS // 1_000_000} million pixels.") from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, IndexError, TypeError, OverflowError):
        # What Pillow's decoders raise on broken files (PIL.Image.open, "Raises", and experience).
        raise Invalid("This is not a picture that can be read; use JPEG, PNG, GIF or WebP.", field) from None
    shrink = min(1.0, plain.width / width, plain.height / height)
    fitted = ImageOps.fit(plain, (max(1, round(width * shrink)), max(1, round(height * shrink))))
    out = io.BytesIO()
    fitted.save(out, "WEBP", quality=85, method=4)
    return Picture(out.getvalue(), "image/webp", "webp", fitted.width, fitted.height)
