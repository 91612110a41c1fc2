"""Numbered, never edited, importing no model.

`0002_name.sql` runs on both databases, `0002_name.sqlite.sql` and
`0002_name.postgresql.sql` on one. Files are written for SQLite; `translated`
says the three words that PostgreSQL spells otherwise.
"""

from __future__ import annotations

import re
from importlib import resources

_FILE = re.compile(r"^(\d{4}_\w+)(?:\.(sqlite|postgresql))?\.sql$")


def for_dialect(dialect: str) -> list[tuple[str, str]]:
    """(file name, SQL) of every migration for `dialect`, in order."""
    found = []
    for entry in resources.files(__package__).iterdir():
        match = _FILE.match(entry.name)
        if match and match[2] in (None, dialect):
            text = entry.read_text(encoding="utf-8")
            found.append((entry.name, translated(text) if match[2] is None and dialect == "postgresql" else text))
    return sorted(found)


def translated(sql: str) -> str:
    """SQLite's spelling of a migration as PostgreSQL's: wide integers, bytes, no table options."""
    sql = re.sub(r"\bINTEGER\b", "BIGINT", sql)
    sql = re.sub(r"\bBLOB\b", "BYTEA", sql)
    return re.sub(r"\)\s*(WITHOUT ROWID|STRICT|, )+;", ");", sql)
