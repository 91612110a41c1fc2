"""Choose how an ear tells, and for which hours all ears keep quiet."""

from __future__ import annotations

import secrets
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from ..errors import Invalid, NotAllowed, Refused
from ..ids import AccountId, new_id
from ..model.account import Account
from ..model.alert import COOL_DOWNS, MAX_WEBHOOK_URL, SPIKES, EarAlert, Listening, Mode
from ..model.ear import Ear
from ..search.percolator import later
from ..search.search import understood
from ..store import alerts, ears
from ..store.database import Database, Transaction


async def set_alert(db: Database, owner: Account, chosen: EarAlert, now: datetime) -> EarAlert:
    """Store how an ear of `owner` tells; a webhook gets a secret when it gets an address.

    Tells of what is heard from now on. Raises NotFound, Invalid (no way
    chosen, an address that cannot be used), NotAllowed (the query becomes true only later).
    """
    if chosen.cool_down not in COOL_DOWNS or chosen.spike not in SPIKES:
        raise Invalid("Choose one of the lengths and sensitivities offered.", "cool_down")
    check_webhook(chosen.webhook_url)
    telling = chosen.mode is not Mode.NEVER or chosen.spike > 0
    if telling and not chosen.channels:
        raise Invalid("Choose at least one way to be told.", "channels")
    async with db.transaction() as tx:
        ear = await ears.get(tx, chosen.ear_id, owner.id)
        if telling and (reason := why_not(ear)):
            raise NotAllowed(reason)
        old = await alerts.find_setting(tx, ear.id)
        began = old is None or old.mode is Mode.NEVER
        secret = old.webhook_secret if old and old.webhook_url else secrets.token_urlsafe(32)
        stored = msgspec.structs.replace(
            chosen, owner_id=owner.id, since_id=new_id(now) if began or old is None else old.since_id,
            webhook_secret=secret if chosen.webhook_url else "")
        await alerts.put_setting(tx, stored)
        await _listening(tx, owner.id)
    return stored


def why_not(ear: Ear) -> str:
    """Why an ear cannot tell at the moment of a post; empty when it can."""
    try:
        tree = understood(ear.query, ear.saved_at, ear.days).tree
    except Refused:
        return "This ear cannot be understood any more, so it hears nothing. Change what it listens for."
    if later(tree):
        return (
            "This ear asks for something that is true only some time after a post was written: how often it was "
            "answered, boosted or favourited, that nobody has answered, or that you kept it. So there is no moment "
            "to tell you. The ear's page shows such posts; for an alert, leave min_…, is:unanswered and in:saved out.")
    return ""


def check_webhook(url: str) -> None:
    """Raises Invalid for an address that no webhook can have."""
    if not url:
        return
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Invalid("This is not an address on the web.", "webhook_url") from None
    if len(url) > MAX_WEBHOOK_URL or not url.isascii() or any(c <= " " for c in url):
        raise Invalid("The address is too long or has characters that no address has.", "webhook_url")
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise Invalid("The address must begin with https:// or http://.", "webhook_url")
    if parts.username is not None or parts.password is not None:
        raise Invalid("The address must not hold a name or password; check the signature instead.", "webhook_url")


async def set_listening(
    db: Database, owner: Account, quiet_from: int | None, quiet_to: int | None, digest_hour: int, unsubscribed: bool
) -> Listening:
    """Choose quiet hours (minutes after midnight, both or neither) and the hour of the digest. Raises Invalid."""
    if (quiet_from is None) != (quiet_to is None):
        raise Invalid("Say when the quiet hours begin and when they end, or leave both empty.", "quiet_from")
    if not all(minute is None or 0 <= minute < 24 * 60 for minute in (quiet_from, quiet_to)):
        raise Invalid("A time of day lies between 00:00 and 23:59.", "quiet_from")
    if not 0 <= digest_hour < 24:
        raise Invalid("An hour lies between 0 and 23.", "digest_hour")
    async with db.transaction() as tx:
        chosen = msgspec.structs.replace(
            await _listening(tx, owner.id), quiet_from=quiet_from, quiet_to=quiet_to, digest_hour=digest_hour,
            unsubscribed=unsubscribed)
        await alerts.put_listening(tx, chosen)
    return chosen


async def listening_of(db: Database, owner: AccountId) -> Listening:
    """What was chosen for all ears of `owner`."""
    async with db.transaction() as tx:
        return await _listening(tx, owner)


async def _listening(tx: Transaction, owner: AccountId) -> Listening:
    """What was chosen for all ears of `owner`, made with its key when it is first needed."""
    found = await alerts.find_listening(tx, owner)
    if found is None:
        found = Listening(account_id=owner, unsubscribe_key=secrets.token_urlsafe(24))
        await alerts.put_listening(tx, found)
    return found
