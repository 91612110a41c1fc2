"""Describe an upload, choose what of it must stay in sight, exchange its preview, or throw it away."""

from __future__ import annotations

import msgspec

from ..errors import Invalid
from ..media.store import MediaStore
from ..model.account import Account
from ..model.media import Media
from ..store import media
from ..store.database import Database
from .upload_media import checked_description, with_preview


async def change_media(
    db: Database, store: MediaStore, account: Account, media_id: int, max_bytes: int, *,
    description: str | None = None, focus: tuple[float, float] | None = None, thumbnail: bytes | None = None,
) -> Media:
    """Change what is given of an own attachment that no post carries. Raises NotFound, Invalid."""
    made = await media.get_loose(db, media_id, account.id)
    earlier = made.preview
    if description is not None:
        made = msgspec.structs.replace(made, description=checked_description(description))
    if focus is not None:
        made = msgspec.structs.replace(made, facts=msgspec.structs.replace(made.facts, focus=focus))
    if thumbnail:
        made, written = await with_preview(made, thumbnail, max_bytes)
        for path, content in written:
            await store.put(path, content)
    async with db.transaction() as tx:
        await media.get_loose(tx, media_id, account.id)
        await media.change(
            tx, media_id, description=made.description, facts=made.facts, preview=made.preview, blurhash=made.blurhash)
    if earlier and earlier != made.preview:
        await store.delete(earlier)
    return made


async def discard_media(db: Database, account: Account, media_id: int) -> None:
    """Throw an own upload away. Raises NotFound, Invalid when a post carries it."""
    async with db.transaction() as tx:
        found = await media.find(tx, media_id)
        if found is not None and found.account_id == account.id and (found.post_id or found.scheduled_id):
            raise Invalid("Media attachment is currently used by a status")
        await media.get_loose(tx, media_id, account.id)
        await media.doom(tx, media_id)
