"""Mastodon's client API, one file a page of its documentation; `status` and `reblog` are words of this package only."""

from __future__ import annotations

from litestar import Router
from litestar.types import ControllerRouterHandler

from ...errors import NotFound
from . import (
    accounts,
    admin,
    announcements,
    annual_reports,
    async_refreshes,
    collections,
    domain_blocks,
    filters,
    grouped_notifications,
    instance,
    lists,
    media,
    notification_requests,
    notifications,
    oauth,
    oembed,
    polls,
    push,
    registration,
    reports,
    scheduled_statuses,
    search,
    statuses,
    streaming,
    tags,
    timelines,
    trends,
)
from .answers import record_not_found

routes: list[ControllerRouterHandler] = [
    Router(
        "/",
        route_handlers=[
            *accounts.routes,
            *registration.routes,
            *domain_blocks.routes,
            *reports.routes,
            *admin.routes,
            *statuses.routes,
            *polls.routes,
            *scheduled_statuses.routes,
            *timelines.routes,
            *notification_requests.routes,
            *notifications.routes,
            *grouped_notifications.routes,
            *push.routes,
            *search.routes,
            *filters.routes,
            *lists.routes,
            *collections.routes,
            *tags.routes,
            *streaming.routes,
            *trends.routes,
            *announcements.routes,
            *annual_reports.routes,
            *async_refreshes.routes,
            *oembed.routes,
            *instance.routes,
        ],
        exception_handlers={NotFound: record_not_found},
    ),
    *oauth.routes,
]
uploads: list[ControllerRouterHandler] = [
    Router("/", route_handlers=list(media.routes), exception_handlers={NotFound: record_not_found})
]
"""What takes files, and bodies of their size."""
