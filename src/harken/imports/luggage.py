"""Unpack an archive that a member took along from another Harken (or from this one), into their account here.

The archive is somebody's file: every line is read as a struct of model/luggage.py and stored by the actions that a
person's own request would use, under the limits of a person. What refers to people or posts that are not here is kept
aside as it came (`store.luggage.elsewhere`), goes into the next export, and is looked for again by the next import.
Nobody is told of a post that comes; who is followed or liked is told of that. Names mean the people of the server that
the archive comes from, never those who happen to have the same name here.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import msgspec

from .. import clock, ids
from ..actions.answer_invitation import answer_invitation
from ..actions.befriend import ask_friend
from ..actions.block import block, mute, mute_conversation
from ..actions.block_domain import block_domain
from ..actions.change_profile import change_picture, change_preferences, change_profile
from ..actions.choose_telling import choose_telling
from ..actions.colour_profile import colour_profile
from ..actions.destroy_message import destroy_message
from ..actions.feature import endorse, feature_tag
from ..actions.filter_notifications import accept_requests, choose_policy
from ..actions.follow import follow
from ..actions.follow_tag import follow_tag
from ..actions.import_history import MAX_BATCH, ReadyPost, import_history
from ..actions.invite import about
from ..actions.keep_collection import add_to_collection, keep_collection
from ..actions.keep_ear import change_ear, keep_ear
from ..actions.keep_filter import keep_filter
from ..actions.keep_list import add_to_list, keep_list
from ..actions.keep_post import bookmark_post, favourite_post, pin_post
from ..actions.keep_set import add_to_set, keep_set
from ..actions.note_account import note_account
from ..actions.publish_post import MAX_TEXT_BYTES
from ..actions.rate_post import rate_post
from ..actions.receive_file import begin_file, clean_name, receive
from ..actions.schedule_post import schedule_post
from ..actions.set_alert import set_alert, set_listening
from ..actions.sort_bookmark import sort_bookmark
from ..actions.upload_media import Limits, Upload, upload_media
from ..errors import Invalid, Refused, TooMany, TryLater
from ..ids import PostId, new_id
from ..media.store import MediaStore
from ..model.account import Account, Field, name_key
from ..model.alert import EarAlert, Mode
from ..model.file import FileLimits
from ..model.gathering import REMINDERS, Invitation, Rsvp
from ..model.luggage import (
    KINDS,
    MAX_LINE_BYTES,
    Answered,
    EarKept,
    File,
    FilterKept,
    Follow,
    Friend,
    Group,
    Happening,
    Kept,
    Line,
    Mute,
    Note,
    Person,
    Planned,
    PostKept,
    Private,
    Rated,
    Server,
    Settings,
    Tag,
    Vote,
)
from ..model.poll import Ballot
from ..model.post import AnswerPolicy, Draft, Edit, Post, QuotePolicy, QuoteState, Visibility
from ..model.relationship import NotificationPolicy, Stance
from ..model.telling import SUBJECTS
from ..model.verb import VERBS
from ..search import index
from ..search.document import Searchable, document
from ..search.document import language as language_code
from ..search.document import packed as packed_document
from ..store import (
    accounts,
    collections,
    counts,
    filters,
    gatherings,
    imports,
    lists,
    luggage,
    media,
    posts,
    relationships,
    sets,
)
from ..store import files as stored_files
from ..store.database import Database
from ..text import markup
from ..text.language import detected
from .ready import MAX_SPOILER, low_bits

MAX_FILES = 100_000
MAX_BYTES = 8_000_000_000  # unpacked
MAX_LINES = 2_000_000  # of one kind
MAX_ELSEWHERE = 100_000  # lines kept aside for one account
MAX_OPTIONS = 50
MAX_EVENT = 300  # characters of a name or place
_VISIBILITIES = {one.name.lower(): one for one in Visibility}
L = TypeVar("L", bound=Line)


class Origin(msgspec.Struct, frozen=True):
    """Where an archive comes from: `server` is its address, `actor` the account's."""

    format: str
    version: int
    server: str
    username: str
    actor: str


