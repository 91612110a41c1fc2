"""docs.joinmastodon.org/methods/statuses."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec
from litestar import delete, get, put
from litestar.params import FromPath
from msgspec import UNSET

from ... import clock
from ...actions import block, boost_post, delete_post, edit_post, keep_post, publish_post, quote_post, schedule_post
from ...actions.control_answers import control_answers
from ...errors import Invalid, NotAllowed, RelatedNotFound
from ...ids import AccountId, PostId, parse_id
from ...model.account import Account
from ...model.media import MAX_ATTACHED
from ...model.poll import Ballot
from ...model.post import AnswerPolicy, Draft, QuotePolicy, SeenPost, Visibility
from ...store import accounts, media, members, polls, posts, timelines
from ..requests import (
    AnyRequest,
    count_post,
    engine_of,
    id_in_path,
    parameters,
    state_of,
    viewer,
    viewer_or_visitor,
    window,
)
from . import entities
from .accounts import MAX_MANY, Ids
from .answers import Answer, account_page, answer, doing, identity, one_status, status_page
from .attachments import attachments
from .extras import NewExtras
from .media import focal_point, picture
from .scheduled_statuses import moment

# docs.joinmastodon.org/methods/statuses, "context": what a visitor is given of a conversation.
VISITOR_ANCESTORS = 40
VISITOR_DESCENDANTS = 60
VISITOR_DEPTH = 20
MAX_OPTIONS_READ = 50  # enough to say that there are too many
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")


class NewPoll(msgspec.Struct):
    """What a client sends to ask a poll."""

    options: list[str] | str = []
    expires_in: int | str | None = None
    multiple: bool = False
    hide_totals: bool = False

    def ballot(self) -> Ballot:
        """The same in our words. A length that is no number is none at all, as in Mastodon ("".to_i is 0)."""
        given = str(self.expires_in).strip() if self.expires_in is not None else ""
        digits = re.match(r"[+-]?[0-9]{1,12}", given)
        return Ballot(
            options=tuple([self.options] if isinstance(self.options, str) else self.options[:MAX_OPTIONS_READ]),
            seconds=(int(digits[0]) if digits else 0) if given else None,
            multiple=self.multiple, hide_totals=self.hide_totals)


class MediaAttributes(msgspec.Struct):
    """What an edit says anew of one attachment."""

    id: str | int = ""
    description: str | None = None
    focus: str | list[str | float] | None = None
    thumbnail: Any = None


class NewStatus(msgspec.Struct):
    """What a client sends to publish, or to edit."""

    status: str = ""
    in_reply_to_id: str | int | None = None
    spoiler_text: str = ""
    sensitive: bool | None = None
    visibility: str | None = None
    language: str | None = None
    media_ids: list[str | int] | str | int | None = None
    media_attributes: list[MediaAttributes] | dict[str, MediaAttributes] = []
    poll: NewPoll | str | None = None
    scheduled_at: str | None = None
    quoted_status_id: str | int | None = None
    quote_approval_policy: str | None = None
    allowed_mentions: list[str | int] | str | int | None = None
    harken: NewExtras = msgspec.field(default_factory=NewExtras)

    @property
    def ballot(self) -> Ballot | None:
        """The poll, if one is asked. Raises Invalid for one that is no hash."""
        if isinstance(self.poll, str):
            if self.poll.strip():
                raise Invalid("Validation failed: poll must have options and expires_in")
            return None
        return self.poll.ballot() if self.poll else None

    def quote_policy(self, otherwise: QuotePolicy) -> QuotePolicy:
        """Who may quote it, or `otherwise` where that is not said. Raises Invalid."""
        if not self.quote_approval_policy:
            return otherwise
        return named_quote_policy(self.quote_approval_policy)

    def published_at(self, now: datetime) -> datetime | None:
        """When to publish it; None for now, which is also meant by a time that has passed. Raises Invalid."""
        if not self.scheduled_at or not self.scheduled_at.strip():
            return None
        at = moment(self.scheduled_at)
        if at is None:
            raise Invalid("Record invalid", "scheduled_at")
        return at if at > now else None

    @property
    def only_mentioning(self) -> tuple[AccountId, ...] | None:
        """Whom the status may mention at most; None for anybody. What is no id allows nobody."""
        if self.allowed_mentions is None:
            return None
        given = self.allowed_mentions if isinstance(self.allowed_mentions, list) else [self.allowed_mentions]
        return tuple(AccountId(found) for one in given[:1000] if (found := parse_id(str(one))) is not None)

    @property
    def attached(self) -> tuple[int, ...]:
        """The uploads to carry; anything but a list means none, as in Mastodon. Raises Invalid."""
        ids = self.media_ids if isinstance(self.media_ids, list) else []
        if len(ids) > MAX_ATTACHED:
            raise Invalid(f"Cannot attach more than {MAX_ATTACHED} files", "media_ids")
        found = [(text, parse_id(text)) for text in map(str, ids) if text]
        if unknown := [text[:40] for text, number in found if number is None]:
            raise Invalid(f"Media {', '.join(unknown)} not found or already attached to another post", "media_ids")
        return tuple(number for _, number in found if number is not None)

    async def media_changes(self) -> list[edit_post.MediaChange]:
        """What an edit says anew of what is carried."""
        given = self.media_attributes
        rows = list(given.values()) if isinstance(given, dict) else given
        return [
            edit_post.MediaChange(number, row.description, focal_point(row.focus), await picture(row.thumbnail))
            for row in rows[:MAX_ATTACHED]
            if (number := parse_id(str(row.id))) is not None]

    @property
    def known_language(self) -> str | None:
        """The language if it is written as one."""
        return self.language if self.language and _LANGUAGE.fullmatch(self.language) else None


class Reblog(msgspec.Struct):
    """To whom to pass on."""

    visibility: str = "public"


def named_quote_policy(name: str) -> QuotePolicy:
    """Mastodon's word in ours. Raises Invalid."""
    found = entities.QUOTE_POLICY_NAMED.get(name)
    if found is None:
        raise Invalid("Record invalid", "quote_approval_policy")
    return found


