"""An acknowledged post survives kill -9: in the database, on the author's page, in homes and in search, once."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import time

import httpx

from harken.bench.client import Connection, request

from .conftest import LiveServer

ROUNDS = 20
CLIENTS = 8


def test_every_acknowledged_post_survives_twenty_kills(live_server: LiveServer) -> None:
    dice = random.Random(int(os.environ.get("CRASH_SEED", "1")))
    token, reader = live_server.member("writer"), live_server.member("reader")
    with live_server.client(reader) as asking:
        writer_id = asking.get("/api/v1/accounts/lookup", params={"acct": "writer"}).json()["id"]
        assert asking.post(f"/api/v1/accounts/{writer_id}/follow").status_code == 200
    acknowledged: dict[str, str] = {}

    async def post_until_killed(number: int) -> None:
        """Kill at a random moment after a random number of acknowledgements."""
        enough = len(acknowledged) + dice.randrange(1, 120)
        host, port = live_server.url.removeprefix("http://").split(":")

        async def one(client: int) -> None:
            connection = Connection(host, int(port))
            for count in itertools.count():
                text = f"round{number}client{client}count{count}"
                body = json.dumps({"status": text}).encode()
                try:
                    status, answer = await connection.ask(request("POST", "/api/v1/statuses", token, body))
                except (OSError, asyncio.IncompleteReadError):
                    connection.close()
                    return
                assert status == 200, answer
                acknowledged[json.loads(answer)["id"]] = text

        posting = [asyncio.create_task(one(client)) for client in range(CLIENTS)]
        while len(acknowledged) < enough:
            await asyncio.sleep(0.001)
        await asyncio.sleep(dice.uniform(0, 0.02))
        assert live_server.process is not None
        live_server.process.kill()
        live_server.process.wait()
        await asyncio.gather(*posting)
        await asyncio.sleep(0.05)  # closed connections let go of their sockets in the loop's next rounds

    for number in range(ROUNDS):
        asyncio.run(post_until_killed(number))
        assert live_server.process is not None
        assert live_server.process.stdout is not None
        live_server.process.stdout.close()
        live_server.start()
    assert len(acknowledged) > 10 * ROUNDS, "too few posts to prove anything"

    assert len(set(acknowledged.values())) == len(acknowledged)
    with live_server.client(reader) as asking:
        for path in (f"/api/v1/accounts/{writer_id}/statuses", "/api/v1/timelines/home"):
            deadline = time.monotonic() + 20
            while True:
                found = paged(asking, path)
                missing = acknowledged.keys() - found
                if not missing or time.monotonic() > deadline:
                    break
                time.sleep(0.2)  # consumers catch up
            assert not missing, f"{len(missing)} acknowledged posts are missing from {path}"
            assert len(found) == len(set(found)), f"posts are repeated in {path}"
    with live_server.client(token) as asking:  # the author may find their own, indexable or not
        for post_id in dice.sample(sorted(acknowledged), 60):
            answer = asking.get("/api/v2/search", params={"q": acknowledged[post_id], "type": "statuses"}).json()
            assert [post["id"] for post in answer["statuses"]] == [post_id]
    live_server.stop()
    live_server.command("check")  # exits with an error when anything is wrong


def paged(asking: httpx.Client, path: str) -> list[str]:
    """All ids of a timeline."""
    found: list[str] = []
    while True:
        page = asking.get(path, params={"limit": 40, **({"max_id": found[-1]} if found else {})}).json()
        if not page:
            return found
        found += [post["id"] for post in page]
