"""Fetch what posts link to, behind them.

The links stand in the facts with the time when they are due, so nothing is lost
while the server is down. A link is claimed in a transaction, fetched outside
any, and stored in another; every request and every redirect goes through
`federation.fetch`, which refuses private addresses.
"""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urljoin

import msgspec
import structlog

from .. import clock
from ..errors import Refused, TryLater
from ..federation import fetch
from ..log.wake import Wake
from ..media.store import MediaStore
from ..model.preview import Preview
from ..settings import Settings
from ..store import previews
from ..store.database import Database
from .page import Page, decoded, read_page, with_oembed
from .picture import small

LOOK_SECONDS = 1.0
AT_ONCE = 4
MAX_REDIRECTS = 5
MAX_PAGE_BYTES = 500_000  # what a page says of itself stands in its head; Mastodon reads a megabyte
MAX_OEMBED_BYTES = 64 * 1024
MAX_PICTURE_BYTES = 4_000_000
ALL_SECONDS = 40.0  # page, oEmbed and picture together
MAX_TRIES = 3
FIRST_PAUSE = timedelta(minutes=10)

_log = structlog.get_logger("harken.previews")


class Fetching:
    """Fetches previews that are due."""

    def __init__(self, db: Database, settings: Settings, base_url: str, store: MediaStore, wake: Wake) -> None:
        self._db = db
        self._private = settings.allow_private_addresses
        self._base_url = base_url
        self._store = store
        self._wake = wake

    async def run(self, stop: asyncio.Event) -> None:
        """Fetch until `stop`; what is under way then comes again after the next start."""
        while not stop.is_set():
            seen = self._wake.count
            piece = asyncio.create_task(self.settle(AT_ONCE))
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait([piece, stopping], return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if not piece.done():
                piece.cancel()
            busy = False
            with suppress(asyncio.CancelledError):
                try:
                    busy = bool(await piece)
                except Exception:
                    _log.exception("fetching previews failed")
                    await asyncio.sleep(1)
            if not busy and not stop.is_set():
                await self._wake.wait(seen, LOOK_SECONDS)

    async def settle(self, limit: int = 100) -> int:
        """Fetch what is due now, at most `limit`; how many there were."""
        now = clock.now()
        if not await previews.anything_due(self._db, now):
            return 0
        async with self._db.transaction() as tx:
            due = await previews.claim(tx, now, limit)
        await asyncio.gather(*map(self._fetch, due))
        return len(due)

    async def _fetch(self, due: previews.Due) -> None:
        """Fetch one link and store how it went. What was known before stays when it cannot be reached."""
        made: Preview | None = None
        again: timedelta | None = None
        try:
            if due.tries > MAX_TRIES:  # we did not live to see the end of the earlier ones
                raise Refused("given up")
            async with asyncio.timeout(ALL_SECONDS):
                made = await self._preview(due.url)
        except (TryLater, TimeoutError):
            again = FIRST_PAUSE * 4 ** (due.tries - 1) if due.tries < MAX_TRIES else None
        except Refused:
            made = Preview(url=due.url)
        now = clock.now()
        async with self._db.transaction() as tx:
            if made is not None:
                await previews.put(tx, made, now)
            else:
                await previews.put_off(tx, due.url, now + again if again else None, now)
        if made is not None and due.image and due.image != made.image:
            await self._store.delete(due.image)

    async def _preview(self, url: str) -> Preview:
        """What is behind `url`; without a title where there is nothing to show. Raises Refused, TryLater."""
        nothing = Preview(url=url)
        if url == self._base_url or url.startswith(f"{self._base_url}/"):
            return nothing
        final, answer = await self._get(url, "text/html", MAX_PAGE_BYTES)
        kind = answer.headers.get("content-type", "")
        if kind.split(";")[0].strip().lower() not in ("text/html", "application/xhtml+xml"):
            return nothing
        # In a thread: a megabyte of HTML would hold everybody up.
        page = await asyncio.to_thread(lambda: read_page(decoded(answer.body, kind), url, final))
        if page.oembed_url:
            with suppress(Refused, TryLater):
                where, document = await self._get(page.oembed_url, "application/json", MAX_OEMBED_BYTES)
                page = with_oembed(page, document.body, where)
        if not page.preview.title:
            return nothing
        return await self._with_picture(page)

    async def _with_picture(self, page: Page) -> Preview:
        made = page.preview
        if not page.picture_url:
            return msgspec.structs.replace(made, width=0, height=0) if made.kind == "link" else made
        try:
            _, answer = await self._get(page.picture_url, "image/*", MAX_PICTURE_BYTES)
        except (Refused, TryLater):
            return msgspec.structs.replace(made, width=0, height=0) if made.kind == "link" else made
        picture = await small(answer.body)
        if picture is None:
            return msgspec.structs.replace(made, width=0, height=0) if made.kind == "link" else made
        # The address is part of the name, so that a preview that goes takes no other one's picture along.
        name = hashlib.sha256(made.url.encode() + b" " + picture.content).hexdigest()
        path = f"preview/{name[:2]}/{name[2:18]}.webp"
        await self._store.put(path, picture.content)
        sized = made.kind == "video" and made.width and made.height
        return msgspec.structs.replace(
            made, image=path, width=made.width if sized else picture.width,
            height=made.height if sized else picture.height)

    async def _get(self, url: str, accept: str, max_bytes: int) -> tuple[str, fetch.Answer]:
        """The answer at the end of the redirects and where that was. Raises Refused (also: not 200), TryLater."""
        for _ in range(MAX_REDIRECTS + 1):
            try:
                answer = await fetch.send(
                    "GET", url, private=self._private, max_bytes=max_bytes,
                    headers={"Accept": accept, "Accept-Encoding": "identity"})
                target = answer.headers.get("location", "")
                if answer.status in (301, 302, 303, 307, 308) and target:
                    url = urljoin(url, target)
                    continue
            except ValueError:  # what urllib says to an address such as http://[::1
                raise Refused("this is no address") from None
            if answer.status >= 500 or answer.status == 429:
                raise TryLater(f"the server answered {answer.status}")
            if answer.status != 200:
                raise Refused(f"the server answered {answer.status}")
            return url, msgspec.structs.replace(answer, body=_plain(answer, max_bytes))
        raise Refused("too many redirects")


def _plain(answer: fetch.Answer, max_bytes: int) -> bytes:
    """The body, unpacked if it came packed although we asked for it plain. Raises Refused."""
    packed = answer.headers.get("content-encoding", "identity").strip().lower()
    if packed in ("", "identity"):
        return answer.body
    if packed not in ("gzip", "x-gzip", "deflate"):
        raise Refused(f"packed as {packed[:20]}")
    try:
        return zlib.decompressobj(47 if packed != "deflate" else 15).decompress(answer.body, max_bytes)
    except zlib.error:
        raise Refused("cannot be unpacked") from None
