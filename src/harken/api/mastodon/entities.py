"""Model → Mastodon JSON. Shapes: docs.joinmastodon.org/entities, compared with recorded answers of 4.6.

Accounts are encoded once for each version of them (profile and counters) and
kept; a status holds its account as those bytes, and is kept the same way.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import UNSET, Raw, UnsetType

from ... import clock
from ...actions.quote_post import may_quote
from ...alerting.client_push import TYPE as NOTIFICATION_TYPE
from ...errors import Invalid
from ...ids import MAX_ID, AccountId, moment_of
from ...model import moderation
from ...model.account import PERMISSIONS, Field, Member, Role, State
from ...model.account import Account as Person
from ...model.bundle import Bundle
from ...model.collection import Collection as Recommended
from ...model.collection import Item
from ...model.community import Emoji, Emojis
from ...model.filter import Filter as Kept
from ...model.media import Media
from ...model.moderation import Measure, Warning
from ...model.poll import Poll as Asked
from ...model.post import Edit, QuotePolicy, QuoteState, SeenPost, Visibility
from ...model.preview import Preview
from ...model.relationship import Notification as Told
from ...model.relationship import Relationship as Relation
from ...model.scheduled import Scheduled
from ...search import filtering
from ...store import accounts as people
from ...store import appeals as kept_appeals
from ...store import blocked_domains, community, media
from ...store import collections as recommended
from ...store import conversations as talks
from ...store import posts as facts
from ...store import reports as kept_reports
from ...store import tags as hashtags
from ...store.database import Reader
from ...text import dates, markup
from .attachments import MediaAttachment, attachment, attachments
from .extras import RelationshipExtras, StatusExtras, relationship_extras, status_extras
from .file_extras import file_attachment

MAX_CACHED = 10_000

VISIBILITY = {
    Visibility.PUBLIC: "public",
    Visibility.UNLISTED: "unlisted",
    Visibility.FOLLOWERS: "private",
    Visibility.SET: "private",
    Visibility.DIRECT: "direct",
}
VISIBILITY_OF = {int(kind): name for kind, name in VISIBILITY.items()}
VISIBILITY_NAMED = {
    "public": Visibility.PUBLIC,
    "unlisted": Visibility.UNLISTED,
    "private": Visibility.FOLLOWERS,
    "direct": Visibility.DIRECT,
}
NOTIFICATION_KIND = {name: kind for kind, name in NOTIFICATION_TYPE.items()}


def named_visibility(name: str) -> Visibility:
    """Mastodon's word in ours. Raises Invalid."""
    found = VISIBILITY_NAMED.get(name)
    if found is None:
        raise Invalid("Validation failed: Visibility is not included in the list", "visibility")
    return found


def time(moment: datetime) -> str:
    """ISO 8601 with milliseconds and Z."""
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def moment(identifier: int) -> str:
    """When the thing with this id happened."""
    return time(moment_of(identifier))


def absolute_url(url: str, base_url: str) -> str:
    """Links to this server are stored without its address."""
    return base_url + url if url.startswith("/") else url


class CustomEmoji(msgspec.Struct):
    """docs.joinmastodon.org/entities/CustomEmoji; inside statuses and accounts without its category."""

    shortcode: str
    url: str
    static_url: str
    visible_in_picker: bool
    category: str | UnsetType | None = UNSET


class ProfileField(msgspec.Struct):
    """One row of the table on a profile."""

    name: str
    value: str
    verified_at: str | None = None


class Account(msgspec.Struct):
    """docs.joinmastodon.org/entities/Account."""

    id: str
    username: str
    acct: str
    display_name: str
    locked: bool
    bot: bool
    discoverable: bool
    indexable: bool
    group: bool
    created_at: str
    note: str
    url: str
    uri: str
    avatar: str
    avatar_static: str
    avatar_description: str
    header: str
    header_static: str
    header_description: str
    followers_count: int
    following_count: int
    statuses_count: int
    last_status_at: str | None
    hide_collections: bool
    noindex: bool
    emojis: list[Any]
    roles: list[Any]
    fields: list[ProfileField]
    feature_approval: FeatureApproval
    limited: bool | UnsetType = UNSET
    memorial: bool | UnsetType = UNSET
    suspended: bool | UnsetType = UNSET
    source: Source | UnsetType = UNSET
    role: CredentialRole | UnsetType = UNSET


class Source(msgspec.Struct):
    """What only the owner of an account is told."""

    privacy: str
    sensitive: bool
    language: str | None
    note: str
    fields: list[ProfileField]
    follow_requests_count: int
    hide_collections: bool
    discoverable: bool
    indexable: bool
    attribution_domains: list[str]
    quote_policy: str = "nobody"


class CredentialRole(msgspec.Struct):
    """docs.joinmastodon.org/entities/Role."""

    id: str
    name: str
    permissions: str
    color: str = ""
    highlighted: bool = False


class Mention(msgspec.Struct):
    """docs.joinmastodon.org/entities/Status/#Mention."""

    id: str
    username: str
    url: str
    acct: str


class StatusTag(msgspec.Struct, frozen=True):
    """docs.joinmastodon.org/entities/Status/#Tag."""

    name: str
    url: str


class Application(msgspec.Struct):
    """The program that a status was written with."""

    name: str
    website: str | None


class QuoteApproval(msgspec.Struct, frozen=True):
    """docs.joinmastodon.org/entities/QuoteApproval. Nobody is asked one by one here: `manual` is empty."""

    automatic: list[str]
    current_user: str
    manual: list[str] = []


class Quote(msgspec.Struct):
    """docs.joinmastodon.org/entities/Quote."""

    state: str
    quoted_status: Status | None = None


