"""What is kept out: servers, e-mail addresses and networks; asked at the door."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

import msgspec

from ..errors import NotFound
from ..ids import new_id
from ..model.account import Severity
from ..model.barrier import CanonicalBlock, DomainBlock, IpBlock, Keeping, Named, and_above
from ..model.paging import Window
from .database import Reader, Transaction

Shape = TypeVar("Shape", DomainBlock, Named, CanonicalBlock, IpBlock)
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_FRESH = timedelta(seconds=1)
_kept: WeakKeyDictionary[Any, tuple[datetime, list[Network]]] = WeakKeyDictionary()

_TABLES: dict[str, type[msgspec.Struct]] = {
    "domain_block": DomainBlock,
    "domain_allow": Named,
    "email_domain_block": Named,
    "canonical_email_block": CanonicalBlock,
    "ip_block": IpBlock,
}


async def page(reader: Reader, table: str, shape: type[Shape], window: Window) -> list[Shape]:
    """What stands in one of our tables, newest first."""
    assert _TABLES[table] is shape
    rows = await reader.all(
        shape,
        f"""SELECT * FROM {table} WHERE id < :before AND id > :after ORDER BY id {window.order} LIMIT :limit""",
        before=window.before,
        after=window.after,
        limit=window.limit,
    )
    return window.arranged(rows)


async def get(reader: Reader, table: str, shape: type[Shape], row_id: int) -> Shape:
    """One of what stands there. Raises NotFound."""
    assert _TABLES[table] is shape
    found = await reader.find(shape, f"SELECT * FROM {table} WHERE id = :id", id=row_id)
    if found is None:
        raise NotFound("There is no such block.")
    return found


async def insert(tx: Transaction, table: str, row: DomainBlock | Named | CanonicalBlock | IpBlock) -> bool:
    """Store one more; False when there is one of its name already."""
    assert _TABLES[table] is type(row)
    names = row.__struct_fields__
    return bool(
        await tx.execute(
            f"""INSERT INTO {table} ({", ".join(names)}) VALUES ({", ".join(f":{name}" for name in names)})
                ON CONFLICT DO NOTHING""",
            **msgspec.structs.asdict(row),
        )
    )


async def change(tx: Transaction, table: str, row: DomainBlock | IpBlock) -> None:
    """Store what is not as it was; the name of a server stays."""
    assert _TABLES[table] is type(row)
    names = [name for name in row.__struct_fields__ if name != "id"]
    await tx.execute(
        f"UPDATE {table} SET {', '.join(f'{name} = :{name}' for name in names)} WHERE id = :id",
        **msgspec.structs.asdict(row),
    )


async def delete(tx: Transaction, table: str, row_id: int) -> None:
    assert table in _TABLES
    await tx.execute(f"DELETE FROM {table} WHERE id = :id", id=row_id)
    if table == "email_domain_block":
        await tx.execute("DELETE FROM email_domain_attempt WHERE block_id = :id", id=row_id)


# ---- servers -----------------------------------------------------------------------


async def severity_of(reader: Reader, domain: str) -> Severity:
    """What was decided about a server or a domain above it, the nearest first; NOOP about our own."""
    if not domain:
        return Severity.NOOP
    names = and_above(domain)
    found = {
        name: severity
        for name, severity in await reader.rows(
            "SELECT domain, severity FROM domain_block WHERE domain IN (SELECT value FROM json_each(:name_texts))",
            name_texts=names,
        )
    }
    return next((Severity(found[name]) for name in names if name in found), Severity.NOOP)


async def public_domain_blocks(reader: Reader) -> list[DomainBlock]:
    """Servers whose people are limited or not seen here, hardest first, then by name."""
    return await reader.all(
        DomainBlock,
        """SELECT * FROM domain_block WHERE severity <> 'noop'
           ORDER BY CASE WHEN severity = 'suspend' THEN 0 ELSE 1 END, domain""",
    )


async def domains_below(reader: Reader, domain: str) -> list[str]:
    """The servers called `domain`, or something below it, whose people are known here."""
    pattern = "%." + domain.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return await reader.values(
        """SELECT DISTINCT domain FROM account
           WHERE domain <> '' AND (domain = :domain OR domain LIKE :pattern ESCAPE '\\')""",
        domain=domain,
        pattern=pattern,
    )


async def settle_states(tx: Transaction, domain: str, severity: Severity) -> int:
    """Let the state of every account of a server follow from what was decided about it; how many changed.

    The rule is `model.account.state_of`, for accounts that nobody signs in to here.
    """
    state = """CASE WHEN suspended = 1 OR :severity = 'suspend' THEN 3 WHEN memorial = 1 THEN 5
               WHEN silenced = 1 OR :severity = 'silence' THEN 2 ELSE 0 END"""
    return await tx.execute(
        f"""UPDATE account SET state = {state}, version = version + 1
            WHERE domain = :domain AND state <> 4 AND state <> {state}""",
        domain=domain,
        severity=severity.value,
    )


# ---- e-mail addresses --------------------------------------------------------------


async def find_email_domain(reader: Reader, domain: str) -> Named | None:
    """The block that an e-mail address of this domain meets."""
    return await reader.find(
        Named,
        """SELECT * FROM email_domain_block WHERE domain IN (SELECT value FROM json_each(:name_texts))
           ORDER BY length(domain) DESC LIMIT 1""",
        name_texts=and_above(domain),
    )


async def note_attempt(tx: Transaction, block_id: int, address: str, now: datetime) -> None:
    """Somebody tried to join from `address` with an e-mail address that is blocked."""
    await tx.execute(
        """INSERT INTO email_domain_attempt (block_id, day, address, uses) VALUES (:block, :day, :address, 1)
           ON CONFLICT (block_id, day, address) DO UPDATE SET uses = email_domain_attempt.uses + 1""",
        block=block_id,
        day=int(now.timestamp()) // 86_400,
        address=address,
    )
    await tx.execute("DELETE FROM email_domain_attempt WHERE day < :day", day=int(now.timestamp()) // 86_400 - 30)


async def attempts(reader: Reader, ids: Sequence[int], since_day: int) -> dict[tuple[int, int], tuple[int, int]]:
    """(from how many addresses, how often) by block and day (since 1970)."""
    rows = await reader.rows(
        """SELECT block_id, day, count(*), sum(uses) FROM email_domain_attempt
           WHERE block_id IN (SELECT value FROM json_each(:ids)) AND day >= :since GROUP BY block_id, day""",
        ids=list(ids),
        since=since_day,
    )
    return {(int(row[0]), int(row[1])): (int(row[2]), int(row[3])) for row in rows}


async def find_canonical(reader: Reader, digest: str) -> CanonicalBlock | None:
    return await reader.find(CanonicalBlock, "SELECT * FROM canonical_email_block WHERE hash = :hash", hash=digest)


async def block_address_of(tx: Transaction, account_id: int, digest: str, now: datetime) -> None:
    """Nobody joins with the address of a suspended account."""
    await insert(
        tx, "canonical_email_block",
        CanonicalBlock(id=new_id(now), hash=digest, account_id=account_id, created_at=now))


async def unblock_address_of(tx: Transaction, account_id: int) -> None:
    await tx.execute("DELETE FROM canonical_email_block WHERE account_id = :id", id=account_id)


# ---- networks ----------------------------------------------------------------------


async def shut_out(reader: Reader, now: datetime) -> list[Network]:
    """Networks without access. Every request asks, so they are kept for a second."""
    known = _kept.get(reader)
    if known is not None and timedelta() <= now - known[0] < _FRESH:
        return known[1]
    rows = await reader.values(
        """SELECT network FROM ip_block WHERE severity = :severity AND (expires_at IS NULL OR expires_at > :now)""",
        severity=Keeping.ACCESS,
        now=now,
    )
    found: list[Network] = [ipaddress.ip_network(text) for text in rows]
    _kept[reader] = (now, found)
    return found


def forget_networks() -> None:
    """Ask the database again: this process has changed them."""
    _kept.clear()


async def kept_from(reader: Reader, address: str, now: datetime) -> set[Keeping]:
    """What an address is kept from just now."""
    try:
        asked = ipaddress.ip_address(address)
    except ValueError:
        return set()
    rows = await reader.all(
        IpBlock, "SELECT * FROM ip_block WHERE expires_at IS NULL OR expires_at > :now", now=now
    )
    return {one.severity for one in rows if asked in ipaddress.ip_network(one.network)}


async def find_network(reader: Reader, network: str) -> IpBlock | None:
    return await reader.find(IpBlock, "SELECT * FROM ip_block WHERE network = :network", network=network)
