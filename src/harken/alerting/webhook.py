"""What a webhook gets: JSON, and a signature that proves where it comes from.

`Harken-Signature: t=SECONDS,v1=HEX` where HEX is the HMAC-SHA256, with the
webhook's secret, of `SECONDS.BODY`. A receiver computes it again over the
bytes it got, compares in constant time, and refuses what is older than a few
minutes. `Harken-Delivery` names the delivery: one that comes twice is the same.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Any

import msgspec

from .. import clock
from ..errors import Refused, TryLater
from ..federation import fetch
from .news import Item, News


def body(one: News, base_url: str, now: datetime) -> bytes:
    """The JSON of what one ear has to tell. Ids are strings: they exceed 2^53."""
    return msgspec.json.encode({
        "type": one.kind.value,
        "ear": {
            "id": str(one.ear.id), "name": one.ear.name, "query": one.ear.query,
            "url": f"{base_url}/ears/{one.ear.id}"},
        "posts": [_post(item, base_url) for item in one.items],
        "count": one.count,
        "meanwhile": one.meanwhile,
        "sent_at": now.isoformat().replace("+00:00", "Z"),
    })


def _post(item: Item, base_url: str) -> dict[str, Any]:
    post, author = item.post, item.author
    return {
        "id": str(post.id), "url": absolute(post.url, base_url), "text": post.text, "spoiler": post.spoiler,
        "language": post.language, "created_at": post.created_at.isoformat().replace("+00:00", "Z"),
        "because": item.because,
        "author": {
            "id": str(author.id), "address": author.address, "name": author.shown_name,
            "url": absolute(author.url, base_url)},
    }


def absolute(url: str, base_url: str) -> str:
    """Links to this server are stored without its address."""
    return base_url + url if url.startswith("/") else url


def signature(secret: str, at: int, content: bytes) -> str:
    """The value of Harken-Signature for `content` sent at `at` (seconds since 1970)."""
    made = hmac.new(secret.encode(), str(at).encode() + b"." + content, hashlib.sha256).hexdigest()
    return f"t={at},v1={made}"


async def call(one: News, base_url: str, now: datetime, private: bool) -> None:
    """Deliver. Raises TryLater or Refused with what went wrong; anything but 2xx is wrong."""
    content = body(one, base_url, now)
    answer = await fetch.send(
        "POST", one.chosen.webhook_url, body=content, private=private,
        headers={
            "Content-Type": "application/json",
            "Harken-Delivery": str(one.rows[0].id),
            "Harken-Signature": signature(one.chosen.webhook_secret, clock.to_ms(now) // 1000, content),
        })
    if 300 <= answer.status < 400:
        raise Refused(f"It answered with a redirect ({answer.status}), and redirects are not followed.")
    if not 200 <= answer.status < 300:
        raise TryLater(f"It answered {answer.status}.")
