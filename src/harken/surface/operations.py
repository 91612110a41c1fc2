"""For those who run the server: is it well, and how is it doing."""

from __future__ import annotations

import msgspec
from litestar import Response, get

from ..api.requests import AnyRequest, engine_of
from ..store import log
from . import metrics


@get("/health", include_in_schema=False)
async def health(request: AnyRequest) -> Response[bytes]:
    """200 and `OK` when the database answers and every consumer goes on; 503 with their names when not.

    Clients look for Mastodon's very word (docs.joinmastodon.org/methods/health); who accepts JSON only gets that.
    """
    engine = engine_of(request)
    await engine.db.value("SELECT 1")
    standing = {c.name for c in await log.consumers(engine.db) if c.failures >= 5}
    status = 503 if standing else 200
    if request.headers.get("accept", "").startswith("application/json"):
        body = {"status": "failing" if standing else "ok", "standing_still": sorted(standing)}
        return Response(msgspec.json.encode(body), status_code=status, media_type="application/json")
    said = f"standing still: {', '.join(sorted(standing))}" if standing else "OK"
    return Response(said.encode(), status_code=status, media_type="text/plain")


@get("/metrics", include_in_schema=False)
async def prometheus(request: AnyRequest) -> Response[bytes]:
    """Prometheus text format."""
    engine = engine_of(request)
    metrics.STREAMS.set(engine.streaming.open_streams)
    for name, behind, failures in await log.lags(engine.db):
        metrics.LAG.labels(name).set(behind)
        metrics.FAILURES.labels(name).set(failures)
    metrics.XMIN_LAG.set(await log.xmin_lag(engine.db, engine.db.dialect))
    return Response(metrics.page(), media_type="text/plain; version=0.0.4; charset=utf-8")


routes = [health, prometheus]
