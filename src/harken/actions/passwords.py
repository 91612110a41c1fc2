"""Passwords: argon2id, hashed and checked off the event loop."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import argon2

from ..errors import Invalid

MIN_CHARACTERS = 8
MAX_CHARACTERS = 1000  # argon2 reads all of it; a novel is not a password

# OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane.
_hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Two at a time: a flood of sign-ins takes turns here, not memory.
_pool = ThreadPoolExecutor(2, "passwords")
# What unknown names are checked against, so that the answer takes as long as for a known one.
# A constant: to make it at each start would take 45 ms.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$9yBrB1ALx5pbZaMFzFiIXg$MKr2nCwY+jmxf+biW+RWjTXHih2Nq2j9Ile1BgQx4E8"


def checked_password(password: str) -> str:
    """`password` if it may be one. Raises Invalid."""
    if len(password) < MIN_CHARACTERS:
        raise Invalid(f"Choose a password of at least {MIN_CHARACTERS} characters.", "password")
    if len(password) > MAX_CHARACTERS:
        raise Invalid(f"A password may have at most {MAX_CHARACTERS} characters.", "password")
    return password


async def hash_password(password: str) -> str:
    """What is stored of a password. Never call this inside `transaction()`: it leaves the event loop."""
    text = password.encode("utf-8", "surrogatepass")
    return await asyncio.get_running_loop().run_in_executor(_pool, partial(_hasher.hash, text))


async def password_matches(password_hash: str, password: str) -> bool:
    """Whether `password` is the one stored; takes as long for an empty hash, which nothing matches."""
    return await asyncio.get_running_loop().run_in_executor(
        _pool, partial(_matches, password_hash, password[: MAX_CHARACTERS + 1]))


def _matches(password_hash: str, password: str) -> bool:
    try:
        right = _hasher.verify(password_hash or _NOBODY, password.encode("utf-8", "surrogatepass"))
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
    return right and bool(password_hash)
