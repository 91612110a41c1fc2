"""Members: those who sign in here, found by account and by e-mail; written by actions."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime

import msgspec

from ..ids import AccountId
from ..model.account import Member, Role
from ..model.circle import Writers
from .database import Reader, Transaction


def email_key(email: str) -> str:
    """The key under which an e-mail address is unique: compatibility forms and case folded."""
    return unicodedata.normalize("NFKC", email.strip()).casefold()


async def find(reader: Reader, account_id: int) -> Member | None:
    """The member behind an account; None for remote, imported and deleted ones."""
    return await reader.find(Member, "SELECT * FROM member WHERE account_id = :id", id=account_id)


async def find_by_email(reader: Reader, email: str) -> Member | None:
    """The member with that e-mail address."""
    return await reader.find(Member, "SELECT * FROM member WHERE email_key = :key", key=email_key(email))


async def with_roles(reader: Reader, roles: Sequence[Role]) -> list[int]:
    """The accounts of those who have one of these roles and can sign in."""
    return await reader.values(
        """SELECT m.account_id FROM member m JOIN account a ON a.id = m.account_id
           WHERE m.role IN (SELECT value FROM json_each(:role_ids)) AND a.state IN (0, 2) AND a.disabled = 0
           ORDER BY m.account_id""",
        role_ids=[int(role) for role in roles],
    )


async def insert(tx: Transaction, member: Member) -> bool:
    """Store a new member; False when the e-mail address or the account has one already."""
    return bool(
        await tx.execute(
            """INSERT INTO member (account_id, email, email_key, password_hash, confirmed_at, role, language, time_zone,
              default_visibility, default_sensitive, application_id, approved, reason, address, invited_by, invite_id,
              created_at)
           VALUES (:account_id, :email, :key, :password_hash, :confirmed_at, :role, :language, :time_zone,
              :default_visibility, :default_sensitive, :application_id, :approved, :reason, :address, :invited_by,
              :invite_id, :created_at)
           ON CONFLICT DO NOTHING""",
            account_id=member.account_id,
            email=member.email,
            key=email_key(member.email),
            password_hash=member.password_hash,
            confirmed_at=member.confirmed_at,
            role=member.role,
            language=member.language,
            time_zone=member.time_zone,
            default_visibility=member.default_visibility,
            default_sensitive=member.default_sensitive,
            application_id=member.application_id,
            approved=member.approved,
            reason=member.reason,
            address=member.address,
            invited_by=member.invited_by,
            invite_id=member.invite_id,
            created_at=member.created_at,
        )
    )


async def hold_name(tx: Transaction, key: str) -> None:
    """Let nobody else take the name until this transaction ends; whoever tries waits, then finds it taken.

    Needed where writers are not serialised: PostgreSQL would tell the second
    of two simultaneous writers only by failing its INSERT.
    """
    await tx.execute("INSERT INTO setting (name, value) VALUES (:held, '') ON CONFLICT DO NOTHING", held=f"name:{key}")


async def let_go_of_name(tx: Transaction, key: str) -> None:
    """End what `hold_name` began, at the end of the same transaction."""
    await tx.execute("DELETE FROM setting WHERE name = :held", held=f"name:{key}")


async def set_quote_policy(tx: Transaction, account_id: int, policy: int) -> None:
    """Who may quote what the member posts, where they do not say it."""
    await tx.execute(
        "UPDATE member SET default_quote_policy = :policy WHERE account_id = :id", id=account_id, policy=policy
    )


async def set_password(tx: Transaction, account_id: int, password_hash: str) -> None:
    await tx.execute(
        "UPDATE member SET password_hash = :hash WHERE account_id = :id", id=account_id, hash=password_hash
    )


async def set_email(tx: Transaction, account_id: int, email: str, now: datetime) -> None:
    """A new address, proved by following a link sent to it. The caller has checked that nobody else has it."""
    await tx.execute(
        "UPDATE member SET email = :email, email_key = :key, confirmed_at = :now WHERE account_id = :id",
        id=account_id,
        email=email,
        key=email_key(email),
        now=now,
    )


async def correct_email(tx: Transaction, account_id: int, email: str) -> None:
    """Another address for somebody who has not confirmed one. The caller has checked that nobody else has it."""
    await tx.execute(
        "UPDATE member SET email = :email, email_key = :key WHERE account_id = :id AND confirmed_at IS NULL",
        id=account_id,
        email=email,
        key=email_key(email),
    )


async def set_confirmed(tx: Transaction, account_id: int, now: datetime) -> None:
    await tx.execute(
        "UPDATE member SET confirmed_at = coalesce(confirmed_at, :now) WHERE account_id = :id", id=account_id, now=now
    )


async def set_approved(tx: Transaction, account_id: int) -> None:
    """A moderator lets the member in; why they wanted to is nobody's business any more."""
    await tx.execute("UPDATE member SET approved = 1, reason = '' WHERE account_id = :id", id=account_id)


