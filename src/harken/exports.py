"""One account in a zip of open formats, laid out as Mastodon's archives are, so that other servers take it."""

from __future__ import annotations

import csv
import html
import io
import tempfile
import zipfile
from datetime import UTC
from pathlib import Path
from typing import Any

import msgspec
from icalendar import Calendar, Event, vUri

from .errors import NotFound, Refused
from .ids import MAX_ID
from .media.store import MediaStore
from .model.account import Account, State
from .model.file import FileState, StoredFile
from .model.gathering import Gathering
from .model.luggage import KINDS, Ask, EditKept, File, Happening, Planned, PostKept, Question, Settings
from .model.media import Media, MediaState
from .model.poll import Poll
from .model.post import Post, Visibility
from .model.scheduled import Scheduled
from .model.telling import SUBJECTS
from .store import (
    accounts,
    alerts,
    colours,
    export,
    files,
    gatherings,
    luggage,
    media,
    members,
    polls,
    scheduled,
    sets,
    telling,
    withholding,
)
from .store.database import Database
from .text.catalogues import zone
from .text.markup import absolute

MAX_FILES = 50_000
MAX_PAGES = 20  # pieces of posts in index.html; all of them are in outbox.json
_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src 'self'">
<title>%(name)s · %(site)s</title><style>
:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:42rem;margin:2rem auto;padding:0 1rem}
article{border-top:1px solid #8884;padding:.5rem 0;overflow-wrap:anywhere}
article>p:first-child{opacity:.7;font-size:.9rem}
td,th{text-align:start;padding:.2rem .6rem .2rem 0;vertical-align:top}
</style></head><body><main><h1>%(name)s</h1>
<p>Everything that belongs to this account on <a href="%(base)s">%(site)s</a>: %(posts)s posts, and who and what it
knows. The files are in open formats; any text editor or spreadsheet opens them.</p>
<table>
<tr><th>outbox.json, actor.json</th><td>posts and profile, as ActivityStreams (Mastodon reads it)</td></tr>
<tr><th>following.csv, blocks.csv, mutes.csv, lists.csv, domain_blocks.csv, bookmarks.csv</th>
<td>lists that Mastodon's import page takes</td></tr>
<tr><th>followers.csv, notes.csv</th><td>who follows; your private notes</td></tr>
<tr><th>calendar.ics</th><td>your events and those you come to, for a calendar</td></tr>
<tr><th>feeds.opml</th><td>feeds of those you follow, for a feed reader</td></tr>
<tr><th>whispers.json</th><td>what you said without your name, if you did</td></tr>
<tr><th>media, media_attachments</th><td>your pictures, sounds and films</td></tr>
<tr><th>harken/</th><td>all of it once more without any loss, for another Harken (Settings, Import)</td></tr>
</table><h2>Posts, newest first</h2>
"""
_CONTEXT = ["https://www.w3.org/ns/activitystreams", {"sensitive": "as:sensitive", "Hashtag": "as:Hashtag"}]
_PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
_PIECE = 500
MAX_SCHEDULED = 10_000  # more than anybody may plan
# Column names are those of Mastodon's own files, which its import page reads.
_COLUMNS = {
    "following": ["Account address", "Show boosts", "Notify on new posts", "Languages"],
    "followers": ["Account address"],
    "blocks": ["Account address"],
    "mutes": ["Account address", "Hide notifications"],
    "lists": ["List name", "Account address"],
    "domain_blocks": ["#domain"],
    "notes": ["Account address", "Note"],
}


class House(msgspec.Struct, frozen=True):
    """Where an export is made: the database, the stored files and the public address."""

    db: Database
    media: MediaStore
    base_url: str
    site: str


async def export_account(house: House, name: str, file: Path) -> int:
    """Write all that belongs to `name` into the zip `file`; how many posts it holds. Raises NotFound, Refused."""
    db = house.db
    account = await accounts.find_by_name(db, name.removeprefix("@"))
    if account is None or not account.local or account.state is State.DELETED:
        raise NotFound(f"There is no account called {name.removeprefix('@')} here.")
    if file.exists():
        raise Refused(f"{file} exists already; an export never replaces a file.")
    base = house.base_url
    posts = 0
    with tempfile.TemporaryDirectory(prefix=".export-", dir=file.absolute().parent) as scratch:
        half = Path(scratch) / "half"
        with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED) as packed:
            pictures = await accounts.picture_paths(db, [p for p in (account.avatar_id, account.header_id) if p])
            names: dict[int, str] = {}
            for media_id, path in pictures.items():
                if content := await house.media.get(path):
                    names[media_id] = f"media/{Path(path).name}"
                    packed.writestr(names[media_id], content)
            packed.writestr("actor.json", _json(_actor(account, base, names)))
            packed.writestr("account.json", _json(await _settings(db, account)))
            # One activity after the other: an outbox may be larger than the memory.
            with packed.open("outbox.json", "w", force_zip64=True) as outbox:
                outbox.write(b'{"@context":' + msgspec.json.encode(_CONTEXT))
                outbox.write(b',"id":"outbox.json","type":"OrderedCollection","orderedItems":[')
                after = 0
                while piece := await export.own_posts(db, account.id, after, _PIECE):
                    carried = await media.by_ids(db, [i for post in piece for i in post.media])
                    for activity in await _activities(house, account, piece, carried):
                        outbox.write((b",\n" if posts else b"\n") + msgspec.json.encode(activity))
                        posts += 1
                    after = piece[-1].id
                outbox.write(b'\n],"totalItems":%d}' % posts)
            for one in await media.of_account(db, account.id, "post"):
                if (one.post_id or one.scheduled_id) and one.path and one.state is MediaState.READY:
                    source = Path(scratch) / "file"  # not through memory: films are large
                    if await house.media.copy_to(one.path, source):
                        packed.write(source, _place(one), zipfile.ZIP_STORED)
            for stored in await files.of_account(db, account.id, MAX_ID, MAX_FILES):
                source = Path(scratch) / "file"
                if stored.post_id and stored.state is FileState.CLEAN and await house.media.copy_to(
                        stored.path, source):
                    packed.write(source, f"files/{stored.id}", zipfile.ZIP_STORED)
            for table, name_of_file in (("favourite", "likes"), ("bookmark", "bookmarks"), ("pin", "featured")):
                items = [_full(base, uri) for uri in await export.kept(db, table, account.id)]
                packed.writestr(f"{name_of_file}.json", _json({
                    "@context": _CONTEXT[0], "id": f"{name_of_file}.json", "type": "OrderedCollection",
                    "totalItems": len(items), "orderedItems": items}))
            packed.writestr("votes.json", _json([
                {"poll": _full(base, one.uri), "title": one.title} for one in await polls.votes_of(db, account.id)]))
            if whispered := await export.own_whispers(db, account.id):
                packed.writestr("whispers.json", _json([
                    {"id": _full(base, one.uri), "published": one.created_at.isoformat(), "content": one.text,
                     "summary": one.spoiler or None} for one in whispered]))
            packed.writestr("scheduled.json", _json([
                {"published": one.at.isoformat(), "content": one.draft.text, "summary": one.draft.spoiler or None}
                for one in await scheduled.upcoming(db, account.id, MAX_SCHEDULED)]))
            host = base.partition("://")[2]
            for what, rows in (await export.relations(db, account.id)).items():
                packed.writestr(f"{what}.csv", _csv(_COLUMNS[what], [_row(what, row, host) for row in rows]))
            kept = [_full(base, uri) for uri in await export.kept(db, "bookmark", account.id)]
            packed.writestr("bookmarks.csv", "".join(f"{uri}\r\n" for uri in kept))
            packed.writestr("calendar.ics", await _calendar(house, account))
            await _whole(house, account, packed, names)
            await _readable(house, account, packed, posts)
        half.chmod(0o600)
        half.rename(file)
    return posts


# ---- the same without any loss, for another Harken -----------------------------------------


async def _whole(house: House, account: Account, packed: zipfile.ZipFile, pictures: dict[int, str]) -> None:
    """`harken/KIND.jsonl` for every kind of model/luggage.py; what was brought and is elsewhere goes along."""
    db, base = house.db, house.base_url
    packed.writestr("harken/format.json", _json({
        "format": "harken", "version": 1, "server": base, "username": account.username,
        "actor": _full(base, account.uri)}))
    for kind, shape in KINDS.items():
        with packed.open(f"harken/{kind}.jsonl", "w", force_zip64=True) as out:
            if kind == "settings":
                out.write(msgspec.json.encode(await _chosen(db, account, pictures)) + b"\n")
            elif kind == "posts":
                after = 0
                while piece := await export.own_posts(db, account.id, after, _PIECE):
                    for one in await _posts(house, account, piece):
                        out.write(msgspec.json.encode(one) + b"\n")
                    after = piece[-1].id
            elif kind == "planned":
                for planned in await scheduled.upcoming(db, account.id, MAX_SCHEDULED):
                    out.write(msgspec.json.encode(await _planned(house, planned, account)) + b"\n")
            else:
                for line in await luggage.kept(db, kind, account.id, base):
                    out.write(msgspec.json.encode(line) + b"\n")
            for line in await luggage.elsewhere(db, account.id, kind, shape):
                out.write(msgspec.json.encode(line) + b"\n")


async def _planned(house: House, planned: Scheduled, account: Account) -> Planned:
    """A post for later, with all that it will carry."""
    db, draft, poll = house.db, planned.draft, planned.draft.poll
    uris = await luggage.addresses(db, [i for i in (draft.in_reply_to_id, draft.quote_of_id) if i], house.base_url)
    carried = await media.by_ids(db, draft.media)
    return Planned(
        at=planned.at, text=draft.text, spoiler=draft.spoiler, sensitive=draft.sensitive,
        visibility=draft.visibility.name.lower(), language=draft.language, verb=draft.verb, link=draft.link,
        answers=int(draft.answers), quote_policy=int(draft.quote_policy),
        in_reply_to=uris.get(draft.in_reply_to_id or 0), quote_of=uris.get(draft.quote_of_id or 0),
        sets=[one.name for one in await sets.of_owner(db, account.id) if one.id in draft.sets],
        media=[_file(carried[i]) for i in draft.media if i in carried and carried[i].path],
        poll=Ask(
            options=list(poll.options), seconds=poll.seconds, multiple=poll.multiple,
            hide_totals=poll.hide_totals) if poll else None,
        event=Happening(**msgspec.structs.asdict(draft.event)) if draft.event else None)


def _file(one: Media) -> File:
    return File(file=_place(one), kind=one.kind, description=one.description, focus=one.facts.focus)


async def _chosen(db: Database, account: Account, pictures: dict[int, str]) -> Settings:
    member, listening = await members.find(db, account.id), await alerts.find_listening(db, account.id)
    drawn = (await colours.of_accounts(db, [account.id])).get(account.id)
    policy = await withholding.policy(db, account.id)
    known = {name: getattr(account, name) for name in (
        "username", "display_name", "bio", "location", "protected", "bot", "discoverable", "indexable", "noindex",
        "hearable", "hide_collections", "attribution_domains")}
    if member:
        known |= {name: getattr(member, name) for name in (
            "language", "time_zone", "default_visibility", "default_sensitive", "default_quote_policy", "written_by",
            "hide_friends")}
    told = await telling.find(db, account.id)
    known["telling"] = {name: getattr(told, name).value for name in SUBJECTS} if told else {}
    if listening:
        known |= {name: getattr(listening, name) for name in ("quiet_from", "quiet_to", "digest_hour")}
    return Settings(
        **known, fields=[(f.name, f.value) for f in account.fields],
        colours=msgspec.structs.asdict(drawn) if drawn else {},
        policy={name: value.value for name, value in msgspec.structs.asdict(policy).items()},
        avatar=pictures.get(account.avatar_id or 0, ""), header=pictures.get(account.header_id or 0, ""))


async def _posts(house: House, account: Account, piece: list[Post]) -> list[PostKept]:
    db, base = house.db, house.base_url
    host = base.partition("://")[2]
    ids = [post.id for post in piece]
    uris = await luggage.addresses(
        db, [i for p in piece for i in (p.id, p.in_reply_to_id, p.boost_of_id, p.quote_of_id) if i], base)
    people = await accounts.by_ids(db, [i for p in piece for i in p.mentions])
    carried = await media.by_ids(db, [i for p in piece for i in p.media])
    asked, edited = await polls.of_posts(db, [p.id for p in piece if p.kind == "poll"], 0), await luggage.edits(db, ids)
    sent = await files.of_posts(db, [p.id for p in piece if p.kind == "file"])
    events = await gatherings.of_posts(db, [p.id for p in piece if p.kind == "event"], 0)
    meant: dict[int, list[str]] = {}
    for post_id, who in await luggage.meant(db, ids, host):
        meant.setdefault(post_id, []).append(who)
    said_to: dict[int, list[str]] = {}
    for post_id, name in await luggage.sets_of(db, ids):
        said_to.setdefault(post_id, []).append(name)
    made = []
    for post in piece:
        poll = asked.get(post.id)
        made.append(PostKept(
            uri=uris[post.id], created_at=post.created_at, text=post.text, spoiler=post.spoiler,
            sensitive=post.sensitive, visibility=post.visibility.name.lower(), kind=post.kind, verb=post.verb,
            language=post.language, edited_at=post.edited_at,
            in_reply_to=uris.get(post.in_reply_to_id or 0, post.in_reply_to_uri),
            boost_of=uris.get(post.boost_of_id or 0), quote_of=uris.get(post.quote_of_id or 0),
            quote_state=int(post.quote_state), quote_policy=int(post.quote_policy), answers=int(post.answers),
            source=post.source, source_url=post.source_url,
            mentions=[_named(people[m], host) for m in post.mentions if m in people],
            recipients=meant.get(post.id, []), sets=said_to.get(post.id, []),
            media=[_file(carried[i]) for i in post.media if i in carried and carried[i].path],
            link=post.link if post.kind == "link" else None,
            attached=_stored(sent[post.id]) if post.id in sent else None,
            event=_happening(events[post.id]) if post.id in events else None,
            poll=Question(
                options=[(o.title, o.votes) for o in poll.options], multiple=poll.multiple,
                hide_totals=poll.hide_totals, expires_at=poll.expires_at, voters=poll.voters) if poll else None,
            edits=[
                EditKept(
                    text=e.text, spoiler=e.spoiler, sensitive=e.sensitive, created_at=e.created_at, poll=e.poll)
                for e in edited.get(post.id, [])]))
    return made


def _stored(one: StoredFile) -> File:
    return File(file=f"files/{one.id}", kind=one.name)


def _happening(one: Gathering) -> Happening:
    return Happening(**{name: getattr(one, name) for name in Happening.__struct_fields__})


def _named(account: Account, host: str) -> str:
    return f"{account.username}@{account.domain or host}"


async def _calendar(house: House, account: Account) -> bytes:
    """One's own events and those that one comes to (RFC 5545)."""
    made: Any = Calendar()
    made.add("prodid", "-//Harken//harken//EN")
    made.add("version", "2.0")
    ids = await export.events(house.db, account.id)
    uris = await luggage.addresses(house.db, ids, house.base_url)
    for post_id, one in (await gatherings.of_posts(house.db, ids, account.id)).items():
        event: Any = Event()
        event.add("uid", uris[post_id])
        event.add("url", vUri(uris[post_id]))
        event.add("dtstamp", one.changed_at.replace(microsecond=0))
        event.add("summary", one.name)
        event.add("location", one.place)
        for field, at in (("dtstart", one.starts_at), ("dtend", one.ends_at)):
            local = at.astimezone(zone(one.zone))
            event.add(field, local.date() if one.all_day else at.replace(tzinfo=UTC))
        event.add("status", "CANCELLED" if one.cancelled_at else "CONFIRMED")
        made.add_component(event)
    content: bytes = made.to_ical()
    return content


async def _readable(house: House, account: Account, packed: zipfile.ZipFile, posts: int) -> None:
    """`index.html`, to be opened from the unpacked archive: what is in it, and the last posts. And `feeds.opml`."""
    base, name = house.base_url, html.escape(account.shown_name)
    followed = [row[0] for row in (await export.relations(house.db, account.id))["following"]]
    outlines = "".join(
        f'<outline type="rss" text="@{html.escape(one)}" xmlUrl="{base}/@{html.escape(one)}.rss" '
        f'htmlUrl="{base}/@{html.escape(one)}"/>\n' for one in followed)
    packed.writestr(
        "feeds.opml", f'<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0"><head><title>{name}</title></head>'
        f"<body>\n{outlines}</body></opml>\n")
    with packed.open("index.html", "w", force_zip64=True) as page:
        page.write((_HEAD % {"name": name, "site": html.escape(house.site), "posts": posts, "base": base}).encode())
        before = MAX_ID
        for _ in range(MAX_PAGES):
            piece = await export.own_posts_before(house.db, account.id, before, _PIECE)
            if not piece:
                break
            carried = await media.by_ids(house.db, [i for p in piece for i in p.media])
            page.write("".join(_shown(one, carried, base) for one in piece if not one.boost_of_id).encode())
            before = piece[-1].id
        page.write(b"</main></body></html>\n")


def _shown(post: Post, files: dict[int, Media], base: str) -> str:
    pictures = "".join(
        f'<p><a href="{_place(one)}">{html.escape(one.description or one.kind)}</a></p>'
        for one in (files[i] for i in post.media if i in files) if one.path)
    spoiler = f"<p><b>{html.escape(post.spoiler)}</b></p>" if post.spoiler else ""
    text = html.escape(post.text).replace("\n", "<br>")
    return (
        f'<article><p><a href="{html.escape(_full(base, post.url))}">{post.created_at:%Y-%m-%d %H:%M}</a> · '
        f'{post.visibility.name.lower()}</p>{spoiler}<p dir="auto">{text}</p>{pictures}</article>\n')


def _place(one: Media) -> str:
    """Where a file that a post carries lies in the archive."""
    return f"media_attachments/{one.id}.{one.path.rpartition('.')[2]}"


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2)


