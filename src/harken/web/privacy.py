"""Who finds oneself, and who may follow: the switches, in plain words, on one page."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post

from .. import clock
from ..actions.change_profile import change_profile
from ..api.requests import AnyRequest, engine_of
from .languages import gettext_now as _
from .pages import AnyAnswer, form, must_be_signed_in, render, see


class Given(msgspec.Struct, kw_only=True):
    """The form; a switch that is off sends nothing."""

    protected: bool = False
    discoverable: bool = False
    indexable: bool = False
    crawlable: bool = False
    hearable: bool = False
    hide_collections: bool = False


@get("/settings/privacy", include_in_schema=False)
async def switches(request: AnyRequest) -> Response[bytes]:
    """The switches as they are now."""
    viewer = await must_be_signed_in(request)
    return await render(
        request, "account/privacy.html", said=_("Saved.") if "saved" in request.query_params else "", given=Given(
            protected=viewer.protected, discoverable=viewer.discoverable, indexable=viewer.indexable,
            crawlable=not viewer.noindex, hearable=viewer.hearable, hide_collections=viewer.hide_collections))


@post("/settings/privacy", include_in_schema=False, status_code=200)
async def save(request: AnyRequest) -> AnyAnswer:
    """Each takes effect at once."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Given)
    await change_profile(
        engine_of(request).db, viewer, now=clock.now(), protected=given.protected, discoverable=given.discoverable,
        indexable=given.indexable, noindex=not given.crawlable, hearable=given.hearable,
        hide_collections=given.hide_collections)
    return see("/settings/privacy?saved")


routes: list[Any] = [switches, save]