class ShallowQuote(msgspec.Struct):
    """docs.joinmastodon.org/entities/ShallowQuote: what a quoted status quotes."""

    state: str
    quoted_status_id: str | None = None


QUOTE_POLICY = {QuotePolicy.PUBLIC: "public", QuotePolicy.FOLLOWERS: "followers", QuotePolicy.NOBODY: "nobody"}
QUOTE_POLICY_NAMED = {name: policy for policy, name in QUOTE_POLICY.items()}


class FilterKeyword(msgspec.Struct):
    """docs.joinmastodon.org/entities/FilterKeyword."""

    id: str
    keyword: str
    whole_word: bool


class FilterStatus(msgspec.Struct):
    """docs.joinmastodon.org/entities/FilterStatus."""

    id: str
    status_id: str


class Filter(msgspec.Struct):
    """docs.joinmastodon.org/entities/Filter; inside a FilterResult without keywords and statuses."""

    id: str
    title: str
    context: list[str]
    expires_at: str | None
    filter_action: str
    keywords: list[FilterKeyword] | UnsetType = UNSET
    statuses: list[FilterStatus] | UnsetType = UNSET


class FilterResult(msgspec.Struct):
    """docs.joinmastodon.org/entities/FilterResult."""

    filter: Filter
    keyword_matches: list[str] | None
    status_matches: list[str] | None


class PollOption(msgspec.Struct):
    """docs.joinmastodon.org/entities/Poll/#Option; `votes_count` is null where it is not told yet."""

    title: str
    votes_count: int | None


class Poll(msgspec.Struct):
    """docs.joinmastodon.org/entities/Poll. Its id is that of its status."""

    id: str
    expires_at: str | None
    expired: bool
    multiple: bool
    votes_count: int
    voters_count: int | None
    options: list[PollOption]
    emojis: list[Any] = []
    voted: bool | UnsetType = UNSET
    own_votes: list[int] | UnsetType = UNSET


class Status(msgspec.Struct):
    """docs.joinmastodon.org/entities/Status."""

    id: str
    created_at: str
    in_reply_to_id: str | None
    in_reply_to_account_id: str | None
    sensitive: bool
    spoiler_text: str
    visibility: str
    language: str | None
    uri: str
    url: str
    replies_count: int
    reblogs_count: int
    favourites_count: int
    quotes_count: int
    edited_at: str | None
    content: str
    reblog: Raw | None
    account: Raw
    mentions: list[Mention]
    tags: list[StatusTag]
    media_attachments: list[MediaAttachment] = []
    emojis: list[Any] = []
    quote: Quote | ShallowQuote | None = None
    card: PreviewCard | None = None
    poll: Poll | None = None
    quote_approval: QuoteApproval | UnsetType = UNSET
    application: Application | UnsetType | None = UNSET
    favourited: bool | UnsetType = UNSET
    reblogged: bool | UnsetType = UNSET
    muted: bool | UnsetType = UNSET
    bookmarked: bool | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET
    filtered: list[FilterResult] | UnsetType = UNSET
    text: str | UnsetType = UNSET
    harken: StatusExtras | UnsetType = UNSET


class StatusEdit(msgspec.Struct):
    """docs.joinmastodon.org/entities/StatusEdit."""

    content: str
    spoiler_text: str
    sensitive: bool
    created_at: str
    account: Raw
    media_attachments: list[MediaAttachment] = []
    emojis: list[Any] = []
    poll: EditedPoll | UnsetType = UNSET


class EditedPoll(msgspec.Struct):
    """What could be chosen in an earlier version."""

    options: list[EditedOption]


class EditedOption(msgspec.Struct):
    """An option of an earlier version, whose votes are not told."""

    title: str


class ScheduledPoll(msgspec.Struct):
    """The poll of a scheduled status, as it was asked for."""

    options: list[str]
    expires_in: int | None
    multiple: bool
    hide_totals: bool


class ScheduledParams(msgspec.Struct):
    """What a scheduled status will be made of. The last three are told for old clients' sake.

    Mastodon sends `allowed_mentions` and the two about quotes too, undocumented (PostStatusService, scheduled_options).
    """

    text: str
    poll: ScheduledPoll | None
    media_ids: list[str] | None
    sensitive: bool | None
    spoiler_text: str | None
    visibility: str
    in_reply_to_id: int | None
    language: str | None
    idempotency: str | None
    allowed_mentions: list[str] | None
    quoted_status_id: str | None
    quote_approval_policy: str
    application_id: int = 0
    scheduled_at: None = None
    with_rate_limit: bool = False


class ScheduledStatus(msgspec.Struct):
    """docs.joinmastodon.org/entities/ScheduledStatus."""

    id: str
    scheduled_at: str
    params: ScheduledParams
    media_attachments: list[MediaAttachment] = []


class Context(msgspec.Struct):
    """docs.joinmastodon.org/entities/Context."""

    ancestors: list[Raw]
    descendants: list[Raw]


class Relationship(msgspec.Struct):
    """docs.joinmastodon.org/entities/Relationship."""

    id: str
    following: bool
    showing_reblogs: bool
    notifying: bool
    languages: list[str] | None
    followed_by: bool
    blocking: bool
    blocked_by: bool
    muting: bool
    muting_notifications: bool
    muting_expires_at: str | None
    requested: bool
    requested_by: bool
    domain_blocking: bool
    endorsed: bool
    note: str
    harken: RelationshipExtras | UnsetType = UNSET


class FeatureApproval(msgspec.Struct):
    """docs.joinmastodon.org/entities/FeatureApproval: who may put somebody into a collection."""

    automatic: list[str]
    current_user: str
    manual: list[str] = []


