"""Pages for people: readable and usable without JavaScript, quicker with it."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from . import (
    about,
    accounts,
    alerts,
    collections,
    commands,
    ears,
    fewer,
    filters,
    home,
    knowers,
    lists,
    live,
    media,
    over_time,
    posts,
    profiles,
    reading_lists,
    reporting,
    scheduled,
    search,
    search_box,
    search_form,
    similar,
    static,
    strangers,
    trends,
)

routes: list[ControllerRouterHandler] = [
    *static.routes, *home.routes, *posts.routes, *lists.routes, *search.routes, *search_box.routes, *search_form.routes,
    *knowers.routes, *over_time.routes, *trends.routes, *ears.routes, *alerts.routes, *fewer.routes, *filters.routes,
    *similar.routes, *live.routes, *media.routes, *about.routes, *accounts.routes, *commands.routes,
    *reading_lists.routes, *collections.routes, *reporting.routes, *profiles.routes,
    *scheduled.routes, *strangers.routes,
]
uploads: list[ControllerRouterHandler] = [*posts.uploads]
"""What takes files, and bodies of their size."""
