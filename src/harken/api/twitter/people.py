"""/users, /friendships, /friends, /followers, /account, /notifications, /blocks and /help of Twitter in 2008."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from litestar.datastructures import UploadFile

from ... import clock
from ...actions.block import block, unblock
from ...actions.change_profile import change_picture, change_profile
from ...actions.choose_telling import choose_telling
from ...actions.colour_profile import colour_profile
from ...actions.follow import follow, unfollow
from ...errors import Invalid, NotAllowed
from ...model.account import Account, Field
from ...model.paging import Window
from ...store import accounts, relationships
from ...store.database import Reader
from ..requests import account_of, state_of
from . import entities
from .asking import Asking, granted, method
from .writing import Made

WINDOWS_AN_HOUR = 12
_PEOPLE = 100  # friends and followers a page, as then
_IDS = 5000
_COLOURS = {
    "background": "profile_background_color", "words": "profile_text_color", "link": "profile_link_color",
    "sidebar_fill": "profile_sidebar_fill_color", "sidebar_border": "profile_sidebar_border_color"}
_MOST_PAGES = 75 * _PEOPLE  # nobody follows more


async def _user(asking: Asking, account: Account, *, latest: bool = True) -> Made:
    return Made(value=await entities.user(asking, account, latest=latest), name="user")


async def show(asking: Asking) -> Made:
    await asking.anybody("read:accounts")
    if asking.given.email.strip():
        raise NotAllowed("Nobody is looked up by their e-mail address here.")
    return await _user(asking, await asking.somebody())


_Listing: TypeAlias = Callable[[Reader, int, int, Window], Awaitable[tuple[list[Account], list[int]]]]


async def friends(asking: Asking) -> Made:
    return await _people(asking, accounts.following)


async def followers(asking: Asking) -> Made:
    return await _people(asking, accounts.followers)


async def _people(asking: Asking, listing: _Listing) -> Made:
    by = await asking.anybody("read:follows")
    owner = await asking.somebody(by)
    before = asking.page(_PEOPLE)
    if before > _MOST_PAGES:
        raise NotAllowed(f"Pages reach {_MOST_PAGES} people; ids reach all.")
    found, _ = await listing(asking.engine.db, owner.id, asking.viewer, Window(limit=before + _PEOPLE))
    return Made(value=await entities.users(asking, found[before:]), name="users", each="user")


async def friend_ids(asking: Asking) -> Made:
    by = await asking.anybody("read:follows")
    owner = await asking.somebody(by)
    found = await accounts.followed_ids(asking.engine.db, owner.id, asking.viewer, _IDS, asking.page(_IDS))
    return Made(value=found, name="ids", each="id")


async def follower_ids(asking: Asking) -> Made:
    by = await asking.anybody("read:follows")
    owner = await asking.somebody(by)
    found = await accounts.follower_ids(asking.engine.db, owner.id, asking.viewer, _IDS, asking.page(_IDS))
    return Made(value=found, name="ids", each="id")


# ---- friendships, notifications, blocks -------------------------------------------------------


async def befriend(asking: Asking) -> Made:
    by = await asking.member("write:follows")
    them = await asking.somebody()
    told = asking.given.follow.strip().lower() in ("true", "1")
    await follow(asking.engine.db, by, them.id, clock.now(), notify=True if told else None)
    return await _user(asking, them)


async def leave(asking: Asking) -> Made:
    by = await asking.member("write:follows")
    them = await asking.somebody()
    if await relationships.follow(asking.engine.db, by.id, them.id) is None:
        raise NotAllowed("You are not friends with the specified user.")
    await unfollow(asking.engine.db, by.id, them.id, clock.now())
    return await _user(asking, them)


async def are_friends(asking: Asking) -> Made:
    by = await asking.member("read:follows")
    given = asking.given
    if not given.user_a.strip() or not given.user_b.strip():
        raise Invalid("Two user ids or screen_names must be supplied: user_a and user_b.")
    one, other = await asking.named(given.user_a), await asking.named(given.user_b)
    if by.id not in (one.id, other.id) and (one.hide_collections or other.hide_collections):
        raise NotAllowed("You are not allowed to know whether these two are friends.")
    known = await relationships.follow(asking.engine.db, one.id, other.id)
    return Made(value=bool(known and known.accepted), name="friends")


async def _notify(asking: Asking, wanted: bool) -> Made:
    by = await asking.member("write:follows")
    them = await asking.somebody()
    if await relationships.follow(asking.engine.db, by.id, them.id) is None:
        raise NotAllowed("You are not friends with the specified user.")
    await follow(asking.engine.db, by, them.id, clock.now(), notify=wanted)
    return await _user(asking, them)


async def notify(asking: Asking) -> Made:
    return await _notify(asking, True)


async def notify_no_more(asking: Asking) -> Made:
    return await _notify(asking, False)


async def create_block(asking: Asking) -> Made:
    by = await asking.member("write:blocks")
    them = await asking.somebody()
    await block(asking.engine.db, by, them.id, clock.now())
    return await _user(asking, them)


async def destroy_block(asking: Asking) -> Made:
    by = await asking.member("write:blocks")
    them = await asking.somebody()
    await unblock(asking.engine.db, by, them.id, clock.now())
    return await _user(asking, them)


# ---- the account ---------------------------------------------------------------------------------


async def verify_credentials(asking: Asking) -> Made:
    return await _user(asking, await asking.member("read:accounts"))


async def end_session(asking: Asking) -> Made:
    """There is no session to end: a token stays valid until it is revoked (/oauth/revoke, or in the settings)."""
    await asking.member("")
    return Made(value={"request": asking.request.scope["path"], "error": "Logged out."}, name="hash")


async def update_location(asking: Asking) -> Made:
    by = await asking.member("write:accounts")
    changed = await change_profile(asking.engine.db, by, now=clock.now(), location=asking.given.location or "")
    return await _user(asking, changed)


async def update_profile(asking: Asking) -> Made:
    by, given = await asking.member("write:accounts"), asking.given
    if given.email.strip():
        raise NotAllowed("The e-mail address is changed on the web, with the password.")
    changed = await change_profile(
        asking.engine.db, by, now=clock.now(), display_name=given.name, bio=given.description,
        location=given.location, fields=None if given.url is None else _with_site(by, given.url.strip()))
    return await _user(asking, changed)


def _with_site(account: Account, url: str) -> list[Field]:
    """The rows of the profile with another address in the first that holds one. Raises Invalid."""
    if url and not url.startswith(("https://", "http://")):
        raise Invalid("url must begin with https:// or http://", "url")
    rows = list(account.fields)
    place = next((i for i, f in enumerate(rows) if f.value.startswith(("https://", "http://"))), None)
    if place is None:
        return [Field("Web", url), *rows] if url else rows
    rows[place:place + 1] = [Field(rows[place].name, url)] if url else []
    return rows


async def update_profile_colors(asking: Asking) -> Made:
    by = await asking.member("write:accounts")
    given = {name: value for name, shown in _COLOURS.items() if (value := getattr(asking.given, shown)) is not None}
    if not given:
        raise Invalid("At least one colour must be given.")
    await colour_profile(asking.engine.db, by, given)
    return await _user(asking, by)


async def update_delivery_device(asking: Asking) -> Made:
    """`im` tells the member's devices again (Web Push), `none` none of them; nobody sends SMS here."""
    by = await asking.member("write:accounts")
    device = asking.given.device.strip().lower()
    if device == "sms":
        raise NotAllowed("This server sends no SMS; im tells your browsers and applications.")
    if device not in ("im", "none"):
        raise Invalid("device must be one of sms, im, none.", "device")
    await choose_telling(asking.engine.db, by, {}, device == "im")
    return await _user(asking, by)


