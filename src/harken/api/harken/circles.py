"""Sets, friends and fans, who was told a post, and who may write to one, for programs; docs/api.md, "Circles"."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath

from ... import clock
from ...actions import befriend, keep_set
from ...actions.change_profile import change_circle
from ...errors import Invalid, NotAllowed, NotFound
from ...ids import AccountId
from ...model.account import Account
from ...model.circle import PeopleSet, Writers
from ...model.post import Visibility
from ...store import accounts, friends, members, posts, recipients, relationships, sets, timelines
from ...store.database import Database
from ..mastodon import entities
from ..mastodon.answers import account_page, answer, status_page
from ..requests import AnyRequest, engine_of, id_in_path, ids_given, link_header, parameters, viewer, window

MAX_AT_ONCE = keep_set.MAX_MEMBERS
WRITERS = {
    Writers.EVERYBODY: "everybody", Writers.FOLLOWED: "followed", Writers.FRIENDS: "friends", Writers.NOBODY: "nobody"}
_WRITERS_NAMED = {name: rule for rule, name in WRITERS.items()}


# ---- sets ----------------------------------------------------------------------


class SetGiven(msgspec.Struct):
    """What a program may say of a set."""

    name: str = ""


class MembersGiven(msgspec.Struct):
    """Who goes into a set, or out of it."""

    account_ids: list[str | int] | str | int = []


class SetEntity(msgspec.Struct):
    """A set as its owner sees it; nobody else does."""

    id: str
    name: str
    accounts_count: int


def _entity(kept: PeopleSet, size: int) -> SetEntity:
    return SetEntity(str(kept.id), kept.name, size)


async def _entities(db: Database, owner: AccountId, found: list[PeopleSet]) -> list[SetEntity]:
    sizes = await sets.sizes(db, owner)
    return [_entity(kept, sizes.get(kept.id, 0)) for kept in found]


async def _own(request: AnyRequest, set_id: str, scope: str) -> tuple[Account, PeopleSet]:
    by = await viewer(request, scope)
    return by, await sets.get(engine_of(request).db, id_in_path(set_id), by.id)


@get("/api/harken/v1/sets")
async def many(request: AnyRequest) -> Response[bytes]:
    """One's sets, by name."""
    by = await viewer(request, "read:lists")
    db = engine_of(request).db
    return answer(await _entities(db, by.id, await sets.of_owner(db, by.id)))


@post("/api/harken/v1/sets", status_code=200)
async def keep(request: AnyRequest) -> Response[bytes]:
    """A new set, still empty."""
    by = await viewer(request, "write:lists")
    given = await parameters(request, SetGiven)
    return answer(_entity(await keep_set.keep_set(engine_of(request).db, by, clock.now(), given.name), 0))


@get("/api/harken/v1/sets/{set_id:str}")
async def one(request: AnyRequest, set_id: FromPath[str]) -> Response[bytes]:
    """One set."""
    by, kept = await _own(request, set_id, "read:lists")
    return answer((await _entities(engine_of(request).db, by.id, [kept]))[0])


@patch("/api/harken/v1/sets/{set_id:str}")
async def rename(request: AnyRequest, set_id: FromPath[str]) -> Response[bytes]:
    """Call it otherwise."""
    by, kept = await _own(request, set_id, "write:lists")
    db = engine_of(request).db
    renamed = await keep_set.rename_set(db, by, kept.id, (await parameters(request, SetGiven)).name)
    return answer((await _entities(db, by.id, [renamed]))[0])


@delete("/api/harken/v1/sets/{set_id:str}", status_code=200)
async def drop(request: AnyRequest, set_id: FromPath[str]) -> Response[bytes]:
    """Take it away; what was said to it stays with those who were told."""
    by, kept = await _own(request, set_id, "write:lists")
    await keep_set.drop_set(engine_of(request).db, by, kept.id)
    return answer({})


