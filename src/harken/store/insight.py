"""What happened here, counted day by day from the facts, for those who look after the server.

Somebody is active on a day on which they posted, boosted, favourited or followed: reading leaves no trace.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from ..clock import to_ms
from ..ids import id_at
from .database import Reader

DAY_MS = 86_400_000
_POSTED = "FROM post p JOIN account a ON a.id = p.author_id WHERE p.id >= :low AND p.id < :high"
_TAGGED = """FROM post_tag t JOIN post p ON p.id = t.post_id JOIN account a ON a.id = p.author_id
    WHERE t.tag = :tag AND p.id >= :low AND p.id < :high AND p.visibility = 0"""
_ACTIVE = """SELECT p.id AS id, p.author_id AS who FROM post p WHERE p.id >= :low AND p.id < :high AND p.history = 0
    UNION ALL SELECT id, account_id FROM favourite WHERE id >= :low AND id < :high
    UNION ALL SELECT id, follower_id FROM follow WHERE id >= :low AND id < :high"""
_ACTIVE_MEMBERS = f"SELECT id, who FROM ({_ACTIVE}) did WHERE who IN (SELECT account_id FROM member)"

# Each gives (id, who): the id tells when, and where people are counted, `who` is one of them.
_FACTS = {
    "active_users": _ACTIVE_MEMBERS,
    "new_users": """SELECT account_id AS id, account_id AS who FROM member
        WHERE account_id >= :low AND account_id < :high""",
    "interactions": """SELECT f.id AS id, f.account_id AS who FROM favourite f JOIN post p ON p.id = f.post_id
        JOIN account a ON a.id = p.author_id AND a.domain = '' WHERE f.id >= :low AND f.id < :high
        UNION ALL SELECT b.id, b.author_id FROM post b JOIN post p ON p.id = b.boost_of_id
        JOIN account a ON a.id = p.author_id AND a.domain = '' WHERE b.id >= :low AND b.id < :high
        UNION ALL SELECT r.id, r.author_id FROM post r JOIN account a ON a.id = r.in_reply_to_account_id
        AND a.domain = '' WHERE r.id >= :low AND r.id < :high AND r.author_id <> r.in_reply_to_account_id""",
    "opened_reports": "SELECT id, account_id AS who FROM report WHERE id >= :low AND id < :high",
    "tag_accounts": f"SELECT p.id AS id, p.author_id AS who {_TAGGED}",
    "tag_uses": f"SELECT p.id AS id, p.author_id AS who {_TAGGED}",
    "tag_servers": f"SELECT p.id AS id, a.domain AS who {_TAGGED} AND a.domain <> ''",
    "instance_accounts": """SELECT id, id AS who FROM account WHERE domain = :domain AND domain <> ''
        AND id >= :low AND id < :high""",
    "instance_statuses": f"SELECT p.id AS id, p.author_id AS who {_POSTED} AND a.domain = :domain AND a.domain <> ''",
    "instance_reports": """SELECT r.id AS id, r.account_id AS who FROM report r JOIN account a ON a.id = r.target_id
        WHERE a.domain = :domain AND a.domain <> '' AND r.id >= :low AND r.id < :high""",
    "instance_follows": """SELECT f.id AS id, f.follower_id AS who FROM follow f JOIN account a ON a.id = f.followed_id
        WHERE a.domain = :domain AND a.domain <> '' AND f.id >= :low AND f.id < :high""",
    "instance_followers": """SELECT f.id AS id, f.follower_id AS who
        FROM follow f JOIN account a ON a.id = f.follower_id
        WHERE a.domain = :domain AND a.domain <> '' AND f.id >= :low AND f.id < :high""",
}
# Where people or servers are counted and not what they did: each once a day, and once in the total.
_PEOPLE = ("active_users", "tag_accounts", "tag_servers")
MEASURES = (*_FACTS, "resolved_reports", "instance_media_attachments")


class Counted(msgspec.Struct, frozen=True):
    """A total, and what of it by day (since 1970)."""

    total: int
    by_day: dict[int, int]


async def measure(reader: Reader, key: str, start: datetime, end: datetime, asked: dict[str, str]) -> Counted:
    """One of MEASURES from `start` until before `end`; `asked` names the `tag` or `domain` where it is about one."""
    if key == "resolved_reports":
        rows = await reader.rows(
            f"""SELECT resolved_at / {DAY_MS}, count(*) FROM report WHERE resolved_at >= :start AND resolved_at < :end
                GROUP BY 1""",
            start=to_ms(start),
            end=to_ms(end),
        )
        return _summed(rows)
    values = _between(start, end, asked)
    if key == "instance_media_attachments":
        return _summed(await reader.rows(
            f"""SELECT (m.id / 65536) / {DAY_MS}, sum(m.bytes) FROM media m JOIN account a ON a.id = m.account_id
                WHERE a.domain = :domain AND a.domain <> '' AND m.id >= :low AND m.id < :high GROUP BY 1""",
            **values,
        ))
    what = "count(DISTINCT who)" if key in _PEOPLE else "count(*)"
    rows = await reader.rows(
        f"SELECT (id / 65536) / {DAY_MS}, {what} FROM ({_FACTS[key]}) facts GROUP BY 1", **values
    )
    if key not in _PEOPLE:
        return _summed(rows)
    total = await reader.value(f"SELECT {what} FROM ({_FACTS[key]}) facts", **values)
    return Counted(int(total), {int(day): int(count) for day, count in rows})


def _between(start: datetime, end: datetime, asked: dict[str, str]) -> dict[str, Any]:
    return {"low": id_at(start), "high": id_at(end), **asked}


def _summed(rows: list[tuple[Any, ...]]) -> Counted:
    by_day = {int(day): int(count) for day, count in rows}
    return Counted(sum(by_day.values()), by_day)


# What most of something is: each gives (name, how many), most first.
_SHARES = {
    "languages": """SELECT language AS name, account_id AS who FROM member
        WHERE confirmed_at IS NOT NULL AND approved = 1""",
    "sources": f"SELECT coalesce(p.source, '') AS name, p.id AS who {_POSTED} AND a.domain = '' AND p.history = 0",
    "servers": f"SELECT a.domain AS name, p.id AS who {_POSTED} AND a.domain <> ''",
    "tag_servers": f"SELECT a.domain AS name, p.id AS who {_TAGGED}",
    "tag_languages": f"SELECT coalesce(p.language, 'und') AS name, p.id AS who {_TAGGED}",
    "instance_languages": f"""SELECT coalesce(p.language, 'und') AS name, p.id AS who {_POSTED}
        AND a.domain = :domain AND a.domain <> ''""",
    "instance_accounts": """SELECT a.username AS name, f.id AS who FROM follow f JOIN account a ON a.id = f.followed_id
        WHERE a.domain = :domain AND a.domain <> '' AND f.accepted = 1""",
}
SHARES = tuple(_SHARES)


async def shares(
    reader: Reader, key: str, start: datetime, end: datetime, limit: int, asked: dict[str, str]
) -> list[tuple[str, int]]:
    """(name, how many) of one of SHARES, most first."""
    values = _between(start, end, asked) if ":low" in _SHARES[key] else asked
    rows = await reader.rows(
        f"SELECT name, count(*) FROM ({_SHARES[key]}) facts GROUP BY name ORDER BY count(*) DESC, name LIMIT :limit",
        limit=limit,
        **values,
    )
    return [(str(name), int(count)) for name, count in rows]


async def bytes_of_media(reader: Reader) -> int:
    """What the files of posts and profiles take."""
    return int(await reader.value("SELECT coalesce(sum(bytes), 0) FROM media"))


async def still_active(
    reader: Reader, joined: tuple[datetime, datetime], during: tuple[datetime, datetime]
) -> int:
    """How many of those who joined between two moments were active between two others."""
    return int(
        await reader.value(
            f"SELECT count(DISTINCT who) FROM ({_ACTIVE_MEMBERS}) did WHERE who >= :first AND who < :last",
            low=id_at(during[0]),
            high=id_at(during[1]),
            first=id_at(joined[0]),
            last=id_at(joined[1]),
        )
    )
