"""Files that posts carry. Who may have one is who may see its post: callers have checked that, or ask `visible_…`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec

from ..model.file import FileState, StoredFile
from .database import Reader, Transaction
from .visibility import NOT_MUTED, SEEN, SEEN_FROM


async def find(reader: Reader, file_id: int) -> StoredFile | None:
    """The file, whoever asks."""
    return await reader.find(StoredFile, "SELECT * FROM file WHERE id = :id AND state <> 4", id=file_id)


async def of_posts(reader: Reader, ids: Collection[int]) -> dict[int, StoredFile]:
    """The files of these posts, by post: one statement, none for no posts."""
    if not ids:
        return {}
    found = await reader.all(
        StoredFile, "SELECT * FROM file WHERE post_id IN (SELECT value FROM json_each(:ids)) AND state <> 4",
        ids=sorted(ids))
    return {one.post_id: one for one in found if one.post_id is not None}


async def insert(tx: Transaction, file: StoredFile) -> None:
    columns = StoredFile.__struct_fields__
    await tx.execute(
        f"INSERT INTO file ({', '.join(columns)}) VALUES ({', '.join(f':{name}' for name in columns)})",
        **msgspec.structs.asdict(file))


async def used(reader: Reader, account_id: int) -> int:
    """How many bytes an account keeps here, with those that it has announced."""
    return int(await reader.value(
        "SELECT coalesce(sum(bytes), 0) FROM file WHERE account_id = :account AND state <> 4", account=account_id))


async def loose(reader: Reader, account_id: int) -> int:
    """How many files of an account no post carries."""
    return int(await reader.value(
        "SELECT count(*) FROM file WHERE account_id = :account AND post_id IS NULL AND state <> 4", account=account_id))


async def hold_account(tx: Transaction, account_id: int) -> None:
    """Let nobody else begin a file of this account until the transaction ends, so that its quota holds."""
    await tx.execute("UPDATE account SET id = id WHERE id = :id", id=account_id)


async def claim_receiving(tx: Transaction, file_id: int, received: int, now: datetime, until: datetime) -> bool:
    """Be the one who adds to a file; False when it has another length, or somebody else adds."""
    return bool(await tx.execute(
        """UPDATE file SET claimed_until = :until
           WHERE id = :id AND state = 0 AND received = :received AND claimed_until < :now""",
        id=file_id, received=received, now=now, until=until))


async def progress(
    tx: Transaction, file_id: int, before: int, received: int, until: datetime, expires_at: datetime
) -> bool:
    """More of it is here; False when it is gone, or not as long as before."""
    return bool(await tx.execute(
        """UPDATE file SET received = :received, claimed_until = :until, expires_at = :expires
           WHERE id = :id AND state = 0 AND received = :before""",
        id=file_id, before=before, received=received, until=until, expires=expires_at))


async def release(tx: Transaction, file_id: int) -> None:
    await tx.execute("UPDATE file SET claimed_until = 0 WHERE id = :id", id=file_id)


async def complete(tx: Transaction, file_id: int, path: str, state: FileState, plays: str) -> bool:
    """All of it is here, under another path; False when it is gone."""
    return bool(await tx.execute(
        """UPDATE file SET state = :state, path = :path, plays = :plays, claimed_until = 0
           WHERE id = :id AND state = 0 AND received = bytes""", id=file_id, path=path, state=state, plays=plays))


async def attach(tx: Transaction, file_id: int, account_id: int, post_id: int) -> bool:
    """Give a whole file to a post; False when it is not the account's, not whole, infected, or another post's."""
    return bool(await tx.execute(
        """UPDATE file SET post_id = :post, expires_at = NULL
           WHERE id = :id AND account_id = :account AND post_id IS NULL AND state IN (1, 2)""",
        id=file_id, account=account_id, post=post_id))


# ---- gone ------------------------------------------------------------------------


async def doom(tx: Transaction, file_id: int) -> None:
    """It is gone for readers with this commit, from the disk when `doomed` is worked off."""
    await tx.execute("UPDATE file SET state = 4, name = '', post_id = NULL WHERE id = :id", id=file_id)


async def doom_of_post(tx: Transaction, post_id: int) -> None:
    """The same for what a post carried."""
    await tx.execute("UPDATE file SET state = 4, name = '', post_id = NULL WHERE post_id = :id", id=post_id)


async def doom_of_account(tx: Transaction, account_id: int) -> None:
    """The same for all of an account."""
    await tx.execute("UPDATE file SET state = 4, name = '', post_id = NULL WHERE account_id = :id", id=account_id)


async def doom_expired(tx: Transaction, now: datetime) -> int:
    """The same for what no post took in time; how many."""
    return await tx.execute(
        "UPDATE file SET state = 4, name = '' WHERE expires_at < :now AND post_id IS NULL AND state <> 4", now=now)


async def doomed(reader: Reader, limit: int) -> list[StoredFile]:
    """Files whose bytes are to be removed, then their rows."""
    return await reader.all(StoredFile, "SELECT * FROM file WHERE state = 4 ORDER BY id LIMIT :limit", limit=limit)


async def delete(tx: Transaction, file_id: int) -> None:
    await tx.execute("DELETE FROM file WHERE id = :id", id=file_id)


# ---- checking --------------------------------------------------------------------


async def claim_check(tx: Transaction, now: datetime, until: datetime) -> StoredFile | None:
    """A file that nobody has checked yet, taken until `until`; one more try is counted."""
    found = await tx.find(
        StoredFile, "SELECT * FROM file WHERE state = 1 AND claimed_until < :now ORDER BY id LIMIT 1", now=now)
    if found is None or not await tx.execute(
        """UPDATE file SET claimed_until = :until, tries = tries + 1
           WHERE id = :id AND state = 1 AND claimed_until < :now""", id=found.id, now=now, until=until,
    ):
        return None
    return found


async def judge(tx: Transaction, file_id: int, state: FileState, refused_id: int | None) -> bool:
    """What the scanner says; False when the file is gone meanwhile."""
    return bool(await tx.execute(
        "UPDATE file SET state = :state, refused_id = :refused, claimed_until = 0 WHERE id = :id AND state = 1",
        id=file_id, state=state, refused=refused_id))


async def refused(reader: Reader, refused_id: int) -> StoredFile | None:
    """The file of which a refusal tells."""
    return await reader.find(
        StoredFile, "SELECT * FROM file WHERE refused_id = :id AND state = 3", id=refused_id)


# ---- lists -----------------------------------------------------------------------


async def of_account(reader: Reader, account_id: int, before: int, limit: int) -> list[StoredFile]:
    """An account's own files, newest first."""
    return await reader.all(
        StoredFile,
        "SELECT * FROM file WHERE account_id = :account AND state <> 4 AND id < :before ORDER BY id DESC LIMIT :limit",
        account=account_id, before=before, limit=limit)


async def visible_to(reader: Reader, viewer: int, before: int, limit: int, now: datetime) -> list[StoredFile]:
    """Files in posts that the viewer may see and that reached them: sent to them, or by those whom they follow."""
    return await reader.patient(
        StoredFile,
        f"""SELECT f.* FROM file f JOIN {SEEN_FROM.replace("post p", "post p ON p.id = f.post_id", 1)}
            WHERE f.state = 2 AND f.id < :before AND f.account_id <> :viewer AND {SEEN} AND {NOT_MUTED} AND (
                EXISTS (SELECT 1 FROM recipient WHERE post_id = p.id AND account_id = :viewer)
                OR EXISTS (SELECT 1 FROM mention WHERE post_id = p.id AND account_id = :viewer)
                OR EXISTS (SELECT 1 FROM follow WHERE follower_id = :viewer AND followed_id = p.author_id
                    AND accepted = 1))
            ORDER BY f.id DESC LIMIT :limit""",
        viewer=viewer, before=before, limit=limit, now=now)