def _csv(columns: list[str], rows: list[list[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([columns, *rows])
    return text.getvalue()


def _row(what: str, row: tuple[Any, ...], host: str) -> list[Any]:
    name, *rest = row
    address = name if what == "domain_blocks" or "@" in name else f"{name}@{host}"
    if what == "following":
        return [address, bool(rest[0]), bool(rest[1]), ", ".join(msgspec.json.decode(rest[2]))]
    if what == "lists":
        return [rest[0], address]
    return [address, *(bool(cell) if isinstance(cell, int) else cell for cell in rest)]


def _full(base: str, path: str) -> str:
    return f"{base}{path}" if path.startswith("/") else path


def _actor(account: Account, base: str, pictures: dict[int, str]) -> dict[str, Any]:
    uri = _full(base, account.uri)
    actor: dict[str, Any] = {
        "@context": _CONTEXT, "id": uri, "type": "Service" if account.bot else "Person",
        "preferredUsername": account.username, "name": account.shown_name, "summary": account.bio,
        "url": _full(base, account.url), "published": account.created_at.isoformat(),
        "manuallyApprovesFollowers": account.protected, "discoverable": account.discoverable,
        "indexable": account.indexable, "outbox": "outbox.json", "likes": "likes.json", "bookmarks": "bookmarks.json",
        "attachment": [{"type": "PropertyValue", "name": f.name, "value": f.value} for f in account.fields],
    }
    for what, media_id in (("icon", account.avatar_id), ("image", account.header_id)):
        if media_id in pictures:
            actor[what] = {"type": "Image", "url": pictures[media_id]}
    return actor


async def _settings(db: Database, account: Account) -> dict[str, Any]:
    """What ActivityStreams has no words for; no password, no secret."""
    member = await members.find(db, account.id)
    return {
        "username": account.username, "location": account.location, "noindex": account.noindex,
        "hearable": account.hearable, "email": member.email if member else None,
        "language": member.language if member else None, "time_zone": member.time_zone if member else None,
    }


async def _activities(
    house: House, account: Account, piece: list[Post], files: dict[int, Media]
) -> list[dict[str, Any]]:
    db, base = house.db, house.base_url
    others = await export.uris(db, [i for p in piece for i in (p.in_reply_to_id, p.boost_of_id, p.quote_of_id) if i])
    people = await accounts.by_ids(db, [i for p in piece for i in p.mentions])
    meant: dict[int, list[str]] = {}
    for post_id, uri in await export.recipients(db, [p.id for p in piece if p.visibility > Visibility.UNLISTED]):
        meant.setdefault(post_id, []).append(_full(base, uri))
    asked = await polls.of_posts(db, [p.id for p in piece if p.kind == "poll"], 0)
    actor = _full(base, account.uri)
    activities = []
    for post in piece:
        followers = f"{actor}/followers"
        to, cc = {
            Visibility.PUBLIC: ([_PUBLIC], [followers]), Visibility.UNLISTED: ([followers], [_PUBLIC]),
            Visibility.FOLLOWERS: ([followers], []),
        }.get(post.visibility, ([], []))
        cc = [*cc, *meant.get(post.id, [_full(base, people[m].uri) for m in post.mentions if m in people])]
        uri = _full(base, post.uri)
        activity: dict[str, Any] = {
            "id": f"{uri}/activity", "type": "Announce" if post.boost_of_id else "Create", "actor": actor,
            "published": post.created_at.isoformat(), "to": to, "cc": cc}
        if post.boost_of_id:
            activity["object"] = _full(base, others.get(post.boost_of_id, ""))
        else:
            parent = others.get(post.in_reply_to_id or 0, post.in_reply_to_uri)
            activity["object"] = {
                "id": uri, "type": "Note", "attributedTo": actor, "published": post.created_at.isoformat(),
                "updated": post.edited_at.isoformat() if post.edited_at else None, "to": to, "cc": cc,
                "url": _full(base, post.url), "content": absolute(post.html, base),
                "contentMap": {post.language: absolute(post.html, base)} if post.language else None,
                "source": {"content": post.text, "mediaType": "text/plain"}, "summary": post.spoiler or None,
                "sensitive": post.sensitive, "inReplyTo": _full(base, parent) if parent else None,
                "attachment": [
                    {"type": "Document", "mediaType": one.kind, "url": _place(one), "name": one.description or None,
                     "width": one.width or None, "height": one.height or None, "blurhash": one.blurhash,
                     "focalPoint": one.facts.focus}
                    for one in (files[i] for i in post.media if i in files) if one.path],
                "tag": [
                    *({"type": "Hashtag", "name": f"#{tag}"} for tag in post.tags),
                    *({"type": "Mention", "name": f"@{people[m].address}", "href": _full(base, people[m].uri)}
                      for m in post.mentions if m in people)],
                "quote": _full(base, others[post.quote_of_id]) if post.quote_of_id in others else None,
            } | (_question(asked[post.id]) if post.id in asked else {})
        activities.append(activity)
    return activities


def _question(poll: Poll) -> dict[str, Any]:
    """What makes a Note a Question, as Mastodon writes it."""
    options = [
        {"type": "Note", "name": option.title, "replies": {"type": "Collection", "totalItems": option.votes}}
        for option in poll.options]
    return {
        "type": "Question", "anyOf" if poll.multiple else "oneOf": options, "votersCount": poll.voters,
        "endTime": poll.expires_at.isoformat() if poll.expires_at else None}
