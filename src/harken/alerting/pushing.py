"""Push what ears heard to every browser of their owner, and notifications to applications."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from .. import webpush
from ..actions.subscribe_push import vapid_key
from ..errors import Refused, TryLater
from ..federation import fetch
from ..model.account import Member
from ..model.alert import Kind, PushPolicy, PushSubscription
from ..model.relationship import Notification
from ..store import members, notifications, push, relationships
from ..store.database import Database
from ..text.catalogues import translations
from . import client_push
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
    subscriptions = await push.browsers_of(db, to.account_id)
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
    body, headers = webpush.request(
        payload, one.endpoint, one.p256dh, one.auth, private_key=key, contact=contact, now=now, standard=one.standard)
    answer = await fetch.send(
        "POST", one.endpoint, body=body, private=private,
        headers={
            "Content-Type": "application/octet-stream", "TTL": str(_TTL_SECONDS), "Urgency": "normal"} | headers)
    if answer.status in (404, 410):  # RFC 8030, 7.3: the subscription has expired
        async with db.transaction() as tx:
            await push.delete(tx, one.account_id, one.id)
        raise Refused("The browser has withdrawn its permission, and is not asked again.")
    if not 200 <= answer.status < 300:
        raise TryLater(f"The push service answered {answer.status}.")


async def push_notification(
    db: Database, one: PushSubscription, notification_id: int, base_url: str, contact: str, now: datetime, private: bool
) -> None:
    """Tell an application of a notification, if its member is still shown it and wants to hear of it there.

    Raises Refused (it is not told; not later either), TryLater (the push service did not take it).
    """
    told = await notifications.find(db, one.account_id, notification_id, now)
    member = await members.find(db, one.account_id)
    if told is None or member is None or not one.alerts.get(told.kind) or not await _lets_in(db, one, told):
        raise Refused("There is nothing to tell any more.")
    payload = await (
        client_push.message(db, told, one.bearer, member.language, base_url) if one.token_id is not None
        else client_push.for_browser(db, told, member.language, base_url))
    if payload is None:
        raise Refused("There is nothing to tell any more.")
    await _push_one(db, one, payload, await vapid_key(db), contact, now, private)


async def _lets_in(db: Database, one: PushSubscription, told: Notification) -> bool:
    """Whether the subscription wants to hear of what this account did."""
    match one.policy:
        case PushPolicy.FOLLOWED:
            follow = await relationships.follow(db, one.account_id, told.account_id)
        case PushPolicy.FOLLOWER:
            follow = await relationships.follow(db, told.account_id, one.account_id)
        case _:
            return one.policy is PushPolicy.ALL
    return follow is not None and follow.accepted


def message(told: Sequence[News], language: str, base_url: str) -> bytes:
    """The JSON that the service worker (web/static/service-worker.js) shows: title, body, the page to open, a tag."""
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