class Notification(msgspec.Struct):
    """docs.joinmastodon.org/entities/Notification."""

    id: str
    type: str
    created_at: str
    group_key: str
    account: Raw
    status: Raw | UnsetType = UNSET
    report: Report | UnsetType = UNSET
    moderation_warning: AccountWarning | UnsetType = UNSET
    collection: dict[str, Any] | UnsetType = UNSET
    event: SeveranceEvent | UnsetType = UNSET


class SeveranceEvent(msgspec.Struct):
    """docs.joinmastodon.org/entities/RelationshipSeveranceEvent."""

    id: str
    type: str
    purged: bool
    target_name: str
    followers_count: int
    following_count: int
    created_at: str


class Rule(msgspec.Struct):
    """docs.joinmastodon.org/entities/Rule. Rules are written in one language here."""

    id: str
    text: str
    hint: str
    translations: dict[str, Any] = {}


class Report(msgspec.Struct):
    """docs.joinmastodon.org/entities/Report."""

    id: str
    action_taken: bool
    action_taken_at: str | None
    category: str
    comment: str
    forwarded: bool
    created_at: str
    status_ids: list[str] | None
    rule_ids: list[str] | None
    target_account: Raw


class AccountWarning(msgspec.Struct):
    """docs.joinmastodon.org/entities/AccountWarning."""

    id: str
    action: str
    text: str
    status_ids: list[str] | None
    target_account: Raw
    created_at: str
    appeal: Appeal | None = None


class Appeal(msgspec.Struct):
    """docs.joinmastodon.org/entities/Appeal."""

    text: str
    state: str


class Usage(msgspec.Struct):
    """One day of docs.joinmastodon.org/entities/Tag/#history; `day` is when it began, in seconds since 1970."""

    day: str
    uses: str
    accounts: str


class PreviewCardAuthor(msgspec.Struct):
    """docs.joinmastodon.org/entities/PreviewCardAuthor."""

    name: str
    url: str
    account: Raw | None = None


class PreviewCard(msgspec.Struct):
    """docs.joinmastodon.org/entities/PreviewCard."""

    url: str
    title: str
    description: str
    language: str | None
    type: str
    author_name: str
    author_url: str
    provider_name: str
    provider_url: str
    html: str
    width: int
    height: int
    image: str | None
    image_description: str
    embed_url: str
    blurhash: str | None
    published_at: str | None
    authors: list[PreviewCardAuthor]


class TrendingLink(msgspec.Struct):
    """docs.joinmastodon.org/entities/PreviewCard/#trends-link."""

    url: str
    title: str
    provider_name: str
    provider_url: str
    history: list[Usage]
    description: str = ""
    language: str | None = None
    type: str = "link"
    author_name: str = ""
    author_url: str = ""
    authors: list[Any] = []
    html: str = ""
    width: int = 0
    height: int = 0
    image: str | None = None
    image_description: str = ""
    embed_url: str = ""
    blurhash: str | None = None
    published_at: str | None = None


class Tag(msgspec.Struct):
    """docs.joinmastodon.org/entities/Tag."""

    id: str
    name: str
    url: str
    history: list[Usage]
    following: bool | UnsetType = UNSET
    featuring: bool | UnsetType = UNSET


class FeaturedTag(msgspec.Struct):
    """docs.joinmastodon.org/entities/FeaturedTag."""

    id: str
    name: str
    url: str
    statuses_count: str
    last_status_at: str | None


class Conversation(msgspec.Struct):
    """docs.joinmastodon.org/entities/Conversation."""

    id: str
    unread: bool
    accounts: list[Raw]
    last_status: Raw


# ---- accounts ------------------------------------------------------------------

_NO_EMOJIS = Emojis()
_encoder = msgspec.json.Encoder()
_encoded: dict[tuple[int, str], tuple[tuple[Any, ...], Raw]] = {}
_encoded_statuses: dict[Any, tuple[Any, Raw]] = {}
_media_paths: dict[int, str] = {}


def _edition(person: Person, emojis: Emojis) -> tuple[Any, ...]:
    """Changes whenever the entity does."""
    return (person.version, person.posts, person.followers, person.following, person.last_post_at, person.state,
            emojis.version)


async def accounts(reader: Reader, persons: Iterable[Person], base_url: str) -> dict[int, Raw]:
    """Encoded accounts by id: no statement for those known, one for the pictures of all others."""
    made: dict[int, Raw] = {}
    missing: list[Person] = []
    emojis = await community.emojis(reader)
    for person in persons:
        known = _encoded.get((person.id, base_url))
        if known is not None and known[0] == _edition(person, emojis):
            made[person.id] = known[1]
        else:
            missing.append(person)
    if missing:
        await _load_pictures(reader, missing)
        for person in missing:
            raw = Raw(_encoder.encode(account_entity(person, base_url, emojis)))
            _remember(_encoded, (person.id, base_url), (_edition(person, emojis), raw))
            made[person.id] = raw
    return made


def _remember(cache: dict[Any, Any], key: Any, value: Any) -> None:
    """Keep `value`, dropping what was stored first when the cache is full."""
    cache.pop(key, None)
    while len(cache) >= MAX_CACHED:
        del cache[next(iter(cache))]
    cache[key] = value


async def _load_pictures(reader: Reader, persons: Iterable[Person]) -> None:
    ids = {i for person in persons for i in (person.avatar_id, person.header_id) if i and i not in _media_paths}
    if ids:
        for media_id, path in (await people.picture_paths(reader, ids)).items():
            _remember(_media_paths, media_id, path)


