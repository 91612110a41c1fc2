"""What scripts of 2008 ask of Twitter: the search API of July and the REST API.

`results`, `status` and `user` in the old shapes are words of this package only.
"""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from . import people, search, statuses, trends

routes: list[ControllerRouterHandler] = [*search.routes, *trends.routes, *statuses.routes, *people.routes]
