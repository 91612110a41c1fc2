"""ffmpeg and ffprobe as strangers: one file in, one file out, little memory, little time, no network.

Each runs in a process of its own behind `ulimit` and `nice`, opens the input
with the one demuxer that its first bytes told (so no playlist is followed),
speaks the protocol `file` and nothing else, and is killed with all its
children when its time is up. Source: ffmpeg.org/ffmpeg-protocols.html,
"protocol_whitelist"; ffmpeg.org/ffmpeg.html.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from functools import cache
from pathlib import Path

import msgspec

from ..errors import Invalid

MAX_SECONDS = 3 * 3600  # of a film or a sound; Mastodon's
MAX_FRAME_PIXELS = 8_294_400  # Mastodon's `video_matrix_limit`
MAX_FRAME_RATE = 120
LONGEST_SIDE = 1920  # of a film that is converted
CONVERTING_SECONDS = 900
PROBING_SECONDS = 15
_MEMORY_KILOBYTES = 3_000_000  # of addresses; a 4K film needs about a third of it
_MAX_ANSWER = 1_000_000
_BROWSERS = ("h264", "aac", "mp3")

# $1 seconds of processor time, $2 kilobytes of addresses, $3 blocks of 512 bytes a file may have.
_FENCE = 'ulimit -t "$1"; ulimit -v "$2" 2>/dev/null; ulimit -f "$3"; shift 3; exec nice -n 15 "$@"'


class Stream(msgspec.Struct):
    """What ffprobe says of one stream."""

    index: int = 0
    codec_name: str = ""
    codec_type: str = ""
    width: int = 0
    height: int = 0
    pix_fmt: str = ""
    avg_frame_rate: str = "0/0"
    r_frame_rate: str = "0/0"
    duration: str = ""
    sample_rate: str = ""
    channel_layout: str = ""
    channels: int = 0
    disposition: dict[str, int] = {}
    side_data_list: list[dict[str, msgspec.Raw]] = []

    @property
    def rate(self) -> Fraction:
        """Frames a second; 0 where it is not known."""
        for text in (self.avg_frame_rate, self.r_frame_rate):
            with suppress(ValueError, ZeroDivisionError):
                if rate := Fraction(text):
                    return rate
        return Fraction(0)

    @property
    def turned(self) -> bool:
        """Whether it is to be shown otherwise than it is stored."""
        return any("rotation" in entry and entry["rotation"] != b"0" for entry in self.side_data_list)


class Format(msgspec.Struct):
    """What ffprobe says of the file."""

    duration: str = ""
    bit_rate: str = ""


class Probe(msgspec.Struct):
    """What is in a file."""

    streams: list[Stream] = []
    format: Format = msgspec.field(default_factory=Format)

    @property
    def picture(self) -> Stream | None:
        """The stream that moves; covers do not."""
        films = (s for s in self.streams if s.codec_type == "video")
        return next((s for s in films if not s.disposition.get("attached_pic")), None)

    @property
    def cover(self) -> Stream | None:
        return next((s for s in self.streams if s.disposition.get("attached_pic")), None)

    @property
    def sound(self) -> Stream | None:
        return next((s for s in self.streams if s.codec_type == "audio"), None)

    @property
    def seconds(self) -> float:
        """How long it says it is; 0 where it does not."""
        for text in (self.format.duration, *(s.duration for s in self.streams)):
            with suppress(ValueError):
                return float(text)
        return 0.0


class Unusable(Invalid):
    """ffmpeg cannot make anything of this file, or not in time."""


@cache
def available() -> bool:
    """Whether this machine has ffmpeg and ffprobe."""
    return shutil.which("ffmpeg") is not None and shutil.which("ffprobe") is not None


async def probe(file: Path, reader: str) -> Probe:
    """What is in `file`, opened by the demuxer `reader`. Raises Unusable."""
    answer = await _run(
        ["ffprobe", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "file", "-f", reader, "-show_entries",
         "stream=index,codec_name,codec_type,width,height,pix_fmt,avg_frame_rate,r_frame_rate,duration,sample_rate,"
         "channel_layout,channels:stream_disposition=attached_pic:stream_side_data=rotation:format=duration,bit_rate",
         "-of", "json=compact=1", f"file:{file}"],
        PROBING_SECONDS, max_bytes=0)
    try:
        return msgspec.json.decode(answer, type=Probe)
    except msgspec.DecodeError:
        raise Unusable("This file cannot be read.", "file") from None


def refuse_excess(found: Probe) -> None:
    """Raises Invalid for what is too long, too wide or too fast, and for what holds neither picture nor sound."""
    film = found.picture
    if film is None and found.sound is None:
        raise Unusable("This file has neither pictures nor sound.", "file")
    if found.seconds > MAX_SECONDS:
        raise Invalid(f"Validation failed: At most {MAX_SECONDS // 3600} hours can be uploaded", "file")
    if film is not None:
        if film.width * film.height > MAX_FRAME_PIXELS:
            raise Invalid(f"{film.width}x{film.height} videos are not supported", "file")
        if film.rate > MAX_FRAME_RATE:
            raise Invalid(f"{int(film.rate)}fps videos are not supported", "file")


async def to_film(source: Path, reader: str, found: Probe, target: Path, max_bytes: int) -> None:
    """An MP4 that every browser plays, from anything that has a moving picture. Raises Unusable."""
    film, sound = found.picture, found.sound
    assert film is not None
    plays = (
        reader == "mov" and film.codec_name == "h264" and film.pix_fmt in ("yuv420p", "yuvj420p") and not film.turned
        and (sound is None or sound.codec_name in _BROWSERS))
    if plays:
        coding = ["-c", "copy"]
    else:
        coding = [
            "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-maxrate", "4M", "-bufsize", "8M",
            "-pix_fmt", "yuv420p", "-threads", "2", "-fpsmax", "60", "-vf",
            f"scale='min({LONGEST_SIDE},iw)':'min({LONGEST_SIDE},ih)':force_original_aspect_ratio=decrease"
            ":force_divisible_by=2,setsar=1",
            "-c:a", "aac", "-b:a", "128k", "-ac", "2"]
    wanted = ["-map", f"0:{film.index}", *(["-map", f"0:{sound.index}"] if sound else [])]
    await _convert(source, reader, [*wanted, *coding, "-movflags", "+faststart", "-f", "mp4"], target, max_bytes)


async def to_sound(source: Path, reader: str, found: Probe, target: Path, max_bytes: int) -> None:
    """An MP3 from anything that has sound. Raises Unusable."""
    sound = found.sound
    assert sound is not None
    coding = ["-c:a", "copy"] if sound.codec_name == "mp3" else ["-c:a", "libmp3lame", "-q:a", "2"]
    ending = ["-id3v2_version", "0", "-f", "mp3"]
    await _convert(source, reader, ["-map", f"0:{sound.index}", *coding, *ending], target, max_bytes)


async def still(source: Path, reader: str, stream: Stream, target: Path, max_bytes: int) -> None:
    """One frame as PNG: of a film's first ones the one that stands for them best. Raises Unusable."""
    cover = bool(stream.disposition.get("attached_pic"))
    choosing = "scale='min(1280,iw)':'min(1280,ih)':force_original_aspect_ratio=decrease"
    await _convert(
        source, reader,
        ["-map", f"0:{stream.index}", "-frames:v", "1", "-vf", choosing if cover else f"thumbnail=n=24,{choosing}",
         "-c:v", "png", "-pix_fmt", "rgb24", "-f", "image2pipe"], target, max_bytes)