async def account(reader: Reader, person: Person, base_url: str) -> Raw:
    """One account, encoded."""
    return (await accounts(reader, [person], base_url))[person.id]


def muted_account(face: Raw, until: datetime | None) -> Raw:
    """docs.joinmastodon.org/entities/Account/#MutedAccount: an account, and when its mute ends."""
    ends = _encoder.encode(time(until) if until else None)
    return Raw(bytes(face)[:-1] + b',"mute_expires_at":' + ends + b"}")


def account_entity(person: Person, base_url: str, emojis: Emojis = _NO_EMOJIS) -> Account:
    """The public entity; its pictures are known to the cache or fall back to the drawn ones.

    Of a suspended account only the name and the counts are told, and that it is suspended, as Mastodon does.
    """
    if person.state is State.SUSPENDED:
        person = msgspec.structs.replace(
            person, display_name="", bio="", location="", fields=[], avatar_id=None, header_id=None, protected=False,
            bot=False, discoverable=False, indexable=False)
    avatar = _picture(person.avatar_id, "/static/avatar.svg", base_url)
    header = _picture(person.header_id, "/static/header.svg", base_url)
    return Account(
        id=str(person.id), username=person.username, acct=person.address, display_name=person.display_name,
        locked=person.protected, bot=person.bot, discoverable=person.discoverable, indexable=person.indexable,
        group=False, created_at=f"{person.created_at.date().isoformat()}T00:00:00.000Z",
        note=_html(person.bio, base_url),
        url=absolute_url(person.url, base_url), uri=absolute_url(person.uri, base_url),
        avatar=avatar, avatar_static=avatar, avatar_description="",
        header=header, header_static=header, header_description="",
        followers_count=person.followers, following_count=person.following, statuses_count=person.posts,
        last_status_at=person.last_post_at.date().isoformat() if person.last_post_at else None,
        hide_collections=person.hide_collections, noindex=person.noindex, roles=[],
        emojis=custom_emojis(emojis.within(_written(person)), base_url),
        fields=[ProfileField(field.name, _html(field.value, base_url, inline=True)) for field in person.fields],
        feature_approval=_ANYBODY if person.discoverable else _NOBODY,
        limited=True if person.silenced or person.state is State.LIMITED else UNSET,
        memorial=True if person.state is State.MEMORIAL else UNSET,
        suspended=True if person.state is State.SUSPENDED else UNSET,
    )


_ANYBODY = FeatureApproval(["public"], "automatic")
_NOBODY = FeatureApproval([], "denied")


def _written(person: Person) -> list[str]:
    """Where a profile may have emoji."""
    return [person.display_name, person.bio, *(text for field in person.fields for text in (field.name, field.value))]


def custom_emojis(found: Iterable[Emoji], base_url: str, with_category: bool = False) -> list[CustomEmoji]:
    """Custom emoji as clients draw them."""
    return [
        CustomEmoji(emoji.shortcode, f"{base_url}/media/{emoji.path}", f"{base_url}/media/{emoji.still_path}", True,
                    (emoji.category or None) if with_category else UNSET)
        for emoji in found]


def _picture(media_id: int | None, fallback: str, base_url: str) -> str:
    path = _media_paths.get(media_id) if media_id else None
    return f"{base_url}/media/{path}" if path else base_url + fallback


def _html(text: str, base_url: str, inline: bool = False) -> str:
    made = markup.absolute(markup.to_html(text, {}), base_url)
    return made.removeprefix("<p>").removesuffix("</p>") if inline else made


async def credential_account(
    reader: Reader, person: Person, member: Member | None, requests: int, base_url: str
) -> Account:
    """The owner's own view of an account."""
    await _load_pictures(reader, [person])
    made = account_entity(person, base_url, await community.emojis(reader))
    made.source = Source(
        privacy=VISIBILITY[Visibility(member.default_visibility)] if member else "public",
        sensitive=bool(member and member.default_sensitive),
        language=member.language if member else None,
        note=person.bio, fields=_plain_fields(person.fields), follow_requests_count=requests,
        hide_collections=person.hide_collections, discoverable=person.discoverable, indexable=person.indexable,
        attribution_domains=person.attribution_domains,
        quote_policy=QUOTE_POLICY[QuotePolicy(member.default_quote_policy)] if member else "nobody")
    made.role = role_entity(member.role if member else Role.MEMBER)
    return made


# Mastodon's own names; what everybody has is called nothing and has the id -99.
_ROLE_NAMES = {Role.MEMBER: "", Role.MODERATOR: "Moderator", Role.ADMINISTRATOR: "Admin", Role.OWNER: "Owner"}


def role_entity(role: Role) -> CredentialRole:
    """docs.joinmastodon.org/entities/Role."""
    return CredentialRole(
        str(int(role)) if role else "-99", _ROLE_NAMES[role], permissions=str(int(PERMISSIONS[role])),
        highlighted=bool(role))


def plain_html(text: str, base_url: str) -> str:
    """A text of the operator's as HTML."""
    return _html(text, base_url)


def _plain_fields(fields: list[Field]) -> list[ProfileField]:
    return [ProfileField(field.name, field.value) for field in fields]


def relationship(relation: Relation) -> Relationship:
    """What one account is to the viewer."""
    return Relationship(
        id=str(relation.account_id), following=relation.following,
        showing_reblogs=relation.show_boosts and (relation.following or relation.requested),
        notifying=relation.notify, languages=relation.languages or None, followed_by=relation.followed_by,
        blocking=relation.blocking, blocked_by=relation.blocked_by, muting=relation.muting,
        muting_notifications=relation.muting_notifications,
        muting_expires_at=time(relation.muted_until) if relation.muted_until else None,
        requested=relation.requested, requested_by=relation.requested_by, domain_blocking=relation.domain_blocking,
        endorsed=relation.endorsed, note=relation.note, harken=relationship_extras(relation))


