"""Password, second step and e-mail address of a member: change, confirm, recover."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

import msgspec
import pyotp

from ..errors import Invalid, NotFound
from ..model.account import Account, Member, State
from ..model.moderation import Warning
from ..store import accounts, applications, members, sessions
from ..store.database import Database, Transaction
from ..store.sessions import Link
from ..store.tokens import hashed, new_secret
from .admit import check_email
from .attempts import SignInGuard
from .change_state import hold
from .create_account import Taken, checked_email
from .passwords import checked_password, hash_password, password_matches
from .sign_in import use_code

LINK_LIFE = {
    "confirm": timedelta(days=7), "password": timedelta(hours=24), "email": timedelta(days=2),
    "decision": timedelta(days=60),
}
_PAGES = {"confirm": "/confirm/", "email": "/confirm/", "password": "/reset/", "decision": "/decided/"}
RECOVERY_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look like another


async def own_member(db: Database, account: Account) -> Member:
    """The member behind `account`. Raises NotFound."""
    member = await members.find(db, account.id)
    if member is None:
        raise NotFound("Nobody signs in to this account.")
    return member


async def prove(db: Database, guard: SignInGuard, account: Account, password: str, now: datetime) -> Member:
    """Whoever sits at this browser knows the password. Raises Invalid, TooMany."""
    member = await own_member(db, account)
    keys = [f"proof:{account.id}"]
    guard.start(keys, now)
    if not await password_matches(member.password_hash, password):
        raise Invalid("This is not your password.", "password")
    guard.succeeded(keys, now)
    return member


# ---- password ----------------------------------------------------------------


async def change_password(
    db: Database, guard: SignInGuard, account: Account, *, old: str, new: str, keep_session: int, now: datetime
) -> None:
    """A new password; every other session ends, and links sent to reset the old one are worthless."""
    await prove(db, guard, account, old, now)
    password_hash = await hash_password(_as_new(new))
    async with db.transaction() as tx:
        await members.set_password(tx, account.id, password_hash)
        await sessions.delete_all(tx, account.id, but=keep_session)
        await sessions.delete_links(tx, account.id, "password", "second")


async def reset_password(db: Database, secret: str, new: str, now: datetime) -> Account:
    """A new password by a link; ends every session and token, because whoever knew the old one may have made them.

    Raises NotFound for a link that is used, too old or wrong, Invalid.
    """
    await link_or_refuse(db, secret, now, "password")
    password_hash = await hash_password(_as_new(new))
    async with db.transaction() as tx:
        link = await _used(tx, secret, now, "password")
        account = await accounts.get(tx, link.account_id)
        await members.set_password(tx, account.id, password_hash)
        await sessions.delete_all(tx, account.id)
        await applications.delete_tokens(tx, account.id)
        await sessions.delete_links(tx, account.id, "password", "second")
        await _confirmed(tx, account, now)
    return account


async def set_password(db: Database, account: Account, new: str) -> None:
    """An operator sets a password; every session ends. Raises Invalid, NotFound."""
    await own_member(db, account)
    password_hash = await hash_password(checked_password(new))
    async with db.transaction() as tx:
        await members.set_password(tx, account.id, password_hash)
        await sessions.delete_all(tx, account.id)


def _as_new(password: str) -> str:
    try:
        return checked_password(password)
    except Invalid as error:
        raise Invalid(error.message, "new_password") from None


# ---- links -------------------------------------------------------------------


async def new_link(db: Database, account_id: int, kind: str, now: datetime, value: str = "") -> str:
    """The path of a fresh link of a kind: confirm, password or email (`value` is the new address). Older ones end."""
    async with db.transaction() as tx:
        return await _new_link(tx, account_id, kind, now, value)


async def _new_link(tx: Transaction, account_id: int, kind: str, now: datetime, value: str = "") -> str:
    secret = new_secret()
    await sessions.delete_expired_links(tx, now)
    await sessions.delete_links(tx, account_id, kind)
    await sessions.insert_link(
        tx, Link(account_id=account_id, kind=kind, value=value, expires_at=now + LINK_LIFE[kind]), secret)
    return _PAGES[kind] + secret


async def decision_path(db: Database, warning: Warning, now: datetime) -> str:
    """Where its target reads a decision: behind a link of its own if they cannot sign in any more."""
    account = await accounts.get(db, warning.target_id)
    if account.signs_in:
        return f"/decisions/{warning.answers_id or warning.id}"
    return await new_link(db, account.id, "decision", now)


async def pending_links(db: Database, account_id: int, now: datetime) -> list[tuple[str, str]]:
    """(kind, path) of what a member waits for, for the operator of a server without e-mail.

    Only hashes are stored, so each link is made anew and the one before ends.
    """
    async with db.transaction() as tx:
        waiting = await sessions.links_of(tx, account_id, now)
        return [(link.kind, await _new_link(tx, account_id, link.kind, now, link.value)) for link in waiting]


async def link_or_refuse(db: Database, secret: str, now: datetime, *kinds: str) -> Link:
    """What a link stands for. Raises NotFound when it is used, too old or wrong."""
    link = await sessions.find_link(db, secret, now)
    if link is None or link.kind not in kinds:
        raise NotFound("This link was used already, or is too old. Ask for a new one.")
    return link


async def confirm(db: Database, secret: str, now: datetime) -> Account:
    """Follow a link of kind confirm or email: the address is the member's. Raises NotFound, Taken."""
    async with db.transaction() as tx:
        link = await _used(tx, secret, now, "confirm", "email")
        account = await accounts.get(tx, link.account_id)
        if link.kind == "email":
            other = await members.find_by_email(tx, link.value)
            if other is not None and other.account_id != account.id:
                raise Taken("There is an account with this e-mail address already.", "email")
            await members.set_email(tx, account.id, link.value, now)
            await sessions.delete_links(tx, account.id, "password")
        await _confirmed(tx, account, now)
    return account


