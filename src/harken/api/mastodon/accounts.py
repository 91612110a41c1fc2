"""docs.joinmastodon.org/methods/accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from litestar import delete, get, patch
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from ... import clock
from ...actions import block as blocking
from ...actions import change_profile, feature, note_account
from ...actions import follow as following_
from ...actions.create_account import MAX_BIO, MAX_DISPLAY_NAME
from ...errors import Invalid, NotFound
from ...ids import MAX_ID, AccountId
from ...media.store import FileStore
from ...model.account import VISIBLE_STATES, Account, Field
from ...model.look import Look
from ...model.paging import Window
from ...model.post import QuotePolicy, Visibility
from ...store import accounts, endorsements, members, relationships, timelines
from ...store.database import Database
from ...text import markup
from ..requests import AnyRequest, engine_of, id_in_path, link_header, parameters, viewer, viewer_or_visitor, window
from . import entities
from .answers import Answer, account_page, answer, doing, identity, status_page

MAX_RELATIONSHIPS = 500
MAX_MANY = 40


class Ids(msgspec.Struct):
    """`id[]=1&id[]=2`, or one `id`."""

    id: list[str] | str = []
    with_suspended: bool = False

    def numbers(self, most: int) -> list[int]:
        """The ids that are numbers, in order; what is no number is the id of nothing."""
        given = [self.id] if isinstance(self.id, str) else self.id
        return [int(text) for text in given[:most] if text.isascii() and text.isdigit() and len(text) < 19]


class Searched(msgspec.Struct):
    """What to search among people."""

    q: str = ""
    limit: int = 40
    offset: int = 0
    resolve: bool = False
    following: bool = False


class StatusFilter(msgspec.Struct):
    """Which statuses of an account."""

    exclude_replies: bool = False
    exclude_reblogs: bool = False
    only_media: bool = False
    pinned: bool = False
    tagged: str = ""


class FollowOptions(msgspec.Struct):
    """What of somebody to hear."""

    reblogs: bool | None = None
    notify: bool | None = None
    languages: list[str] | None = None


class MuteOptions(msgspec.Struct):
    """How much to mute, and for how many seconds; 0 is until unmuted."""

    notifications: bool = True
    duration: int = 0


class Listed(msgspec.Struct):
    """Which piece of the people directory."""

    order: str = "active"
    limit: int = 40
    offset: int = 0
    local: bool = False


class Note(msgspec.Struct):
    """A private note."""

    comment: str = ""


async def find_account(request: AnyRequest, text: str, by: Account | None, *, stub: bool = False) -> Account:
    """The account whose id is in the path; `stub` takes also a suspended one. Raises NotFound."""
    if stub:
        return await accounts.known(engine_of(request).db, id_in_path(text), identity(by))
    return await accounts.visible(engine_of(request).db, id_in_path(text), identity(by))


async def relation(request: AnyRequest, by: Account, target: int) -> Answer:
    """What `target` is to the viewer now: the answer to everything one does to an account."""
    found = await relationships.of(engine_of(request).db, by.id, [target], clock.now())
    return answer(entities.relationship(found[0]))


@get("/api/v1/accounts/verify_credentials")
async def verify_credentials(request: AnyRequest) -> Answer:
    me = await viewer(request, "read:accounts profile")
    return await credentials(request, me)


async def credentials(request: AnyRequest, me: Account) -> Answer:
    """The viewer's own account with what only they are told."""
    engine = engine_of(request)
    member = await members.find(engine.db, me.id)
    waiting = await accounts.waiting_requests(engine.db, me.id)
    return answer(await entities.credential_account(engine.db, me, member, waiting, engine.base_url))


class SourceGiven(msgspec.Struct):
    """How one likes to post."""

    privacy: str | None = None
    sensitive: bool | None = None
    language: str | None = None
    quote_policy: str | None = None


class FieldGiven(msgspec.Struct):
    """One row of the table on a profile."""

    name: str = ""
    value: str = ""


class Profile(msgspec.Struct):
    """What of an account to change; what is not given stays."""

    display_name: str | None = None
    note: str | None = None
    locked: bool | None = None
    bot: bool | None = None
    discoverable: bool | None = None
    indexable: bool | None = None
    noindex: bool | None = None
    hide_collections: bool | None = None
    attribution_domains: list[str] | str | None = None
    fields_attributes: list[FieldGiven] | dict[str, FieldGiven] | None = None
    source: SourceGiven | None = None
    avatar: Any = None  # an UploadFile, or something that is refused
    header: Any = None