# ---- statuses ------------------------------------------------------------------


class _Page:
    """What statuses of one page are made of, for one viewer."""

    def __init__(
        self, bundle: Bundle, faces: Mapping[int, Raw], emojis: Emojis, hits: Mapping[int, list[filtering.Hit]],
        viewer: int, base_url: str,
    ) -> None:
        self.bundle = bundle
        self.faces = faces
        self.emojis = emojis
        self.hits = hits
        self.viewer = viewer
        self.base_url = base_url

    @classmethod
    async def load(
        cls, reader: Reader, posts: list[SeenPost], viewer: int, base_url: str, also: Iterable[int] = ()
    ) -> _Page:
        """A constant number of statements. `also` are accounts that are shown beside the posts."""
        bundle = await facts.bundle(reader, posts, viewer, also)
        shown = {post.id: post for post in (*bundle.posts, *bundle.others.values()) if not post.boost_of_id}
        hits = await filtering.hits(reader, bundle.accounts.get(AccountId(viewer)), list(shown.values()), clock.now())
        faces = await accounts(reader, bundle.accounts.values(), base_url)
        return cls(bundle, faces, await community.emojis(reader), hits, viewer, base_url)

    def encodings(self) -> dict[int, Raw]:
        """All of it, by post."""
        return {post.id: self.encoded(post) for post in self.bundle.posts}

    def encoded(self, post: SeenPost) -> Raw:
        """The status as bytes. Most are read by many, so they are kept: by who reads and what they did with it, for as
        long as all that it is made of stays equal. Polls, events, files, quotes and what a filter caught are made
        anew."""
        bundle = self.bundle
        about = bundle.others[post.boost_of_id] if post.boost_of_id else post
        if post.kind in ("poll", "event", "file") or post.quote_state or about.id in self.hits:
            return Raw(_encoder.encode(self.status(post)))
        key = (post.id, self.base_url, self.viewer and (2 if post.author_id == self.viewer else 1),
               self._may_quote(post), about.favourited, about.boosted, about.muted, about.bookmarked)
        edition = (
            post, self.faces[post.author_id], self.emojis.version, bundle.previews.get(post.link or ""),
            [bundle.media.get(i) for i in post.media], [i in bundle.accounts for i in post.mentions],
            self.encoded(about) if about is not post else None)
        known = _encoded_statuses.get(key)
        if known is not None and known[0] == edition:
            return known[1]
        made = Raw(_encoder.encode(self.status(post)))
        _remember(_encoded_statuses, key, (edition, made))
        return made

    def status(self, post: SeenPost, within_quote: bool = False) -> Status:
        """The status of a post, in full."""
        bundle, viewer, base_url = self.bundle, self.viewer, self.base_url
        original = bundle.others[post.boost_of_id] if post.boost_of_id else None
        made = Status(
            id=str(post.id),
            created_at=time(post.created_at),
            in_reply_to_id=str(post.in_reply_to_id) if post.in_reply_to_id else None,
            in_reply_to_account_id=str(post.in_reply_to_account_id) if post.in_reply_to_account_id else None,
            sensitive=post.sensitive,
            spoiler_text=post.spoiler,
            visibility=VISIBILITY[post.visibility],
            language=post.language,
            uri=absolute_url(post.uri, base_url),
            url=absolute_url(post.url, base_url),
            replies_count=post.replies,
            reblogs_count=post.boosts,
            favourites_count=post.favourites,
            quotes_count=post.quotes,
            edited_at=time(post.edited_at) if post.edited_at else None,
            content=markup.absolute(post.html, base_url),
            reblog=self.encoded(original) if original else None,
            account=self.faces[post.author_id],
            mentions=[_mention(bundle.accounts[i], base_url) for i in post.mentions if i in bundle.accounts],
            tags=[status_tag(name, base_url) for name in post.tags],
            quote_approval=self._quote_approval(post),
            harken=status_extras(post, bundle.gatherings.get(post.id), bundle.files.get(post.id), base_url),
        )
        if event := bundle.gatherings.get(post.id):
            made.content += dates.as_html(event, made.url or made.uri, post.language)
        if post.link in bundle.previews and post.link:
            made.card = preview_card(bundle.previews[post.link], base_url)
        if post.quote_state:
            made.quote = self._quote(post, within_quote)
            made.content = _with_link_to_quoted(made, bundle.others.get(post.quote_of_id or 0), base_url)
        if post.media:
            made.media_attachments = attachments(post.media, bundle.media, base_url)
        if file := bundle.files.get(post.id):
            made.media_attachments = [*made.media_attachments, file_attachment(file, base_url)]
        if post.id in bundle.polls:
            made.poll = poll(bundle.polls[post.id], post.author_id, viewer)
        if post.source:
            made.application = Application(post.source, post.source_url or None)
        if viewer:
            about = original or post  # what the viewer did with a boost, they did with the original
            made.favourited = about.favourited
            made.reblogged = about.boosted
            made.muted = about.muted
            made.bookmarked = about.bookmarked
            made.filtered = [_filter_result(hit, about.id) for hit in self.hits.get(about.id, ())]
            if post.author_id == viewer and original is None and post.visibility <= Visibility.FOLLOWERS:
                made.pinned = post.pinned
        if self.emojis.by_code:
            made.emojis = custom_emojis(self.emojis.within([made.spoiler_text, made.content]), base_url)
            if made.poll:
                titles = [option.title for option in made.poll.options]
                made.poll.emojis = custom_emojis(self.emojis.within(titles), base_url)
        return made

    def _may_quote(self, post: SeenPost) -> bool:
        return bool(self.viewer) and may_quote(post, self.viewer, post.author_id in self.bundle.followed)

    def _quote_approval(self, post: SeenPost) -> QuoteApproval:
        """Who may quote a status, and whether the viewer may."""
        told = post.quote_policy and post.visibility <= Visibility.UNLISTED
        return QuoteApproval(
            [QUOTE_POLICY[post.quote_policy]] if told else [], "automatic" if self._may_quote(post) else "denied")

    def _quote(self, post: SeenPost, within_quote: bool) -> Quote | ShallowQuote:
        """What a status quotes: in full, or as an id where that status is itself being quoted."""
        quoted = self.bundle.others.get(post.quote_of_id or 0)
        if post.quote_state is not QuoteState.ACCEPTED:
            return (ShallowQuote if within_quote else Quote)(post.quote_state.name.lower())
        if within_quote:
            seen = post.quote_of_id in self.bundle.quotable or quoted is not None
            return ShallowQuote("accepted", str(post.quote_of_id)) if seen else ShallowQuote("unauthorized")
        if quoted is None:
            return Quote("unauthorized")
        state = "muted_account" if quoted.author_id in self.bundle.muted else "accepted"
        return Quote(state, self.status(quoted, within_quote=True))


