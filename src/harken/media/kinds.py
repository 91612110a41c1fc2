"""What a file is, told from its first bytes; names and declared types are not believed."""

from __future__ import annotations

import msgspec

HEAD_BYTES = 64
PICTURE_KINDS = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif")
VIDEO_KINDS = ("video/webm", "video/mp4", "video/quicktime", "video/ogg")
AUDIO_KINDS = (
    "audio/wave", "audio/wav", "audio/x-wav", "audio/x-pn-wave", "audio/vnd.wave", "audio/ogg", "audio/vorbis",
    "audio/mpeg", "audio/mp3", "audio/webm", "audio/flac", "audio/aac", "audio/m4a", "audio/x-m4a", "audio/mp4",
    "audio/3gpp", "video/x-ms-asf")
_AVIF = (b"avif", b"avis")
_HEIF = (b"heic", b"heix", b"hevc", b"hevx", b"mif1", b"msf1")


class Kind(msgspec.Struct, frozen=True):
    """A recognised file. `reader` is the one demuxer of ffmpeg that may open it; '' for what Pillow reads."""

    name: str  # picture, gif, film (sound or pictures in motion), unreadable
    reader: str = ""


def kind_of(head: bytes) -> Kind | None:
    """What a file with these first bytes is; None for what nobody here knows, such as SVG or HTML."""
    if head.startswith(b"\xff\xd8\xff") or head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind("picture")
    if head.startswith((b"GIF87a", b"GIF89a")):
        return Kind("gif", "gif")
    if head.startswith(b"RIFF"):
        return {b"WEBP": Kind("picture"), b"WAVE": Kind("film", "wav")}.get(head[8:12])
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return Kind("picture") if brand in _AVIF else Kind("unreadable") if brand in _HEIF else Kind("film", "mov")
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"):  # QuickTime before it had `ftyp`
        return Kind("film", "mov")
    for start, reader in (
        (b"\x1aE\xdf\xa3", "matroska"), (b"OggS", "ogg"), (b"fLaC", "flac"), (b"ID3", "mp3"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    ):
        if head.startswith(start):
            return Kind("film", reader)
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:  # the sync word of MPEG audio; layer 0 is AAC's
        return Kind("film", "aac" if head[1] & 0x06 == 0 else "mp3")
    return None