async def correct_email(db: Database, account: Account, email: str) -> None:
    """Another address before the first was confirmed; links sent to that one end. Raises Invalid, Taken."""
    email = checked_email(email)
    await check_email(db, email)
    async with db.transaction() as tx:
        other = await members.find_by_email(tx, email)
        if other is not None and other.account_id != account.id:
            raise Taken("There is an account with this e-mail address already.", "email")
        await members.correct_email(tx, account.id, email)
        await sessions.delete_links(tx, account.id, "confirm")


async def ask_for_email(
    db: Database, guard: SignInGuard, account: Account, *, email: str, password: str, now: datetime
) -> str:
    """The path of the link that, sent to the new address, makes it the member's. Raises Invalid, Taken, TooMany."""
    email = checked_email(email)
    await prove(db, guard, account, password, now)
    await check_email(db, email)
    other = await members.find_by_email(db, email)
    if other is not None and other.account_id != account.id:
        raise Taken("There is an account with this e-mail address already.", "email")
    return await new_link(db, account.id, "email", now, email)


async def _used(tx: Transaction, secret: str, now: datetime, *kinds: str) -> Link:
    link = await sessions.find_link(tx, secret, now)
    if link is None or link.kind not in kinds or not await sessions.use_link(tx, secret):
        raise NotFound("This link was used already, or is too old. Ask for a new one.")
    return link


async def _confirmed(tx: Transaction, account: Account, now: datetime) -> None:
    await members.set_confirmed(tx, account.id, now)
    if account.state is State.UNCONFIRMED:
        await hold(tx, account, now)
        await sessions.delete_links(tx, account.id, "confirm")


# ---- second step ---------------------------------------------------------------


class SecondStepSecret(msgspec.Struct, frozen=True):
    """What an authenticator app needs: the secret, and the same as an address for its camera."""

    secret: str
    uri: str


def propose_second_step(account: Account, site: str, secret: str = "") -> SecondStepSecret:
    """A secret to show; nothing is stored before a code proves that the app has it."""
    secret = secret or pyotp.random_base32()
    return SecondStepSecret(secret, pyotp.TOTP(secret).provisioning_uri(name=account.username, issuer_name=site))


async def start_second_step(
    db: Database, guard: SignInGuard, account: Account, *, secret: str, code: str, password: str, now: datetime
) -> list[str]:
    """Switch the second step on; the recovery codes, shown this once. Raises Invalid, TooMany."""
    await prove(db, guard, account, password, now)
    if not 16 <= len(secret) <= 64 or not set(secret) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"):
        raise Invalid("The secret was changed on its way; load the page again.", "code")
    codes = _recovery_codes()
    async with db.transaction() as tx:
        await members.set_second_step(tx, account.id, secret, [hashed(c.replace("-", "")) for c in codes])
        if not await use_code(tx, account.id, code, now):
            raise Invalid("This code is not right. Enter the one your app shows now.", "code")
        await sessions.delete_links(tx, account.id, "second")
    return codes


async def stop_second_step(db: Database, guard: SignInGuard, account: Account, *, password: str, now: datetime) -> None:
    """Switch the second step off. Raises Invalid, TooMany."""
    await prove(db, guard, account, password, now)
    await drop_second_step(db, account)


async def drop_second_step(db: Database, account: Account) -> None:
    """Switch the second step off for somebody who has lost app and codes: an operator's decision."""
    async with db.transaction() as tx:
        await members.set_second_step(tx, account.id, "", [])


async def new_recovery_codes(
    db: Database, guard: SignInGuard, account: Account, *, password: str, now: datetime
) -> list[str]:
    """Fresh recovery codes, shown this once; the old ones end. Raises Invalid, TooMany."""
    member = await prove(db, guard, account, password, now)
    if not member.totp_secret:
        raise Invalid("Switch the second step on first.", "password")
    codes = _recovery_codes()
    async with db.transaction() as tx:
        await members.set_recovery_codes(tx, account.id, [hashed(c.replace("-", "")) for c in codes])
    return codes


def _recovery_codes() -> list[str]:
    def part() -> str:
        return "".join(secrets.choice(_LETTERS) for _ in range(5))

    return [f"{part()}-{part()}" for _ in range(RECOVERY_CODES)]
