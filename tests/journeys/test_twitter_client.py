"""The unmodified `twitter` from PyPI, which began in 2008, pointed at our server as its documentation says."""

from __future__ import annotations

import pytest
from twitter import NoAuth, Twitter, TwitterHTTPError

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
