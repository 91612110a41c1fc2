"""Accounts: found by id, name and address; written by actions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from ..errors import NotFound
from ..ids import AccountId
from ..model.account import Account, State, name_key, state_of
from ..model.paging import Window
from . import barriers
from .database import Reader, Transaction
from .visibility import STATES, not_blocked, not_muted

_SELECT = """SELECT a.*, coalesce(s.posts, 0) AS posts, coalesce(s.followers, 0) AS followers,
    coalesce(s.following, 0) AS following, s.last_post_at
    FROM account a LEFT JOIN account_stats s ON s.account_id = a.id"""


async def find(reader: Reader, account_id: int) -> Account | None:
    """The account, whatever its state."""
    return await reader.find(Account, f"{_SELECT} WHERE a.id = :id", id=account_id)


async def get(reader: Reader, account_id: int) -> Account:
    """The account, whatever its state. Raises NotFound."""
    account = await find(reader, account_id)
    if account is None:
        raise NotFound("There is no such account.")
    return account


async def find_by_name(reader: Reader, username: str, domain: str = "") -> Account | None:
    """The account of that name, whatever its state."""
    return await reader.find(Account, f"{_SELECT} WHERE a.name_key = :key", key=name_key(username, domain))


async def visible(reader: Reader, account_id: int, viewer: int) -> Account:
    """An account that may be shown to anybody. Raises NotFound for hidden states.

    A block does not hide a profile, only its posts (as in Mastodon's API,
    where clients need the entity to offer unblocking).
    """
    account = await find(reader, account_id)
    if account is None or (account.state not in (State.ACTIVE, State.LIMITED, State.MEMORIAL) and account.id != viewer):
        raise NotFound("There is no such account.")
    return account


async def known(reader: Reader, account_id: int, viewer: int) -> Account:
    """Like `visible`, but suspended accounts too, of which only the name is shown. Raises NotFound."""
    account = await find(reader, account_id)
    return account if account and account.state is State.SUSPENDED else await visible(reader, account_id, viewer)


async def by_ids(reader: Reader, ids: Iterable[int]) -> dict[int, Account]:
    """Those of `ids` that exist, by id."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    found = await reader.all(Account, f"{_SELECT} WHERE a.id IN (SELECT value FROM json_each(:ids))", ids=wanted)
    return {account.id: account for account in found}


async def ids_by_key(reader: Reader, keys: Iterable[str]) -> dict[str, int]:
    """Account ids by `name_key`, whatever their state."""
    rows = await reader.rows(
        "SELECT name_key, id FROM account WHERE name_key IN (SELECT value FROM json_each(:key_texts))",
        key_texts=sorted(set(keys)),
    )
    return {key: int(account_id) for key, account_id in rows}


async def places(reader: Reader, ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Where accounts are, as far as their profiles name a place, in hundredths of a degree."""
    rows = await reader.rows(
        """SELECT id, latitude, longitude FROM account WHERE latitude IS NOT NULL
           AND id IN (SELECT value FROM json_each(:ids))""",
        ids=sorted(set(ids)),
    )
    return {int(row[0]): (int(row[1]), int(row[2])) for row in rows}


async def with_location(reader: Reader, above: int, limit: int) -> list[tuple[int, str]]:
    """(id, location) of accounts that say where they are, by id from above `above` on."""
    rows = await reader.rows(
        "SELECT id, location FROM account WHERE location <> '' AND id > :above ORDER BY id LIMIT :limit",
        above=above,
        limit=limit,
    )
    return [(int(account_id), text) for account_id, text in rows]


async def set_places(tx: Transaction, found: Mapping[int, tuple[int, int] | None]) -> None:
    """Store where accounts are."""
    await tx.execute_many(
        "UPDATE account SET latitude = :latitude, longitude = :longitude WHERE id = :id",
        [
            {"id": account_id, "latitude": point[0] if point else None, "longitude": point[1] if point else None}
            for account_id, point in found.items()
        ],
    )


async def by_names(reader: Reader, keys: Iterable[str]) -> dict[str, Account]:
    """Active accounts by `name_key`."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    found = await reader.all(
        Account,
        f"{_SELECT} WHERE a.name_key IN (SELECT value FROM json_each(:key_texts)) AND a.state IN {STATES}",
        key_texts=wanted,
    )
    return {name_key(account.username, account.domain): account for account in found}