class Report(msgspec.Struct):
    """What came of it: by kind, how many lines are stored, kept aside, known before, and refused (with reasons)."""

    stored: dict[str, int] = {}
    aside: dict[str, int] = {}
    known: dict[str, int] = {}
    refused: dict[str, dict[str, int]] = {}

    def count(self, what: str, kind: str, number: int = 1) -> None:
        found: dict[str, int] = getattr(self, what)
        found[kind] = found.get(kind, 0) + number

    def refuse(self, kind: str, why: str) -> None:
        reasons = self.refused.setdefault(kind, {})
        why = why[:200] if why in reasons or len(reasons) < 20 else "other reasons"
        reasons[why] = reasons.get(why, 0) + 1


class Unpacking:
    """One archive on its way into one account."""

    def __init__(
        self, db: Database, store: MediaStore, owner: Account, base_url: str, limits: Limits,
        file_limits: FileLimits | None = None,
    ) -> None:
        self.db = db
        self.store = store
        self.owner = owner
        self.base_url = base_url
        self.limits = limits
        self.file_limits = file_limits or FileLimits(limits.film, 10 * limits.film, False)
        self.report = Report()
        self.origin = Origin("", 0, "", "", "")
        self._aside: list[tuple[str, Line]] = []
        self._people: dict[str, Account | None] = {}

    @property
    def source(self) -> str:
        """Under which posts that came before are known."""
        return f"harken:{self.owner.id}:{self.origin.actor}"

    async def unpack(self, path: Path) -> Report:
        """Store everything. Raises Invalid for what is no archive of a Harken, or larger than any could be."""
        try:
            with zipfile.ZipFile(path) as packed:
                await self._all(packed)
        except (
            zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError,
        ) as error:
            raise Invalid(f"The archive cannot be read: {error}", "file") from error
        return self.report

    async def take(self, lines: Iterable[tuple[str, Line]]) -> Report:
        """Store lines that came without an archive, such as Mastodon's lists. Raises Invalid."""
        self.origin = Origin("list", 1, self.base_url, self.owner.username, self.owner.uri)
        try:
            for kind, line in lines:
                await self._one(None, kind, line)
        finally:
            await self._keep_aside()
        return self.report

    async def _all(self, packed: zipfile.ZipFile) -> None:
        check(packed)
        self.origin = origin(packed)
        again = {}
        for kind, shape in KINDS.items():  # what was kept aside before may be here by now
            again[kind] = await luggage.elsewhere(self.db, self.owner.id, kind, shape)
        async with self.db.transaction() as tx:
            await luggage.drop_elsewhere(tx, self.owner.id)
        try:
            for kind, shape in KINDS.items():
                lines = read(packed, kind, shape, self.report)
                if kind == "posts":
                    await self._posts(packed, (one for one in (*again[kind], *lines) if isinstance(one, PostKept)))
                    continue
                seen: set[bytes] = set()
                for line in (*again[kind], *lines):
                    if (key := msgspec.json.encode(line)) not in seen:
                        seen.add(key)
                        await self._one(packed, kind, line)
        finally:
            await self._keep_aside()

    async def _one(self, packed: zipfile.ZipFile | None, kind: str, line: Line) -> None:
        before = len(self._aside)
        try:
            await self._store(packed, kind, line)
        except Refused as error:
            self.report.refuse(kind, error.message)
            return
        if len(self._aside) == before:
            self.report.count("stored", kind)
        else:
            self.report.count("aside", kind)

    def aside(self, kind: str, line: Line) -> None:
        """Keep what refers to somebody or something that is not here."""
        self._aside.append((kind, line))

    async def _keep_aside(self) -> None:
        once = {(kind, msgspec.json.encode(line)): (kind, line) for kind, line in self._aside}
        rows = list(once.values())[:MAX_ELSEWHERE]
        for start in range(0, len(rows), MAX_BATCH):
            now = clock.now()
            async with self.db.transaction() as tx:
                await luggage.put_elsewhere(
                    tx, [(new_id(now), self.owner.id, kind, line) for kind, line in rows[start:start + MAX_BATCH]])

    # ---- who and what is meant ----------------------------------------------------------------

    async def person(self, who: str) -> Account | None:
        """The account here that `name@host` of the archive means, if there is one."""
        if who not in self._people:
            name, _, host = who.strip().removeprefix("@").partition("@")
            host = (host or urlsplit(self.origin.server).netloc).lower()
            here = host == urlsplit(self.base_url).netloc.lower()
            # The account that moves takes what refers to it along: its own name means itself.
            if f"{name}@{host}".lower() == self._own_address():
                self._people[who] = self.owner
            else:
                found = await accounts.by_names(self.db, [name_key(name, "" if here else host)])
                self._people[who] = next(iter(found.values()), None)
        return self._people[who]

    def _own_address(self) -> str:
        return f"{self.origin.username}@{urlsplit(self.origin.server).netloc}".lower()

    async def post(self, uri: str) -> PostId | None:
        """The post here that an address of the archive means, if the owner may see it."""
        found = await luggage.posts_at(self.db, [uri], self.base_url, self.source)
        seen = await posts.visible_by_ids(self.db, found.values(), self.owner.id)
        return PostId(found[uri]) if uri in found and found[uri] in seen else None

    # ---- kind by kind -------------------------------------------------------------------------

    async def _store(self, packed: zipfile.ZipFile | None, kind: str, line: Line) -> None:
        """Store one line, or keep it aside. Raises Refused."""
        match line:
            case Settings() if packed is not None:
                await self._settings(packed, line)
            case Follow() | Friend() | Mute() | Note() | Person():
                them = await self.person(line.who)
                if them is None:
                    self.aside(kind, line)
                elif them.id != self.owner.id:
                    await self._towards(kind, line, them)
            case Server():
                await block_domain(self.db, self.owner, line.domain, clock.now())
            case Group():
                await self._group(kind, line)
            case Tag() if kind == "followed_tags":
                if key := markup.tag_key(line.name):
                    await follow_tag(self.db, self.owner, key, clock.now())
            case Tag():
                await feature_tag(self.db, self.owner, line.name, clock.now(), again=True)
            case Kept():
                found = await self.post(line.post)
                if found is None:
                    self.aside(kind, line)
                elif line.tags:
                    await sort_bookmark(self.db, self.owner, found, line.tags, clock.now())
                else:
                    await self._kept(kind, found)
            case Vote():
                self.aside(kind, line)  # it counts where it was given
            case Rated() | Answered():
                await self._judged(kind, line)
            case Private():
                await self._meant(line)
            case EarKept():
                await self._ear(line)
            case FilterKept():
                await self._filter(line)
            case Planned():
                await self._planned(packed, line)

    async def _judged(self, kind: str, line: Rated | Answered) -> None:
        """Stars, and whether one comes, for posts that are here."""
        found = await self.post(line.post)
        if found is None:
            self.aside(kind, line)
        elif isinstance(line, Rated):
            await rate_post(self.db, self.owner, found, line.stars)
        else:
            try:
                await answer_invitation(self.db, self.owner, found, Rsvp(line.answer), clock.now())
            except Invalid:  # it is over; nobody can say more about it
                self.aside(kind, line)

    async def _towards(self, kind: str, line: Line, them: Account) -> None:
        db, owner, now = self.db, self.owner, clock.now()
        match line:
            case Follow():
                known = [one for one in line.languages[:50]]
                await follow(db, owner, them.id, now, line.show_boosts, line.notify, known)
            case Friend():
                if them.domain or not line.accepted:
                    self.aside(kind, line)
                else:
                    await ask_friend(db, owner, them.id, now)
            case Mute():
                length = line.until - now if line.until else None
                if length is None or length.total_seconds() > 0:
                    await mute(db, owner, them.id, now, line.notifications, length)
            case Note():
                await note_account(db, owner, them.id, line.text)
            case _ if kind == "blocks":
                await block(db, owner, them.id, now)
            case _ if kind == "permissions":
                await accept_requests(db, owner, [them.id], now)
            case _:
                relation = await self._follows(them.id)
                if relation:
                    await endorse(db, owner, them.id, now)
                else:
                    self.aside(kind, line)

    async def _follows(self, them: int) -> bool:
        known = await relationships.follow(self.db, self.owner.id, them)
        return bool(known and known.accepted)

    async def _kept(self, kind: str, post_id: PostId) -> None:
        db, owner, now = self.db, self.owner, clock.now()
        match kind:
            case "favourites":
                await favourite_post(db, owner, post_id, now)
            case "bookmarks":
                await bookmark_post(db, owner, post_id, now)
            case "pins":
                await pin_post(db, owner, post_id, now)
            case "muted_conversations":
                await mute_conversation(db, owner, post_id)
            case "hidden_messages":
                await destroy_message(db, owner, post_id, now)

    async def _group(self, kind: str, line: Group) -> None:
        people = {who: await self.person(who) for who in line.members[:5000]}
        here = [found.id for found in people.values() if found and found.id != self.owner.id]
        missing = [who for who, found in people.items() if found is None]
        db, owner, now = self.db, self.owner, clock.now()
        refused: Refused | None = None
        if kind == "sets":
            named = await sets.find_named(db, owner.id, line.name) or await keep_set(db, owner, now, line.name)
            await add_to_set(db, owner, named.id, here)
        elif kind == "lists":
            same = [one for one in await lists.of_owner(db, owner.id) if one.title == line.name]
            kept = same[0] if same else await keep_list(
                db, owner, now, title=line.name, replies=line.replies, exclusive=line.exclusive)
            inside = set(await lists.member_ids(db, kept.id))
            allowed = await lists.may_be_listed(db, owner.id, here)
            for account_id in here:
                if account_id in allowed and account_id not in inside:
                    await add_to_list(db, owner, kept.id, [account_id])
            missing += [who for who, found in people.items() if found and found.id in {*here} - allowed]
        else:
            mine = await collections.of_owner(db, owner.id, owner.id, 1000)
            found_one = next((one for one in mine if one.name == line.name), None)
            made = found_one or await keep_collection(
                db, owner, now, name=line.name, description=line.description, language=line.language, tag=line.tag,
                sensitive=line.sensitive, discoverable=line.discoverable)
            stored = {item.account_id for item in await collections.stored_items(db, made.id)}
            for account_id in here:
                if account_id not in stored:
                    try:
                        await add_to_collection(db, owner, made.id, account_id, now)
                    except Refused as error:  # they do not want to be recommended
                        refused = error
        if missing:
            self.aside(kind, msgspec.structs.replace(line, members=missing))
        if refused:
            raise refused

    async def _ear(self, line: EarKept) -> None:
        db, owner, now = self.db, self.owner, clock.now()
        made = await keep_ear(db, owner, line.query, checked_zone(line.zone), now, line.name)
        if line.paused or line.shared:
            await change_ear(db, owner, made.id, now, paused=line.paused, shared=line.shared)
        if line.mode in {mode.value for mode in Mode} and (line.mode != "never" or line.spike):
            await set_alert(db, owner, EarAlert(
                ear_id=made.id, owner_id=owner.id, mode=Mode(line.mode), in_app=line.in_app, push=line.push,
                email=line.email, webhook_url=line.webhook_url, cool_down=line.cool_down, spike=line.spike), now)

    async def _filter(self, line: FilterKept) -> None:
        found = {uri: await self.post(uri) for uri in line.posts[:200]}
        if line.title not in {one.title for one in await filters.of_owner(self.db, self.owner.id)}:
            await keep_filter(
                self.db, self.owner, clock.now(), title=line.title, contexts=line.contexts, query=line.query,
                zone=checked_zone(line.zone), action=line.action, expires_at=line.expires_at, keywords=line.keywords)
        if missing := [uri for uri, post_id in found.items() if post_id is None]:
            self.aside("filters", msgspec.structs.replace(line, posts=missing))

    async def _planned(self, packed: zipfile.ZipFile | None, line: Planned) -> None:
        parent = await self.post(line.in_reply_to) if line.in_reply_to else None
        quoted = await self.post(line.quote_of) if line.quote_of else None
        named = [await sets.find_named(self.db, self.owner.id, name) for name in line.sets[:50]]
        poll, event = line.poll, line.event
        await schedule_post(
            self.db, self.owner, Draft(
                text=line.text, spoiler=line.spoiler, sensitive=line.sensitive,
                visibility=_VISIBILITIES.get(line.visibility, Visibility.DIRECT), language=line.language,
                in_reply_to_id=parent, verb=line.verb if line.verb in VERBS else None, link=line.link,
                answers=AnswerPolicy(min(line.answers, AnswerPolicy.NOBODY)), quote_of_id=quoted,
                quote_policy=QuotePolicy(min(line.quote_policy, QuotePolicy.PUBLIC)),
                sets=tuple(one.id for one in named if one),
                media=tuple(await self._media(packed, line.media)) if packed else (),
                poll=Ballot(
                    options=tuple(poll.options[:MAX_OPTIONS]), seconds=poll.seconds, multiple=poll.multiple,
                    hide_totals=poll.hide_totals) if poll else None,
                event=_invitation(event) if event else None),
            line.at, clock.now(), max_characters=MAX_TEXT_BYTES, key=f"{self.source}:{line.at.isoformat()}")

    async def _settings(self, packed: zipfile.ZipFile, line: Settings) -> None:
        db, now = self.db, clock.now()
        owner = await change_profile(
            db, self.owner, now=now, display_name=line.display_name, bio=line.bio, location=line.location,
            fields=[Field(name, value) for name, value in line.fields], protected=line.protected, bot=line.bot,
            discoverable=line.discoverable, indexable=line.indexable, noindex=line.noindex, hearable=line.hearable,
            hide_collections=line.hide_collections, attribution_domains=line.attribution_domains)
        await change_preferences(
            db, owner, language=line.language, time_zone=line.time_zone,
            default_visibility=Visibility(min(line.default_visibility, Visibility.DIRECT)),
            default_sensitive=line.default_sensitive,
            default_quote_policy=QuotePolicy(min(line.default_quote_policy, QuotePolicy.PUBLIC)))
        await set_listening(db, owner, line.quiet_from, line.quiet_to, line.digest_hour, False)
        if line.telling:
            await choose_telling(db, owner, {name: line.telling[name] for name in SUBJECTS if name in line.telling})
        if line.colours:
            await colour_profile(db, owner, {
                name: value for name, value in line.colours.items()
                if name in ("background", "words", "link", "sidebar_fill", "sidebar_border")})
        stances = {one.value: one for one in Stance}
        await choose_policy(db, owner, NotificationPolicy(**{
            name: stances[value] for name, value in line.policy.items()
            if name in NotificationPolicy.__struct_fields__ and value in stances}))
        for purpose, name in (("avatar", line.avatar), ("header", line.header)):
            if name and (content := content_of(packed, name, self.limits.picture)):
                owner = await change_picture(
                    db, self.store, owner, purpose, content, now, self.limits.picture)
        self.owner = owner

    # ---- posts ------------------------------------------------------------------------------------

    async def _posts(self, packed: zipfile.ZipFile, lines: Iterable[PostKept]) -> None:
        batch: list[PostKept] = []
        boosts: dict[str, PostKept] = {}
        quoting: list[PostKept] = []
        for line in lines:
            if line.boost_of:
                boosts[line.uri] = line
                continue
            batch.append(line)
            if line.quote_of:
                quoting.append(line)
            if len(batch) >= 200:
                await self._batch(packed, batch)
                batch = []
        await self._batch(packed, batch)
        for line in quoting:  # once all are here, since they may quote each other
            await self._quote(line.uri, line.quote_of or "", line.quote_state)
        for line in boosts.values():
            await self._boost(line)

    async def _batch(self, packed: zipfile.ZipFile, batch: Sequence[PostKept]) -> None:
        known = await luggage.posts_at(self.db, [one.uri for one in batch], self.base_url, self.source)
        paths = [one.uri.removeprefix(self.base_url) for one in batch]
        gone = await imports.buried(self.db, [*paths, *(one.uri for one in batch)])
        fresh: list[tuple[PostKept, ReadyPost]] = []
        for number, line in enumerate(batch):
            if line.uri in known:
                self.report.count("known", "posts")
            elif line.uri in gone or paths[number] in gone:
                self.report.refuse("posts", "It was deleted here.")
            else:
                try:
                    fresh.append((line, await self._ready(number, line)))
                except Refused as error:
                    self.report.refuse("posts", error.message)
        if not fresh:
            return
        await import_history(self.db, self.source, [ready for _, ready in fresh], clock.now())
        placed = await luggage.posts_at(self.db, [line.uri for line, _ in fresh], self.base_url, self.source)
        for line, _ in fresh:
            if line.uri in placed:
                await self._complete(packed, line, placed[line.uri])
                self.report.count("stored", "posts")

    async def _ready(self, number: int, line: PostKept) -> ReadyPost:
        """A line as history, with those mentioned whom it means here. Raises Invalid."""
        owner, text = self.owner, markup.clean(line.text)
        at = line.created_at if line.created_at.tzinfo else None
        if at is None or at > clock.now() or clock.to_ms(at) < 0:
            raise Invalid("Its time is none, or lies in the future.")
        if line.event:
            _invitation(line.event)
        if not text and not (line.media or line.quote_of or line.event or line.attached):
            raise Invalid("It says nothing.")
        visibility = _VISIBILITIES.get(line.visibility)
        if visibility is None:
            raise Invalid("For whom it is cannot be understood.")
        spoiler = markup.clean(line.spoiler).replace("\n", " ")[:MAX_SPOILER]
        people = {}
        for mention in markup.mentions(text):
            host = mention.host or urlsplit(self.origin.server).netloc
            if (found := await self.person(f"{mention.name}@{host}")) is not None:
                people[mention] = found
        mentioned: list[int] = list(dict.fromkeys(found.id for found in people.values()))
        tokens = list(markup.tokens(text))
        tags = markup.tags(text, tokens)
        language = language_code(line.language) if line.language else detected(text)
        source = markup.clean(line.source)[:100] or None if line.source else None
        wished = ids.id_at(at, low_bits(line.uri))
        doc = document(Searchable(
            id=wished, author_id=owner.id, text=text, spoiler=spoiler, language=language,
            visibility=visibility.name.lower(), mentions=tuple(mentioned),
            opening_mention=mentioned[0] if mentioned and text.startswith("@") else None, source=source,
            sensitive=line.sensitive or bool(spoiler), created_at=at))
        return ReadyPost(
            line=number, key=line.uri, id=wished, author_id=owner.id, uri_start=f"{owner.uri}/posts/",
            url_start=f"/@{owner.username}/", text=text,
            html=markup.to_html(text, {mention: found.url for mention, found in people.items()}, tokens),
            spoiler=spoiler, sensitive=int(line.sensitive or bool(spoiler)), visibility=visibility.value,
            language=language, created_at=clock.to_ms(at), parent_key=line.in_reply_to, source=source,
            mentions=mentioned, tags=msgspec.json.encode(tags).decode() if tags else "[]",
            tag_keys=[markup.tag_key(tag) for tag in tags], document=packed_document(doc))

    async def _complete(self, packed: zipfile.ZipFile, line: PostKept, post_id: int) -> None:
        """What history has no place for: who is meant, files, the poll, earlier versions, the rest."""
        carried = await self._media(packed, line.media)
        attached = await self._attached(packed, line.attached) if line.attached else 0
        recipients, missing = [], []
        for who in line.recipients[:1000]:
            found = await self.person(who)
            if found is None:
                missing.append(who)
            elif found.id != self.owner.id:
                recipients.append(found.id)
        strangers = [who for who in line.mentions[:1000] if await self.person(who) is None]
        if missing or strangers:
            self.aside("meant", Private(post=line.uri, mentions=strangers, recipients=missing))
        poll, event = line.poll, _invitation(line.event) if line.event else None
        other = "link" if line.link else "file" if attached else "note"
        beside = about(event) if event else clean_name(line.attached.kind) if attached and line.attached else ""
        kind = "poll" if poll else "event" if event else other
        link = line.link if (line.link or "").startswith(("https://", "http://")) else markup.first_link(line.text)
        async with self.db.transaction() as tx:
            await media.attach(tx, carried, self.owner.id, post_id)
            if attached:
                await stored_files.attach(tx, attached, self.owner.id, post_id)
            files = await media.by_ids(tx, carried)
            columns: dict[str, Any] = {
                "kind": kind, "about": beside, "verb": line.verb if line.verb in VERBS else None,
                "edited_at": line.edited_at, "answers": min(line.answers, AnswerPolicy.NOBODY),
                "quote_policy": min(line.quote_policy, QuotePolicy.PUBLIC),
                "media": msgspec.json.encode(carried).decode(),
                "carries": msgspec.json.encode(sorted({one.carried for one in files.values()})).decode(),
                "link": link,
                "source_url": line.source_url if (line.source_url or "").startswith(("https://", "http://")) else None}
            await luggage.complete(tx, post_id, **columns)
            if _VISIBILITIES[line.visibility] > Visibility.UNLISTED:
                await posts.add_recipients(tx, PostId(post_id), recipients)
            named = [await sets.find_named(tx, self.owner.id, name) for name in line.sets[:50]]
            await sets.note_post(tx, post_id, [one.id for one in named if one])
            if event and line.event:
                await gatherings.insert(tx, post_id, event, line.created_at)
                if line.event.cancelled_at:
                    await gatherings.cancel(tx, post_id, line.event.cancelled_at)
            if poll:
                await luggage.insert_poll(
                    tx, post_id, [(markup.clean(title)[:500], votes) for title, votes in poll.options[:MAX_OPTIONS]],
                    multiple=poll.multiple, hide_totals=poll.hide_totals, expires_at=poll.expires_at,
                    voters=poll.voters)
            for edit in line.edits[:200]:
                text = markup.clean(edit.text)
                await luggage.insert_edit(tx, new_id(edit.created_at), post_id, Edit(
                    text=text, html=markup.to_html(text, {}), spoiler=markup.clean(edit.spoiler)[:MAX_SPOILER],
                    sensitive=edit.sensitive, created_at=edit.created_at, poll=edit.poll[:MAX_OPTIONS]))
            done = await posts.find(tx, post_id)
            if done is not None:
                await index.put_many(tx, [(done.id, packed_document(document(index.searchable(done))))])

    async def _media(self, packed: zipfile.ZipFile, files: Sequence[File]) -> list[int]:
        """The files of a post, checked and converted like any upload."""
        made = []
        for one in files[:20]:
            most = max(self.limits.picture, self.limits.film)
            content = content_of(packed, one.file, most)
            if content is None:
                self.report.refuse("files", "It is not in the archive, or too large.")
                continue
            focus = one.focus if one.focus and all(-1 <= part <= 1 for part in one.focus) else None
            try:
                uploaded = await upload_media(
                    self.db, self.store, self.owner, Upload(Path(one.file).name, io.BytesIO(content), len(content)),
                    clock.now(), self.limits, description=one.description[:1500], focus=focus)
            except (Refused, TooMany, TryLater) as error:
                self.report.refuse("files", str(error))
                continue
            made.append(uploaded.id)
            self.report.count("stored", "files")
        return made

    async def _attached(self, packed: zipfile.ZipFile, one: File) -> int:
        """The file of a file post, as it was sent; its id, or 0. It is checked like any other."""
        content = content_of(packed, one.file, self.file_limits.most)
        if not content:
            self.report.refuse("files", "It is not in the archive, or too large.")
            return 0
        try:
            begun = await begin_file(
                self.db, self.owner, one.kind, len(content), self.file_limits, clock.now())
            made = await receive(
                self.db, self.store, self.owner, begun.id, 0, _pieces(content), self.file_limits)
        except Refused as error:
            self.report.refuse("files", error.message)
            return 0
        self.report.count("stored", "files")
        return made.id

    async def _meant(self, line: Private) -> None:
        """Those who were not here when a post came: whoever is by now may read it."""
        post_id = await self.post(line.post)
        if post_id is None:
            self.aside("meant", line)
            return
        found = {who: await self.person(who) for who in line.recipients[:1000]}
        missing = [who for who, account in found.items() if account is None]
        strangers = [who for who in line.mentions[:1000] if await self.person(who) is None]
        async with self.db.transaction() as tx:
            post = await posts.find(tx, post_id)
            if post and post.author_id == self.owner.id and post.visibility > Visibility.UNLISTED:
                await posts.add_recipients(tx, post_id, [a.id for a in found.values() if a])
        if line.quote_of:
            await self._quote(line.post, line.quote_of, int(QuoteState.ACCEPTED))
        if missing or strangers:
            self.aside("meant", Private(post=line.post, mentions=strangers, recipients=missing))

    async def _quote(self, uri: str, quoted_uri: str, state: int) -> None:
        post_id, quoted = await self.post(uri), await self.post(quoted_uri)
        if post_id is None or quoted is None:
            self.aside("meant", Private(post=uri, quote_of=quoted_uri))
            return
        async with self.db.transaction() as tx:
            other, own = await posts.find(tx, quoted), await posts.find(tx, post_id)
            if other is None or own is None or own.author_id != self.owner.id or own.quote_of_id:
                return
            # Nobody else's leave is brought along: they are asked where they are.
            if other.author_id != self.owner.id and other.quote_policy is not QuotePolicy.PUBLIC:
                self.aside("meant", Private(post=uri, quote_of=quoted_uri))
                return
            await luggage.complete(tx, post_id, quote_of_id=quoted, quote_state=min(state, QuoteState.DELETED))
            if own.visibility <= Visibility.UNLISTED and state == QuoteState.ACCEPTED:
                await counts.add_to_post(tx, quoted, "quotes", 1)

    async def _boost(self, line: PostKept) -> None:
        boosted = await self.post(line.boost_of or "")
        if boosted is None or line.created_at.tzinfo is None or line.created_at > clock.now():
            self.aside("posts", line)
            self.report.count("aside", "posts")
            return
        async with self.db.transaction() as tx:
            original = await posts.visible(tx, boosted, self.owner.id)
            if original.boosted or await luggage.posts_at(tx, [line.uri], self.base_url, self.source):
                self.report.count("known", "posts")
                return
            if original.visibility > Visibility.UNLISTED and original.author_id != self.owner.id:
                return
            post_id = PostId(new_id(line.created_at))
            await posts.insert(tx, Post(
                id=post_id, author_id=self.owner.id, visibility=original.visibility, created_at=line.created_at,
                conversation_id=post_id, boost_of_id=boosted, uri=f"{self.owner.uri}/posts/{post_id}",
                url=f"/@{self.owner.username}/{post_id}", history=True))
            await imports.remember(tx, self.source, [(line.uri, post_id)])
            if original.visibility <= Visibility.UNLISTED:
                await counts.add_to_post(tx, boosted, "boosts", 1)
        self.report.count("stored", "posts")


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1_000_000):
        yield content[start:start + 1_000_000]


