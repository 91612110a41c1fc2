"""Keep a private note about somebody."""

from __future__ import annotations

from ..errors import TextTooLong
from ..ids import AccountId
from ..model.account import Account
from ..store import accounts, relationships
from ..store.database import Database
from ..text import markup

MAX_NOTE = 2000  # Mastodon's number


async def note_account(db: Database, account: Account, target_id: AccountId, text: str) -> None:
    """Write down what `account` alone reads about the other; an empty text removes it. Raises NotFound, TextTooLong."""
    text = markup.clean(text)
    if len(text) > MAX_NOTE:
        raise TextTooLong(f"Validation failed: Comment is too long (maximum is {MAX_NOTE} characters)", "comment")
    async with db.transaction() as tx:
        target = await accounts.visible(tx, target_id, account.id)
        await relationships.set_note(tx, account.id, target.id, text)