async def search(
    reader: Reader, words: str, viewer: int, limit: int, offset: int = 0, following: bool = False
) -> list[Account]:
    """People whose name or display name contains `words`, best known first.

    Somebody who is not `discoverable`, or behind a block, is found by their
    exact name only: a block does not hide a profile, and undoing it begins there.
    """
    key = words.strip().lstrip("@").lower()
    pattern = "%" + key.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    followed = "AND EXISTS (SELECT 1 FROM follow WHERE follower_id = :viewer AND followed_id = a.id AND accepted = 1)"
    return await reader.all(
        Account,
        f"""{_SELECT} WHERE a.state IN {STATES} AND a.state <> 2 AND (a.name_key = :key OR (
                (a.discoverable = 1 OR a.id = :viewer OR EXISTS (
                    SELECT 1 FROM follow WHERE follower_id = :viewer AND followed_id = a.id AND accepted = 1))
                AND (a.name_key LIKE :pattern ESCAPE '\\' OR lower(a.display_name) LIKE :pattern ESCAPE '\\')))
            AND (a.name_key = :key OR {not_blocked("a.id")}) {followed if following else ""}
            ORDER BY (a.name_key = :key) DESC, coalesce(s.followers, 0) DESC, a.id LIMIT :limit OFFSET :offset""",
        key=key,
        pattern=pattern,
        viewer=viewer,
        limit=limit,
        offset=offset,
    )


async def beginning_with(reader: Reader, words: str, viewer: int, limit: int, now: datetime) -> list[Account]:
    """People whose name begins with `words`, followed ones first, then the best known; for completing what is typed.

    Only those who are followed, or `discoverable`; never across a block, or muted. Looks at no more than the first
    thousand names, so that a single letter costs no more.
    """
    key = words.strip().lstrip("@").lower()
    return await reader.all(
        Account,
        f"""SELECT a.*, coalesce(s.posts, 0) AS posts, coalesce(s.followers, 0) AS followers,
                coalesce(s.following, 0) AS following, s.last_post_at
            FROM (SELECT id, known FROM (SELECT f.followed_id AS id, 1 AS known FROM follow f
                        JOIN account b ON b.id = f.followed_id
                        WHERE f.follower_id = :viewer AND f.accepted = 1 AND b.name_key >= :key AND b.name_key < :end
                        LIMIT 1000) x
                  UNION ALL SELECT id, 0 FROM (SELECT id FROM account
                        WHERE name_key >= :key AND name_key < :end ORDER BY name_key LIMIT 1000) y) k
            JOIN account a ON a.id = k.id LEFT JOIN account_stats s ON s.account_id = a.id
            WHERE a.state IN {STATES} AND a.state <> 2 AND (k.known = 1 OR (
                (a.discoverable = 1 OR a.id = :viewer) AND NOT EXISTS (
                    SELECT 1 FROM follow WHERE follower_id = :viewer AND followed_id = a.id AND accepted = 1)))
            AND {not_blocked("a.id")} AND {not_muted("a.id")}
            ORDER BY k.known DESC, coalesce(s.followers, 0) DESC, a.name_key LIMIT :limit""",
        key=key,
        end=key + "\U0010ffff",
        viewer=viewer,
        limit=limit,
        now=now,
    )


async def directory(
    reader: Reader, viewer: int, limit: int, now: datetime, offset: int = 0, newest: bool = False, local: bool = True
) -> list[Account]:
    """The people directory: discoverable accounts, most recently posting first, or newest accounts first.

    Without those whom the viewer blocks, also by their server, or mutes.
    """
    order = "a.id DESC" if newest else "coalesce(s.last_post_at, 0) DESC, a.id DESC"
    return await reader.all(
        Account,
        f"""{_SELECT} WHERE a.discoverable = 1 AND a.state = 0 {"AND a.domain = ''" if local else ""}
            AND {not_blocked("a.id")} AND {not_muted("a.id")}
            AND NOT EXISTS (SELECT 1 FROM blocked_domain WHERE account_id = :viewer AND domain = a.domain)
            ORDER BY {order} LIMIT :limit OFFSET :offset""",
        viewer=viewer,
        now=now,
        limit=limit,
        offset=offset,
    )


