"""docs.joinmastodon.org/methods/async_refreshes: no answer of ours is made in the background, so there are none."""

from __future__ import annotations

from litestar import get
from litestar.params import FromPath

from ..requests import AnyRequest, viewer
from .answers import Answer, answer


@get("/api/v1_alpha/async_refreshes/{refresh_id:str}")
async def refresh(request: AnyRequest, refresh_id: FromPath[str]) -> Answer:
    del refresh_id
    await viewer(request, "read")
    return answer({"error": "Not Found"}, status=404)


routes = [refresh]
