"""What a desk answers with: texts it keeps, and answers that are not sent yet."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ..ids import AccountId, PostId
from .post import Visibility

MAX_SAVED = 200
"""Saved replies of one desk."""
MAX_SAVED_NAME = 60
MAX_SAVED_TEXT = 2_000
MAX_REMARK = 500


class SavedReply(msgspec.Struct, frozen=True, kw_only=True):
    """A text that a desk answers with often; desk/saved.py fills its placeholders."""

    id: int
    desk_id: int
    name: str
    text: str
    by_id: AccountId
    changed_at: datetime


class SharedDraft(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that a desk writes together; there is one for a case. Whoever wrote last sends it in their own name.

    `version` grows with each change: whoever changes it says which one they have read. `asked`: it waits for a second
    person, who is none of the `writers`. `scheduled_id`: it is planned, and published at `publish_at`.
    """

    desk_id: int
    conversation_id: int
    post_id: PostId
    text: str
    visibility: Visibility
    by_id: AccountId
    writers: list[int]
    version: int
    asked: bool = False
    remark: str = ""
    publish_at: datetime | None = None
    scheduled_id: int | None = None
    known_answer_id: int = 0
    changed_at: datetime

    def wrote(self, account_id: int) -> bool:
        """Whether somebody wrote in it, and therefore cannot approve it (store.desk_answers.WROTE says it in SQL)."""
        return account_id in self.writers
