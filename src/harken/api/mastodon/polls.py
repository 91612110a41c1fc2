"""docs.joinmastodon.org/methods/polls. A poll has the id of its status."""

from __future__ import annotations

import re

import msgspec
from litestar import get
from litestar.params import FromPath

from ... import clock
from ...actions.vote import vote
from ...errors import Invalid, NotFound
from ...model.account import Account
from ...model.post import SeenPost
from ...store import polls, posts
from ..requests import AnyRequest, engine_of, id_in_path, parameters, viewer, viewer_or_visitor
from . import entities
from .answers import Answer, answer, doing, identity

MAX_CHOICES = 50
_NUMBER = re.compile(r"-?[0-9]{1,9}")


class Vote(msgspec.Struct):
    """Positions of options, from 0."""

    choices: list[int | str] | int | str = []

    def numbers(self) -> list[int]:
        """Raises Invalid as Ruby's Integer() complains."""
        given = self.choices if isinstance(self.choices, list) else [self.choices]
        for one in given[:MAX_CHOICES]:
            if not _NUMBER.fullmatch(str(one).strip()):
                raise Invalid(f'invalid value for Integer(): "{str(one)[:40]}"', "choices")
        return [int(str(one).strip()) for one in given[:MAX_CHOICES]]


async def _post(request: AnyRequest, poll_id: str, by: Account | None) -> SeenPost:
    return await posts.visible(engine_of(request).db, id_in_path(poll_id), identity(by))


async def _answer(request: AnyRequest, post: SeenPost, by: Account | None) -> Answer:
    found = await polls.find(engine_of(request).db, post.id, identity(by))
    if found is None:
        raise NotFound
    return answer(entities.poll(found, post.author_id, identity(by)))


@get("/api/v1/polls/{poll_id:str}")
async def one(request: AnyRequest, poll_id: FromPath[str]) -> Answer:
    by = await viewer_or_visitor(request, "read:statuses")
    return await _answer(request, await _post(request, poll_id, by), by)


@doing("/api/v1/polls/{poll_id:str}/votes")
async def votes(request: AnyRequest, poll_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:statuses")
    asked = await parameters(request, Vote)
    post = await _post(request, poll_id, by)
    await vote(engine_of(request).db, by, post.id, asked.numbers(), clock.now())
    return await _answer(request, post, by)


routes = [one, votes]