class _Listed(msgspec.Struct, frozen=True):
    """An account in a list that is paged by the id of what put it there."""

    listed_id: int
    account_id: int


async def paged(reader: Reader, from_where: str, window: Window, **values: Any) -> tuple[list[Account], list[int]]:
    """Accounts of a list and the ids that page it.

    `from_where` is FROM … WHERE … with a column `l.id` that orders the list
    and `l.account_id`, the account.
    """
    listed = await reader.all(
        _Listed,
        f"""SELECT l.id AS listed_id, l.account_id FROM {from_where}
            AND l.id < :before AND l.id > :after ORDER BY l.id {window.order} LIMIT :limit""",
        before=window.before,
        after=window.after,
        limit=window.limit,
        **values,
    )
    listed = window.arranged(listed)
    accounts = await by_ids(reader, [row.account_id for row in listed])
    shown = [row for row in listed if row.account_id in accounts]
    return [accounts[row.account_id] for row in shown], [row.listed_id for row in shown]


_VISIBLE_PERSON = f"""EXISTS (SELECT 1 FROM account a WHERE a.id = l.account_id AND a.state IN {STATES})
    AND {not_blocked("l.account_id")}"""


# Whom one follows, and who follows, is one's own business where one says so.
_SHOWN_COLLECTION = """EXISTS (SELECT 1 FROM account h WHERE h.id = :account_id
    AND (h.hide_collections = 0 OR h.id = :viewer))"""


async def followers(reader: Reader, account_id: int, viewer: int, window: Window) -> tuple[list[Account], list[int]]:
    """Those who follow `account_id`, latest first."""
    return await paged(
        reader,
        f"""(SELECT id, follower_id AS account_id, followed_id, accepted FROM follow) l
        WHERE l.followed_id = :account_id AND l.accepted = 1 AND {_VISIBLE_PERSON} AND {_SHOWN_COLLECTION}""",
        window,
        account_id=account_id,
        viewer=viewer,
    )


async def following(reader: Reader, account_id: int, viewer: int, window: Window) -> tuple[list[Account], list[int]]:
    """Those whom `account_id` follows, latest first."""
    return await paged(
        reader,
        f"""(SELECT id, followed_id AS account_id, follower_id, accepted FROM follow) l
        WHERE l.follower_id = :account_id AND l.accepted = 1 AND {_VISIBLE_PERSON} AND {_SHOWN_COLLECTION}""",
        window,
        account_id=account_id,
        viewer=viewer,
    )


async def followed_ids(reader: Reader, account_id: int, viewer: int, limit: int, offset: int = 0) -> list[int]:
    """The ids of those whom `account_id` follows, latest first."""
    return await reader.values(
        f"""SELECT l.account_id FROM (SELECT id, followed_id AS account_id, follower_id, accepted FROM follow) l
            WHERE l.follower_id = :account_id AND l.accepted = 1 AND {_VISIBLE_PERSON} AND {_SHOWN_COLLECTION}
            ORDER BY l.id DESC LIMIT :limit OFFSET :offset""",
        account_id=account_id, viewer=viewer, limit=limit, offset=offset)


async def follower_ids(reader: Reader, account_id: int, viewer: int, limit: int, offset: int = 0) -> list[int]:
    """The ids of those who follow `account_id`, latest first."""
    return await reader.values(
        f"""SELECT l.account_id FROM (SELECT id, follower_id AS account_id, followed_id, accepted FROM follow) l
            WHERE l.followed_id = :account_id AND l.accepted = 1 AND {_VISIBLE_PERSON} AND {_SHOWN_COLLECTION}
            ORDER BY l.id DESC LIMIT :limit OFFSET :offset""",
        account_id=account_id, viewer=viewer, limit=limit, offset=offset)


async def favourites_of(reader: Reader, account_id: int) -> int:
    """How many posts an account has marked as liked."""
    return int(await reader.value("SELECT count(*) FROM favourite WHERE account_id = :id", id=account_id))


async def follow_requests(reader: Reader, viewer: int, window: Window) -> tuple[list[Account], list[int]]:
    """Those who wait for `viewer` to accept them."""
    return await paged(
        reader,
        f"""(SELECT id, follower_id AS account_id, followed_id, accepted FROM follow) l
        WHERE l.followed_id = :viewer AND l.accepted = 0 AND {_VISIBLE_PERSON}""",
        window,
        viewer=viewer,
    )