@get("/api/harken/v1/sets/{set_id:str}/accounts")
async def people(request: AnyRequest, set_id: FromPath[str]) -> Response[bytes]:
    """Who is in it."""
    _by, kept = await _own(request, set_id, "read:lists")
    page = window(request, default=40, most=80)
    return await account_page(request, *await sets.members(engine_of(request).db, kept.id, page), page)


@post("/api/harken/v1/sets/{set_id:str}/accounts", status_code=200)
async def put_in(request: AnyRequest, set_id: FromPath[str]) -> Response[bytes]:
    """Put people in, all or nobody; they are not told."""
    by, kept = await _own(request, set_id, "write:lists")
    await keep_set.add_to_set(engine_of(request).db, by, kept.id, await _people_given(request))
    return answer({})


@delete("/api/harken/v1/sets/{set_id:str}/accounts", status_code=200)
async def take_out(request: AnyRequest, set_id: FromPath[str]) -> Response[bytes]:
    """Take people out; what was said to them stays theirs."""
    by, kept = await _own(request, set_id, "write:lists")
    await keep_set.remove_from_set(engine_of(request).db, by, kept.id, await _people_given(request))
    return answer({})


async def _people_given(request: AnyRequest) -> list[int]:
    ids = ids_given((await parameters(request, MembersGiven)).account_ids)
    if not 1 <= len(ids) <= MAX_AT_ONCE:
        raise Invalid(f"Give account_ids, at most {MAX_AT_ONCE}.", "account_ids")
    return ids


@get("/api/harken/v1/sets/{set_id:str}/timeline")
async def timeline(request: AnyRequest, set_id: FromPath[str]) -> Response[bytes]:
    """What the people of a set say, followed or not, as far as one may see it."""
    by, kept = await _own(request, set_id, "read:lists")
    page = window(request)
    return await status_page(
        request, by, await timelines.of_set(engine_of(request).db, kept, page, clock.now()), page)


@get("/api/harken/v1/accounts/{account_id:str}/sets")
async def having(request: AnyRequest, account_id: FromPath[str]) -> Response[bytes]:
    """One's own sets that somebody is in."""
    by = await viewer(request, "read:lists")
    db = engine_of(request).db
    person = await accounts.visible(db, id_in_path(account_id), by.id)
    return answer(await _entities(db, by.id, await sets.having(db, by.id, person.id)))


# ---- friends and fans ----------------------------------------------------------


async def _circle(
    request: AnyRequest, account_id: str, load: Callable[..., Awaitable[tuple[list[Account], list[int]]]]
) -> Response[bytes]:
    by = await viewer(request, "read:follows")
    db = engine_of(request).db
    person = await accounts.visible(db, id_in_path(account_id), by.id)
    if not await friends.shown_to(db, person, by.id):
        raise NotAllowed("This list is private.")
    page = window(request, default=40, most=80)
    return await account_page(request, *await load(db, person.id, by.id, page), page)


@get("/api/harken/v1/accounts/{account_id:str}/friends")
async def friends_of(request: AnyRequest, account_id: FromPath[str]) -> Response[bytes]:
    """Somebody's friends, latest first; 403 where they keep that to themselves."""
    return await _circle(request, account_id, friends.friends)


@get("/api/harken/v1/accounts/{account_id:str}/fans")
async def fans_of(request: AnyRequest, account_id: FromPath[str]) -> Response[bytes]:
    """Those who follow somebody without being friends; 403 as above."""
    return await _circle(request, account_id, friends.fans)


@get("/api/harken/v1/friend_requests")
async def requests(request: AnyRequest) -> Response[bytes]:
    """Those who would like to be one's friends."""
    by = await viewer(request, "read:follows")
    page = window(request, default=40, most=80)
    return await account_page(request, *await friends.requests(engine_of(request).db, by.id, page), page)


_ACTS: dict[str, Callable[[Database, Account, AccountId], Awaitable[None]]] = {
    "ask": lambda db, me, them: befriend.ask_friend(db, me, them, clock.now()),
    "accept": lambda db, me, them: befriend.accept_friend(db, me, them, clock.now()),
    "accept_as_fan": lambda db, me, them: befriend.accept_as_fan(db, me, them, clock.now()),
    "decline": lambda db, me, them: befriend.decline_friend(db, me, them, clock.now()),
    "end": lambda db, me, them: befriend.unfriend(db, me, them, clock.now()),
}


