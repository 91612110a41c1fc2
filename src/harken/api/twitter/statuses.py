"""/statuses/…, /favorites… and /direct_messages… of Twitter in 2008."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qsl, quote, urlencode

from ... import clock
from ...actions import keep_post
from ...actions.delete_post import delete_post
from ...actions.destroy_message import destroy_message
from ...actions.publish_post import publish_post
from ...actions.run_command import Done, run_command
from ...errors import Invalid, NotAllowed, NotFound, NotSignedIn
from ...ids import MAX_ID, PostId, parse_id
from ...model.account import Account
from ...model.paging import Window
from ...model.post import Draft, QuotePolicy, SeenPost, Visibility
from ...store import accounts, members, messages, posts, relationships, timelines
from ...text.commands import Command, command
from ..feeds import Feed, feed_of
from ..requests import count_post, state_of
from . import entities
from .asking import Asking, method
from .paths import ALL
from .writing import Made

_PER_PAGE_OF_FAVORITES = 20


async def _timeline(asking: Asking, found: Sequence[SeenPost], before: int, title: str, page: str) -> Made:
    """A page of posts in the format asked for, without the `before` first of them."""
    shown = list(found)[before:]
    if asking.kind in ("rss", "atom"):
        return Made(value=[], name="statuses", feed=await _feed(asking, shown, title, page))
    return Made(value=await entities.statuses(asking, shown), name="statuses", each="status")


async def _feed(asking: Asking, shown: Sequence[SeenPost], title: str, page: str) -> Feed:
    engine, scope = asking.engine, asking.request.scope
    given = [pair for pair in parse_qsl(scope["query_string"].decode("latin-1")) if pair[0] != "callback"]
    address = quote(scope["path"], safe="/@:") + (f"?{urlencode(given)}" if given else "")
    return await feed_of(
        engine.db, engine.base_url, shown, title=f"{engine.settings.title} / {title}", page=page, address=address,
        private=asking.by is not None)


async def public_timeline(asking: Asking) -> Made:
    await asking.anybody("read:statuses")
    window, before = asking.window()
    found = await timelines.public(asking.engine.db, asking.viewer, window, clock.now())
    return await _timeline(asking, found, before, "public timeline", "/")


async def friends_timeline(asking: Asking) -> Made:
    by = await asking.member("read:statuses")
    window, before = asking.window()
    found = await timelines.home(asking.engine.db, by.id, window, clock.now())
    return await _timeline(asking, found, before, f"{by.shown_name} with friends", "/")


async def user_timeline(asking: Asking) -> Made:
    by = await asking.anybody("read:statuses")
    author = await asking.somebody(by)
    await _may_read(asking, author)
    window, before = asking.window()
    found = await timelines.of_account(asking.engine.db, author.id, asking.viewer, window, clock.now())
    # Direct posts are messages, and have addresses of their own.
    shown = [post for post in found if post.visibility is not Visibility.DIRECT]
    return await _timeline(asking, shown, before, author.shown_name, f"/@{author.address}")


async def _may_read(asking: Asking, author: Account) -> None:
    """Raises NotSignedIn, as then, for a protected account that has not let the viewer in."""
    if not author.protected or author.id == asking.viewer:
        return
    follow = await relationships.follow(asking.engine.db, asking.viewer, author.id) if asking.viewer else None
    if follow is None or not follow.accepted:
        raise NotSignedIn("Not authorized")


async def replies(asking: Asking) -> Made:
    by = await asking.member("read:statuses")
    window, before = asking.window()
    found = await timelines.replies_to(asking.engine.db, by, window, clock.now())
    return await _timeline(asking, found, before, f"replies to {by.shown_name}", "/notifications")


async def _status(asking: Asking, post_id: int) -> Made:
    seen = await posts.visible(asking.engine.db, post_id, asking.viewer)
    return Made(value=(await entities.statuses(asking, [seen]))[0], name="status")


async def show(asking: Asking) -> Made:
    await asking.anybody("read:statuses")
    seen = await posts.visible(asking.engine.db, asking.post_id(), asking.viewer)
    await _may_read(asking, await accounts.get(asking.engine.db, seen.author_id))
    return await _status(asking, seen.id)


async def update(asking: Asking) -> Made:
    by = await asking.member("write:statuses")
    engine, given = asking.engine, asking.given
    member, grant = await members.find(engine.db, by.id), state_of(asking.request)["grant"]
    text = given.status
    key = asking.request.headers.get("idempotency-key", "")
    count_post(asking.request, by)
    if (asked := command(text)) is not None:
        return await _commanded(asking, by, asked, key)
    draft = Draft(
        text=text, in_reply_to_id=await _answered(asking, given.in_reply_to_status_id),
        visibility=Visibility(member.default_visibility) if member else Visibility.PUBLIC,
        quote_policy=QuotePolicy(member.default_quote_policy) if member else QuotePolicy.NOBODY,
        sensitive=bool(member and member.default_sensitive), usual_language=member.language if member else None,
        source=grant.application_name, source_url=grant.application_website)
    made = await publish_post(
        engine.db, by, draft, clock.now(), max_characters=engine.settings.max_post_characters, idempotency_key=key)
    return await _status(asking, made.id)


async def _answered(asking: Asking, text: str) -> PostId | None:
    """The post to answer; one that is not there is ignored, as then. Raises Invalid for what is no id."""
    if not text.strip() or text.strip() == "-1":
        return None
    number = parse_id(text.strip())
    if number is None:
        raise Invalid("in_reply_to_status_id must be an id", "in_reply_to_status_id")
    return PostId(number) if await posts.visible_by_ids(asking.engine.db, [number], asking.viewer) else None


async def _commanded(asking: Asking, by: Account, asked: Command, key: str) -> Made:
    """What a command of the web's does. Answered with the post that it is about, else with the last one of `by`."""
    done = await _run(asking, by, asked, key)
    found = done.post or (await timelines.newest_of(asking.engine.db, [by.id], by.id)).get(by.id)
    if found is None:
        return Made(value={"request": asking.request.scope["path"], "command": done.said}, name="hash")
    return await _status(asking, found.id)


