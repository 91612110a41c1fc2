"""The record of a desk as a table that leaves the house."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from ..model.desk import DeskAct

COLUMNS = ("id", "at", "by", "act", "conversation", "account", "contact", "about")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How cells begin that a spreadsheet would compute."""


def as_csv(acts: Iterable[DeskAct], names: Mapping[int, str]) -> str:
    """The acts, in their order, as CSV (RFC 4180) with a line of titles; times are UTC.

    `names` says who is behind an id; whoever is gone stays an id.
    """
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(COLUMNS)
    for act in acts:
        lines.writerow([
            act.id, act.at.isoformat(timespec="seconds"), cell(_name(act.by_id, names) or "clock"), act.verb,
            act.conversation_id or "", cell(_name(act.target_id, names)), act.contact_id or "",
            cell(act.about)])
    return out.getvalue()


def _name(account_id: int | None, names: Mapping[int, str]) -> str:
    return "" if account_id is None else names.get(account_id, str(account_id))


def cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula (OWASP, "CSV Injection")."""
    return f"'{text}" if text.startswith(FORMULA) else text
