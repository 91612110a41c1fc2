"""`/trends.json` of July 2008, and `current`, `daily` and `weekly` of 2009: ten terms and the searches that find them.

Then, `daily` held each hour of a day and `weekly` each day of a week; here each holds the present one, counted over
the day or week until now. Links were no trends then, and are none here.
"""

from __future__ import annotations

from email.utils import format_datetime
from urllib.parse import urlencode

import msgspec
from litestar import Response, get

from ... import clock
from ...errors import Invalid
from ...search.trends import Trend, find_trends
from ..requests import AnyRequest, engine_of, parameters
from .calls import answered, checked

SHOWN = 10


class Asked(msgspec.Struct):
    """What scripts give: a function to call, and `hashtags` to leave those out."""

    callback: str = ""
    exclude: str = ""


async def _found(request: AnyRequest, asked: Asked, period: str) -> list[Trend]:
    """What anybody may know; cookies and tokens mean nothing here. Raises Invalid."""
    checked(asked.callback)
    if asked.exclude.lower() not in ("", "hashtags"):
        raise Invalid("exclude must be hashtags", "exclude")
    kinds = ("word", "phrase") if asked.exclude else ()
    # Without tags a thing may be said by two of its words, which is better than not at all.
    found = await find_trends(engine_of(request).db, None, period, clock.now(), kinds=kinds, limit=2 * SHOWN)
    return [trend for trend in found.trends if trend.kind != "link"][:SHOWN]


@get("/trends.json")
async def trends(request: AnyRequest) -> Response[bytes]:
    """Ten terms of the last day with the addresses of their searches."""
    asked = await parameters(request, Asked)
    base_url = engine_of(request).base_url
    made = [
        {"name": trend.name, "url": f"{base_url}/search?{urlencode({'q': trend.query})}"}
        for trend in await _found(request, asked, "day")]
    return answered({"trends": made, "as_of": format_datetime(clock.now())}, asked.callback)


async def _keyed(request: AnyRequest, period: str, key: str) -> Response[bytes]:
    asked = await parameters(request, Asked)
    now = clock.now()
    made = [{"name": trend.name, "query": trend.query} for trend in await _found(request, asked, period)]
    return answered({"trends": {now.strftime(key): made}, "as_of": int(now.timestamp())}, asked.callback)


@get("/trends/current.json")
async def current(request: AnyRequest) -> Response[bytes]:
    """Those of the last hour, under the present second."""
    return await _keyed(request, "hour", "%Y-%m-%d %H:%M:%S")


@get("/trends/daily.json")
async def daily(request: AnyRequest) -> Response[bytes]:
    """Those of the last day, under the present hour."""
    return await _keyed(request, "day", "%Y-%m-%d %H:00")


@get("/trends/weekly.json")
async def weekly(request: AnyRequest) -> Response[bytes]:
    """Those of the last week, under the present day."""
    return await _keyed(request, "week", "%Y-%m-%d")


routes = [trends, current, daily, weekly]
