"""Wiring only: routes, middleware, the error table."""

from __future__ import annotations

from functools import cache

from litestar import Litestar, Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from . import __version__
from .api.feeds import routes as feeds
from .api.harken import routes as own
from .api.mastodon import routes as mastodon
from .api.mastodon import uploads as mastodon_uploads
from .api.twitter import routes as twitter
from .engine import Engine
from .surface.errors import HANDLERS
from .surface.middleware import Guard
from .surface.operations import routes as operations
from .web import routes as web
from .web import uploads as web_uploads


def build(engine: Engine) -> Guard:
    """The ASGI application on a running engine."""
    settings = engine.settings
    return Guard(routed(settings.max_upload_bytes + 1_000_000, settings.max_video_bytes + 1_000_000), engine)


@cache
def routed(most: int, most_of_uploads: int = 0) -> Litestar:
    """The routes, which take a while to wire and know no engine: every request brings its own."""
    uploads = Router("/", route_handlers=[*mastodon_uploads, *web_uploads], request_max_body_size=most_of_uploads)
    return Litestar(
        route_handlers=[*operations, *mastodon, *twitter, *feeds, *own, *web, uploads],
        exception_handlers=HANDLERS,
        openapi_config=OpenAPIConfig(
            title="Harken", version=__version__, path="/api/openapi", render_plugins=[JsonRenderPlugin()]
        ),
        request_max_body_size=most,
        logging_config=None,
        debug=False,
    )
