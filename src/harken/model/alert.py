"""How an ear tells its owner, and when it keeps quiet."""

from __future__ import annotations

import enum
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from ..ids import AccountId

COOL_DOWNS = (0, 300, 900, 3600, 6 * 3600, 24 * 3600)
"""Seconds of silence after an alert that a member may choose."""

SPIKES = (0, 15, 20, 30)
"""Tenths of a standard deviation above the usual; 0 for no spike alert."""

MAX_WEBHOOK_URL = 2000


class Mode(enum.Enum):
    """When an ear tells."""

    NEVER = "never"
    AT_ONCE = "at_once"
    DIGEST = "digest"


class Channel(enum.Enum):
    """How an ear tells. `NONE` is for what is only remembered: told with the next alert, or not at all."""

    NONE = ""
    APP = "app"
    PUSH = "push"
    EMAIL = "email"
    WEBHOOK = "webhook"


class Kind(enum.Enum):
    """What an alert is about."""

    HEARD = "heard"
    SPIKE = "spike"
    TEST = "test"
    BROKEN = "broken"  # the webhook failed for a day and is switched off


class EarAlert(msgspec.Struct, frozen=True, kw_only=True):
    """What a member chose for one ear. `cool_down` in seconds, `spike` in tenths of a standard deviation."""

    ear_id: int
    owner_id: AccountId
    mode: Mode = Mode.NEVER
    in_app: bool = True
    push: bool = False
    email: bool = False
    webhook_url: str = ""
    webhook_secret: str = ""
    cool_down: int = 900
    spike: int = 0
    since_id: int = 0

    @property
    def channels(self) -> list[Channel]:
        """The ways that are switched on."""
        ways = {
            Channel.APP: self.in_app,
            Channel.PUSH: self.push,
            Channel.EMAIL: self.email,
            Channel.WEBHOOK: bool(self.webhook_url),
        }
        return [channel for channel, on in ways.items() if on]


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """What a member chose for all ears. Quiet hours in minutes after midnight, both or neither."""

    account_id: AccountId
    quiet_from: int | None = None
    quiet_to: int | None = None
    digest_hour: int = 8
    unsubscribed: bool = False
    unsubscribe_key: str = ""

    def quiet_until(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When the quiet hours end in which `now` lies; None when it lies in none."""
        if self.quiet_from is None or self.quiet_to is None or self.quiet_from == self.quiet_to:
            return None
        local = now.astimezone(zone)
        minute = local.hour * 60 + local.minute
        over_midnight = self.quiet_from > self.quiet_to
        if over_midnight:
            if self.quiet_to <= minute < self.quiet_from:
                return None
        elif not self.quiet_from <= minute < self.quiet_to:
            return None
        day = local.date() + timedelta(days=1 if over_midnight and minute >= self.quiet_from else 0)
        end = datetime.combine(day, _clock_time(self.quiet_to), zone)
        if end.astimezone(UTC) <= now:  # the hour that comes twice in autumn, for the second time
            end = end.replace(fold=1)
        return end.astimezone(UTC)

    def next_digest(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The next time the digest is due, after `now`: once a day, also when the clocks change."""
        today = now.astimezone(zone).date()
        for days in range(3):
            due = datetime.combine(today + timedelta(days=days), time(self.digest_hour), zone).astimezone(UTC)
            if due > now:
                return due
        raise AssertionError("two days have a digest hour")


def _clock_time(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the outbox; `meanwhile` counts what was heard since the alert before."""

    ear_id: int
    kind: Kind = Kind.HEARD
    post_id: int = 0
    channel: Channel
    id: int
    owner_id: AccountId
    state: str
    due_at: datetime
    tries: int = 0
    meanwhile: int = 0
    sent_at: datetime | None = None
    failure: str = ""


class PushPolicy(enum.Enum):
    """Whose doings an application is told of by push."""

    ALL = "all"
    FOLLOWED = "followed"
    FOLLOWER = "follower"
    NONE = "none"


class PushSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """Where one browser or application receives pushes; keys in base64 (RFC 8291).

    A browser (`session_id`) is told what ears heard, and like an application (`token_id`) of notifications whose kind
    is on in `alerts`; if `quiet`, after the quiet hours. `bearer` is the token of an application, by which it knows the
    account that a message is for.
    """

    id: int
    account_id: AccountId
    session_id: int | None = None
    token_id: int | None = None
    endpoint: str
    p256dh: str
    auth: str
    standard: bool = True
    alerts: dict[str, bool] = {}
    policy: PushPolicy = PushPolicy.ALL
    bearer: str = ""
    created_at: datetime
    quiet: bool = True


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """A notification on its way to one application; `at_id` is of the moment of what it tells."""

    subscription_id: int
    notification_id: int
    owner_id: AccountId
    at_id: int
    due_at: datetime
    tries: int = 0


class WebhookHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How the webhook of an ear fared lately."""

    ear_id: int
    failures: int = 0
    failing_since: datetime | None = None
    disabled_at: datetime | None = None