async def _picture(asking: Asking, purpose: str) -> Made:
    by, image = await asking.member("write:accounts"), asking.given.image
    if not isinstance(image, UploadFile):
        raise Invalid("image must be a picture, sent as multipart/form-data.", "image")
    engine = asking.engine
    changed = await change_picture(
        engine.db, engine.media, by, purpose, await image.read(), clock.now(), engine.settings.max_upload_bytes)
    return await _user(asking, changed)


async def update_profile_image(asking: Asking) -> Made:
    return await _picture(asking, "avatar")


async def update_profile_background_image(asking: Asking) -> Made:
    """What stands behind a profile here is its header."""
    return await _picture(asking, "header")


async def rate_limit_status(asking: Asking) -> Made:
    """True figures of the present window of five minutes, of which an hour has twelve; asking costs nothing."""
    state = state_of(asking.request)
    limits, now = state["limits"], clock.now()
    if asking.request.headers.get("authorization"):
        # Not `asking.member`, which counts the request.
        by = await account_of(asking.engine.db, await granted(asking.request), "")
        state["viewer"] = by
        found = limits.by_account(by.id, now, times=0)
    else:
        client = asking.request.scope.get("client")
        found = limits.by_address(client[0] if client else "", now, times=0)
    figures = {
        "remaining_hits": found.remaining, "hourly_limit": found.limit * WINDOWS_AN_HOUR,
        "reset_time": entities.time(found.reset), "reset_time_in_seconds": int(found.reset.timestamp())}
    return Made(
        value=figures, name="hash", xml={name.replace("_", "-"): value for name, value in figures.items()} | {
            "reset-time": found.reset.strftime("%Y-%m-%dT%H:%M:%S+00:00")})


async def test(_: Asking) -> Made:
    return Made(value="ok", name="ok", xml=True)


routes = [
    *method("GET", "/users/show", show, id_="may"),
    *method("GET", "/statuses/friends", friends, id_="may"),
    *method("GET", "/statuses/followers", followers, id_="may"),
    *method("GET", "/friends/ids", friend_ids, id_="may"),
    *method("GET", "/followers/ids", follower_ids, id_="may"),
    *method("POST", "/friendships/create", befriend, id_="may"),
    *method("POST DELETE", "/friendships/destroy", leave, id_="may"),
    *method("GET", "/friendships/exists", are_friends),
    *method("POST", "/notifications/follow", notify, id_="may"),
    *method("POST", "/notifications/leave", notify_no_more, id_="may"),
    *method("POST", "/blocks/create", create_block, id_="may"),
    *method("POST DELETE", "/blocks/destroy", destroy_block, id_="may"),
    *method("GET", "/account/verify_credentials", verify_credentials),
    *method("POST", "/account/end_session", end_session),
    *method("POST", "/account/update_location", update_location),
    *method("POST", "/account/update_delivery_device", update_delivery_device),
    *method("POST", "/account/update_profile", update_profile),
    *method("POST", "/account/update_profile_colors", update_profile_colors),
    *method("POST", "/account/update_profile_image", update_profile_image),
    *method("POST", "/account/update_profile_background_image", update_profile_background_image),
    *method("GET", "/account/rate_limit_status", rate_limit_status),
    *method("GET", "/help/test", test),
]