def related_id(given: str | int | None, missing: str) -> PostId | None:
    """The id of a post that the input refers to; None without one. Raises RelatedNotFound, saying what is `missing`."""
    if given in (None, ""):
        return None
    found = parse_id(str(given))
    if found is None:
        raise RelatedNotFound(missing)
    return PostId(found)


async def find_post(request: AnyRequest, text: str, by: Account | None) -> SeenPost:
    """The post whose id is in the path, as the viewer may see it. Raises NotFound."""
    return await posts.visible(engine_of(request).db, id_in_path(text), identity(by))


@doing("/api/v1/statuses")
async def publish(request: AnyRequest) -> Answer:
    by = await viewer(request, "write:statuses")
    asked = await parameters(request, NewStatus)
    engine = engine_of(request)
    parent = related_id(asked.in_reply_to_id, "The post you are trying to reply to does not appear to exist.")
    quoted = related_id(asked.quoted_status_id, "The post you are trying to quote does not appear to exist.")
    member = await members.find(engine.db, by.id)
    grant = state_of(request)["grant"]
    text, spoiler = asked.status, asked.spoiler_text
    if not text.strip() and spoiler.strip():
        text, spoiler = spoiler, ""  # a warning before nothing is the text, and stays sensitive: Mastodon's rule
    draft = Draft(
        text=text,
        visibility=(Visibility.SET if asked.harken.for_some
                    else entities.named_visibility(asked.visibility) if asked.visibility
                    else Visibility(member.default_visibility) if member else Visibility.PUBLIC),
        in_reply_to_id=parent, quote_of_id=quoted,
        quote_policy=asked.quote_policy(
            QuotePolicy(member.default_quote_policy) if member else QuotePolicy.NOBODY),
        spoiler=spoiler,
        sensitive=bool(asked.spoiler_text.strip()) or (
            asked.sensitive if asked.sensitive is not None else bool(member and member.default_sensitive)),
        language=asked.known_language, usual_language=member.language if member else None,
        source=grant.application_name, source_url=grant.application_website, poll=asked.ballot,
        media=asked.attached, allowed_mentions=asked.only_mentioning,
        sets=asked.harken.set_ids, friends=asked.harken.friends, recipients=asked.harken.recipients,
        verb=asked.harken.verb, answers=asked.harken.policy or AnswerPolicy.EVERYBODY,
        event=asked.harken.event.invitation if asked.harken.event else None, link=asked.harken.link,
        file=asked.harken.file_id)
    count_post(request, by)
    now, key, most = clock.now(), request.headers.get("idempotency-key", ""), engine.settings.max_post_characters
    if at := asked.published_at(now):
        planned = await schedule_post.schedule_post(engine.db, by, draft, at, now, max_characters=most, key=key)
        return answer((await entities.scheduled_statuses(engine.db, [planned], engine.base_url))[0])
    try:
        made = await publish_post.publish_post(engine.db, by, draft, now, max_characters=most, idempotency_key=key)
    except publish_post.UnexpectedMentions as refused:
        people = await accounts.by_ids(engine.db, refused.accounts)
        faces = await entities.accounts(engine.db, people.values(), engine.base_url)
        return answer({"error": refused.message, "unexpected_accounts": list(faces.values())}, status=422)
    return await one_status(request, by, await posts.visible(engine.db, made.id, by.id))


