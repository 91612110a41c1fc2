"""Write down the rules of a server, and the papers about it: who runs it, privacy, terms."""

from __future__ import annotations

from datetime import datetime

from ..errors import Invalid, NotFound
from ..ids import new_id
from ..model.account import Account, Permission
from ..model.community import Paper, PaperKind, Rule
from ..store import community
from ..store.database import Database
from ..text.markup import clean
from .moderate_account import decide_for_all

MAX_RULE = 1000
MAX_PAPER = 200_000


async def add_rule(db: Database, text: str, hint: str, now: datetime, by: Account | None = None) -> Rule:
    """One more rule, after the others. Raises Invalid, NotAllowed."""
    made = Rule(id=new_id(now), text=_checked(text, MAX_RULE), hint=clean(hint)[:MAX_RULE])
    async with db.transaction() as tx:
        await community.insert_rule(tx, made)
        await decide_for_all(
            tx, by, Permission.MANAGE_RULES, "add_rule", now, kind="rule", name=made.text, about_id=made.id)
    return made


async def remove_rule(db: Database, rule_id: int, now: datetime, by: Account | None = None) -> None:
    """Take a rule away. Raises NotFound, NotAllowed."""
    async with db.transaction() as tx:
        old = next((rule for rule in await community.rules(tx) if rule.id == rule_id), None)
        await decide_for_all(
            tx, by, Permission.MANAGE_RULES, "remove_rule", now, kind="rule", name=old.text if old else "",
            about_id=rule_id)
        if not await community.delete_rule(tx, rule_id):
            raise NotFound("There is no such rule.")


async def write_paper(
    db: Database, kind: str, text: str, effective_at: datetime, now: datetime, by: Account | None = None
) -> Paper:
    """An edition of a paper that holds from a day on; another one of that day replaces it. Raises Invalid, NotAllowed.
    """
    if kind not in list(PaperKind):
        raise Invalid(f"There are papers about {', '.join(PaperKind)}; not about {kind[:40]}.", "kind")
    midnight = effective_at.replace(hour=0, minute=0, second=0, microsecond=0)
    made = Paper(id=new_id(now), kind=PaperKind(kind), text=_checked(text, MAX_PAPER), effective_at=midnight)
    async with db.transaction() as tx:
        await community.replace_paper(tx, made)
        await decide_for_all(
            tx, by, Permission.MANAGE_SETTINGS, "write_paper", now, kind="paper", name=made.kind.value,
            about_id=made.id)
    return made


async def remove_paper(db: Database, paper_id: int) -> None:
    """Take an edition away. Raises NotFound."""
    async with db.transaction() as tx:
        if not await community.delete_paper(tx, paper_id):
            raise NotFound("There is no such paper.")


def _checked(text: str, most: int) -> str:
    text = clean(text)
    if not text:
        raise Invalid("This needs a text.", "text")
    if len(text) > most:
        raise Invalid(f"This has at most {most} characters.", "text")
    return text
