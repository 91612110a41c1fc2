"""Twitter's commands for programs; docs/api.md, "Commands". A status is never one: clients post what people write."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, post

from ... import clock
from ...actions.run_command import SAID, run_command
from ...errors import Invalid
from ...store import members
from ...text.commands import command
from ..mastodon import entities
from ..mastodon.answers import answer
from ..requests import AnyRequest, count_post, engine_of, parameters, viewer


class Given(msgspec.Struct):
    """The message."""

    text: str = ""


@post("/api/harken/v1/commands", status_code=200)
async def run(request: AnyRequest) -> Response[bytes]:
    by = await viewer(request, "write")
    asked = command((await parameters(request, Given)).text)
    if asked is None:
        raise Invalid("This is not a command.", "text")
    engine = engine_of(request)
    count_post(request, by)
    member = await members.find(engine.db, by.id)
    done = await run_command(
        engine.db, by, asked, clock.now(), zone=member.time_zone if member else "UTC",
        max_characters=engine.settings.max_post_characters, language=member.language if member else None,
        idempotency_key=request.headers.get("idempotency-key", ""))
    made: dict[str, Any] = {"command": asked.verb, "answer": SAID[done.said] % done.values, "undo": done.undo or None}
    made["account"] = await entities.account(engine.db, done.account, engine.base_url) if done.account else None
    made["status"] = await entities.status(engine.db, done.post, by.id, engine.base_url) if done.post else None
    made["ears"] = [{"id": str(ear.id), "name": ear.name, "query": ear.query} for ear in done.ears]
    return answer(made)


routes = [run]