async def statuses(reader: Reader, posts: list[SeenPost], viewer: int, base_url: str) -> dict[int, Raw]:
    """Statuses of a page by the id of their post, in its order: a constant number of statements.

    A boost is left out where the viewer may not see what was boosted.
    """
    if not posts:
        return {}
    return (await _Page.load(reader, posts, viewer, base_url)).encodings()


async def status(reader: Reader, post: SeenPost, viewer: int, base_url: str) -> Status:
    """One status, not encoded yet."""
    page = await _Page.load(reader, [post], viewer, base_url)
    return page.status(page.bundle.posts[0])


def poll(asked: Asked, author: int, viewer: int) -> Poll:
    """A poll; its author counts as having voted, so that clients show them the result."""
    now = clock.now()
    shown = asked.shows_totals(now)
    made = Poll(
        id=str(asked.post_id), expires_at=time(asked.expires_at) if asked.expires_at else None,
        expired=asked.ended(now), multiple=asked.multiple, votes_count=asked.votes, voters_count=asked.voters,
        options=[PollOption(option.title, option.votes if shown else None) for option in asked.options])
    if viewer:
        made.voted = viewer == author or bool(asked.chosen)
        made.own_votes = asked.chosen
    return made


def _with_link_to_quoted(made: Status, quoted: SeenPost | None, base_url: str) -> str:
    """The content, beginning with a link to what is quoted, for clients that know no quotes; they can tell it by its
    class. Mastodon leaves it out where the text has the link."""
    if quoted is None:
        return made.content
    address = absolute_url(quoted.url, base_url)
    if f'href="{address}"' in made.content:
        return made.content
    return f'<p class="quote-inline">RE: <a href="{address}">{address}</a></p>{made.content}'


def preview_card(preview: Preview, base_url: str) -> PreviewCard:
    """A card. The frame of a film is written here: HTML of others is not passed on."""
    frame = ""
    if preview.kind == "video":
        frame = (f'<iframe src="{html.escape(preview.embed_url)}" width="{preview.width}" height="{preview.height}" '
                 'allowfullscreen sandbox="allow-scripts allow-same-origin allow-popups"></iframe>')
    return PreviewCard(
        url=preview.url, title=preview.title, description=preview.description, language=preview.language,
        type=preview.kind, author_name=preview.author_name, author_url=preview.author_url,
        provider_name=preview.provider_name, provider_url=preview.provider_url, html=frame,
        width=preview.width, height=preview.height,
        image=f"{base_url}/media/{preview.image}" if preview.image else None,
        image_description=preview.image_description, blurhash=None,
        embed_url=preview.embed_url if preview.kind == "photo" else "",
        published_at=time(preview.published_at) if preview.published_at else None,
        authors=[PreviewCardAuthor(preview.author_name, preview.author_url)] if preview.author_name else [])


async def scheduled_statuses(reader: Reader, plans: Sequence[Scheduled], base_url: str) -> list[ScheduledStatus]:
    """Planned posts: one statement if any holds files."""
    held = [media_id for planned in plans for media_id in planned.draft.media]
    known = await media.by_ids(reader, held) if held else {}
    return [_scheduled_status(planned, known, base_url) for planned in plans]


def _scheduled_status(planned: Scheduled, known: Mapping[int, Media], base_url: str) -> ScheduledStatus:
    draft, asked = planned.draft, planned.draft.poll
    return ScheduledStatus(str(planned.id), time(planned.at), ScheduledParams(
        text=draft.text, media_ids=[str(i) for i in draft.media] or None, sensitive=draft.sensitive,
        spoiler_text=draft.spoiler or None,
        visibility=VISIBILITY[draft.visibility], in_reply_to_id=draft.in_reply_to_id, language=draft.language,
        idempotency=planned.key or None,
        allowed_mentions=None if draft.allowed_mentions is None else [str(one) for one in draft.allowed_mentions],
        quoted_status_id=str(draft.quote_of_id) if draft.quote_of_id else None,
        quote_approval_policy=QUOTE_POLICY[draft.quote_policy],
        poll=ScheduledPoll(list(asked.options), asked.seconds, asked.multiple, asked.hide_totals) if asked else None),
        attachments(draft.media, known, base_url))