# The same in Mastodon's words, which clients look for.
_PROFILE_FAULTS = {
    "display_name": f"Validation failed: Display name is too long (maximum is {MAX_DISPLAY_NAME} characters)",
    "bio": f"Validation failed: Note character limit of {MAX_BIO} exceeded",
}


@patch("/api/v1/accounts/update_credentials")
async def update_credentials(request: AnyRequest) -> Answer:
    me = await viewer(request, "write:accounts")
    asked = await parameters(request, Profile)
    engine, now = engine_of(request), clock.now()
    fields = asked.fields_attributes
    rows = list(fields.values()) if isinstance(fields, dict) else fields
    sites = [asked.attribution_domains] if isinstance(asked.attribution_domains, str) else asked.attribution_domains
    try:
        me = await change_profile.change_profile(
            engine.db, me, now=now, display_name=asked.display_name, bio=asked.note,
            fields=None if rows is None else [Field(row.name, row.value) for row in rows], protected=asked.locked,
            bot=asked.bot, discoverable=asked.discoverable, indexable=asked.indexable, noindex=asked.noindex,
            hide_collections=asked.hide_collections, attribution_domains=sites)
    except Invalid as error:
        raise Invalid(_PROFILE_FAULTS.get(error.field, f"Validation failed: {error.message}"), error.field) from error
    if asked.source is not None:
        await _change_preferences(engine.db, me, asked.source)
    store = FileStore(engine.media_directory)
    for purpose, given in (("avatar", asked.avatar), ("header", asked.header)):
        if isinstance(given, UploadFile):
            content = await given.read()
            most = engine.settings.max_upload_bytes
            me = await change_profile.change_picture(engine.db, store, me, purpose, content, now, most)
        elif given:
            raise Invalid(f"Validation failed: {purpose} must be an uploaded file", purpose)
    return await credentials(request, me)


async def _change_preferences(db: Database, me: Account, given: SourceGiven) -> None:
    member = await members.find(db, me.id)
    if member is None:
        return
    await change_profile.change_preferences(
        db, me, language=given.language or member.language, time_zone=member.time_zone,
        default_visibility=entities.named_visibility(given.privacy) if given.privacy
        else Visibility(member.default_visibility),
        default_sensitive=member.default_sensitive if given.sensitive is None else given.sensitive,
        default_quote_policy=None if given.quote_policy is None else _named_policy(given.quote_policy))


def _named_policy(name: str) -> QuotePolicy:
    found = entities.QUOTE_POLICY_NAMED.get(name)
    if found is None:
        raise Invalid("Validation failed: Quote policy is not included in the list", "quote_policy")
    return found


@delete(["/api/v1/profile/avatar", "/api/v1/profile/header"], status_code=200)
async def remove_picture(request: AnyRequest) -> Answer:
    me = await viewer(request, "write:accounts")
    engine = engine_of(request)
    purpose = request.scope["path"].rstrip("/").rpartition("/")[2]
    store = FileStore(engine.media_directory)
    return await credentials(request, await change_profile.remove_picture(engine.db, store, me, purpose, clock.now()))


@get("/api/v1/accounts")
async def many(request: AnyRequest) -> Answer:
    by = await viewer_or_visitor(request, "read:accounts")
    ids = (await parameters(request, Ids)).numbers(MAX_MANY)
    found = await accounts.by_ids(engine_of(request).db, ids)
    shown = [found[i] for i in dict.fromkeys(ids) if i in found]
    return await account_page(request, [a for a in shown if a.state in VISIBLE_STATES or a.id == identity(by)])


@get("/api/v1/accounts/lookup")
async def lookup(request: AnyRequest) -> Answer:
    by = await viewer_or_visitor(request, "read:accounts")
    engine = engine_of(request)
    name, _, host = request.query_params.get("acct", "").strip().removeprefix("@").partition("@")
    if host.lower() == engine.base_url.split("://", 1)[1].lower():
        host = ""
    found = await accounts.find_by_name(engine.db, name, host)
    if found is None:
        raise NotFound
    return await account_page_of_one(request, await accounts.known(engine.db, found.id, identity(by)))


