"""Wiring only: routes, middleware, the error table."""

from __future__ import annotations

from functools import cache

from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from . import __version__
from .api.feeds import routes as feeds
from .api.harken import routes as own
from .api.mastodon import routes as mastodon
from .api.twitter import routes as twitter
from .engine import Engine
from .surface.errors import HANDLERS
from .surface.middleware import Guard
from .surface.operations import routes as operations
from .web import routes as web


def build(engine: Engine) -> Guard:
    """The ASGI application on a running engine."""
    return Guard(routed(engine.settings.max_upload_bytes + 1_000_000), engine)


@cache
def routed(request_max_body_size: int) -> Litestar:
    """The routes, which take a while to wire and know no engine: every request brings its own."""
    return Litestar(
        route_handlers=[*operations, *mastodon, *twitter, *feeds, *own, *web],
        exception_handlers=HANDLERS,
        openapi_config=OpenAPIConfig(
            title="Harken", version=__version__, path="/api/openapi", render_plugins=[JsonRenderPlugin()]
        ),
        request_max_body_size=request_max_body_size,
        logging_config=None,
        debug=False,
    )