async def set_role(tx: Transaction, account_id: int, role: int) -> None:
    await tx.execute("UPDATE member SET role = :role WHERE account_id = :id", id=account_id, role=role)


async def set_preferences(
    tx: Transaction, account_id: int, *, language: str, time_zone: str, default_visibility: int, default_sensitive: bool
) -> None:
    await tx.execute(
        """UPDATE member SET language = :language, time_zone = :time_zone, default_visibility = :default_visibility,
              default_sensitive = :default_sensitive WHERE account_id = :id""",
        id=account_id,
        language=language,
        time_zone=time_zone,
        default_visibility=default_visibility,
        default_sensitive=default_sensitive,
    )


async def set_second_step(tx: Transaction, account_id: int, totp_secret: str, recovery_codes: list[str]) -> None:
    """Switch TOTP on (with hashes of recovery codes) or, with an empty secret, off."""
    await tx.execute(
        "UPDATE member SET totp_secret = :secret, recovery_codes = :codes, totp_last_used = 0 WHERE account_id = :id",
        id=account_id,
        secret=totp_secret,
        codes=msgspec.json.encode(recovery_codes).decode(),
    )


async def use_totp_step(tx: Transaction, account_id: int, step: int) -> bool:
    """Note that the code of time step `step` was used; False when it, or a later one, was used before."""
    return bool(
        await tx.execute(
            "UPDATE member SET totp_last_used = :step WHERE account_id = :id AND totp_last_used < :step",
            id=account_id,
            step=step,
        )
    )


async def set_recovery_codes(
    tx: Transaction, account_id: int, hashes: list[str], instead_of: list[str] | None = None
) -> bool:
    """Store hashes of recovery codes; False when those before are not `instead_of`, because one was used meanwhile."""
    return bool(
        await tx.execute(
            """UPDATE member SET recovery_codes = :codes
               WHERE account_id = :id AND (:any = 1 OR recovery_codes = :before)""",
            id=account_id,
            codes=msgspec.json.encode(hashes).decode(),
            any=instead_of is None,
            before=msgspec.json.encode(instead_of or []).decode(),
        )
    )


async def delete(tx: Transaction, account_id: AccountId) -> None:
    await tx.execute("DELETE FROM member WHERE account_id = :id", id=account_id)


async def set_thread_notices(tx: Transaction, account_id: int, on: bool) -> None:
    """Whether a member is told of answers in conversations that they merely took part in."""
    await tx.execute("UPDATE member SET thread_notices = :on WHERE account_id = :id", id=account_id, on=on)


async def set_circle(tx: Transaction, account_id: int, written_by: Writers, hide_friends: bool) -> None:
    """Who may write to a member in private, and whether others see who their friends are."""
    await tx.execute(
        "UPDATE member SET written_by = :written_by, hide_friends = :hide WHERE account_id = :id",
        id=account_id, written_by=written_by, hide=hide_friends)


async def set_karma_off(tx: Transaction, account_id: int, off: bool) -> None:
    """Whether a member does not want to see their karma."""
    await tx.execute("UPDATE member SET karma_off = :off WHERE account_id = :id", id=account_id, off=off)


async def set_look(tx: Transaction, account_id: int, look: str) -> None:
    """How pages look to a member: words of model.look."""
    await tx.execute("UPDATE member SET look = :look WHERE account_id = :id", id=account_id, look=look)
