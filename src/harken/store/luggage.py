"""Everything of one member, kind by kind, in the words of model/luggage.py; and what was brought of people and posts
that are not here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from ..ids import AccountId
from ..model.luggage import (
    Answered,
    EarKept,
    FilterKept,
    Follow,
    Friend,
    Group,
    Kept,
    Line,
    Mute,
    Note,
    Person,
    Rated,
    Server,
    Tag,
    Vote,
)
from ..model.post import Edit
from . import bookmark_tags, filters
from .database import Reader, Transaction

_WHO = "CASE WHEN a.domain = '' THEN a.username || '@' || :host ELSE a.username || '@' || a.domain END"
# Local posts are stored by a path, so that the address of the server need not be repeated.
_URI = "CASE WHEN substr(p.uri, 1, 1) = '/' THEN :base || p.uri ELSE p.uri END"

_KEPT = {
    "favourites": "favourite k ON k.post_id = p.id WHERE k.account_id = :id ORDER BY k.id",
    "bookmarks": "bookmark k ON k.post_id = p.id WHERE k.account_id = :id ORDER BY k.id",
    "pins": "pin k ON k.post_id = p.id WHERE k.account_id = :id ORDER BY k.id",
    "muted_conversations":
        "muted_conversation k ON k.conversation_id = p.id WHERE k.account_id = :id ORDER BY p.id",
    "hidden_messages": "hidden_message k ON k.post_id = p.id WHERE k.account_id = :id ORDER BY p.id",
}
_PEOPLE: dict[str, tuple[type[Line], str]] = {
    "follows": (Follow, f"""SELECT {_WHO} AS who, f.accepted, f.show_boosts, f.notify, f.languages FROM follow f
        JOIN account a ON a.id = f.followed_id WHERE f.follower_id = :id ORDER BY f.id"""),
    "friends": (Friend, f"""SELECT {_WHO} AS who, f.accepted FROM friend f JOIN account a ON a.id = f.friend_id
        WHERE f.account_id = :id ORDER BY f.id"""),
    "blocks": (Person, f"""SELECT {_WHO} AS who FROM block b JOIN account a ON a.id = b.target_id
        WHERE b.account_id = :id ORDER BY b.id"""),
    "mutes": (Mute, f"""SELECT {_WHO} AS who, m.notifications, m.until FROM mute m
        JOIN account a ON a.id = m.target_id WHERE m.account_id = :id ORDER BY m.id"""),
    "notes": (Note, f"""SELECT {_WHO} AS who, n.text FROM account_note n JOIN account a ON a.id = n.target_id
        WHERE n.account_id = :id ORDER BY a.id"""),
    "endorsements": (Person, f"""SELECT {_WHO} AS who FROM endorsement e JOIN account a ON a.id = e.target_id
        WHERE e.account_id = :id ORDER BY e.id"""),
    "permissions": (Person, f"""SELECT {_WHO} AS who FROM notification_permission n JOIN account a ON a.id = n.from_id
        WHERE n.account_id = :id ORDER BY a.id"""),
}
_GROUPS = {
    "lists": ("""SELECT id, title AS name, replies, exclusive FROM list WHERE owner_id = :id ORDER BY id""",
              "SELECT m.list_id, {} FROM list_member m JOIN account a ON a.id = m.account_id "
              "WHERE m.owner_id = :id ORDER BY m.list_id, a.id"),
    "sets": ("SELECT id, name FROM people_set WHERE owner_id = :id ORDER BY id",
             "SELECT m.set_id, {} FROM people_set_member m JOIN account a ON a.id = m.account_id "
             "WHERE m.owner_id = :id ORDER BY m.set_id, a.id"),
    "collections": ("""SELECT id, name, description, language, tag, sensitive, discoverable FROM collection
                       WHERE owner_id = :id ORDER BY id""",
                    "SELECT m.collection_id, {} FROM collection_item m JOIN account a ON a.id = m.account_id "
                    "WHERE m.owner_id = :id ORDER BY m.collection_id, m.id"),
}


class _Group(Group, frozen=True, kw_only=True):
    id: int


async def kept(reader: Reader, kind: str, owner: AccountId, base_url: str) -> Sequence[Line]:
    """All lines of a kind that stand in tables of their own; without what is elsewhere."""
    host = base_url.partition("://")[2]
    if kind in _PEOPLE:
        shape, sql = _PEOPLE[kind]
        return await reader.all(shape, sql, id=owner, host=host)
    if kind == "bookmarks":
        rows = await reader.rows(
            f"SELECT p.id, {_URI} FROM post p JOIN {_KEPT[kind]}", id=owner, base=base_url)
        words = await bookmark_tags.of_posts(reader, owner, [int(row[0]) for row in rows])
        return [Kept(post=str(uri), tags=words.get(int(post_id), [])) for post_id, uri in rows]
    if kind in _KEPT:
        return await reader.all(
            Kept, f"SELECT {_URI} AS post FROM post p JOIN {_KEPT[kind]}", id=owner, base=base_url)
    if kind in _GROUPS:
        groups, members = _GROUPS[kind]
        found = await reader.all(_Group, groups, id=owner)
        inside: dict[int, list[str]] = {}
        for group_id, who in await reader.rows(members.format(_WHO), id=owner, host=host):
            inside.setdefault(int(group_id), []).append(str(who))
        return [
            Group(**{name: getattr(one, name) for name in Group.__struct_fields__ if name != "members"},
                  members=inside.get(one.id, []))
            for one in found]
    match kind:
        case "domain_blocks":
            return await reader.all(
                Server, "SELECT domain FROM blocked_domain WHERE account_id = :id ORDER BY domain", id=owner)
        case "followed_tags":
            return await reader.all(
                Tag, "SELECT tag AS name FROM followed_tag WHERE account_id = :id ORDER BY id", id=owner)
        case "featured_tags":
            return await reader.all(Tag, "SELECT name FROM featured_tag WHERE account_id = :id ORDER BY id", id=owner)
        case "ears":
            return await reader.all(
                EarKept,
                """SELECT e.name, e.query, e.zone, e.paused, e.shared, coalesce(s.mode, 'never') AS mode,
                     coalesce(s.in_app, 1) AS in_app, coalesce(s.push, 0) AS push, coalesce(s.email, 0) AS email,
                     coalesce(s.webhook_url, '') AS webhook_url, coalesce(s.cool_down, 900) AS cool_down,
                     coalesce(s.spike, 0) AS spike
                   FROM ear e LEFT JOIN ear_alert s ON s.ear_id = e.id WHERE e.owner_id = :id ORDER BY e.id""",
                id=owner)
        case "votes":
            rows = await reader.rows(
                f"""SELECT {_URI}, v.position FROM vote v JOIN post p ON p.id = v.post_id
                    WHERE v.account_id = :id ORDER BY p.id, v.position""", id=owner, base=base_url)
            chosen: dict[str, list[int]] = {}
            for uri, position in rows:
                chosen.setdefault(str(uri), []).append(int(position))
            return [Vote(post=uri, positions=positions) for uri, positions in chosen.items()]
        case "ratings":
            return await reader.all(
                Rated, f"""SELECT {_URI} AS post, r.stars FROM rating r JOIN post p ON p.id = r.post_id
                    WHERE r.account_id = :id ORDER BY p.id""", id=owner, base=base_url)
        case "rsvps":
            return await reader.all(
                Answered, f"""SELECT {_URI} AS post, r.answer FROM rsvp r JOIN post p ON p.id = r.post_id
                    WHERE r.account_id = :id ORDER BY p.id""", id=owner, base=base_url)
        case "filters":
            return await _filters(reader, owner, base_url)
    return []


async def _filters(reader: Reader, owner: AccountId, base_url: str) -> list[FilterKept]:
    found = await filters.of_owner(reader, owner)
    known = await addresses(reader, [one.post_id for each in found for one in each.posts], base_url)
    return [
        FilterKept(
            title=one.title, query=one.query, zone=one.zone, contexts=one.contexts, action=str(one.action),
            expires_at=one.expires_at, keywords=[(k.keyword, k.whole_word) for k in one.keywords],
            posts=[known[p.post_id] for p in one.posts if p.post_id in known])
        for one in found]


async def addresses(reader: Reader, post_ids: Iterable[int], base_url: str) -> dict[int, str]:
    """Full addresses of posts, by id."""
    rows = await reader.rows(
        f"SELECT p.id, {_URI} FROM post p WHERE p.id IN (SELECT value FROM json_each(:ids))",
        ids=sorted(set(post_ids)), base=base_url)
    return {int(post_id): str(uri) for post_id, uri in rows}


async def meant(reader: Reader, post_ids: Sequence[int], host: str) -> list[tuple[int, str]]:
    """(post, name@host) of those for whom posts are that are not public."""
    rows = await reader.rows(
        f"""SELECT r.post_id, {_WHO} FROM recipient r JOIN account a ON a.id = r.account_id
            WHERE r.post_id IN (SELECT value FROM json_each(:ids)) ORDER BY r.post_id, a.id""",
        ids=list(post_ids), host=host)
    return [(int(post_id), str(who)) for post_id, who in rows]


async def sets_of(reader: Reader, post_ids: Sequence[int]) -> list[tuple[int, str]]:
    """(post, name of a set) to which posts were said."""
    rows = await reader.rows(
        """SELECT ps.post_id, s.name FROM post_set ps JOIN people_set s ON s.id = ps.set_id
           WHERE ps.post_id IN (SELECT value FROM json_each(:ids)) ORDER BY ps.post_id, s.name""", ids=list(post_ids))
    return [(int(post_id), str(name)) for post_id, name in rows]


class _Edit(Edit, frozen=True, kw_only=True):
    post_id: int


async def edits(reader: Reader, post_ids: Sequence[int]) -> dict[int, list[Edit]]:
    """Earlier versions of posts, oldest first."""
    found: dict[int, list[Edit]] = {}
    for one in await reader.all(
        _Edit, "SELECT * FROM post_edit WHERE post_id IN (SELECT value FROM json_each(:ids)) ORDER BY id",
        ids=list(post_ids),
    ):
        found.setdefault(one.post_id, []).append(one)
    return found


# ---- what is elsewhere -----------------------------------------------------------------


async def put_elsewhere(tx: Transaction, rows: Iterable[tuple[int, int, str, Line]]) -> None:
    """Keep (id, account, kind, line) of what is not here."""
    await tx.execute_many(
        "INSERT INTO elsewhere (id, account_id, kind, body) VALUES (:id, :account, :kind, :body)",
        [{"id": new, "account": account, "kind": kind, "body": msgspec.json.encode(line).decode()}
         for new, account, kind, line in rows])


async def elsewhere(reader: Reader, account_id: int, kind: str, shape: type[Line]) -> list[Line]:
    """What is kept of a kind, as it came."""
    return [
        msgspec.json.decode(body, type=shape) for body in await reader.values(
            "SELECT body FROM elsewhere WHERE account_id = :id AND kind = :kind ORDER BY id", id=account_id, kind=kind)]


async def elsewhere_counts(reader: Reader, account_id: int) -> dict[str, int]:
    """How much is kept of each kind."""
    rows = await reader.rows(
        "SELECT kind, count(*) FROM elsewhere WHERE account_id = :id GROUP BY kind ORDER BY kind", id=account_id)
    return {str(kind): int(number) for kind, number in rows}


async def drop_elsewhere(tx: Transaction, account_id: int) -> None:
    """Forget all of it."""
    await tx.execute("DELETE FROM elsewhere WHERE account_id = :id", id=account_id)


# ---- posts that are brought ----------------------------------------------------------------


async def posts_at(reader: Reader, uris: Iterable[str], base_url: str, source: str) -> dict[str, int]:
    """Ids of posts by address: those of this server's, of others that are known, and what came from `source`."""
    wanted = sorted(set(uris))
    local = {uri.removeprefix(base_url): uri for uri in wanted if uri.startswith(f"{base_url}/")}
    rows = await reader.rows(
        """SELECT uri, id FROM post WHERE uri IN (SELECT value FROM json_each(:uri_texts))
           UNION ALL SELECT key, post_id FROM imported WHERE source = :source
             AND key IN (SELECT value FROM json_each(:key_texts))""",
        uri_texts=sorted({*wanted, *local}), source=source, key_texts=wanted)
    return {local.get(str(uri), str(uri)): int(post_id) for uri, post_id in rows}


