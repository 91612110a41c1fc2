"""Uploaded pictures: recognised by content, bounded, turned upright, cut to size and written anew.

What is written holds pixels and nothing else: no EXIF, no comment, no profile
(colours are converted to sRGB first), nothing that followed the picture.
"""

from __future__ import annotations

import asyncio
import io
import math

import blurhash
import msgspec
from PIL import Image, ImageCms, ImageOps

from ..errors import Invalid, TooLarge

MAX_PIXELS = 33_177_600  # Mastodon's; 133 MB decoded: a large photograph, no bomb
MAX_STORED = 8_294_400  # pixels of an attachment as it is kept: 3840 × 2160
MAX_SMALL = 230_400  # of its preview: 640 × 360
MAX_FRAMES = 1_200
MAX_MOVING = 120_000_000  # pixels of all frames of a moving picture that we write ourselves
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
MAX_EMOJI_BYTES = 256_000  # Mastodon's number
MAX_EMOJI_SIDE = 1024
MAX_EMOJI_FRAMES = 120
EMOJI_SIDE = 128  # drawn at 20 pixels, on the finest screens at three times that
SIZES = {"avatar": (400, 400), "header": (1500, 500)}

_one_at_a_time = asyncio.Semaphore(1)  # a decoded picture is large; a second waits

# What Pillow's decoders raise on broken files (PIL.Image.open, "Raises", and experience).
_BROKEN = (
    OSError, ValueError, SyntaxError, EOFError, MemoryError, IndexError, KeyError, TypeError, OverflowError,
    ZeroDivisionError)


class Picture(msgspec.Struct, frozen=True):
    """A picture as it is stored."""

    content: bytes
    kind: str
    suffix: str
    width: int
    height: int


class Prepared(msgspec.Struct, frozen=True):
    """An attachment and what goes with it."""

    whole: Picture
    small: Picture
    blurhash: str


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
        return await asyncio.to_thread(_portrait, content, *SIZES[purpose], purpose)


async def read_attachment(content: bytes) -> Prepared:
    """`content` as a picture that a post carries. Raises Invalid; the caller has looked at its length."""
    async with _one_at_a_time:
        return await asyncio.to_thread(_attachment, content)


async def read_preview(content: bytes) -> Prepared:
    """`content` as the small picture of an attachment; `whole` and `small` are the same. Raises Invalid."""
    async with _one_at_a_time:
        return await asyncio.to_thread(_preview, content)


async def moves(content: bytes) -> bool:
    """Whether a GIF has more than one frame. Raises Invalid for too many."""
    return await asyncio.to_thread(_moves, content)


async def read_moving(content: bytes) -> Prepared:
    """A moving GIF written anew, for servers without ffmpeg. Raises Invalid."""
    async with _one_at_a_time:
        return await asyncio.to_thread(_moving, content)


def _opened(content: bytes, field: str, around: tuple[int, int]) -> Image.Image:
    """The picture, upright, in RGB or RGBA, without anything beside its pixels; `around` is a size that is enough."""
    try:
        # Opening reads the head only; the size is looked at before a pixel is decoded.
        with Image.open(io.BytesIO(content), formats=FORMATS) as source:
            if source.width * source.height > MAX_PIXELS:
                raise _too_many_pixels(source.width, source.height)
            source.draft("RGB", around)  # lets JPEG decode at a fraction of its size
            profile = source.info.get("icc_profile")
            upright = ImageOps.exif_transpose(source)
            transparent = upright.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in upright.info
            plain = _in_srgb(upright, profile).convert("RGBA" if transparent else "RGB")
            plain.info.clear()
            return plain
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except _BROKEN:
        raise Invalid("This is not a picture that can be read; use JPEG, PNG, GIF, WebP or AVIF.", field) from None


