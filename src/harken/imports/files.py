"""Files to lines of JSON, whatever their format and compression."""

from __future__ import annotations

import bz2
import csv
import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec
import zstandard

from ..errors import Invalid
from . import archives
from .line import MAX_LINE_BYTES

FORMATS = ("auto", "jsonl", "csv", "twitter-archive", "mastodon-archive")
_BLOCK = 1 << 20


def digest(path: Path) -> str:
    """The start of the file's SHA-256: the default name of a source, stored beside each post's key."""
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()[:32]}"


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """The file's content, decompressed where its first bytes say so."""
    plain: Any  # what the decompressors give reads like a file, and is not declared as one
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        if start == b"\x28\xb5\x2f\xfd":
            yield zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
        elif start[:2] == b"\x1f\x8b":
            with gzip.open(file) as plain:
                yield plain
        elif start[:3] == b"BZh":
            with bz2.open(file) as plain:
                yield plain
        else:
            yield file


def recognised(path: Path) -> str:
    """The format of a file, from its content. Raises Invalid."""
    if path.is_dir():
        raise Invalid(f"{path} is a directory; name its files", "file")
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            return archives.recognised(packed.namelist(), path)
    try:
        with opened(path) as file:
            start = file.read(4096)
    except (zstandard.ZstdError, gzip.BadGzipFile, OSError, EOFError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise Invalid(f"{path} cannot be decompressed: {error}", "file") from None
    if start[257:262] == b"ustar":
        with opened(path) as file, tarfile.open(fileobj=file, mode="r|") as packed:
            return archives.recognised([member.name for member in packed], path)
    text = start.decode("utf-8-sig", "replace").lstrip()
    if text.startswith("window.YTD."):
        return "twitter-archive"
    if text.startswith("{"):
        return "mastodon-archive" if '"orderedItems"' in text or "OrderedCollection" in text else "jsonl"
    first = text.partition("\n")[0]
    if "author" in first and "text" in first and not first.startswith("["):
        return "csv"
    if not text:
        return "jsonl"
    raise Invalid(f"{path}: the format is none that Harken knows; name it with --format", "format")


def lines(path: Path, form: str, author: str = "") -> Iterator[bytes]:
    """The lines of a file, in its order, as JSON (see line.Line); the first is number 1.

    `author` is whose archive it is, where the archive does not say so.
    Raises Invalid for a file that is not of that format.
    """
    try:
        match form:
            case "jsonl":
                with opened(path) as file:
                    yield from _split(file)
            case "csv":
                with opened(path) as file:
                    yield from _rows(file, path)
            case "twitter-archive":
                yield from archives.tweets(path, _members(path), author)
            case _:
                yield from archives.outbox(path, _members(path), author)
    except (zstandard.ZstdError, gzip.BadGzipFile, EOFError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise Invalid(f"{path} is damaged: {error}; what came before the damage is imported", "file") from None


def _split(file: IO[bytes]) -> Iterator[bytes]:
    r"""Lines end with \n alone: texts contain U+2028 and its like."""
    rest = b""
    while block := file.read(_BLOCK):
        *whole, rest = (rest + block).split(b"\n")
        yield from whole
        if len(rest) > MAX_LINE_BYTES:
            # Too long to be used, and never to be held whole: keep enough to be told so.
            rest = rest[: MAX_LINE_BYTES + 1]
    if rest:
        yield rest


def _rows(file: IO[bytes], path: Path) -> Iterator[bytes]:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
    reader = csv.DictReader(text)
    try:
        if missing := {"author", "created_at", "text"} - set(reader.fieldnames or ()):
            raise Invalid(f"{path} has no column {', '.join(sorted(missing))}", "file")
        for row in reader:
            values: dict[str, object] = {key: value for key, value in row.items() if key and value}
            if "sensitive" in values:
                values["sensitive"] = str(values["sensitive"]).lower() in ("1", "true", "yes")
            yield msgspec.json.encode(values)
    except csv.Error as error:
        raise Invalid(f"{path}, line {reader.line_num}: {error}", "file") from None
    finally:
        text.detach()  # the file is closed by whoever opened it


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    """(name, content) of the files of an archive that matter, or of the file itself."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            for name in packed.namelist():
                if archives.matters(name):
                    yield name, packed.read(name)
        return
    with opened(path) as file:
        start = file.read(512)
    if start[257:262] == b"ustar":
        with opened(path) as file, tarfile.open(fileobj=file, mode="r|") as unpacked:
            for member in unpacked:
                if archives.matters(member.name) and (content := unpacked.extractfile(member)):
                    yield member.name, content.read()
        return
    with opened(path) as file:
        yield path.name, file.read()
