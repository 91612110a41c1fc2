"""One account in a zip of open formats, laid out as Mastodon's archives are, so that other servers take it."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import msgspec

from .engine import Engine
from .errors import NotFound, Refused
from .media.store import FileStore
from .model.account import Account, State
from .model.media import Media, MediaState
from .model.poll import Poll
from .model.post import Post, Visibility
from .store import accounts, export, media, members, polls, scheduled
from .text.markup import absolute

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


async def export_account(engine: Engine, name: str, file: Path) -> int:
    """Write all that belongs to `name` into the zip `file`; how many posts it holds. Raises NotFound, Refused."""
    db = engine.db
    account = await accounts.find_by_name(db, name.removeprefix("@"))
    if account is None or not account.local or account.state is State.DELETED:
        raise NotFound(f"There is no account called {name.removeprefix('@')} here.")
    if file.exists():
        raise Refused(f"{file} exists already; an export never replaces a file.")
    base = engine.base_url
    posts = 0
    with tempfile.TemporaryDirectory(prefix=".export-", dir=file.absolute().parent) as scratch:
        half = Path(scratch) / "half"
        with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED) as packed:
            pictures = await accounts.picture_paths(db, [p for p in (account.avatar_id, account.header_id) if p])
            store, names = FileStore(engine.media_directory), {}
            for media_id, path in pictures.items():
                if content := await store.get(path):
                    names[media_id] = f"media/{Path(path).name}"
                    packed.writestr(names[media_id], content)
            packed.writestr("actor.json", _json(_actor(account, base, names)))
            packed.writestr("account.json", _json(await _settings(engine, account)))
            # One activity after the other: an outbox may be larger than the memory.
            with packed.open("outbox.json", "w", force_zip64=True) as outbox:
                outbox.write(b'{"@context":' + msgspec.json.encode(_CONTEXT))
                outbox.write(b',"id":"outbox.json","type":"OrderedCollection","orderedItems":[')
                after = 0
                while piece := await export.own_posts(db, account.id, after, _PIECE):
                    files = await media.by_ids(db, [i for post in piece for i in post.media])
                    for activity in await _activities(engine, account, piece, files):
                        outbox.write((b",\n" if posts else b"\n") + msgspec.json.encode(activity))
                        posts += 1
                    after = piece[-1].id
                outbox.write(b'\n],"totalItems":%d}' % posts)
            for one in await media.of_account(db, account.id, "post"):
                if one.post_id and one.path and one.state is MediaState.READY:
                    source = Path(scratch) / "file"  # not through memory: films are large
                    if await engine.media.copy_to(one.path, source):
                        packed.write(source, _place(one), zipfile.ZIP_STORED)
            for table, name_of_file in (("favourite", "likes"), ("bookmark", "bookmarks"), ("pin", "featured")):
                items = [_full(base, uri) for uri in await export.kept(db, table, account.id)]
                packed.writestr(f"{name_of_file}.json", _json({
                    "@context": _CONTEXT[0], "id": f"{name_of_file}.json", "type": "OrderedCollection",
                    "totalItems": len(items), "orderedItems": items}))
            packed.writestr("votes.json", _json([
                {"poll": _full(base, one.uri), "title": one.title} for one in await polls.votes_of(db, account.id)]))
            packed.writestr("scheduled.json", _json([
                {"published": one.at.isoformat(), "content": one.draft.text, "summary": one.draft.spoiler or None}
                for one in await scheduled.upcoming(db, account.id, MAX_SCHEDULED)]))
            host = base.partition("://")[2]
            for what, rows in (await export.relations(db, account.id)).items():
                packed.writestr(f"{what}.csv", _csv(_COLUMNS[what], [_row(what, row, host) for row in rows]))
        half.chmod(0o600)
        half.rename(file)
    return posts


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


async def _settings(engine: Engine, account: Account) -> dict[str, Any]:
    """What ActivityStreams has no words for; no password, no secret."""
    member = await members.find(engine.db, account.id)
    return {
        "username": account.username, "location": account.location, "noindex": account.noindex,
        "hearable": account.hearable, "email": member.email if member else None,
        "language": member.language if member else None, "time_zone": member.time_zone if member else None,
    }


async def _activities(
    engine: Engine, account: Account, piece: list[Post], files: dict[int, Media]
) -> list[dict[str, Any]]:
    db, base = engine.db, engine.base_url
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
