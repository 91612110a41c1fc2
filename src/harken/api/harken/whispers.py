"""What one says without one's name, for programs; docs/api.md, "Whispers"."""

from __future__ import annotations

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath

from ... import clock
from ...actions.whisper import take_back, whisper
from ...errors import Invalid, NotFound
from ...ids import PostId, parse_id
from ...store import posts, whispers
from ..mastodon import entities
from ..mastodon.answers import answer
from ..requests import AnyRequest, count_post, engine_of, id_in_path, link_header, parameters, viewer, window


class Said(msgspec.Struct, kw_only=True):
    """A whisper as it is sent."""

    status: str = ""
    spoiler_text: str = ""
    language: str | None = None
    in_reply_to_id: str | None = None


def _must_be_allowed(request: AnyRequest) -> None:
    if not engine_of(request).settings.whispers:
        raise NotFound("There are no whispers on this server.")


@post("/api/harken/v1/whispers", status_code=200)
async def say(request: AnyRequest) -> Response[bytes]:
    """Say something without one's name; the status, which names Somebody."""
    by = await viewer(request, "write:statuses")
    _must_be_allowed(request)
    given, engine = await parameters(request, Said), engine_of(request)
    parent = parse_id(given.in_reply_to_id) if given.in_reply_to_id else None
    if given.in_reply_to_id and parent is None:
        raise NotFound("Record not found")
    count_post(request, by)
    made = await whisper(
        engine.db, by, given.status, clock.now(), spoiler=given.spoiler_text, language=_language(given.language),
        in_reply_to=PostId(parent) if parent else None, key=request.headers.get("idempotency-key", ""),
        max_characters=engine.settings.max_post_characters)
    found = await posts.visible(engine.db, made.id, by.id)
    return answer((await entities.statuses(engine.db, [found], by.id, engine.base_url))[made.id])


def _language(code: str | None) -> str | None:
    """As the member chose it; without, the text tells. Raises Invalid."""
    if not code:
        return None
    if not (2 <= len(code) <= 12 and code.isascii() and code.replace("-", "").isalnum()):
        raise Invalid("language is an ISO 639 code, such as de", "language")
    return code


@get("/api/harken/v1/whispers")
async def mine(request: AnyRequest) -> Response[bytes]:
    """One's own whispers, newest first; answers in their conversations too."""
    by = await viewer(request, "read:statuses")
    engine, page = engine_of(request), window(request)
    found = await whispers.of_author(engine.db, by.id, page, clock.now())
    made = await entities.statuses(engine.db, found, by.id, engine.base_url)
    return answer(list(made.values()), link_header(
        request, engine.base_url, [one.id for one in found], full=len(found) >= page.limit))


@delete("/api/harken/v1/whispers/{status_id:str}", status_code=200)
async def delete_one(request: AnyRequest, status_id: FromPath[str]) -> Response[bytes]:
    """Take one's own whisper back, also where new ones are not allowed any more."""
    by = await viewer(request, "write:statuses")
    await take_back(engine_of(request).db, by, PostId(id_in_path(status_id)), clock.now())
    return answer({})


routes = [say, mine, delete_one]
