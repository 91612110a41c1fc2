"""Reports, who was told of them, and the warnings that moderators gave."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ..ids import id_at
from ..model.moderation import Report, Warning
from ..model.paging import Window
from .database import Reader, Transaction


async def find(reader: Reader, report_id: int) -> Report | None:
    return await reader.find(Report, "SELECT * FROM report WHERE id = :id", id=report_id)


async def by_ids(reader: Reader, ids: Collection[int]) -> dict[int, Report]:
    """Those of `ids` that exist, by id."""
    found = await reader.all(
        Report, "SELECT * FROM report WHERE id IN (SELECT value FROM json_each(:ids))", ids=sorted(ids)
    )
    return {report.id: report for report in found}


async def page(
    reader: Reader, window: Window, resolved: bool | None = None, account_id: int = 0, target_id: int = 0,
    target_domain: str = "", assigned_id: int | None = None, category: str = "", hidden_from: int = 0,
) -> list[Report]:
    """Reports, newest first: open ones, resolved ones, or both; of one who reports, about one account or server.

    `assigned_id` 0 is what nobody has taken on. Nobody sees those about themselves: `hidden_from` is who looks.
    """
    rows = await reader.all(
        Report,
        f"""SELECT r.* FROM report r WHERE r.id < :before AND r.id > :after
            {"" if resolved is None else f"AND r.resolved_at IS {'NOT' if resolved else ''} NULL"}
            {"AND r.account_id = :account" if account_id else ""} {"AND r.target_id = :target" if target_id else ""}
            {"AND r.target_id IN (SELECT id FROM account WHERE domain = :domain)" if target_domain else ""}
            {"" if assigned_id is None else "AND coalesce(r.assigned_id, 0) = :assigned"}
            {"AND r.category = :category" if category else ""} {"AND r.target_id <> :hidden" if hidden_from else ""}
            ORDER BY r.id {window.order} LIMIT :limit""",
        before=window.before,
        after=window.after,
        limit=window.limit,
        **({"account": account_id} if account_id else {}),
        **({"target": target_id} if target_id else {}),
        **({"domain": target_domain} if target_domain else {}),
        **({} if assigned_id is None else {"assigned": assigned_id}),
        **({"category": category} if category else {}),
        **({"hidden": hidden_from} if hidden_from else {}),
    )
    return window.arranged(rows)


async def count_open(reader: Reader, hidden_from: int) -> int:
    """How many reports nobody has resolved, without those about who looks."""
    return int(await reader.value(
        "SELECT count(*) FROM report WHERE resolved_at IS NULL AND target_id <> :id", id=hidden_from))


async def count_about(reader: Reader, target_id: int) -> int:
    """How many reports there ever were about an account."""
    return int(await reader.value("SELECT count(*) FROM report WHERE target_id = :id", id=target_id))


async def count_since(reader: Reader, account_id: int, since: datetime) -> int:
    """How many reports an account has filed since a moment."""
    return int(
        await reader.value(
            "SELECT count(*) FROM report WHERE account_id = :id AND id >= :since", id=account_id, since=id_at(since)
        )
    )


async def count_by(reader: Reader, account_id: int) -> int:
    """How many reports somebody has ever filed."""
    return int(await reader.value("SELECT count(*) FROM report WHERE account_id = :id", id=account_id))


async def insert(tx: Transaction, report: Report, told: Sequence[int]) -> None:
    """Store a report, and who shall hear of it."""
    await tx.execute(
        """INSERT INTO report (id, account_id, target_id, category, comment, post_ids, rule_ids, forward, created_at,
              updated_at)
           VALUES (:id, :account, :target, :category, :comment, :posts, :rules, :forward, :at, :at)""",
        id=report.id,
        account=report.account_id,
        target=report.target_id,
        category=report.category,
        comment=report.comment,
        posts=msgspec.json.encode(report.post_ids).decode(),
        rules=msgspec.json.encode(report.rule_ids).decode(),
        forward=report.forward,
        at=report.created_at,
    )
    await tx.execute_many(
        "INSERT INTO report_told (report_id, account_id) VALUES (:report, :account)",
        [{"report": report.id, "account": account_id} for account_id in told],
    )


async def told(reader: Reader, report_id: int) -> list[int]:
    """The moderators who were to hear of a report."""
    return await reader.values("SELECT account_id FROM report_told WHERE report_id = :id", id=report_id)


async def change(tx: Transaction, report: Report, **decided: Any) -> Report:
    """Store what moderators decide about a report; the report as it is then."""
    report = msgspec.structs.replace(report, **decided)
    await tx.execute(
        """UPDATE report SET category = :category, rule_ids = :rules, assigned_id = :assigned,
              resolved_at = :resolved_at, resolved_by = :resolved_by, updated_at = :at WHERE id = :id""",
        id=report.id,
        category=report.category,
        rules=msgspec.json.encode(report.rule_ids).decode(),
        assigned=report.assigned_id,
        resolved_at=report.resolved_at,
        resolved_by=report.resolved_by,
        at=report.updated_at,
    )
    return report


async def open_about(reader: Reader, target_id: int) -> list[Report]:
    """Reports about an account that nobody has resolved."""
    return await reader.all(
        Report, "SELECT * FROM report WHERE target_id = :id AND resolved_at IS NULL ORDER BY id", id=target_id
    )


# ---- warnings ------------------------------------------------------------------


async def find_warning(reader: Reader, warning_id: int) -> Warning | None:
    return await reader.find(Warning, "SELECT * FROM warning WHERE id = :id", id=warning_id)


async def warnings_by_ids(reader: Reader, ids: Collection[int]) -> dict[int, Warning]:
    """Those of `ids` that exist, by id."""
    found = await reader.all(
        Warning, "SELECT * FROM warning WHERE id IN (SELECT value FROM json_each(:ids))", ids=sorted(ids)
    )
    return {warning.id: warning for warning in found}


async def insert_warning(tx: Transaction, warning: Warning) -> None:
    await tx.execute(
        """INSERT INTO warning (id, target_id, action, text, report_id, post_ids, created_at, by_id, answers_id,
              removed)
           VALUES (:id, :target, :action, :text, :report, :posts, :at, :by, :answers, :removed)""",
        id=warning.id,
        target=warning.target_id,
        action=warning.action,
        text=warning.text,
        report=warning.report_id,
        posts=msgspec.json.encode(warning.post_ids).decode(),
        at=warning.created_at,
        by=warning.by_id,
        answers=warning.answers_id,
        removed=msgspec.json.encode(warning.removed).decode(),
    )


async def warnings_of(reader: Reader, target_id: int, limit: int = 50) -> list[Warning]:
    """What somebody was told, newest first."""
    return await reader.all(
        Warning, "SELECT * FROM warning WHERE target_id = :id ORDER BY id DESC LIMIT :limit", id=target_id, limit=limit
    )


async def end_warnings(tx: Transaction, target_id: int, action: str, now: datetime) -> None:
    """A measure about somebody was undone: no warning of its kind holds any more."""
    await tx.execute(
        "UPDATE warning SET undone_at = :now WHERE target_id = :id AND action = :action AND undone_at IS NULL",
        now=now,
        id=target_id,
        action=action,
    )


async def end_warning(tx: Transaction, warning_id: int, now: datetime) -> None:
    """This one holds no more."""
    await tx.execute("UPDATE warning SET undone_at = :now WHERE id = :id", now=now, id=warning_id)


async def holds_otherwise(reader: Reader, warning: Warning) -> bool:
    """Whether another warning of the same kind about the same person still holds."""
    return bool(await reader.value(
        """SELECT count(*) FROM warning
           WHERE target_id = :target AND action = :action AND id <> :id AND undone_at IS NULL AND answers_id IS NULL""",
        target=warning.target_id,
        action=warning.action,
        id=warning.id,
    ))


async def forget_removed(tx: Transaction, before: datetime) -> None:
    """What removed posts said is kept no longer than one may appeal."""
    await tx.execute(
        "UPDATE warning SET removed = '[]' WHERE removed <> '[]' AND created_at < :before", before=before
    )