def _too_many_pixels(width: int = 0, height: int = 0) -> Invalid:
    told = f"{width}x{height} images" if width else "Images of so many pixels"
    return Invalid(f"{told} are not supported", "file")


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture with the colours that its profile means, for viewers that are told none."""
    if not profile or picture.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return picture
    try:
        meant = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = picture.mode if picture.mode in ("RGB", "RGBA") else "RGB"
        changed = ImageCms.profileToProfile(picture, meant, ImageCms.createProfile("sRGB"), outputMode=mode)
        return changed or picture
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture  # a broken profile says nothing; the picture is shown without it


def _shrunk(picture: Image.Image, pixels: int) -> Image.Image:
    """The picture with at most so many pixels, in its own proportions."""
    scale = math.sqrt(pixels / (picture.width * picture.height))
    if scale >= 1:
        return picture
    size = (max(1, int(picture.width * scale)), max(1, int(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _written(picture: Image.Image, form: str) -> Picture:
    out = io.BytesIO()
    if form == "JPEG":
        picture.save(out, "JPEG", quality=88, optimize=True, progressive=True)
    elif form == "WEBP":
        picture.save(out, "WEBP", quality=85, method=4)
    else:
        picture.save(out, "PNG")
    kind, suffix = {"JPEG": ("image/jpeg", "jpg"), "WEBP": ("image/webp", "webp")}.get(form, ("image/png", "png"))
    return Picture(out.getvalue(), kind, suffix, picture.width, picture.height)


def _portrait(content: bytes, width: int, height: int, field: str) -> Picture:
    plain = _opened(content, field, (width * 2, height * 2))
    shrink = min(1.0, plain.width / width, plain.height / height)
    return _written(ImageOps.fit(plain, (max(1, round(width * shrink)), max(1, round(height * shrink)))), "WEBP")


def _attachment(content: bytes) -> Prepared:
    plain = _shrunk(_opened(content, "file", (3840, 3840)), MAX_STORED)
    if content.startswith(b"RIFF"):
        form = "WEBP"
    elif content.startswith(b"\xff\xd8\xff") or (plain.mode == "RGB" and content[4:8] == b"ftyp"):
        form = "JPEG"
    else:
        form = "PNG"  # what was drawn keeps its edges
    return Prepared(_written(plain, form), _small(plain), _hash(plain))


def _preview(content: bytes) -> Prepared:
    plain = _opened(content, "thumbnail", (1280, 1280))
    small = _written(_shrunk(plain, MAX_SMALL), "PNG")
    return Prepared(small, small, _hash(plain))


def _small(picture: Image.Image) -> Picture:
    return _written(_shrunk(picture, MAX_SMALL), "PNG" if picture.mode == "RGBA" else "JPEG")


def _hash(picture: Image.Image) -> str:
    """The picture in some thirty characters, which clients paint until it has come. Source: blurha.sh."""
    tiny = picture.convert("RGB").resize((32, 32), Image.Resampling.BOX)
    pixels = tiny.tobytes()
    rows = [[list(pixels[(y * 32 + x) * 3 : (y * 32 + x) * 3 + 3]) for x in range(32)] for y in range(32)]
    return str(blurhash.encode(rows, components_x=4, components_y=4))


def _moves(content: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(content), formats=("GIF",)) as source:
            if source.width * source.height > MAX_PIXELS:
                raise _too_many_pixels(source.width, source.height)
            count = 0
            while count <= MAX_FRAMES:
                try:
                    source.seek(count)
                except EOFError:
                    break
                count += 1
                if count * source.width * source.height > MAX_MOVING * 4:
                    break
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except _BROKEN:
        raise Invalid("This is not a picture that can be read; use JPEG, PNG, GIF, WebP or AVIF.", "file") from None
    if count > MAX_FRAMES or count * source.width * source.height > MAX_MOVING * 4:
        raise Invalid(f"Validation failed: A moving picture has at most {MAX_FRAMES} frames", "file")
    return count > 1


def _moving(content: bytes) -> Prepared:
    first = _opened(content, "file", (0, 0))
    frames: list[Image.Image] = []
    pauses: list[int] = []
    try:
        with Image.open(io.BytesIO(content), formats=("GIF",)) as source:
            for number in range(MAX_FRAMES):
                try:
                    source.seek(number)
                except EOFError:
                    break
                if (number + 1) * source.width * source.height > MAX_MOVING:
                    raise Invalid("Validation failed: This moving picture is too large", "file")
                frame = source.convert("RGBA")
                pauses.append(max(20, int(source.info.get("duration", 100))))
                frame.info.clear()
                frames.append(frame)
        out = io.BytesIO()
        frames[0].save(
            out, "GIF", save_all=True, append_images=frames[1:], duration=pauses, loop=0, disposal=2)
    except _BROKEN:
        raise Invalid("This is not a picture that can be read; use JPEG, PNG, GIF, WebP or AVIF.", "file") from None
    whole = Picture(out.getvalue(), "image/gif", "gif", first.width, first.height)
    return Prepared(whole, _small(first), _hash(first))
