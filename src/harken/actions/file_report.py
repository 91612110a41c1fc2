"""Ask the moderators to look at somebody, or at what they posted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from ..errors import Invalid, TooMany
from ..ids import new_id
from ..log.append import append
from ..log.events import ReportFiled
from ..model.account import PERMISSIONS, Account, Permission
from ..model.moderation import Category, Report
from ..store import accounts, community, members, posts, reports
from ..store.database import Database
from ..text.markup import clean

MAX_COMMENT = 1000  # characters, Mastodon's number
MAX_POSTS = 100  # looked at; a report needs examples, not everything
MAX_A_DAY = 400  # Mastodon's number

MAY_JUDGE = [role for role, may in PERMISSIONS.items() if may & (Permission.MANAGE_REPORTS | Permission.ADMINISTRATOR)]


async def file_report(
    db: Database, by: Account, target_id: int, now: datetime, *, category: str = "", comment: str = "",
    post_ids: Sequence[int] = (), rule_ids: Collection[int] = (), forward: bool = False,
) -> Report:
    """Store a report and tell the moderators. Posts that are not the target's, or not seen by `by`, are left out.

    With rules the category is `violation`. Raises NotFound, Invalid (category, comment, rules), TooMany.
    """
    target = await accounts.visible(db, target_id, by.id)
    comment = clean(comment)
    if len(comment) > MAX_COMMENT:
        raise Invalid(f"Validation failed: Comment is too long (maximum is {MAX_COMMENT} characters)", "comment")
    if await reports.count_since(db, by.id, now - timedelta(days=1)) >= MAX_A_DAY:
        raise TooMany("Too many requests", 3600)
    why = Category.VIOLATION if rule_ids else checked_category(category)
    await check_rules(db, rule_ids)
    seen = await posts.visible_by_ids(db, list(dict.fromkeys(post_ids))[:MAX_POSTS], by.id)
    made = Report(
        id=new_id(now), account_id=by.id, target_id=target.id, category=why, comment=comment,
        post_ids=sorted(post.id for post in seen.values() if post.author_id == target.id),
        rule_ids=sorted(set(rule_ids)), forward=forward and not target.local, created_at=now, updated_at=now)
    async with db.transaction() as tx:
        # A moderator who is reported does not learn by whom.
        told = [one for one in await members.with_roles(tx, MAY_JUDGE) if one != target.id]
        await reports.insert(tx, made, told)
        await append(tx, ReportFiled(made.id), now)
    return made


def checked_category(name: str) -> Category:
    """The category called `name`, OTHER without one. Raises Invalid."""
    try:
        return Category(name or "other")
    except ValueError:
        raise Invalid("Validation failed: Category is not included in the list", "category") from None


async def check_rules(db: Database, rule_ids: Collection[int]) -> None:
    """Raises Invalid if there is no rule with one of these ids."""
    if rule_ids and not set(rule_ids) <= {rule.id for rule in await community.rules(db)}:
        raise Invalid("Validation failed: Rule ids does not reference valid rules", "rule_ids")
