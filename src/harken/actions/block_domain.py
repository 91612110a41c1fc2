"""Block another server for oneself, and undo it."""

from __future__ import annotations

import re
from datetime import datetime

from ..errors import Invalid
from ..ids import new_id
from ..log.append import append
from ..log.events import FollowsSevered
from ..model.account import Account
from ..store import blocked_domains
from ..store.database import Database
from .follow import end_follow

PIECE = 200  # follows that end in one transaction: posts of others go first
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")


async def block_domain(db: Database, account: Account, domain: str, now: datetime) -> None:
    """Neither posts nor notifications from there any more; follows end both ways, and `account` is told how many.

    Raises Invalid.
    """
    domain = checked_domain(domain)
    async with db.transaction() as tx:
        following, followers = await blocked_domains.follow_counts(tx, account.id, domain)
        if await blocked_domains.add(tx, account.id, domain, now) and (following or followers):
            ended = blocked_domains.Severance(
                id=new_id(now), account_id=account.id, domain=domain, followers=followers, following=following)
            await blocked_domains.insert_severance(tx, ended)
            await append(tx, FollowsSevered(ended.id, account.id), now)
    while True:
        async with db.transaction() as tx:
            piece = await blocked_domains.follows_with(tx, account.id, domain, PIECE)
            for follower, followed in piece:
                await end_follow(tx, follower, followed, now)
        if len(piece) < PIECE:
            return


async def unblock_domain(db: Database, account: Account, domain: str) -> None:
    """End it; follows do not come back by themselves."""
    async with db.transaction() as tx:
        await blocked_domains.remove(tx, account.id, domain.strip().lower())


def checked_domain(domain: str) -> str:
    """A host name as it is stored: in lower case, other scripts in Punycode. Raises Invalid."""
    domain = domain.strip().lower().rstrip(".")
    if not domain:
        raise Invalid("Validation failed: Domain can't be blank", "domain")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        domain = ""
    if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
        raise Invalid("Validation failed: Domain is not a valid domain name", "domain")
    return domain