async def blocked(reader: Reader, viewer: int, window: Window) -> tuple[list[Account], list[int]]:
    """Those whom `viewer` blocks."""
    return await paged(
        reader,
        """(SELECT id, target_id AS account_id, account_id AS owner_id FROM block) l
        WHERE l.owner_id = :viewer""",
        window,
        viewer=viewer,
    )


async def muted(reader: Reader, viewer: int, window: Window, now: datetime) -> tuple[list[Account], list[int]]:
    """Those whom `viewer` mutes just now."""
    return await paged(
        reader,
        """(SELECT id, target_id AS account_id, account_id AS owner_id, until FROM mute) l
        WHERE l.owner_id = :viewer AND (l.until IS NULL OR l.until > :now)""",
        window,
        viewer=viewer,
        now=now,
    )


async def favourited_by(reader: Reader, post_id: int, viewer: int, window: Window) -> tuple[list[Account], list[int]]:
    """Those who favourited a post that the viewer has been shown."""
    return await paged(
        reader, f"favourite l WHERE l.post_id = :post_id AND {_VISIBLE_PERSON}", window, post_id=post_id, viewer=viewer
    )


async def boosted_by(reader: Reader, post_id: int, viewer: int, window: Window) -> tuple[list[Account], list[int]]:
    """Those who boosted a post that the viewer has been shown."""
    return await paged(
        reader,
        f"""(SELECT id, author_id AS account_id, boost_of_id FROM post) l
        WHERE l.boost_of_id = :post_id AND {_VISIBLE_PERSON}""",
        window,
        post_id=post_id,
        viewer=viewer,
    )


async def insert(tx: Transaction, account: Account) -> None:
    """Store a new account and its empty counters; in the state that what was decided about its server makes it."""
    if account.domain:
        decided = await barriers.severity_of(tx, account.domain)
        account = msgspec.structs.replace(account, state=state_of(account, None, decided))
    await tx.execute(
        """INSERT INTO account (id, username, name_key, domain, uri, url, display_name, bio, location, fields,
              protected, bot, discoverable, indexable, noindex, hearable, state, created_at)
           VALUES (:id, :username, :key, :domain, :uri, :url, :display_name, :bio, :location, :fields,
              :protected, :bot, :discoverable, :indexable, :noindex, :hearable, :state, :created_at)""",
        id=account.id,
        username=account.username,
        key=name_key(account.username, account.domain),
        domain=account.domain,
        uri=account.uri,
        url=account.url,
        display_name=account.display_name,
        bio=account.bio,
        location=account.location,
        fields=msgspec.json.encode(account.fields).decode(),
        protected=account.protected,
        bot=account.bot,
        discoverable=account.discoverable,
        indexable=account.indexable,
        noindex=account.noindex,
        hearable=account.hearable,
        state=account.state,
        created_at=account.created_at,
    )
    await tx.execute("INSERT INTO account_stats (account_id) VALUES (:id)", id=account.id)


async def change(tx: Transaction, account_id: AccountId, **columns: Any) -> None:
    """Set `columns` (names of the account table, nothing from outside) and count the version up."""
    columns = {
        name: msgspec.json.encode(value).decode() if isinstance(value, list) else value
        for name, value in columns.items()
    }
    assignments = ", ".join(f"{name} = :{name}" for name in columns)
    await tx.execute(
        f"UPDATE account SET {assignments}, version = version + 1 WHERE id = :id", id=account_id, **columns
    )


async def picture_paths(reader: Reader, ids: Iterable[int]) -> dict[int, str]:
    """Where avatars and headers lie within the media store, by media id."""
    rows = await reader.rows(
        "SELECT id, path FROM media WHERE id IN (SELECT value FROM json_each(:ids))", ids=sorted(ids)
    )
    return {row[0]: row[1] for row in rows}


async def waiting_requests(reader: Reader, account_id: int) -> int:
    """How many ask to follow this account."""
    return int(
        await reader.value("SELECT count(*) FROM follow WHERE followed_id = :id AND accepted = 0", id=account_id)
    )
