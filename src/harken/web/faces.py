"""Pictures of people, and what stands in for them."""

from __future__ import annotations

import zlib

from ..model.account import Account

TINTS = 12


def tint(account: Account) -> int:
    """Which of the colours stands in for a picture; the same for a name everywhere."""
    return zlib.crc32(account.address.encode()) % TINTS


def initials(account: Account) -> str:
    """One or two letters for somebody without a picture."""
    words = [word for word in account.shown_name.split() if word[0].isalnum()]
    if not words:
        return account.username[:1].upper()
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def avatar_address(account: Account) -> str:
    """Where the picture of an account is."""
    return f"/media/{account.avatar_id}"


def header_address(account: Account) -> str:
    """Where the banner of an account is."""
    return f"/media/{account.header_id}"