async def _run(asking: Asking, by: Account, asked: Command, key: str) -> Done:
    engine = asking.engine
    member = await members.find(engine.db, by.id)
    return await run_command(
        engine.db, by, asked, clock.now(), zone=member.time_zone if member else "UTC",
        max_characters=engine.settings.max_post_characters, idempotency_key=key,
        language=member.language if member else None)


async def destroy(asking: Asking) -> Made:
    by = await asking.member("write:statuses")
    made = await _status(asking, asking.post_id())
    await delete_post(asking.engine.db, by, PostId(asking.post_id()), clock.now())
    asking.engine.converting.nudge()
    return made


# ---- favorites ---------------------------------------------------------------------------


async def favorites(asking: Asking) -> Made:
    """One's own: what others like is nobody else's business here."""
    by = await asking.member("read:favourites")
    owner = await asking.somebody(by)
    if owner.id != by.id:
        raise NotAllowed("Favorites are seen by their owner only.")
    size = _PER_PAGE_OF_FAVORITES
    before = asking.page(size)
    if before > 3200:
        raise NotAllowed("Pages reach 3200 favorites.")
    found, _ = await timelines.favourites(
        asking.engine.db, by.id, Window(limit=before + size, before=MAX_ID), clock.now())
    return await _timeline(asking, found, before, f"favorites of {by.shown_name}", "/favourites")


async def create_favorite(asking: Asking) -> Made:
    by = await asking.member("write:favourites")
    await keep_post.favourite_post(asking.engine.db, by, PostId(asking.post_id()), clock.now())
    return await _status(asking, asking.post_id())


async def destroy_favorite(asking: Asking) -> Made:
    by = await asking.member("write:favourites")
    seen = await posts.visible(asking.engine.db, asking.post_id(), by.id)
    await keep_post.unfavourite_post(asking.engine.db, by, PostId(seen.boost_of_id or seen.id), clock.now())
    return await _status(asking, asking.post_id())


# ---- direct messages -----------------------------------------------------------------------


async def _messages(asking: Asking, found: Sequence[SeenPost], before: int, title: str) -> Made:
    shown = list(found)[before:]
    if asking.kind in ("rss", "atom"):
        return Made(value=[], name="direct-messages", feed=await _feed(asking, shown, title, "/messages"))
    return Made(value=await entities.messages(asking, shown), name="direct-messages", each="direct_message")


async def received(asking: Asking) -> Made:
    by = await asking.member("read:statuses")
    window, before = asking.window()
    found = await messages.received(asking.engine.db, by.id, window, clock.now())
    return await _messages(asking, found, before, f"direct messages to {by.shown_name}")


async def sent(asking: Asking) -> Made:
    by = await asking.member("read:statuses")
    window, before = asking.window()
    found = await messages.sent(asking.engine.db, by.id, window, clock.now())
    return await _messages(asking, found, before, f"direct messages by {by.shown_name}")


async def _message(asking: Asking, seen: SeenPost) -> Made:
    return Made(value=(await entities.messages(asking, [seen]))[0], name="direct_message")


async def new(asking: Asking) -> Made:
    by = await asking.member("write:statuses")
    given = asking.given
    if not given.user.strip() or not given.text.strip():
        raise Invalid("A direct message needs user and text.")
    them = await asking.named(given.user)
    count_post(asking.request, by)
    asked = Command("direct", them.address.lower(), given.text.strip())
    done = await _run(asking, by, asked, asking.request.headers.get("idempotency-key", ""))
    if done.post is None:
        raise NotFound("Not found")
    return await _message(asking, done.post)


async def destroy_received(asking: Asking) -> Made:
    by = await asking.member("write:statuses")
    seen = await posts.visible(asking.engine.db, asking.post_id(), by.id)
    made = await _message(asking, seen)
    await destroy_message(asking.engine.db, by, PostId(seen.id), clock.now())
    return made


routes = [
    *method("GET", "/statuses/public_timeline", public_timeline, ALL),
    *method("GET", "/statuses/friends_timeline", friends_timeline, ALL),
    *method("GET", "/statuses/user_timeline", user_timeline, ALL, id_="may"),
    *method("GET", "/statuses/replies", replies, ALL),
    *method("GET", "/statuses/show", show, id_="in path"),
    *method("POST", "/statuses/update", update),
    *method("POST DELETE", "/statuses/destroy", destroy, id_="in path"),
    *method("GET", "/favorites", favorites, ALL, id_="may"),
    *method("POST", "/favorites/create", create_favorite, id_="in path"),
    *method("POST DELETE", "/favorites/destroy", destroy_favorite, id_="in path"),
    *method("GET", "/direct_messages", received, ALL),
    *method("GET", "/direct_messages/sent", sent),
    *method("POST", "/direct_messages/new", new),
    *method("POST DELETE", "/direct_messages/destroy", destroy_received, id_="in path"),
]
