"""Pages of lists: `?before=ID` walks back in time, without gaps or repeats while new posts arrive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import urlencode

from ..api.requests import AnyRequest
from ..errors import Invalid
from ..ids import MAX_ID, parse_id
from ..model.paging import Window
from .languages import gettext_now as _

T = TypeVar("T")
PAGE = 20


def window(request: AnyRequest, size: int = PAGE) -> Window:
    """The page that the address asks for, one longer than shown, so that its end is known. Raises Invalid."""
    return Window(limit=size + 1, before=number(request, "before", MAX_ID), after=number(request, "after", 0))


def number(request: AnyRequest, name: str, otherwise: int) -> int:
    """An id in the query. Raises Invalid for what is none."""
    text = request.query_params.get(name)
    if not text:
        return otherwise
    found = parse_id(text)
    if found is None:
        raise Invalid(_("This page address is not complete; start again from the first page."), name)
    return found


def offset(request: AnyRequest) -> int:
    """How many entries to skip in lists that are not ordered by id. Raises Invalid."""
    text = request.query_params.get("from") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise Invalid(_("This page address is not complete; start again from the first page."), "from")
    return int(text)


def older(request: AnyRequest, ids: Sequence[int], size: int = PAGE) -> str:
    """The address of the next page, or nothing at the end; `ids` page what `window` gave."""
    if len(ids) <= size:
        return ""
    return again(request, before=str(ids[size - 1]))


def again(request: AnyRequest, **changed: str) -> str:
    """The address of this page with other parameters; empty ones are left out."""
    kept = {name: value for name, value in request.query_params.items() if name in ("q", "tab", "order")} | changed
    query = urlencode({name: value for name, value in kept.items() if value})
    path: str = request.scope["path"]
    return path + (f"?{query}" if query else "")


def is_first(request: AnyRequest) -> bool:
    """Whether this is the newest page, the one to which new posts belong."""
    return not request.query_params.get("before")
