"""Harken as an installed application: its manifest, its worker, what other applications share with it, and its keys."""

from __future__ import annotations

import msgspec
from litestar import Response, get, post

from ..api.requests import AnyRequest, engine_of, parameters
from . import static
from .compose import own_box
from .languages import gettext_now as _
from .pages import must_be_signed_in, render, signed_in

WORKER = "service-worker.js"
MAX_SHARED = 5000  # characters


class Shared(msgspec.Struct):
    """What another application shared, files aside."""

    title: str = ""
    text: str = ""
    url: str = ""


@get("/manifest.webmanifest", include_in_schema=False)
async def manifest(request: AnyRequest) -> Response[bytes]:
    """What a browser needs to install the site (W3C Web Application Manifest), in the reader's language."""
    await signed_in(request)
    name = engine_of(request).settings.title
    icons = [
        {"src": static.address("icon-192.png"), "sizes": "192x192", "type": "image/png"},
        {"src": static.address("icon-512.png"), "sizes": "512x512", "type": "image/png"},
        {"src": static.address("icon-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
        {"src": static.address("logo.svg"), "sizes": "any", "type": "image/svg+xml"},
    ]
    body = {
        "id": "/", "name": name, "short_name": name[:12], "start_url": "/", "scope": "/", "display": "standalone",
        "description": _("A place where people talk, and where what they say is heard."),
        "background_color": "#f6f4ef", "theme_color": "#0b675f", "icons": icons,
        "shortcuts": [
            {"name": _("Write a post"), "url": "/compose"}, {"name": _("Notifications"), "url": "/notifications"},
            {"name": _("Search"), "url": "/search"}],
        "share_target": {
            "action": "/share", "method": "POST", "enctype": "multipart/form-data",
            "params": {"title": "title", "text": "text", "url": "url", "files": [
                {"name": "files", "accept": ["image/*", "video/*", "audio/*"]}]}},
    }
    return Response(
        msgspec.json.encode(body), media_type="application/manifest+json",
        headers={"Cache-Control": "private, max-age=3600", "Vary": "Accept-Language, Cookie"})


@get(f"/{WORKER}", include_in_schema=False, sync_to_thread=False)
def worker(request: AnyRequest) -> Response[bytes]:
    """The worker, at the root so that it serves the whole site; browsers ask for it anew by themselves."""
    return Response(
        static.files()[WORKER].content, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@get("/share", include_in_schema=False)
async def shared(request: AnyRequest) -> Response[bytes]:
    """The box with what another application shared; its files wait in the worker."""
    return await _box(request)


@post("/share", include_in_schema=False, status_code=200)
async def shared_without_worker(request: AnyRequest) -> Response[bytes]:
    """The same where the worker does not run: nothing is kept, so no token is asked for; files are left out."""
    return await _box(request)


async def _box(request: AnyRequest) -> Response[bytes]:
    viewer = await must_be_signed_in(request)
    given = await parameters(request, Shared)
    parts = (given.title.strip(), given.text.strip(), given.url.strip())
    text = "\n".join(dict.fromkeys(part for part in parts if part))[:MAX_SHARED]
    return await render(
        request, "compose.html", box=await own_box(request, viewer, text=text), parent=None, quoted=None)


@get("/help/keys", include_in_schema=False)
async def keys(request: AnyRequest) -> Response[bytes]:
    """What each key does; the same stands behind `?`."""
    return await render(request, "help_keys.html")


uploads = [shared, shared_without_worker]
routes = [manifest, worker, keys]