def filter_group(kept: Kept) -> Filter:
    """A filter with its keywords and posts. Its query, and the context "search", are Harken's and not told here:
    clients expect the words that Mastodon has."""
    made = _filter_alone(kept)
    made.keywords = [FilterKeyword(str(one.id), one.keyword, one.whole_word) for one in kept.keywords]
    made.statuses = [FilterStatus(str(one.id), str(one.post_id)) for one in kept.posts]
    return made


def _filter_alone(kept: Kept) -> Filter:
    return Filter(
        id=str(kept.id), title=kept.title, context=[context for context in kept.contexts if context != "search"],
        expires_at=time(kept.expires_at) if kept.expires_at else None, filter_action=kept.action.value)


def _filter_result(hit: filtering.Hit, post_id: int) -> FilterResult:
    return FilterResult(_filter_alone(hit.kept), list(hit.words) or None, [str(post_id)] if hit.itself else None)


def _mention(person: Person, base_url: str) -> Mention:
    return Mention(str(person.id), person.username, absolute_url(person.url, base_url), person.address)


@lru_cache(MAX_CACHED)
def status_tag(name: str, base_url: str) -> StatusTag:
    key = markup.tag_key(name)
    return StatusTag(key, f"{base_url}/tags/{quote(key)}")


_HISTORY_DAYS = 7


async def tags(
    reader: Reader, names: Iterable[str], viewer: int, base_url: str, used: Sequence[list[Usage]] | None = None
) -> list[Tag]:
    """Hashtags with their use on the last days (`used`, if known already) and what they are to the viewer.

    At most two statements, whatever their number.
    """
    keys = [markup.tag_key(name) for name in names]
    if not keys:
        return []
    histories = dict(zip(keys, used, strict=True)) if used is not None else await _histories(reader, keys)
    made = [Tag(id=key, name=key, url=f"{base_url}/tags/{quote(key)}", history=histories[key]) for key in keys]
    if viewer:
        followed, featured = await hashtags.stances(reader, viewer, keys)
        for one in made:
            one.following, one.featuring = one.id in followed, one.id in featured
    return made