@get("/api/v1/statuses")
async def many(request: AnyRequest) -> Answer:
    by = await viewer_or_visitor(request, "read:statuses")
    engine = engine_of(request)
    ids = (await parameters(request, Ids)).numbers(MAX_MANY)
    found = await posts.visible_by_ids(engine.db, ids, identity(by))
    shown = [found[PostId(i)] for i in dict.fromkeys(ids) if i in found]
    return answer(list((await entities.statuses(engine.db, shown, identity(by), engine.base_url)).values()))


@get("/api/v1/statuses/{status_id:str}")
async def one(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by = await viewer_or_visitor(request, "read:statuses")
    return await one_status(request, by, await find_post(request, status_id, by))


@put("/api/v1/statuses/{status_id:str}")
async def edit(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:statuses")
    asked = await parameters(request, NewStatus)
    old = await find_post(request, status_id, by)
    engine = engine_of(request)
    policy = asked.quote_policy(old.quote_policy)
    await edit_post.edit_post(
        engine.db, by, old.id, text=asked.status, spoiler=asked.spoiler_text, now=clock.now(),
        sensitive=old.sensitive if asked.sensitive is None else asked.sensitive, language=asked.known_language,
        verb=UNSET if asked.harken.verb is None else asked.harken.verb,
        poll=asked.ballot, media_ids=asked.attached, media_changes=await asked.media_changes(),
        max_characters=engine.settings.max_post_characters, store=engine.media,
        max_picture_bytes=engine.settings.max_upload_bytes)
    if policy is not old.quote_policy:
        await quote_post.set_quote_policy(engine.db, by, old.id, policy)
    if (answers := asked.harken.policy) is not None:
        await control_answers(engine.db, by, old.id, answers, clock.now())
    return await one_status(request, by, await posts.visible(engine.db, old.id, by.id))


@delete("/api/v1/statuses/{status_id:str}", status_code=200)
async def remove(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:statuses")
    engine = engine_of(request)
    seen = await find_post(request, status_id, by)
    made = await entities.status(engine.db, seen, by.id, engine.base_url)
    keep = request.query_params.get("delete_media", "") in ("", "false", "0", "f", "off")
    gone = await delete_post.delete_post(engine.db, by, seen.id, clock.now(), keep_media=keep)
    made.text = gone.text  # for deleting and writing anew
    if keep and gone.media:
        made.media_attachments = attachments(gone.media, await media.by_ids(engine.db, gone.media), engine.base_url)
    engine.converting.nudge()
    return answer(made)


@get("/api/v1/statuses/{status_id:str}/context")
async def context(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by = await viewer_or_visitor(request, "read:statuses")
    engine = engine_of(request)
    seen = await find_post(request, status_id, by)
    if seen.boost_of_id:
        seen = await posts.visible(engine.db, seen.boost_of_id, identity(by))
    conversation = await posts.visible_conversation(engine.db, seen, identity(by))
    ancestors, descendants = around(seen, conversation, None if by else VISITOR_DEPTH)
    if by is None:
        ancestors, descendants = ancestors[-VISITOR_ANCESTORS:], descendants[:VISITOR_DESCENDANTS]
    made = await entities.statuses(engine.db, ancestors + descendants, identity(by), engine.base_url)
    return answer(entities.Context([made[one.id] for one in ancestors], [made[one.id] for one in descendants]))


def around(
    post: SeenPost, conversation: list[SeenPost], deepest: int | None = None
) -> tuple[list[SeenPost], list[SeenPost]]:
    """What `post` answers, from the root on; and what answers it, each reply followed by its own replies.

    Replies more than `deepest` levels below are left out.
    """
    by_id = {one.id: one for one in conversation}
    ancestors: list[SeenPost] = []
    above = post.in_reply_to_id
    while above is not None and above in by_id and len(ancestors) < len(conversation):
        ancestors.append(by_id[above])
        above = by_id[above].in_reply_to_id
    replies: dict[PostId, list[SeenPost]] = {}
    for one in conversation:
        if one.in_reply_to_id:
            replies.setdefault(one.in_reply_to_id, []).append(one)
    descendants: list[SeenPost] = []
    waiting = [(one, 1) for one in replies.pop(post.id, [])[::-1]]
    while waiting:  # not recursive: a chain may be thousands deep
        one, depth = waiting.pop()
        descendants.append(one)
        if deepest is None or depth < deepest:
            waiting += [(reply, depth + 1) for reply in replies.pop(one.id, [])[::-1]]
    return ancestors[::-1], descendants


@get("/api/v1/statuses/{status_id:str}/history")
async def history(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by = await viewer_or_visitor(request, "read:statuses")
    engine = engine_of(request)
    seen = await find_post(request, status_id, by)
    earlier, asked = await posts.edits(engine.db, seen.id), await polls.find(engine.db, seen.id)
    return answer(await entities.history(engine.db, seen, earlier, asked, engine.base_url))


@get("/api/v1/statuses/{status_id:str}/source")
async def source(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by = await viewer(request, "read:statuses")
    seen = await find_post(request, status_id, by)
    return answer({"id": str(seen.id), "text": seen.text, "spoiler_text": seen.spoiler})


@get("/api/v1/statuses/{status_id:str}/card")
async def card(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by = await viewer_or_visitor(request, "read:statuses")
    engine = engine_of(request)
    seen = await find_post(request, status_id, by)
    made = (await entities.status(engine.db, seen, identity(by), engine.base_url)).card
    return answer({} if made is None else made)


@get("/api/v1/statuses/{status_id:str}/favourited_by")
async def favourited_by(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by = await viewer_or_visitor(request, "read:accounts")
    seen = await find_post(request, status_id, by)
    page = window(request, default=40, most=80)
    found, ids = await accounts.favourited_by(engine_of(request).db, seen.boost_of_id or seen.id, identity(by), page)
    return await account_page(request, found, ids, page)


@get("/api/v1/statuses/{status_id:str}/reblogged_by")
async def reblogged_by(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by = await viewer_or_visitor(request, "read:accounts")
    seen = await find_post(request, status_id, by)
    page = window(request, default=40, most=80)
    found, ids = await accounts.boosted_by(engine_of(request).db, seen.boost_of_id or seen.id, identity(by), page)
    return await account_page(request, found, ids, page)


class NewPolicy(msgspec.Struct):
    """Who may quote it from now on."""

    quote_approval_policy: str = ""


@put("/api/v1/statuses/{status_id:str}/interaction_policy")
async def interaction_policy(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:statuses")
    asked = await parameters(request, NewPolicy)
    seen = await find_post(request, status_id, by)
    policy = named_quote_policy(asked.quote_approval_policy)
    await quote_post.set_quote_policy(engine_of(request).db, by, seen.id, policy)
    return await _afterwards(request, by, seen.id)


@get("/api/v1/statuses/{status_id:str}/quotes")
async def quotes(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by = await viewer(request, "read:statuses")
    seen, page = await _original(request, status_id, by), window(request)
    found = await timelines.quotes(engine_of(request).db, seen.id, by.id, page, clock.now())
    return await status_page(request, by, found, page)


@doing("/api/v1/statuses/{status_id:str}/quotes/{quoting_id:str}/revoke")
async def revoke(request: AnyRequest, status_id: FromPath[str], quoting_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:statuses")
    quoting = PostId(id_in_path(quoting_id))
    await quote_post.revoke_quote(engine_of(request).db, by, PostId(id_in_path(status_id)), quoting, clock.now())
    return await _afterwards(request, by, quoting)


@doing("/api/v1/statuses/{status_id:str}/translate")
async def translate(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    seen = await find_post(request, status_id, await viewer(request, "read:statuses"))
    if seen.visibility not in (Visibility.PUBLIC, Visibility.UNLISTED):
        raise NotAllowed("This action is not allowed")  # nobody else is to read what was written for a few
    return answer({"error": "Service Unavailable"}, status=503)


@doing("/api/v1/statuses/{status_id:str}/reblog")
async def reblog(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:statuses")
    asked = await parameters(request, Reblog)
    seen = await find_post(request, status_id, by)
    engine = engine_of(request)
    made = await boost_post.boost_post(engine.db, by, seen.id, clock.now(), entities.named_visibility(asked.visibility))
    return await one_status(request, by, await posts.visible(engine.db, made.id, by.id))


async def _original(request: AnyRequest, status_id: str, by: Account) -> SeenPost:
    """The post in the path, or what it boosts."""
    seen = await find_post(request, status_id, by)
    return await posts.visible(engine_of(request).db, seen.boost_of_id, by.id) if seen.boost_of_id else seen


async def _afterwards(request: AnyRequest, by: Account, post_id: PostId) -> Answer:
    """The status as it is now."""
    return await one_status(request, by, await posts.visible(engine_of(request).db, post_id, by.id))


@doing("/api/v1/statuses/{status_id:str}/unreblog")
async def unreblog(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:statuses")
    seen = await _original(request, status_id, by)
    await boost_post.unboost_post(engine_of(request).db, by, seen.id, clock.now())
    return await _afterwards(request, by, seen.id)


@doing("/api/v1/statuses/{status_id:str}/favourite")
async def favourite(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:favourites")
    seen = await _original(request, status_id, by)
    await keep_post.favourite_post(engine_of(request).db, by, seen.id, clock.now())
    return await _afterwards(request, by, seen.id)


@doing("/api/v1/statuses/{status_id:str}/unfavourite")
async def unfavourite(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:favourites")
    seen = await _original(request, status_id, by)
    await keep_post.unfavourite_post(engine_of(request).db, by, seen.id, clock.now())
    return await _afterwards(request, by, seen.id)


@doing("/api/v1/statuses/{status_id:str}/bookmark")
async def bookmark(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:bookmarks")
    seen = await _original(request, status_id, by)
    await keep_post.bookmark_post(engine_of(request).db, by, seen.id, clock.now())
    return await _afterwards(request, by, seen.id)


@doing("/api/v1/statuses/{status_id:str}/unbookmark")
async def unbookmark(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:bookmarks")
    seen = await _original(request, status_id, by)
    await keep_post.unbookmark_post(engine_of(request).db, by, seen.id)
    return await _afterwards(request, by, seen.id)


@doing("/api/v1/statuses/{status_id:str}/pin")
async def pin(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:accounts")
    seen = await find_post(request, status_id, by)
    await keep_post.pin_post(engine_of(request).db, by, seen.id, clock.now())
    return await _afterwards(request, by, seen.id)


@doing("/api/v1/statuses/{status_id:str}/unpin")
async def unpin(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:accounts")
    seen = await find_post(request, status_id, by)
    await keep_post.unpin_post(engine_of(request).db, by, seen.id)
    return await _afterwards(request, by, seen.id)


@doing("/api/v1/statuses/{status_id:str}/mute")
async def mute(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:mutes")
    seen = await _original(request, status_id, by)
    await block.mute_conversation(engine_of(request).db, by, seen.id)
    return await _afterwards(request, by, seen.id)


@doing("/api/v1/statuses/{status_id:str}/unmute")
async def unmute(request: AnyRequest, status_id: FromPath[str]) -> Answer:
    by = await viewer(request, "write:mutes")
    seen = await _original(request, status_id, by)
    await block.unmute_conversation(engine_of(request).db, by, seen.id)
    return await _afterwards(request, by, seen.id)


routes = [
    publish, many, one, edit, remove, context, history, source, card, favourited_by, reblogged_by, translate, reblog,
    unreblog, favourite, unfavourite, bookmark, unbookmark, pin, unpin, mute, unmute, interaction_policy,
    quotes, revoke,
]