async def _convert(source: Path, reader: str, arguments: Sequence[str], target: Path, max_bytes: int) -> None:
    await _run(
        ["ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "file", "-threads", "2",
         "-f", reader, "-i", f"file:{source}", "-sn", "-dn", "-map_metadata", "-1", "-map_metadata:s", "-1",
         "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact",
         "-t", str(MAX_SECONDS + 1), "-fs", str(max_bytes), *arguments, "-y", f"file:{target}"],
        CONVERTING_SECONDS, max_bytes=max_bytes * 2)  # faststart writes a file twice
    if not target.exists() or target.stat().st_size == 0:
        raise Unusable("This file cannot be read to its end.", "file")


async def _run(command: list[str], seconds: int, max_bytes: int) -> bytes:
    """What the command prints. Raises Unusable when it fails, prints too much or takes too long."""
    process = await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", _FENCE, "fence", str(seconds), str(_MEMORY_KILOBYTES), str(max_bytes // 512 + 1), *command,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"}, start_new_session=True)
    assert process.stdout is not None
    answer = bytearray()
    try:
        async with asyncio.timeout(seconds):
            while piece := await process.stdout.read(65_536):
                answer += piece
                if len(answer) > _MAX_ANSWER:
                    raise Unusable("This file has too many parts.", "file")
            code = await process.wait()
    except TimeoutError:
        raise Unusable("This file takes too long to convert; a shorter one works.", "file") from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if code:
        raise Unusable("This file cannot be read; it may be damaged or cut off.", "file")
    return bytes(answer)
