"""Files made for tests: pictures by Pillow, films and sounds by ffmpeg where this machine has it."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from harken.media import ffmpeg

# A laptop may go without; in CI (.ci/run installs it) a missing one is a failure.
films = pytest.mark.skipif(
    not ffmpeg.available() and not os.environ.get("CI"),
    reason="ffmpeg is not installed: films and sounds are not tested")


def drawn(width: int = 640, height: int = 480, form: str = "JPEG", mode: str = "RGB", **given: Any) -> bytes:
    """A picture: red above, blue below on the left; green on the right."""
    picture = Image.new(mode, (width, height), (200, 30, 30, 255)[: len(mode)])
    picture.paste((30, 30, 200, 255)[: len(mode)], (0, height // 2, width // 2, height))
    picture.paste((30, 200, 30, 255)[: len(mode)], (width // 2, 0, width, height))
    out = io.BytesIO()
    picture.save(out, form, **given)
    return out.getvalue()


def photographed(width: int = 640, height: int = 480, turned: int = 6) -> bytes:
    """A JPEG with a place, a camera and a comment in it, to be turned by a quarter."""
    exif = Image.Exif()
    exif[0x0112] = turned
    exif[0x010F] = "SecretCamera"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (48.0, 12.0, 30.0)
    return drawn(width, height, exif=exif, comment=b"SecretComment")


def huge_png(width: int, height: int) -> bytes:
    """A PNG that says it is so large and holds next to nothing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    content = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + content


def moving_gif(frames: int = 8, width: int = 120, height: int = 90) -> bytes:
    pictures = [Image.new("RGB", (width, height), (10 * i % 256, 200 - 20 * i % 200, 90)) for i in range(frames)]
    out = io.BytesIO()
    pictures[0].save(out, "GIF", save_all=True, append_images=pictures[1:], duration=100, loop=0)
    return out.getvalue()


def made_by_ffmpeg(directory: Path, name: str, *arguments: str) -> bytes:
    """What ffmpeg writes into a file called `name`."""
    file = directory / name
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments, str(file)], check=True, capture_output=True)
    return file.read_bytes()


def film(directory: Path, name: str = "film.webm", seconds: float = 1.0, size: str = "320x180", *more: str) -> bytes:
    """A film with sound; the ending chooses how it is written."""
    return made_by_ffmpeg(
        directory, name, "-f", "lavfi", "-i", f"testsrc=size={size}:rate=25:duration={seconds}", "-f", "lavfi",
        "-i", f"sine=frequency=440:duration={seconds}", "-shortest", *more)


def sound(directory: Path, name: str = "sound.ogg", seconds: float = 1.0, *more: str) -> bytes:
    return made_by_ffmpeg(directory, name, "-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}", *more)
