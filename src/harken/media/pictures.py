"""Uploaded pictures: recognised by content, bounded, turned upright, cut to size and written anew without EXIF."""

from __future__ import annotations

import asyncio
import io

import msgspec
from PIL import Image, ImageOps

from ..errors import Invalid, TooLarge

MAX_PIXELS = 40_000_000  # 160 MB decoded: a large photograph, no bomb
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
MAX_EMOJI_BYTES = 256_000  # Mastodon's number
MAX_EMOJI_SIDE = 1024
MAX_EMOJI_FRAMES = 120
EMOJI_SIDE = 128  # drawn at 20 pixels, on the finest screens at three times that
SIZES = {"avatar": (400, 400), "header": (1500, 500)}

_one_at_a_time = asyncio.Semaphore(1)  # a decoded picture is large; a second waits


class Picture(msgspec.Struct, frozen=True):
    """A picture as it is stored."""

    content: bytes
    kind: str
    suffix: str
    width: int
    height: int


async def read_emoji(content: bytes) -> tuple[Picture, Picture]:
    """`content` as a custom emoji: as it moves, and still. Raises TooLarge, Invalid."""
    if len(content) > MAX_EMOJI_BYTES:
        raise TooLarge(f"An emoji may have at most {MAX_EMOJI_BYTES // 1000} kB.")
    async with _one_at_a_time:
        return await asyncio.to_thread(_emoji, content)


def _emoji(content: bytes) -> tuple[Picture, Picture]:
    frames: list[Image.Image] = []
    durations: list[int] = []
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "GIF", "WEBP")) as source:
            if max(source.size) > MAX_EMOJI_SIDE:
                raise TooLarge(f"An emoji may be at most {MAX_EMOJI_SIDE} pixels wide and high.")
            for number in range(min(getattr(source, "n_frames", 1), MAX_EMOJI_FRAMES)):
                source.seek(number)
                frames.append(ImageOps.contain(source.convert("RGBA"), (EMOJI_SIDE, EMOJI_SIDE)))
                durations.append(int(source.info.get("duration") or 100))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooLarge(f"An emoji may be at most {MAX_EMOJI_SIDE} pixels wide and high.") from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, IndexError, TypeError, OverflowError):
        raise Invalid("This is not a picture that can be read; use PNG, GIF or WebP.", "file") from None
    out = io.BytesIO()
    frames[0].save(out, "WEBP", lossless=True)
    still = Picture(out.getvalue(), "image/webp", "webp", *frames[0].size)
    if len(frames) == 1:
        return still, still
    out = io.BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], duration=durations, loop=0, quality=85)
    return Picture(out.getvalue(), "image/webp", "webp", *frames[0].size), still


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
