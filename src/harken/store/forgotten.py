"""Who asked a desk to be forgotten: known again by a keyed hash, and by nothing else."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Mapping

from .database import Reader, Transaction
from .server import set_setting_once, setting

ALL_DESKS = 0
_KEY = "desk_forgotten_key"


def _hash(key: str, desk_id: int, what: str) -> str:
    return hmac.digest(bytes.fromhex(key), f"{desk_id} {what}".encode(), "sha256").hex()


async def uris_of(reader: Reader, account_ids: Iterable[int]) -> dict[int, str]:
    """What stands for accounts in the hash: their permanent addresses."""
    rows = await reader.rows(
        "SELECT id, uri FROM account WHERE id IN (SELECT value FROM json_each(:ids))", ids=sorted(set(account_ids)))
    return {int(account): str(uri) for account, uri in rows}


async def any_forgotten(reader: Reader, desk_id: int) -> bool:
    """Whether a desk has to look at all."""
    return bool(await reader.value(
        "SELECT 1 FROM desk_forgotten WHERE desk_id IN (:desk, 0) LIMIT 1", desk=desk_id))


async def forgotten(reader: Reader, desk_id: int, whats: Mapping[int, str]) -> set[int]:
    """Those keys of `whats` whose value a desk must not know: it was told to forget, or all desks were."""
    key = await setting(reader, _KEY) if whats and await any_forgotten(reader, desk_id) else None
    if key is None:
        return set()
    hashes = {_hash(key, desk, what): i for i, what in whats.items() for desk in (desk_id, ALL_DESKS)}
    # The number of the desk is in the hash, so that the same person is another hash at each desk.
    return {hashes[found] for found in await reader.values(
        """SELECT hash FROM desk_forgotten WHERE desk_id IN (:desk, 0)
             AND hash IN (SELECT value FROM json_each(:hash_texts))""", desk=desk_id, hash_texts=sorted(hashes))}


async def forget(tx: Transaction, desk_id: int, whats: Iterable[str]) -> None:
    """Keep the hash of each, so that a desk never takes it up again."""
    await set_setting_once(tx, _KEY, secrets.token_hex(32))
    key = await setting(tx, _KEY) or ""
    await tx.execute_many(
        "INSERT INTO desk_forgotten (desk_id, hash) VALUES (:desk, :hash) ON CONFLICT DO NOTHING",
        [{"desk": desk_id, "hash": _hash(key, desk_id, what)} for what in whats])


async def allow(tx: Transaction, desk_id: int, what: str) -> None:
    """They may be known again, because they say so themselves."""
    key = await setting(tx, _KEY)
    if key is not None:
        await tx.execute(
            "DELETE FROM desk_forgotten WHERE desk_id = :desk AND hash = :hash",
            desk=desk_id, hash=_hash(key, desk_id, what))


async def authors_to_forget(reader: Reader, desk_id: int, conversation_id: int) -> set[int]:
    """Who speaks in a conversation and must not be known to a desk."""
    if not await any_forgotten(reader, desk_id):
        return set()
    speakers = await reader.values(
        "SELECT DISTINCT author_id FROM post WHERE conversation_id = :conversation", conversation=conversation_id)
    return await forgotten(reader, desk_id, await uris_of(reader, speakers))
