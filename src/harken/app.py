"""Wiring only: routes, middleware, the error table."""

from __future__ import annotations

from litestar import Litestar
from litestar.datastructures import State
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from . import __version__
from .api.feeds import routes as feeds
from .api.harken import routes as own
from .api.mastodon import routes as mastodon
from .api.twitter import routes as twitter
from .engine import Engine
from .surface.errors import HANDLERS
from .surface.limits import Limits
from .surface.middleware import wrapped
from .surface.operations import routes as operations
from .web import routes as web


def build(engine: Engine) -> Litestar:
    """The ASGI application on a running engine."""
    limits = Limits(engine.settings)
    return Litestar(
        route_handlers=[*operations, *mastodon, *twitter, *feeds, *own, *web],
        exception_handlers=HANDLERS,
        middleware=wrapped(engine, limits),
        state=State({"engine": engine, "limits": limits}),
        openapi_config=OpenAPIConfig(
            title="Harken", version=__version__, path="/api/openapi", render_plugins=[JsonRenderPlugin()]
        ),
        request_max_body_size=engine.settings.max_upload_bytes + 1_000_000,
        logging_config=None,
        debug=False,
    )