async def account_page_of_one(request: AnyRequest, found: Account) -> Answer:
    """One account."""
    engine = engine_of(request)
    return answer(await entities.account(engine.db, found, engine.base_url))


@get("/api/v1/accounts/search")
async def search(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:accounts")
    asked = await parameters(request, Searched)
    if not asked.q.strip():
        return answer([])
    found = await accounts.search(
        engine_of(request).db, asked.q[:200], by.id, max(1, min(asked.limit, 80)), max(0, min(asked.offset, 10_000)),
        asked.following)
    return await account_page(request, found)


@get("/api/v1/accounts/relationships")
async def relationships_(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:follows")
    ids = (await parameters(request, Ids)).numbers(MAX_RELATIONSHIPS)
    found = await relationships.of(engine_of(request).db, by.id, ids, clock.now())
    return answer([entities.relationship(one) for one in found])


@get("/api/v1/accounts/familiar_followers")
async def familiar_followers(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:follows")
    engine = engine_of(request)
    targets = list(dict.fromkeys((await parameters(request, Ids)).numbers(MAX_MANY)))
    familiar = await relationships.familiar_followers(engine.db, by.id, targets)
    persons = await accounts.by_ids(engine.db, [one for some in familiar.values() for one in some])
    faces = await entities.accounts(engine.db, persons.values(), engine.base_url)
    return answer([
        {"id": str(target), "accounts": [faces[one] for one in familiar.get(target, ())]} for target in targets])


@get("/api/v1/accounts/{account_id:str}")
async def one(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await viewer_or_visitor(request, "read:accounts")
    return await account_page_of_one(request, await find_account(request, account_id, by, stub=True))


@get("/api/v1/accounts/{account_id:str}/statuses")
async def statuses(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await viewer_or_visitor(request, "read:statuses")
    target = await find_account(request, account_id, by, stub=True)
    asked = await parameters(request, StatusFilter)
    page = window(request)
    db, now = engine_of(request).db, clock.now()
    if asked.pinned:
        found = await timelines.pinned(db, target.id, identity(by), now)
    else:
        found = await timelines.of_account(
            db, target.id, identity(by), page, now, replies=not asked.exclude_replies, boosts=not asked.exclude_reblogs,
            only_media=asked.only_media, tag=markup.tag_key(asked.tagged) if asked.tagged else "")
    return await status_page(request, by, found, page, [] if asked.pinned else None)


@get("/api/v1/accounts/{account_id:str}/followers")
async def followers(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await viewer_or_visitor(request, "read:accounts")
    target = await find_account(request, account_id, by)
    page = window(request, default=40, most=80)
    found, ids = await accounts.followers(engine_of(request).db, target.id, identity(by), page)
    return await account_page(request, found, ids, page)


@get("/api/v1/accounts/{account_id:str}/following")
async def following(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await viewer_or_visitor(request, "read:accounts")
    target = await find_account(request, account_id, by)
    page = window(request, default=40, most=80)
    found, ids = await accounts.following(engine_of(request).db, target.id, identity(by), page)
    return await account_page(request, found, ids, page)


@get("/api/v1/accounts/{account_id:str}/endorsements")
async def endorsed_by(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await viewer_or_visitor(request, "read:accounts")
    target = await find_account(request, account_id, by)
    page = window(request, default=40, most=80)
    found, ids = await endorsements.of_account(engine_of(request).db, target.id, identity(by), page)
    return await account_page(request, found, ids, page)


@get("/api/v1/accounts/{account_id:str}/identity_proofs")
async def identity_proofs(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    await find_account(request, account_id, await viewer(request, "read:accounts"))
    return answer([])  # nobody has any since Mastodon 3.5


@doing("/api/v1/accounts/{account_id:str}/follow")
async def follow(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:follows")
    target = await find_account(request, account_id, by)
    asked = await parameters(request, FollowOptions)
    await following_.follow(engine_of(request).db, by, target.id, clock.now(),
                            show_boosts=asked.reblogs, notify=asked.notify, languages=asked.languages)
    return await relation(request, by, target.id)


@doing("/api/v1/accounts/{account_id:str}/unfollow")
async def unfollow(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:follows")
    target = await find_account(request, account_id, by)
    await following_.unfollow(engine_of(request).db, by.id, target.id, clock.now())
    return await relation(request, by, target.id)


@doing("/api/v1/accounts/{account_id:str}/remove_from_followers")
async def remove_from_followers(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:follows")
    target = await find_account(request, account_id, by)
    await following_.unfollow(engine_of(request).db, target.id, by.id, clock.now())
    return await relation(request, by, target.id)


@doing("/api/v1/accounts/{account_id:str}/block")
async def block(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:blocks")
    target = await find_account(request, account_id, by)
    await blocking.block(engine_of(request).db, by, target.id, clock.now())
    return await relation(request, by, target.id)


@doing("/api/v1/accounts/{account_id:str}/unblock")
async def unblock(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:blocks")
    target = await find_account(request, account_id, by)
    await blocking.unblock(engine_of(request).db, by, target.id, clock.now())
    return await relation(request, by, target.id)


@doing("/api/v1/accounts/{account_id:str}/mute")
async def mute(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:mutes")
    target = await find_account(request, account_id, by)
    asked = await parameters(request, MuteOptions)
    if not 0 <= asked.duration <= 10 * 365 * 86_400:
        raise Invalid("Validation failed: Duration must be between 0 and ten years, in seconds")
    await blocking.mute(engine_of(request).db, by, target.id, clock.now(), asked.notifications,
                        timedelta(seconds=asked.duration) if asked.duration else None)
    return await relation(request, by, target.id)


@doing("/api/v1/accounts/{account_id:str}/unmute")
async def unmute(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:mutes")
    target = await find_account(request, account_id, by)
    await blocking.unmute(engine_of(request).db, by, target.id)
    return await relation(request, by, target.id)


@doing("/api/v1/accounts/{account_id:str}/note")
async def note(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:accounts")
    target = await find_account(request, account_id, by)
    await note_account.note_account(engine_of(request).db, by, target.id, (await parameters(request, Note)).comment)
    return await relation(request, by, target.id)


async def _endorse(request: AnyRequest, account_id: str) -> Answer:
    by = await viewer(request, "write:accounts")
    target = await find_account(request, account_id, by)
    await feature.endorse(engine_of(request).db, by, target.id, clock.now())
    return await relation(request, by, target.id)


async def _stop_endorsing(request: AnyRequest, account_id: str) -> Answer:
    by = await viewer(request, "write:accounts")
    target = await find_account(request, account_id, by)
    await feature.stop_endorsing(engine_of(request).db, by, target.id)
    return await relation(request, by, target.id)


@doing("/api/v1/accounts/{account_id:str}/endorse")
async def endorse(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    return await _endorse(request, account_id)


@doing("/api/v1/accounts/{account_id:str}/pin")
async def endorse_as_before_4_4(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    return await _endorse(request, account_id)


@doing("/api/v1/accounts/{account_id:str}/unendorse")
async def stop_endorsing(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    return await _stop_endorsing(request, account_id)


@doing("/api/v1/accounts/{account_id:str}/unpin")
async def stop_endorsing_as_before_4_4(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    return await _stop_endorsing(request, account_id)


# ---- lists of accounts and statuses that belong to the viewer: pages of their own in Mastodon's documentation ----


@get("/api/v1/blocks")
async def blocks(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:blocks")
    page = window(request, default=40, most=80)
    found, ids = await accounts.blocked(engine_of(request).db, by.id, page)
    return await account_page(request, found, ids, page)


@get("/api/v1/mutes")
async def mutes(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:mutes")
    page = window(request, default=40, most=80)
    engine, now = engine_of(request), clock.now()
    found, ids = await accounts.muted(engine.db, by.id, page, now)
    related = await relationships.of(engine.db, by.id, [account.id for account in found], now)
    until = {one.account_id: one.muted_until for one in related}
    faces = await entities.accounts(engine.db, found, engine.base_url)
    made = [entities.muted_account(faces[account.id], until.get(account.id)) for account in found]
    return answer(made, link_header(request, engine.base_url, ids, full=len(ids) >= page.limit))


@get("/api/v1/follow_requests")
async def follow_requests(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:follows")
    page = window(request, default=40, most=80)
    found, ids = await accounts.follow_requests(engine_of(request).db, by.id, page)
    return await account_page(request, found, ids, page)


@doing("/api/v1/follow_requests/{account_id:str}/authorize")
async def authorize(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:follows")
    target = AccountId(id_in_path(account_id))
    await following_.accept_follow(engine_of(request).db, by, target, clock.now())
    return await relation(request, by, target)


@doing("/api/v1/follow_requests/{account_id:str}/reject")
async def reject(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:follows")
    db, target = engine_of(request).db, AccountId(id_in_path(account_id))
    asked = await relationships.follow(db, target, by.id)
    if asked is None or asked.accepted:
        raise NotFound
    await following_.unfollow(db, target, by.id, clock.now())
    return await relation(request, by, target)


@get("/api/v1/favourites")
async def favourites(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:favourites")
    page = window(request)
    found, ids = await timelines.favourites(engine_of(request).db, by.id, page, clock.now())
    return await status_page(request, by, found, page, ids)


@get("/api/v1/bookmarks")
async def bookmarks(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:bookmarks")
    page = window(request)
    found, ids = await timelines.bookmarks(engine_of(request).db, by.id, page, clock.now())
    return await status_page(request, by, found, page, ids)


@get("/api/v1/endorsements")
async def own_endorsements(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:accounts")
    if request.query_params.get("limit") == "0":  # everybody at once
        found, _ = await endorsements.of_account(engine_of(request).db, by.id, by.id, Window(limit=MAX_ID))
        return await account_page(request, found)
    page = window(request, default=40, most=80)
    found, ids = await endorsements.of_account(engine_of(request).db, by.id, by.id, page)
    return await account_page(request, found, ids, page)


@get("/api/v2/suggestions")
async def suggestions(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:accounts")
    engine = engine_of(request)
    found = await endorsements.suggested(engine.db, by.id, window(request, 40, 80).limit, clock.now())
    persons = await accounts.by_ids(engine.db, [one.account_id for one in found])
    faces = await entities.accounts(engine.db, persons.values(), engine.base_url)
    return answer([
        {"source": "past_interactions" if one.friends else "global",  # the word before 4.3
         "sources": ["friends_of_friends" if one.friends else "most_followed"], "account": faces[one.account_id]}
        for one in found])


@get("/api/v1/suggestions")
async def suggestions_as_before_3_4(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:accounts")
    db = engine_of(request).db
    found = await endorsements.suggested(db, by.id, window(request, 40, 80).limit, clock.now())
    persons: dict[int, Account] = dict(await accounts.by_ids(db, [one.account_id for one in found]))
    return await account_page(request, [persons[one.account_id] for one in found])


@delete("/api/v1/suggestions/{account_id:str}", status_code=200)
async def dismiss_suggestion(request: AnyRequest, account_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:accounts")
    await feature.dismiss_suggestion(engine_of(request).db, by, AccountId(id_in_path(account_id)))
    return answer({})


@get("/api/v1/preferences")
async def preferences(request: AnyRequest) -> Answer:
    by = await viewer(request, "read:accounts")
    member = await members.find(engine_of(request).db, by.id)
    visibility = entities.VISIBILITY_OF.get(member.default_visibility, "public") if member else "public"
    look = Look.read(member.look or "" if member else "")
    return answer({
        "posting:default:visibility": visibility,
        "posting:default:sensitive": bool(member and member.default_sensitive),
        "posting:default:language": member.language if member else None,
        "posting:default:quote_policy": entities.QUOTE_POLICY[QuotePolicy(member.default_quote_policy)]
        if member else "nobody",
        "reading:expand:media": "hide_all" if look.media else "default",
        "reading:expand:spoilers": False,
        "reading:autoplay:gifs": bool(look.play and not look.motion),
    })


@get("/api/v1/directory")
async def directory(request: AnyRequest) -> Answer:
    by = await viewer_or_visitor(request, "read:accounts")
    asked = await parameters(request, Listed)
    found = await accounts.directory(
        engine_of(request).db, identity(by), max(1, min(asked.limit, 80)), clock.now(),
        max(0, min(asked.offset, 10_000)), newest=asked.order == "new", local=asked.local)
    return await account_page(request, found)


routes = [
    verify_credentials, update_credentials, remove_picture, many, lookup, search, relationships_,
    familiar_followers, one, statuses, followers, following, endorsed_by, identity_proofs, follow, unfollow,
    remove_from_followers, block, unblock, mute, unmute, note, endorse,
    endorse_as_before_4_4, stop_endorsing, stop_endorsing_as_before_4_4, blocks, mutes, follow_requests, authorize,
    reject, favourites, bookmarks, own_endorsements, suggestions, suggestions_as_before_3_4,
    dismiss_suggestion, preferences, directory,
]
