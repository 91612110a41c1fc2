"""Sign in with a password and, where it is switched on, a second step; end sessions."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

import msgspec
import pyotp

from ..errors import Invalid, NotAllowed
from ..ids import new_id
from ..model.account import Account, Member, State, name_key
from ..store import accounts, members, sessions
from ..store.database import Database, Reader, Transaction
from ..store.sessions import Link, Session
from ..store.tokens import hashed, new_secret
from .attempts import SignInGuard, neighbourhood
from .passwords import password_matches

TICKET_LIFE = timedelta(minutes=10)
TOTP_SECONDS = 30
SEEN_EVERY = timedelta(hours=1)


class Visitor(msgspec.Struct, frozen=True):
    """From where somebody signs in; shown to them in the list of their sessions."""

    address: str = ""
    user_agent: str = ""


class SignedIn(msgspec.Struct, frozen=True):
    """`secret` is the value of the session cookie."""

    account: Account
    secret: str


class SecondStep(msgspec.Struct, frozen=True):
    """The password was right; `ticket` and a code are needed now."""

    account: Account
    ticket: str


class ShutOut(NotAllowed):
    """The password was right, and the moderators have closed the account; `account` may read why."""

    def __init__(self, message: str, account: Account) -> None:
        super().__init__(message)
        self.account = account


async def check_password(
    db: Database, guard: SignInGuard, *, name: str, password: str, address: str, now: datetime
) -> tuple[Account, Member]:
    """Who `name` (a name, @name or e-mail address) with this password is.

    Takes as long for names that nobody has. Raises Invalid, TooMany,
    NotAllowed (the state of the account, told only to who knows the password).
    """
    name = name.replace("\x00", "").strip().removeprefix("@")[:300]
    keys = [f"name:{name.casefold()}", f"address:{neighbourhood(address)}"]
    guard.start(keys, now)
    found = await member_called(db, name)
    right = await password_matches(found[1].password_hash if found else "", password)
    if not right or found is None:
        raise Invalid("The name or the password is not right.", "password")
    guard.succeeded(keys, now)
    _may_sign_in(found[0])
    return found


async def sign_in(
    db: Database, guard: SignInGuard, *, name: str, password: str, visitor: Visitor, now: datetime
) -> SignedIn | SecondStep:
    """Open a session, or ask for the second step. Raises as `check_password`."""
    account, member = await check_password(
        db, guard, name=name, password=password, address=visitor.address, now=now)
    if member.totp_secret:
        ticket = new_secret()
        async with db.transaction() as tx:
            await sessions.delete_expired_links(tx, now)
            await sessions.insert_link(
                tx, Link(account_id=account.id, kind="second", expires_at=now + TICKET_LIFE), ticket)
        return SecondStep(account, ticket)
    return await open_session(db, account, visitor, now)


async def second_step(
    db: Database, guard: SignInGuard, *, ticket: str, code: str, visitor: Visitor, now: datetime
) -> SignedIn:
    """Open the session that waited for a code or a recovery code; each works once.

    Raises NotAllowed when the ticket is too old, Invalid, TooMany.
    """
    link = await sessions.find_link(db, ticket, now)
    if link is None or link.kind != "second":
        raise NotAllowed("That took too long. Please sign in again.")
    keys = [f"code:{link.account_id}", f"address:{neighbourhood(visitor.address)}"]
    guard.start(keys, now)
    secret = new_secret()
    async with db.transaction() as tx:
        account = await accounts.get(tx, link.account_id)
        _may_sign_in(account)
        if not await use_code(tx, account.id, code, now) or not await sessions.use_link(tx, ticket):
            raise Invalid("This code is not right, or was used before. Wait for the next one.", "code")
        await _insert_session(tx, account, secret, visitor, now)
    guard.succeeded(keys, now)
    return SignedIn(account, secret)


async def open_session(db: Database, account: Account, visitor: Visitor, now: datetime) -> SignedIn:
    """A session for somebody who has proved who they are."""
    secret = new_secret()
    async with db.transaction() as tx:
        await _insert_session(tx, account, secret, visitor, now)
    return SignedIn(account, secret)


async def seen_again(db: Database, session_id: int, visitor: Visitor, last_seen_at: datetime, now: datetime) -> None:
    """Note that a session is in use, at most once an hour: reading pages must not become writing."""
    if now - last_seen_at >= SEEN_EVERY:
        async with db.transaction() as tx:
            await sessions.touch(tx, session_id, visitor.address[:64], now)


async def end_session(db: Database, account: Account, session_id: int) -> None:
    """Sign out, here or of another browser."""
    async with db.transaction() as tx:
        await sessions.delete(tx, account.id, session_id)


async def end_other_sessions(db: Database, account: Account, but: int = 0) -> int:
    """Sign out everywhere except in session `but`; how many that were."""
    async with db.transaction() as tx:
        return await sessions.delete_all(tx, account.id, but)


async def use_code(tx: Transaction, account_id: int, code: str, now: datetime) -> bool:
    """Whether `code` is the member's of now (RFC 6238, 5.2: one step early or late) or a recovery code; uses it up."""
    member = await members.find(tx, account_id)
    if member is None or not member.totp_secret:
        return False
    code = unicodedata.normalize("NFKC", code).replace(" ", "").replace("-", "").lower()[:100]
    totp = pyotp.TOTP(member.totp_secret, interval=TOTP_SECONDS)
    at = int(now.timestamp()) // TOTP_SECONDS
    for step in (at, at - 1, at + 1):
        if pyotp.utils.strings_equal(code, totp.generate_otp(step)):
            return await members.use_totp_step(tx, account_id, step)
    if (used := hashed(code)) in member.recovery_codes:
        left = [h for h in member.recovery_codes if h != used]
        return await members.set_recovery_codes(tx, account_id, left, instead_of=member.recovery_codes)
    return False


async def member_called(reader: Reader, name: str) -> tuple[Account, Member] | None:
    """Who signs in by this name, @name or e-mail address."""
    name = name.replace("\x00", "").strip().removeprefix("@")[:300]
    if "@" in name:
        member = await members.find_by_email(reader, name)
        account = await accounts.find(reader, member.account_id) if member else None
    else:
        account = await accounts.find_by_name(reader, name_key(name))
        member = await members.find(reader, account.id) if account else None
    return (account, member) if account and member else None


def _may_sign_in(account: Account) -> None:
    if account.state is State.SUSPENDED:
        raise ShutOut(
            "This account is suspended. Write to whoever runs this server if you think it should not be.", account)
    if account.state is State.PENDING:
        raise NotAllowed("A moderator has not let you in yet; you get an e-mail when one has.")
    if account.disabled:
        raise ShutOut(
            "The moderators have closed this account to signing in. Write to whoever runs this server if you think "
            "they should not have.", account)
    if not account.signs_in:
        raise NotAllowed("Nobody can sign in to this account any more.")


async def _insert_session(tx: Transaction, account: Account, secret: str, visitor: Visitor, now: datetime) -> None:
    await sessions.insert(tx, Session(
        id=new_id(now), account_id=account.id, created_at=now, last_seen_at=now,
        address=visitor.address[:64], user_agent=visitor.user_agent.replace("\x00", "")[:300]), secret)
