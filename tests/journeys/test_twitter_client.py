"""The unmodified `twitter` from PyPI, which began in 2008, pointed at our server as its documentation says."""

from __future__ import annotations

import time

import pytest
from twitter import NoAuth, Twitter, TwitterHTTPError, UserPassAuth

from tests.journeys.conftest import LiveServer


def test_a_client_of_that_time_searches_and_polls(live_server: LiveServer) -> None:
    with live_server.client(live_server.member("kofi")) as kofi:
        kofi.patch("/api/v1/accounts/update_credentials", json={"indexable": True})

        def says(text: str) -> int:
            return int(kofi.post("/api/v1/statuses", json={"status": text}).json()["id"])

        search = Twitter(auth=NoAuth(), domain=live_server.url.removeprefix("http://"), secure=False, api_version=None)
        first = says("tea in the morning")
        found = search.search(q="tea")
        assert [(result["id"], result["from_user"]) for result in found["results"]] == [(first, "kofi")]
        assert search.search(q="tea", since_id=found["max_id"])["results"] == []
        second = says("tea in the evening")
        again = search.search(q="tea", since_id=found["max_id"])
        assert [result["id"] for result in again["results"]] == [second]
        assert len(search.search(q="tea OR coffee", rpp=1, page=2, max_id=again["max_id"])["results"]) == 1
        with pytest.raises(TwitterHTTPError, match="You must enter a query") as refused:
            search.search(q="")
        assert refused.value.e.code == 403
        refused.value.e.close()


def test_a_client_of_that_time_posts_follows_and_writes_messages(live_server: LiveServer) -> None:
    tokens = {name: live_server.member(name) for name in ("ama", "yaw")}
    ama, yaw = (
        Twitter(auth=UserPassAuth(name, token), domain=live_server.url.removeprefix("http://"), secure=False,
                api_version=None)
        for name, token in tokens.items())
    assert ama.account.verify_credentials()["screen_name"] == "ama"
    first = ama.statuses.update(status="good <morning> & welcome")
    assert yaw.friendships.create(screen_name="ama")["following"] is True
    assert ama.friendships.exists(user_a="yaw", user_b="ama") is True
    assert [one["text"] for one in yaw.statuses.friends_timeline()] == ["good <morning> & welcome"]
    answer = yaw.statuses.update(status="@ama thank you", in_reply_to_status_id=first["id"])
    deadline = time.monotonic() + 10
    while not (replies := ama.statuses.replies()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [one["id"] for one in replies] == [answer["id"]]
    ama.direct_messages.new(user="yaw", text="between us")
    [message] = yaw.direct_messages()
    assert (message["text"], message["sender"]["screen_name"]) == ("between us", "ama")
    with pytest.raises(TwitterHTTPError, match="does not follow you") as refused:
        yaw.direct_messages.new(user="ama", text="may I?")
    assert refused.value.e.code == 403
    refused.value.e.close()
    assert yaw.favorites.create(id=first["id"], _method="POST")["favorited"] is True
    assert ama.statuses.destroy(id=first["id"], _method="POST")["id"] == first["id"]
    assert yaw.favorites() == []
    assert ama.account.rate_limit_status()["remaining_hits"] > 0