async def complete(tx: Transaction, post_id: int, **columns: Any) -> None:
    """Set what an archive knows of a post beyond what all imports have; names are ours."""
    assignments = ", ".join(f"{name} = :{name}" for name in columns)
    await tx.execute(f"UPDATE post SET {assignments}, version = version + 1 WHERE id = :id", id=post_id, **columns)


async def insert_poll(
    tx: Transaction, post_id: int, options: Sequence[tuple[str, int]], *, multiple: bool, hide_totals: bool,
    expires_at: Any, voters: int,
) -> None:
    """A poll with what was chosen where it comes from."""
    await tx.execute(
        """INSERT INTO poll (post_id, multiple, hide_totals, expires_at, voters)
           VALUES (:post, :multiple, :hide_totals, :expires_at, :voters) ON CONFLICT DO NOTHING""",
        post=post_id, multiple=multiple, hide_totals=hide_totals, expires_at=expires_at, voters=voters)
    await tx.execute_many(
        """INSERT INTO poll_option (post_id, position, title, votes) VALUES (:post, :position, :title, :votes)
           ON CONFLICT DO NOTHING""",
        [{"post": post_id, "position": at, "title": title, "votes": votes}
         for at, (title, votes) in enumerate(options)])


async def insert_edit(tx: Transaction, edit_id: int, post_id: int, edit: Edit) -> None:
    await tx.execute(
        """INSERT INTO post_edit (id, post_id, text, html, spoiler, sensitive, created_at, poll)
           VALUES (:id, :post, :text, :html, :spoiler, :sensitive, :created_at, :poll)""",
        id=edit_id, post=post_id, text=edit.text, html=edit.html, spoiler=edit.spoiler, sensitive=edit.sensitive,
        created_at=edit.created_at, poll=msgspec.json.encode(edit.poll).decode())
