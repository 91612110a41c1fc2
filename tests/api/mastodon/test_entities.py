"""Our entities beside recorded answers of Mastodon 4.6: the same names, the same kinds of values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.mastodon.conftest import People

CAPTURED = Path(__file__).parents[2] / "captured" / "mastodon"
# What 4.6 added to what 4.5 has; we say that we are 4.5.
NEWER = {
    "show_media",
    "show_media_replies",
    "show_featured",
    "feature_approval",
    "tagged_collections",
    "collection_limit",
}


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Names that we lack, and values of another kind; where either side is empty or null nothing is compared."""
    if ours is None or theirs is None:
        return []
    if isinstance(ours, dict) and isinstance(theirs, dict):
        lacking = [f"{path}.{name} is missing" for name in theirs if name not in ours and name not in NEWER]
        shared = ours.keys() & theirs.keys()
        return lacking + [d for name in shared for d in differences(ours[name], theirs[name], f"{path}.{name}")]
    if isinstance(ours, list) and isinstance(theirs, list):
        return differences(ours[0], theirs[0], f"{path}[]") if ours and theirs else []
    return [] if type(ours) is type(theirs) else [f"{path} is {ours!r}, Mastodon says {theirs!r}"]


@pytest.mark.parametrize(
    "name, method, path",
    [
        ("credential_account", "GET", "/api/v1/accounts/verify_credentials"),
        ("status", "GET", "/api/v1/statuses/{status}"),
        ("reblog", "POST", "/api/v1/statuses/{status}/reblog"),
        ("context", "GET", "/api/v1/statuses/{reply}/context"),
        ("history", "GET", "/api/v1/statuses/{status}/history"),
        ("source", "GET", "/api/v1/statuses/{status}/source"),
        ("relationship", "POST", "/api/v1/accounts/{bob}/follow"),
        ("familiar_followers", "GET", "/api/v1/accounts/familiar_followers?id[]={bob}"),
        ("notification", "GET", "/api/v1/notifications/{notification}"),
        ("grouped_notifications", "GET", "/api/v2/notifications?expand_accounts=partial_avatars"),
        ("notification_policy", "GET", "/api/v2/notifications/policy"),
        ("conversation", "GET", "/api/v1/conversations"),
        ("preferences", "GET", "/api/v1/preferences"),
        ("instance_v1", "GET", "/api/v1/instance"),
        ("nodeinfo", "GET", "/nodeinfo/2.0"),
        ("search_v2", "GET", "/api/v2/search?q=hello"),
    ],
)
async def test_the_shape_is_mastodon_s(people: People, name: str, method: str, path: str) -> None:
    alice, bob = await people("alice"), await people("bob")
    status = await alice.posts("hello #world @bob https://example.org/", spoiler_text="cw")
    reply = await bob.posts("@alice hi", in_reply_to_id=status["id"])
    await bob.posts("@alice psst", visibility="direct")
    await people.world.settle()
    told = await alice.get("/api/v1/notifications")
    asked = path.format(status=status["id"], reply=reply["id"], bob=bob.id, notification=told[0]["id"])
    answer = await alice.ask(method, asked)
    assert answer.status_code == 200, answer.text
    recorded = json.loads((CAPTURED / f"{name}.json").read_text())
    # Application is told only of programs that registered, which a test's token did not. And Mastodon's
    # number of the last notification would not survive JavaScript here: our ids exceed 2^53.
    ours = (".application is missing", ".most_recent_notification_id is")
    assert [d for d in differences(answer.json(), recorded) if not any(known in d for known in ours)] == []
