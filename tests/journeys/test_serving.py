"""A server that people leave open all day: several workers, streams, clients that vanish, a clean stop."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from .conftest import LiveServer


@pytest.fixture
def two_workers(tmp_path: Path) -> Iterator[LiveServer]:
    server = LiveServer(tmp_path / "data", "--workers", "2")
    server.start()
    yield server
    server.stop()


def listen(server: LiveServer, token: str, heard: list[str], opened: threading.Event) -> None:
    """Collect the texts of `update` events until the stream ends."""
    with (
        httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as asking,
        asking.stream("GET", "/api/v1/streaming/user") as stream,
    ):
        opened.set()
        kind = ""
        try:
            for line in stream.iter_lines():
                if line.startswith("event:"):
                    kind = line.removeprefix("event:").strip()
                elif line.startswith("data:") and kind == "update":
                    heard.append(re.sub("<[^>]+>", "", json.loads(line.removeprefix("data:"))["content"]))
        except httpx.HTTPError:
            pass  # the server stopped


def test_streams_in_every_worker_hear_of_posts_through_any(two_workers: LiveServer) -> None:
    token = two_workers.member("ada")
    heard: list[list[str]] = [[] for _ in range(8)]
    opened = [threading.Event() for _ in heard]
    threads = [
        threading.Thread(target=listen, args=(two_workers, token, h, o)) for h, o in zip(heard, opened, strict=True)
    ]
    for thread in threads:
        thread.start()
    assert all(event.wait(10) for event in opened)
    for number in range(6):
        with two_workers.client(token) as asking:  # a new connection each time, so that both workers are asked
            assert asking.post("/api/v1/statuses", json={"status": f"number {number}"}).status_code == 200
    deadline = time.monotonic() + 10
    while any(len(texts) < 6 for texts in heard) and time.monotonic() < deadline:
        time.sleep(0.05)
    wanted = [f"number {number}" for number in range(6)]
    assert all(sorted(texts) == wanted for texts in heard)
    started = time.monotonic()
    two_workers.stop()
    assert time.monotonic() - started < 5, "open streams must not hold the server back"
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()


def test_a_client_that_vanishes_is_noticed_and_freed(live_server: LiveServer) -> None:
    token = live_server.member("ada")
    host, port = live_server.url.removeprefix("http://").split(":")

    def open_streams() -> float:
        with live_server.client() as asking:
            found = re.search(r"^harken_open_streams(?:\{[^}]*\})? (\S+)", asking.get("/metrics").text, re.MULTILINE)
        assert found
        return float(found[1])

    sockets = []
    for _ in range(5):
        opened = socket.create_connection((host, int(port)))
        opened.sendall(
            f"GET /api/v1/streaming/user HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        )
        assert b"200" in opened.recv(100)
        sockets.append(opened)
    assert open_streams() == 5
    for vanishing in sockets:
        vanishing.close()
    deadline = time.monotonic() + 10
    while open_streams() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert open_streams() == 0


def test_another_public_url_is_refused(tmp_path: Path) -> None:
    def check(url: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                sys.executable,
                "-m",
                "harken",
                "account",
                "create",
                "a" + url[8:11],
                "--email",
                f"{url[8:11]}@example.org",
                "--data",
                str(tmp_path / "data"),
            ],
            env=os.environ | {"HARKEN_URL": url},
            capture_output=True,
            text=True,
            timeout=60,
        )

    assert check("https://one.example").returncode == 0
    refused = check("https://two.example")
    assert refused.returncode != 0
    assert "https://one.example" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_connection_goes_on_after_head(live_server: LiveServer) -> None:
    connection = http.client.HTTPConnection(live_server.url.removeprefix("http://"), timeout=10)
    connection.connect()
    connection.auto_open = 0  # one that the server closed is an error, not opened anew
    for method in ("HEAD", "GET", "HEAD", "GET"):
        for path in ("/", "/api/v1/instance", "/health"):
            connection.request(method, path)
            answer = connection.getresponse()
            body = answer.read()
            assert (answer.status, bool(body)) == (200, method == "GET"), path
    connection.close()


def test_health_and_logs_carry_no_personal_content(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "data")
    server.start()
    try:
        token = server.member("ada")
        with server.client(token) as asking:
            well = asking.get("/health", headers={"Accept": "application/json"}).json()
            assert well == {"status": "ok", "standing_still": []}
            assert (
                asking.post(
                    "/api/v1/statuses", json={"status": "a very private worry", "visibility": "direct"}
                ).status_code
                == 200
            )
            metrics = asking.get("/metrics").text
        assert "harken_requests_total" in metrics
        assert "private" not in metrics
        assert "ada" not in metrics
    finally:
        server.stop()
