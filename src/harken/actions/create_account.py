"""Create an account for somebody who will sign in here, or give an imported one to its owner."""

from __future__ import annotations

import re
from datetime import datetime

import msgspec

from ..errors import Conflict, Invalid, NotFound
from ..ids import AccountId, new_id
from ..log.append import append
from ..log.events import AccountChanged, AccountCreated
from ..model.account import Account, Member, Role, State, name_key, state_of
from ..model.invite import Invite
from ..store import accounts, invites, members
from ..store.database import Database, Transaction
from ..text.markup import clean
from .passwords import checked_password, hash_password

MAX_NAME = 30  # Mastodon's number
NAME = re.compile(rf"[A-Za-z0-9_]{{1,{MAX_NAME}}}")
_ATOM = r"[^@\s\x00-\x1f\x7f<>,;:\"()\[\]\\]"
_EMAIL = re.compile(rf"{_ATOM}{{1,64}}@(?!\.){_ATOM}+")
MAX_EMAIL = 254  # RFC 5321, 4.5.3.1.3, less the brackets
MAX_DISPLAY_NAME = 30
MAX_BIO = 500
MAX_REASON = 2000
INVITE_ENDED = "This invitation does not work any more. Ask whoever gave it to you for another."

# Names that would speak for the server, or that addresses of mail servers need (RFC 2142).
RESERVED = frozenset([
    "abuse", "about", "account", "accounts", "actor", "admin", "administrator", "administrators", "all", "api",
    "auth", "everybody", "everyone", "harken", "help", "here", "home", "hostmaster", "info", "inbox", "instance",
    "mail", "mailer_daemon", "me", "moderator", "moderators", "moderation", "nobody", "none", "noreply", "no_reply",
    "null", "official", "operator", "operators", "outbox", "owner", "postmaster", "privacy", "registration", "root",
    "security", "server", "settings", "sign_in", "sign_out", "sign_up", "somebody",
    "somebody_whispers", "staff", "status", "support", "system",
    "team", "undefined", "webmaster", "whisper", "whisper_here", "whispers", "www",
])


async def create_account(
    db: Database, *, username: str, email: str, password: str = "", now: datetime, display_name: str = "",
    bio: str = "", role: Role = Role.MEMBER, confirmed: bool = True, discoverable: bool = False,
    indexable: bool = False, noindex: bool = True, hearable: bool = False, language: str = "en",
    time_zone: str = "UTC", application_id: int | None = None, approved: bool = True, reason: str = "",
    address: str = "", invite: Invite | None = None,
) -> Account:
    """Store a new local account with its member and `AccountCreated`.

    Without a password nobody can sign in with one until a link by e-mail sets
    it. `uri` and `url` are paths: the base URL may not be known yet.
    Who is not `approved` waits for a moderator, who reads the `reason`; `address` is from where they join.
    An `invite` is used up by it.
    Names that would speak for the server are for its moderators and administrators.
    Raises Invalid (`field` says what; also an `invite` that ended meanwhile), Conflict (name or e-mail taken; names
    of deleted accounts stay taken).
    """
    checked_name(username, role)
    email = checked_email(email)
    if password:
        checked_password(password)
    display_name, bio = checked_display_name(display_name), checked_bio(bio)
    password_hash = await hash_password(password) if password else ""
    account_id = AccountId(new_id(now))
    account = Account(
        id=account_id, username=username, uri=f"/users/{account_id}", url=f"/@{username}", display_name=display_name,
        bio=bio, discoverable=discoverable, indexable=indexable, noindex=noindex, hearable=hearable,
        created_at=now)
    member = Member(
        account_id=account_id, email=email, password_hash=password_hash, confirmed_at=now if confirmed else None,
        role=role, language=language, time_zone=time_zone, application_id=application_id,
        approved=approved, reason=clean(reason)[:MAX_REASON], address=address[:64],
        invited_by=invite.inviter_id if invite else None, invite_id=invite.id if invite else None, created_at=now)
    account = msgspec.structs.replace(account, state=state_of(account, member))
    async with db.transaction() as tx:
        await members.hold_name(tx, name_key(username))
        if await accounts.find_by_name(tx, username) is not None:
            raise Taken("Somebody has this name already; choose another.", "username")
        if invite is not None and not await invites.use(tx, invite.id, now):
            raise Invalid(INVITE_ENDED, "invite")
        await _insert_member(tx, member)
        await accounts.insert(tx, account)
        await members.let_go_of_name(tx, name_key(username))
        await append(tx, AccountCreated(account_id), now)
    return account


async def claim_account(
    db: Database, account_id: AccountId, *, email: str, password: str = "", now: datetime
) -> Account:
    """Give a local account that nobody signs in to (it came by import) an e-mail address, by an operator's word.

    Raises NotFound (remote, deleted), Conflict (somebody signs in to it, or has the address), Invalid.
    """
    email = checked_email(email)
    password_hash = await hash_password(checked_password(password)) if password else ""
    async with db.transaction() as tx:
        account = await accounts.get(tx, account_id)
        if not account.local or account.state is State.DELETED:
            raise NotFound("There is no such account here.")
        if await members.find(tx, account.id) is not None:
            raise Taken("Somebody signs in to this account already.", "username")
        await _insert_member(tx, Member(
            account_id=account.id, email=email, password_hash=password_hash, confirmed_at=now, created_at=now))
        await append(tx, AccountCreated(account.id), now)
        await append(tx, AccountChanged(account.id), now)
    return account


class Taken(Conflict):
    """Somebody else has this; `field` says what."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field


async def _insert_member(tx: Transaction, member: Member) -> None:
    if not await members.insert(tx, member):
        raise Taken("There is an account with this e-mail address already.", "email")


def checked_name(username: str, role: Role = Role.MEMBER) -> str:
    """`username` if it may be one. Raises Invalid."""
    if not NAME.fullmatch(username):
        raise Invalid("A name has 1 to 30 letters (a to z), digits and underscores.", "username")
    if username.lower() in RESERVED and role is Role.MEMBER:
        raise Invalid("This name is kept for the server; choose another.", "username")
    return username


def checked_email(email: str) -> str:
    """`email`, trimmed, if it can be one; whether it works shows only by writing to it. Raises Invalid."""
    email = email.strip()
    try:
        email.encode("utf-8")
    except UnicodeEncodeError:
        raise Invalid("This is not an e-mail address.", "email") from None
    if len(email) > MAX_EMAIL or not _EMAIL.fullmatch(email):
        raise Invalid("This is not an e-mail address.", "email")
    return email


def checked_display_name(text: str) -> str:
    """The name as shown, on one line. Raises Invalid when too long."""
    text = " ".join(clean(text).split())
    if len(text) > MAX_DISPLAY_NAME:
        raise Invalid(f"A display name has at most {MAX_DISPLAY_NAME} characters.", "display_name")
    return text


def checked_bio(text: str) -> str:
    """The text about oneself. Raises Invalid when too long."""
    text = clean(text)
    if len(text) > MAX_BIO:
        raise Invalid(f"The text about you has at most {MAX_BIO} characters.", "bio")
    return text
