"""Pictures of people, and what stands in for them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from ..model.account import Account
from ..store.accounts import picture_paths
from ..store.database import Reader

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


_paths: dict[int, str] = {}  # of pictures, which never change under their id
_MOST = 50_000


async def load(reader: Reader, people: Iterable[Account]) -> None:
    """Learn where the pictures of these accounts are: one statement, and none for those known."""
    wanted = {i for account in people for i in (account.avatar_id, account.header_id) if i and i not in _paths}
    if wanted:
        if len(_paths) > _MOST:
            _paths.clear()
        _paths.update(await picture_paths(reader, wanted))


def avatar_address(account: Account) -> str:
    """Where the picture of an account is; empty without one."""
    return _address(account.avatar_id)


def header_address(account: Account) -> str:
    """Where the banner of an account is; empty without one."""
    return _address(account.header_id)


def _address(media_id: int | None) -> str:
    path = _paths.get(media_id or 0)
    return f"/media/{path}" if path else ""