async def _histories(reader: Reader, keys: Iterable[str]) -> dict[str, list[Usage]]:
    now = clock.now()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [today - timedelta(days=ago) for ago in range(_HISTORY_DAYS)]
    wanted = set(keys)
    found = {(one.tag, one.day): one for one in await hashtags.daily_uses(reader, wanted, days[-1], now)}

    def usage(key: str, day: datetime) -> Usage:
        since = int(day.timestamp())
        one = found.get((key, since // 86_400))
        return Usage(str(since), str(one.uses if one else 0), str(one.people if one else 0))

    return {key: [usage(key, day) for day in days] for key in wanted}


def featured_tag(featured: hashtags.Featured, owner: Person, base_url: str) -> FeaturedTag:
    """A tag on a profile."""
    return FeaturedTag(
        id=str(featured.id), name=featured.name,
        url=f"{base_url}/@{owner.address}/tagged/{quote(featured.tag)}", statuses_count=str(featured.posts),
        last_status_at=featured.last_post_at.date().isoformat() if featured.last_post_at else None)


async def history(
    reader: Reader, post: SeenPost, edits: list[Edit], asked: Asked | None, base_url: str
) -> list[StatusEdit]:
    """Every version of a status, the present one last."""
    author = (await people.by_ids(reader, [post.author_id]))[post.author_id]
    face = await account(reader, author, base_url)
    present = Edit(text=post.text, html=post.html, spoiler=post.spoiler, sensitive=post.sensitive,
                   created_at=post.edited_at or post.created_at,
                   poll=[option.title for option in asked.options] if asked else [], media=post.media)
    carried = [i for edit in (*edits, present) for i in edit.media]
    known = await media.by_ids(reader, carried) if carried else {}
    return [
        StatusEdit(markup.absolute(edit.html, base_url), edit.spoiler, edit.sensitive, time(edit.created_at), face,
                   poll=EditedPoll([EditedOption(title) for title in edit.poll]) if edit.poll else UNSET,
                   media_attachments=_carried(edit, known, base_url))
        for edit in (*edits, present)]


def _carried(edit: Edit, known: Mapping[int, Media], base_url: str) -> list[MediaAttachment]:
    """What a version carried, described as it was then; the present one knows no older words."""
    alts = dict(zip(edit.media, edit.alts, strict=False))
    return [attachment(known[i], base_url, alts.get(i)) for i in edit.media if i in known]


# ---- notifications -------------------------------------------------------------

GROUPED = ("boost", "favourite", "follow", "sign_up")
GROUP_SPAN = (12 * 3600 * 1000) << 16  # ids of half a day
_GROUP_KEY = re.compile(r"(?:(?:reblog|favourite)-\d{1,19}|follow|admin\.sign_up)-(\d{1,8})")


def group_key(told: Told) -> str:
    """Shared by notifications that tell of the same thing within half a day; one's own where nothing is grouped."""
    if told.kind not in GROUPED:
        return f"ungrouped-{told.id}"
    about = f"-{told.post_id}" if told.post_id else ""
    return f"{NOTIFICATION_TYPE[told.kind]}{about}-{told.id // GROUP_SPAN}"


def group_begin(told: Told) -> int:
    """The least id that notifications of its group can have."""
    return told.id // GROUP_SPAN * GROUP_SPAN


def begin_of_group(key: str) -> int | None:
    """The same by a group's key; None for what is none."""
    match = _GROUP_KEY.fullmatch(key)
    return int(match[1]) * GROUP_SPAN if match and int(match[1]) < MAX_ID // GROUP_SPAN else None


async def notifications(reader: Reader, told: list[Told], viewer: int, base_url: str) -> list[Notification]:
    """Notifications with who did it and the status they are about: a constant number of statements."""
    seen = await facts.visible_by_ids(reader, [one.post_id for one in told if one.post_id], viewer)
    page = await _Page.load(reader, list(seen.values()), viewer, base_url, [one.account_id for one in told])
    made = page.encodings()
    asked = {one.id for one in told if one.kind == "report"}
    reported = await reports(reader, asked, base_url) if asked else {}
    warned = {one.id for one in told if one.kind == "warning"}
    warnings = await kept_reports.warnings_by_ids(reader, warned) if warned else {}
    appealed = await kept_appeals.by_warnings(reader, warned) if warned else {}
    collected = {one.collection_id for one in told if one.collection_id}
    named = await recommended.by_ids(reader, collected, viewer) if collected else {}
    entries = dict(zip(named, await collections(reader, list(named.values()), viewer, base_url), strict=True))
    cut = {one.id for one in told if one.kind == "severed"}
    severances = await blocked_domains.severances(reader, cut) if cut else {}
    return [
        Notification(
            id=str(one.id), type=NOTIFICATION_TYPE[one.kind], created_at=moment(one.id),
            group_key=group_key(one), account=page.faces[one.account_id],
            status=made[one.post_id] if one.post_id else UNSET,
            report=reported.get(one.id, UNSET), collection=entries.get(one.collection_id or 0, UNSET),
            moderation_warning=_warning(
                warnings[one.id], appealed.get(one.id), page.faces[one.account_id]) if one.id in warnings else UNSET,
            event=_severance(severances[one.id]) if one.id in severances else UNSET)
        for one in told if one.account_id in page.faces and (not one.post_id or one.post_id in made)
        and (not one.collection_id or one.collection_id in entries)
        and (one.kind != "report" or one.id in reported) and (one.kind != "warning" or one.id in warnings)
        and (one.kind != "severed" or one.id in severances)]


def _severance(ended: blocked_domains.Severance) -> SeveranceEvent:
    """Who was followed is not kept: there is nothing to look at any more, which Mastodon calls purged."""
    return SeveranceEvent(
        str(ended.id), "user_domain_block", True, ended.domain, ended.followers, ended.following, moment(ended.id))


def _warning(warning: Warning, against: moderation.Appeal | None, face: Raw) -> AccountWarning:
    action = "delete_statuses" if warning.action is Measure.REMOVE else warning.action.value
    state = {None: "pending", True: "approved", False: "rejected"}
    return AccountWarning(
        str(warning.id), action, warning.text, [str(i) for i in warning.post_ids] or None, face,
        time(warning.created_at), Appeal(against.text, state[against.accepted]) if against else None)


async def reports(reader: Reader, ids: Collection[int], base_url: str) -> dict[int, Report]:
    """Reports by id: three statements at most. Nothing is forwarded yet, because nothing is delivered yet."""
    found = await kept_reports.by_ids(reader, ids)
    persons = await people.by_ids(reader, [one.target_id for one in found.values()])
    faces = await accounts(reader, persons.values(), base_url)
    return {
        one.id: Report(
            str(one.id), one.resolved_at is not None, time(one.resolved_at) if one.resolved_at else None,
            one.category.value, one.comment, False, time(one.created_at),
            [str(i) for i in one.post_ids] or None, [str(i) for i in one.rule_ids] or None, faces[one.target_id])
        for one in found.values() if one.target_id in faces}


# ---- collections ---------------------------------------------------------------


def collection_item(item: Item) -> dict[str, Any]:
    """docs.joinmastodon.org/entities/CollectionItem. Whoever does not agree is not there: all are accepted."""
    return {
        "id": str(item.id), "account_id": str(item.account_id), "state": "accepted",
        "created_at": time(moment_of(item.id))}


def collection(kept: Recommended, items: Sequence[Item], base_url: str) -> dict[str, Any]:
    """docs.joinmastodon.org/entities/Collection."""
    address = f"{base_url}/collections/{kept.id}"
    tag = status_tag(kept.tag, base_url) if kept.tag else None
    return {
        "id": str(kept.id), "account_id": str(kept.owner_id), "uri": address, "url": address, "name": kept.name,
        "description": kept.description, "language": kept.language, "local": True, "sensitive": kept.sensitive,
        "discoverable": kept.discoverable, "tag": tag and {"name": tag.name, "url": tag.url},
        "item_count": len(items), "items": [collection_item(item) for item in items],
        "created_at": time(kept.created_at), "updated_at": time(kept.updated_at)}


async def collections(reader: Reader, found: Sequence[Recommended], by: int, base_url: str) -> list[dict[str, Any]]:
    """Collections with who is in them: one statement."""
    items = await recommended.items(reader, [kept.id for kept in found], by)
    return [collection(kept, items.get(kept.id, ()), base_url) for kept in found]


# ---- conversations -------------------------------------------------------------


async def conversations(reader: Reader, latest: list[SeenPost], viewer: int, base_url: str) -> list[Conversation]:
    """Conversations by their newest post; the people are those of that post, without the viewer.

    Unread is what somebody else said last and the viewer has not marked as read.
    """
    page = await _Page.load(reader, latest, viewer, base_url)
    made = page.encodings()
    marks = await talks.read_marks(reader, viewer, [post.conversation_id for post in latest])
    ids = [[i for i in dict.fromkeys([post.author_id, *post.mentions]) if i != viewer] for post in latest]
    return [
        Conversation(
            str(post.conversation_id), post.author_id != viewer and post.id > marks.get(post.conversation_id, 0),
            [page.faces[i] for i in some if i in page.faces], made[post.id])
        for post, some in zip(latest, ids, strict=True)]