def _invitation(line: Happening) -> Invitation:
    """The event as an invitation, of the past too. Raises Invalid."""
    name, place = markup.clean(line.name)[:MAX_EVENT], markup.clean(line.place)[:MAX_EVENT]
    if not name or None in (line.starts_at.tzinfo, line.ends_at.tzinfo) or line.ends_at < line.starts_at:
        raise Invalid("The event cannot be understood.")
    return Invitation(
        name=" ".join(name.split()), place=" ".join(place.split()), starts_at=line.starts_at, ends_at=line.ends_at,
        zone=checked_zone(line.zone), all_day=line.all_day, remind=line.remind if line.remind in REMINDERS else 0)


def checked_zone(name: str) -> str:
    """The name of a time zone; UTC for what is none."""
    return name if name in available_timezones() else "UTC"


# ---- the zip, which is somebody's file ---------------------------------------------------------


def check(packed: zipfile.ZipFile) -> None:
    """Raises Invalid for more files, or more bytes once unpacked, than any archive of ours has.

    Names are looked up and never used as paths; zipfile gives no more bytes of a file than it says there are.
    """
    entries = packed.infolist()
    if len(entries) > MAX_FILES:
        raise Invalid(f"The archive holds more than {MAX_FILES} files.", "file")
    if sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise Invalid(f"The archive would be larger than {MAX_BYTES // 1_000_000_000} GB once unpacked.", "file")
    if any(entry.flag_bits & 1 for entry in entries):
        raise Invalid("The archive is encrypted.", "file")


