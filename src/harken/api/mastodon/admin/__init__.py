"""Mastodon's admin API, one file a page of its documentation."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from . import accounts, reports

routes: list[HTTPRouteHandler] = [*accounts.routes, *reports.routes]
