"""Numbers for Prometheus. With several workers they are summed through files (prometheus_client's multiprocess)."""

from __future__ import annotations

import os

from litestar.types import Scope
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

REGISTRY = CollectorRegistry()
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)

REQUESTS = Counter("harken_requests", "Requests answered", ["surface", "status"], registry=REGISTRY)
SECONDS = Histogram("harken_request_seconds", "Time to answer", ["surface"], registry=REGISTRY, buckets=_BUCKETS)
STREAMS = Gauge("harken_open_streams", "Open event streams", registry=REGISTRY, multiprocess_mode="livesum")
LAG = Gauge(
    "harken_consumer_lag",
    "Log entries a consumer is behind",
    ["consumer"],
    registry=REGISTRY,
    multiprocess_mode="mostrecent",
)
FAILURES = Gauge(
    "harken_consumer_failures", "Failures in a row", ["consumer"], registry=REGISTRY, multiprocess_mode="mostrecent"
)
XMIN_LAG = Gauge(
    "harken_log_xmin_lag",
    "Transactions between the newest and the oldest open one (PostgreSQL; 0 on SQLite)",
    registry=REGISTRY,
    multiprocess_mode="mostrecent",
)


def request_finished(scope: Scope, status: int, seconds: float) -> None:
    """Count one request. Labels are few: surface and class of status, never a path or a name."""
    path: str = scope["path"]
    surface = (
        "api"
        if path.startswith("/api/")
        else "oauth"
        if path.startswith("/oauth/")
        else "static"
        if path.startswith(("/static/", "/media/"))
        else "web"
    )
    REQUESTS.labels(surface, f"{status // 100}xx").inc()
    if not path.startswith(("/live", "/api/v1/streaming")):
        SECONDS.labels(surface).observe(seconds)


def page() -> bytes:
    """The text of /metrics."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest(REGISTRY)
