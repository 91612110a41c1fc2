"""Wiring only: routes, middleware, the error table."""

from __future__ import annotations

from functools import cache
from typing import Any

from litestar import Litestar, Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.routes import HTTPRoute

from . import __version__
from .api.feeds import routes as feeds
from .api.harken import bodies
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
    most_of_uploads = max(settings.max_video_bytes, settings.max_file_bytes) + 1_000_000
    return Guard(routed(settings.max_upload_bytes + 1_000_000, most_of_uploads), engine)


@cache
def routed(most: int, most_of_uploads: int = 0) -> Litestar:
    """The routes, which take a while to wire and know no engine: every request brings its own."""
    large = [*mastodon_uploads, *bodies, *web_uploads]
    uploads = Router("/", route_handlers=large, request_max_body_size=most_of_uploads)
    return _Wired(
        route_handlers=[*operations, *mastodon, *twitter, *feeds, *own, *web, uploads],
        exception_handlers=HANDLERS,
        openapi_config=OpenAPIConfig(
            title="Harken", version=__version__, path="/api/openapi", render_plugins=[JsonRenderPlugin()]
        ),
        request_max_body_size=most,
        logging_config=None,
        debug=False,
    )


class _Wired(Litestar):
    """Litestar, without making a map of all routes anew for each that comes: half a second of every start."""

    @property
    def route_handler_method_map(self) -> dict[str, Any]:
        return _Methods({one.path: one for one in self.routes if isinstance(one, HTTPRoute)})


class _Methods(dict[str, Any]):
    """Path -> method -> handler, of the path that is asked for."""

    def get(self, path: str, default: Any = None) -> Any:
        route = super().get(path)
        return default if route is None else {name: one for one in route.route_handlers for name in one.http_methods}
