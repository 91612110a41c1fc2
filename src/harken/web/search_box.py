"""The box one searches with: how a query is read in words, and what may stand at the cursor."""

from __future__ import annotations

import msgspec
from litestar import Response, get

from .. import clock
from ..api.requests import AnyRequest, engine_of
from ..search import complete
from ..search.complete import Choice, Typed
from ..search.explain import Speech, explain
from ..search.query import BadQuery, Query, parse
from ..store import accounts, tags
from ..text.markup import tag_key
from . import languages
from .languages import gettext_now as _
from .pages import fragment, signed_in, spelling, zone_of

MAX_QUERY = 1000


class Offer(msgspec.Struct, frozen=True):
    """A line of the list under the box: `query` is the whole box with it, `at` where the cursor goes."""

    text: str
    meaning: str
    query: str
    at: int
    goes_on: bool


def asked(request: AnyRequest) -> str:
    """What the search box holds, without the one character that no text has and PostgreSQL refuses."""
    return (request.query_params.get("q") or "").replace("\0", "").strip()[:MAX_QUERY]


def how_read(request: AnyRequest, query: Query) -> str:
    """The query in one sentence, in the reader's language; empty where there is none."""
    reader = spelling(request).language
    speech = Speech(
        languages.gettext_now, languages.ngettext_now,
        lambda local, with_time: languages.said_date(local, reader, with_time),
        lambda code: languages.language_name(code, reader))
    return explain(query, speech)


@get("/fragments/complete", include_in_schema=False)
async def completing(request: AnyRequest) -> Response[bytes]:
    """List items for the box `q` with the cursor at `at`, and how it reads; `all` offers every operator."""
    await signed_in(request)
    text = (request.query_params.get("q") or "")[:MAX_QUERY]
    given = request.query_params.get("at") or ""
    at = int(given) if given.isascii() and given.isdigit() and len(given) < 6 else len(text)
    word = complete.typed(text, at)
    found = await _choices(request, word, "all" in request.query_params) if word else []
    offers = []
    for choice in found:
        query, cursor = complete.completed(text, word, choice) if word else (text, at)
        offers.append(Offer(choice.text, choice.meaning, query, cursor, choice.goes_on))
    reading = ""
    if text.strip():
        try:
            reading = how_read(request, parse(text.strip(), clock.now(), zone_of(request)))
        except BadQuery as error:
            reading = str(error)
    body = fragment(request, "fragments/complete.html", offers=offers, reading=reading)
    return Response(
        body.encode("utf-8", "replace"), media_type="text/html", headers={"Cache-Control": "private, no-store"})


async def _choices(request: AnyRequest, word: Typed, everything: bool) -> list[Choice]:
    """What the table, the people, the tags and the languages have for `word`, already translated."""
    said = [Choice(c.text, _(c.meaning), c.goes_on) for c in complete.choices(word, everything)]
    operator = complete.operator_of(word.key)
    takes = operator.takes if operator else ""
    beginning = word.value.lower()
    db, viewer, now = engine_of(request).db, await signed_in(request), clock.now()
    me = viewer.id if viewer else 0
    if takes == "person" and len(beginning) <= 100:
        if viewer and word.key != "@" and beginning in ("", "m"):
            said.append(Choice(f"{word.key}me", _("you")))
        if beginning.strip("@"):
            people = await accounts.beginning_with(db, beginning, me, complete.MAX_CHOICES, now)
            named = [(p.address, p.shown_name if p.shown_name != p.username else "") for p in people]
            said += [Choice(word.key + address, name) for address, name in named]
    elif takes == "tag" and (key := tag_key(beginning)):
        said += [Choice(f"#{tag}", "") for tag in await tags.findable(db, key, me, complete.MAX_CHOICES, now)]
    elif takes == "language":
        said += _languages(request, word.key, beginning)
    return said if everything else said[: complete.MAX_CHOICES]


def _languages(request: AnyRequest, key: str, beginning: str) -> list[Choice]:
    """Languages whose code or name begins so."""
    if not beginning:
        known = engine_of(request).settings.languages.split(",")
        named = [(code.strip(), languages.language_name(code.strip(), spelling(request).language)) for code in known]
    else:
        named = list(languages.all_names(spelling(request).language))
    return [
        Choice(key + code, name) for code, name in named
        if code and code != beginning and (code.startswith(beginning) or name.lower().startswith(beginning))]


routes = [completing]
