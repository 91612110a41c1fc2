"""Accounts as moderators see them: with the e-mail address, the role and from where their members come."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from ..ids import id_at
from ..model.account import Account, Member, Role, State
from ..model.paging import Window
from . import accounts
from .database import Reader

MAX_ADDRESSES = 20  # a member's, newest first


class Place(msgspec.Struct, frozen=True):
    """An address that somebody came from, and when last."""

    account_id: int
    address: str
    used_at: datetime


class Overseen(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with all that moderators may know; no member for those who do not sign in here."""

    account: Account
    member: Member | None
    places: list[Place] = []


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which accounts; names match from their beginning. None and empty: any."""

    local: bool | None = None
    states: Sequence[int] = ()
    active: bool = False
    disabled: bool = False
    silenced: bool = False
    suspended: bool = False
    sensitized: bool = False
    staff: bool = False
    roles: Sequence[Role] | None = None
    username: str = ""
    display_name: str = ""
    domain: str = ""
    email: str = ""
    invited_by: int = 0  # an account
    address: str = ""  # of the internet, or a network (192.0.2.0/24)


def _beginning(text: str) -> str:
    """A LIKE pattern for what begins with `text`, in lower case."""
    return text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


async def page(reader: Reader, wanted: Wanted, window: Window) -> list[Overseen]:
    """Accounts that are not deleted, newest first."""
    conditions = ["a.state <> 4", "a.id < :before", "a.id > :after"]
    values: dict[str, object] = {}
    if wanted.local is not None:
        conditions.append(f"a.domain {'=' if wanted.local else '<>'} ''")
    if wanted.states:
        conditions.append("a.state IN (SELECT value FROM json_each(:state_ids))")
        values["state_ids"] = [int(state) for state in wanted.states]
    if wanted.active:
        conditions.append("a.state IN (0, 2) AND a.disabled = 0")
    for name in ("disabled", "silenced", "suspended", "sensitized"):
        if getattr(wanted, name):
            conditions.append(f"a.{name} = 1")
    if wanted.staff:
        conditions.append("m.role > 0")
    if wanted.roles is not None:
        conditions.append("m.role IN (SELECT value FROM json_each(:role_ids))")
        values["role_ids"] = [int(role) for role in wanted.roles]
    for column, text in (("a.username", wanted.username), ("a.display_name", wanted.display_name),
                         ("m.email", wanted.email)):
        if text:
            parameter = column.partition(".")[2]
            conditions.append(f"lower({column}) LIKE :{parameter} ESCAPE '\\'")
            values[parameter] = _beginning(text)
    if wanted.domain:
        conditions.append("a.domain = :domain")
        values["domain"] = wanted.domain.lower()
    if wanted.invited_by:
        conditions.append("m.invited_by = :invited_by")
        values["invited_by"] = wanted.invited_by
    if wanted.address:
        conditions.append("a.id IN (SELECT value FROM json_each(:ids))")
        values["ids"] = await from_network(reader, wanted.address)
    found = await reader.all(
        Account,
        f"""SELECT a.*, coalesce(s.posts, 0) AS posts, coalesce(s.followers, 0) AS followers,
              coalesce(s.following, 0) AS following, s.last_post_at
            FROM account a LEFT JOIN account_stats s ON s.account_id = a.id LEFT JOIN member m ON m.account_id = a.id
            WHERE {" AND ".join(conditions)} ORDER BY a.id {window.order} LIMIT :limit""",
        before=window.before,
        after=window.after,
        limit=window.limit,
        **values,
    )
    return await _with_members(reader, window.arranged(found))


async def by_ids(reader: Reader, ids: Collection[int]) -> dict[int, Overseen]:
    """Those of `ids` that exist, whatever their state, by id: three statements."""
    found = await accounts.by_ids(reader, ids)
    return {one.account.id: one for one in await _with_members(reader, list(found.values()))}


async def _with_members(reader: Reader, found: Sequence[Account]) -> list[Overseen]:
    ids = [account.id for account in found if account.local]
    members = await reader.all(
        Member, "SELECT * FROM member WHERE account_id IN (SELECT value FROM json_each(:ids))", ids=ids
    )
    known = {member.account_id: member for member in members}
    places = await _places(reader, ids)
    return [
        Overseen(
            account=account, member=known.get(account.id),
            places=[place for place in places if place.account_id == account.id][:MAX_ADDRESSES])
        for account in found]


async def _places(reader: Reader, ids: Collection[int]) -> list[Place]:
    """From where members are signed in, and joined; last used first, each address once."""
    return await reader.all(
        Place,
        """SELECT account_id, address, max(at) AS used_at FROM (
             SELECT account_id, address, last_seen_at AS at FROM session
             WHERE account_id IN (SELECT value FROM json_each(:ids))
             UNION ALL SELECT account_id, address, created_at FROM member
             WHERE account_id IN (SELECT value FROM json_each(:ids))) x
           WHERE address <> '' GROUP BY account_id, address ORDER BY max(at) DESC, address""",
        ids=list(ids),
    )


async def from_network(reader: Reader, network: str) -> list[int]:
    """Whose members came from an address, or from any of a network; nobody for what is neither."""
    try:
        within = ipaddress.ip_network(network.strip(), strict=False)
    except ValueError:
        return []
    rows = await reader.rows(
        """SELECT account_id, address FROM session WHERE address <> ''
           UNION SELECT account_id, address FROM member WHERE address <> ''"""
    )
    return sorted({int(account_id) for account_id, address in rows if _is_within(address, within)})


def _is_within(address: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(address) in network
    except ValueError:  # what a proxy that is not trusted said
        return False


async def joined_between(reader: Reader, start: datetime, end: datetime) -> int:
    """How many members joined from `start` until before `end`."""
    return int(
        await reader.value(
            "SELECT count(*) FROM member WHERE account_id >= :start AND account_id < :end",
            start=id_at(start),
            end=id_at(end),
        )
    )


async def count_in_state(reader: Reader, state: State) -> int:
    """How many members are in a state."""
    return int(await reader.value(
        "SELECT count(*) FROM account a JOIN member m ON m.account_id = a.id WHERE a.state = :state", state=int(state)))
