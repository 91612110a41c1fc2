"""Mastodon's admin API, one file a page of its documentation."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from . import (
    accounts,
    canonical_email_blocks,
    domain_allows,
    domain_blocks,
    email_domain_blocks,
    insight,
    ip_blocks,
    reports,
    trends,
)

routes: list[HTTPRouteHandler] = [
    *accounts.routes, *reports.routes, *domain_blocks.routes, *domain_allows.routes, *email_domain_blocks.routes,
    *canonical_email_blocks.routes, *ip_blocks.routes, *insight.routes,
    *trends.routes,
]