def origin(packed: zipfile.ZipFile) -> Origin:
    """Where the archive comes from. Raises Invalid."""
    content = content_of(packed, "harken/format.json", MAX_LINE_BYTES)
    if content is None:
        raise Invalid("This is no archive of a Harken: it has no harken/format.json.", "file")
    try:
        found = msgspec.json.decode(content, type=Origin)
    except msgspec.DecodeError as error:
        raise Invalid(f"harken/format.json cannot be read: {error}", "file") from error
    if found.format != "harken" or found.version != 1:
        raise Invalid("This archive was made by a later Harken; update this one first.", "file")
    if not found.server.startswith(("https://", "http://")) or len(found.server) > 300 or len(found.actor) > 500:
        raise Invalid("harken/format.json does not say which server this comes from.", "file")
    return found


def content_of(packed: zipfile.ZipFile, name: str, most: int) -> bytes | None:
    """A whole file; None where there is none, or it is longer than `most` bytes."""
    try:
        entry = packed.getinfo(name)
    except KeyError:
        return None
    if entry.file_size > most:
        return None
    with packed.open(entry) as source:
        return source.read(most)


def read(packed: zipfile.ZipFile, kind: str, shape: type[L], report: Report) -> Iterator[L]:
    """The lines of a kind; those that cannot be read are counted."""
    try:
        entry = packed.getinfo(f"harken/{kind}.jsonl")
    except KeyError:
        return
    decode = msgspec.json.Decoder(shape).decode
    numbers: Counter[str] = Counter()
    with packed.open(entry) as source:
        while line := source.readline(MAX_LINE_BYTES + 1):
            numbers["lines"] += 1
            if len(line) > MAX_LINE_BYTES or numbers["lines"] > MAX_LINES:
                report.refuse(kind, "A line is too long, or there are too many.")
                return
            if not line.strip():
                continue
            try:
                yield decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
                report.refuse(kind, "It cannot be read.")
