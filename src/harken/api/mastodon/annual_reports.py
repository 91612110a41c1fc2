"""docs.joinmastodon.org/methods/annual_reports, as a server answers whose operators have them switched off.

The feature is optional, and Harken has none: a year is not weighed here by
how one ranks among others. So there are never any, as the documentation has it.
"""

from __future__ import annotations

from litestar import get
from litestar.params import FromPath

from ...errors import NotFound
from ..requests import AnyRequest, viewer
from .answers import Answer, answer, doing


@get("/api/v1/annual_reports")
async def reports(request: AnyRequest) -> Answer:
    await viewer(request, "read:accounts")
    return answer({"annual_reports": [], "accounts": [], "statuses": []})


@get("/api/v1/annual_reports/{year:str}")
async def report(request: AnyRequest, year: FromPath[str]) -> Answer:
    del year
    await viewer(request, "read:accounts")
    raise NotFound


@doing("/api/v1/annual_reports/{year:str}/read")
async def read(request: AnyRequest, year: FromPath[str]) -> Answer:
    del year
    await viewer(request, "write:accounts")
    raise NotFound


routes = [reports, report, read]
