"""Push what a batch has to tell to every browser of its owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from .. import webpush
from ..actions.subscribe_push import vapid_key
from ..errors import Refused, TryLater
from ..federation import fetch
from ..model.account import Member
from ..model.alert import Kind, PushSubscription
from ..store import push
from ..store.database import Database
from ..text.catalogues import translations
from .letters import headline, subject
from .news import News
from .webhook import absolute

_TTL_SECONDS = 24 * 3600
_MAX_BODY = 220  # characters; a phone shows fewer


async def push_news(
    db: Database, told: Sequence[News], to: Member, base_url: str, contact: str, now: datetime, private: bool
) -> None:
    """Deliver to each subscription; one that is gone is forgotten.

    Raises Refused (nobody is subscribed), TryLater (no push service took it).
    """
    subscriptions = await push.of_account(db, to.account_id)
    if not subscriptions:
        raise Refused("No browser of yours receives notifications; switch it on in the settings.")
    key = await vapid_key(db)
    payload = message(told, to.language, base_url)
    failures = []
    for one in subscriptions:
        try:
            await _push_one(db, one, payload, key, contact, now, private)
        except (Refused, TryLater) as error:
            failures.append(error)
    if len(failures) == len(subscriptions):
        raise failures[0]


async def _push_one(
    db: Database, one: PushSubscription, payload: bytes, key: str, contact: str, now: datetime, private: bool
) -> None:
    answer = await fetch.send(
        "POST", one.endpoint, body=webpush.encrypted(payload, one.p256dh, one.auth), private=private,
        headers={
            "Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream", "TTL": str(_TTL_SECONDS),
            "Urgency": "normal", "Authorization": webpush.authorization(one.endpoint, key, contact, now)})
    if answer.status in (404, 410):  # RFC 8030, 7.3: the subscription has expired
        async with db.transaction() as tx:
            await push.delete(tx, one.account_id, one.id)
        raise Refused("The browser has withdrawn its permission, and is not asked again.")
    if not 200 <= answer.status < 300:
        raise TryLater(f"The push service answered {answer.status}.")


def message(told: Sequence[News], language: str, base_url: str) -> bytes:
    """The JSON that the service worker (web/static/push-worker.js) shows: title, body, the page to open, a tag."""
    speech = translations(language)
    first = told[0]
    item = first.items[0] if first.items else None
    alone = len(told) == 1 and item is not None and first.count == 1 and first.kind is not Kind.SPIKE
    if first.kind is Kind.TEST:
        text = speech.gettext("This is how this ear tells you.")
    elif len(told) > 1:
        text = "\n".join(headline(one, language) for one in told)
    elif item is not None:
        text = item.post.spoiler or item.post.text
        if first.meanwhile and first.kind is Kind.HEARD:
            text = speech.ngettext(
                "and %(num)d more", "and %(num)d more", first.meanwhile) % {"num": first.meanwhile} + "\n" + text
    else:
        text = ""
    url = absolute(item.post.url, base_url) if alone and item else f"{base_url}/ears/{first.ear.id}"
    if len(told) > 1:
        url = f"{base_url}/notifications"
    cut = text if len(text) <= _MAX_BODY else text[: _MAX_BODY - 1] + "…"
    return msgspec.json.encode({
        "title": subject(told, language)[:120], "body": cut, "url": url, "tag": f"ear-{first.ear.id}",
        "lang": language})
