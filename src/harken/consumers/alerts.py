"""Tell the ears' owners.

What is decided here, once, is whether and when an ear tells of a post; the
sender (alerting/sender.py) brings it where it belongs. An outbox is not made
anew: what was sent cannot be sent again, so a rebuild takes out what is gone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from .. import clock
from ..ids import moment_of, new_id
from ..log.events import EarDropped, Event, PostDeleted, PostEdited, PostPublished
from ..model.alert import Alert, Channel, EarAlert, Listening, Mode
from ..model.post import Post
from ..store import alerts, ears, posts
from ..store.alerts import Due
from ..store.database import Database, Transaction
from ..text.catalogues import zone
from .consumer import MAX_ROWS


class Alerts:
    """Maintains `alert`, and the notifications of kind `ear`."""

    name = "alerts"
    after: str | None = "percolation"

    async def handle(self, tx: Transaction, event: Event, progress: str) -> str:
        match event:
            case PostPublished(post_id=post_id):
                post = await posts.find(tx, post_id)
                if post is not None and not post.history:
                    return await self._tell(tx, post, int(progress or 0))
            case PostEdited(post_id=post_id):
                # What an edit made an ear hear raises no alert, not even when the log is read again.
                return "more" if await alerts.keep_silent(tx, post_id, clock.now(), MAX_ROWS) == MAX_ROWS else ""
            case PostDeleted(post_id=post_id, boosted_id=None):
                return "more" if await alerts.remove_post(tx, post_id, MAX_ROWS) >= MAX_ROWS else ""
            case EarDropped(ear_id=ear_id):
                await alerts.forget_ear(tx, ear_id)
        return ""

    async def _tell(self, tx: Transaction, post: Post, above: int) -> str:
        """Write the alerts of the next MAX_ROWS ears that heard a post; where to go on, or "" when done."""
        some = await alerts.due(tx, post.id, post.author_id, above, MAX_ROWS)
        if not some:
            return ""
        now = clock.now()
        allowed = await ears.owners_who_find(tx, post.id, sorted({one.owner_id for one in some}), now)
        for one in some:
            if one.owner_id in allowed:
                rows = rows_for(one, post, new_id(now))
                await alerts.record(tx, rows)
                if any(row.channel is Channel.APP and row.state == "sent" for row in rows):
                    await alerts.tell_in_app(tx, rows[0].id, one.owner_id, post.author_id, post.id)
        return str(some[-1].ear_id) if len(some) == MAX_ROWS else ""

    async def rebuild(self, db: Database) -> None:
        async with db.transaction() as tx:
            await alerts.remove_orphans(tx)


def rows_for(one: Due, post: Post, alert_id: int) -> list[Alert]:
    """The rows of the outbox for an ear that heard `post`, at the moment of `alert_id`.

    At once, what comes within the cool-down after an alert is folded into the
    next one. Quiet hours hold back what makes a sound; the notifications page
    and webhooks, which are programs, do not wait.
    """
    now, local = moment_of(alert_id), zone(one.time_zone)
    listening = Listening(
        account_id=one.owner_id, quiet_from=one.quiet_from, quiet_to=one.quiet_to, digest_hour=one.digest_hour)

    def row(channel: Channel, state: str, due_at: datetime | None = None, meanwhile: int = 0) -> Alert:
        return Alert(
            ear_id=one.ear_id, post_id=post.id, channel=channel, id=alert_id, owner_id=one.owner_id, state=state,
            due_at=due_at or now, meanwhile=meanwhile, sent_at=now if state == "sent" else None)

    if one.mode is Mode.AT_ONCE and one.last_id and now - moment_of(one.last_id) < timedelta(seconds=one.cool_down):
        return [row(Channel.NONE, "folded")]
    chosen = EarAlert(
        ear_id=one.ear_id, owner_id=one.owner_id, in_app=one.in_app, push=one.push,
        email=one.email and not one.unsubscribed, webhook_url="" if one.disabled_at else one.webhook_url)
    if one.mode is Mode.DIGEST:
        due = listening.next_digest(now, local)
        rows = [row(channel, "waiting", due) for channel in chosen.channels]
    else:
        quiet = listening.quiet_until(now, local)
        rows = [
            row(channel, "sent", now, one.folded) if channel is Channel.APP
            else row(channel, "waiting", now if channel is Channel.WEBHOOK else quiet or now, one.folded)
            for channel in chosen.channels]
    return rows or [row(Channel.NONE, "silent")]