@post("/api/harken/v1/accounts/{account_id:str}/friendship/{act:str}", status_code=200)
async def act_on_friendship(request: AnyRequest, account_id: FromPath[str], act: FromPath[str]) -> Response[bytes]:
    """`ask`, `accept`, `accept_as_fan`, `decline` or `end` a friendship; answers with Mastodon's Relationship."""
    by = await viewer(request, "write:follows")
    do = _ACTS.get(act)
    if do is None:
        raise NotFound
    db = engine_of(request).db
    person = await accounts.visible(db, id_in_path(account_id), by.id)
    await do(db, by, person.id)
    return answer(entities.relationship((await relationships.of(db, by.id, [person.id], clock.now()))[0]))


# ---- who was told, and who may write ---------------------------------------------


class Recipients(msgspec.Struct):
    """To whom a post was said: how many, a page of them, and for its author the sets and whether friends were meant."""

    visibility: str
    count: int
    accounts: list[msgspec.Raw]
    sets: list[SetEntity] | None = None


@get("/api/harken/v1/statuses/{status_id:str}/recipients")
async def told(request: AnyRequest, status_id: FromPath[str]) -> Response[bytes]:
    """To whom a post was said. Everybody who was told may ask, for whoever answers is read by all of them."""
    by = await viewer(request, "read:statuses")
    engine, page = engine_of(request), window(request, default=40, most=80)
    seen = await posts.visible(engine.db, id_in_path(status_id), by.id)
    private = seen.visibility in (Visibility.SET, Visibility.DIRECT)
    found, ids = await recipients.of_post(engine.db, seen.id, by.id, page) if private else ([], [])
    shown = await entities.accounts(engine.db, found, engine.base_url)
    own = seen.author_id == by.id
    return answer(
        Recipients(
            visibility=seen.visibility.name.lower(),
            count=len(await recipients.ids_of(engine.db, seen.id)) if private else 0,
            accounts=[shown[one.id] for one in found if one.id in shown],
            sets=await _entities(engine.db, by.id, await sets.of_post(engine.db, seen.id, by.id)) if own else None),
        link_header(request, engine.base_url, ids, full=len(ids) >= page.limit))


class Preferences(msgspec.Struct):
    """Who may write to one in private, and whether others see who one's friends are; None leaves it as it is."""

    private_messages_from: str | None = None
    hide_friends: bool | None = None

    @property
    def rule(self) -> Writers | None:
        """Raises Invalid."""
        if self.private_messages_from is None:
            return None
        if self.private_messages_from not in _WRITERS_NAMED:
            raise Invalid(f"private_messages_from is one of {', '.join(_WRITERS_NAMED)}.", "private_messages_from")
        return _WRITERS_NAMED[self.private_messages_from]


@get("/api/harken/v1/preferences")
async def preferences(request: AnyRequest) -> Response[bytes]:
    """What one chose."""
    by = await viewer(request, "read:accounts")
    member = await members.find(engine_of(request).db, by.id)
    if member is None:
        raise NotFound
    return answer(Preferences(WRITERS[member.written_by], member.hide_friends))


@patch("/api/harken/v1/preferences")
async def change_preferences(request: AnyRequest) -> Response[bytes]:
    """Choose anew what is given."""
    by = await viewer(request, "write:accounts")
    given, db = await parameters(request, Preferences), engine_of(request).db
    member = await members.find(db, by.id)
    if member is None:
        raise NotFound
    rule = member.written_by if given.rule is None else given.rule
    hide = member.hide_friends if given.hide_friends is None else given.hide_friends
    await change_circle(db, by, written_by=rule, hide_friends=hide)
    return answer(Preferences(WRITERS[rule], hide))


routes = [
    many, keep, one, rename, drop, people, put_in, take_out, timeline, having, friends_of, fans_of, requests,
    act_on_friendship, told, preferences, change_preferences,
]
