"""docs.joinmastodon.org/methods/reports: ask the moderators to look at somebody."""

from __future__ import annotations

import msgspec

from ... import clock
from ...actions.file_report import file_report
from ...errors import NotFound
from ...ids import parse_id
from ..requests import AnyRequest, engine_of, parameters, viewer
from . import entities
from .answers import Answer, answer, doing


class Given(msgspec.Struct):
    """Who, what and why. There are no collections (4.6) here, so `collection_ids` names nothing."""

    account_id: str | int = ""
    status_ids: list[str | int] | str | int = []
    collection_ids: list[str | int] | str | int = []
    rule_ids: list[str | int] | str | int = []
    comment: str = ""
    category: str = ""
    forward: bool | None = None


def ids(given: list[str | int] | str | int) -> list[int]:
    """Ids as sent, one or many; what is no id is -1, the id of nothing."""
    texts = given if isinstance(given, list) else [given] if given != "" else []
    found = [parse_id(str(text)) for text in texts]
    return [-1 if one is None else one for one in found]


@doing("/api/v1/reports")
async def report(request: AnyRequest) -> Answer:
    """The report as it was filed."""
    by = await viewer(request, "write:reports")
    given = await parameters(request, Given)
    target = parse_id(str(given.account_id))
    if target is None:
        raise NotFound
    engine = engine_of(request)
    made = await file_report(
        engine.db, by, target, clock.now(), category=given.category, comment=given.comment,
        post_ids=ids(given.status_ids), rule_ids=ids(given.rule_ids), forward=bool(given.forward))
    return answer((await entities.reports(engine.db, [made.id], engine.base_url))[made.id])


routes = [report]
