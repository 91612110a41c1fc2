"""What others did with what somebody said, as far as it gives karma."""

from __future__ import annotations

from datetime import timedelta

from ..model.karma import NEW, Given
from .database import Reader
from .visibility import STATES

MOST = 50_000
"""Deeds that are looked at, the latest; whoever has more has enough."""


async def given_to(reader: Reader, account_id: int) -> list[Given]:
    """Deeds of others: public answers, favourites and boosts of posts that everybody may read.

    Of people of this server who are still here, were here for a week at the time, and between whom and the account
    no block lies. What was deleted gives nothing. Times are those of the ids.
    """
    younger = NEW // timedelta(milliseconds=1)
    allowed = f"""g.state IN {STATES} AND g.domain = '' AND g.id <> :account AND g.created_at <= (d.id >> 16) - :younger
        AND NOT EXISTS (SELECT 1 FROM block WHERE (account_id = :account AND target_id = g.id)
            OR (account_id = g.id AND target_id = :account))"""
    return await reader.patient(
        Given,
        f"""SELECT giver_id, kind, at FROM (
              SELECT d.author_id AS giver_id, 'answer' AS kind, d.id >> 16 AS at FROM post p
                JOIN post d ON d.in_reply_to_id = p.id AND d.visibility <= 1 JOIN account g ON g.id = d.author_id
                WHERE p.author_id = :account AND p.visibility <= 1 AND {allowed}
              UNION ALL SELECT d.account_id, 'favourite', d.id >> 16 FROM post p
                JOIN favourite d ON d.post_id = p.id JOIN account g ON g.id = d.account_id
                WHERE p.author_id = :account AND p.visibility <= 1 AND {allowed}
              UNION ALL SELECT d.author_id, 'boost', d.id >> 16 FROM post p
                JOIN post d ON d.boost_of_id = p.id JOIN account g ON g.id = d.author_id
                WHERE p.author_id = :account AND p.visibility <= 1 AND {allowed}
            ) deeds ORDER BY at DESC LIMIT :most""",
        account=account_id,
        younger=younger,
        most=MOST,
    )
