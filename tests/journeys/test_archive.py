"""The unmodified `mastodon-archive` against a really running server behind a TLS proxy."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.conftest import LiveServer
from tests.journeys.tls_proxy import TlsProxy


@pytest.mark.slow
def test_an_account_is_backed_up_through_a_tls_proxy(tmp_path: Path) -> None:
    proxy = TlsProxy(tmp_path)
    outside = {"HARKEN_URL": proxy.url, "HARKEN_TRUSTED_PROXIES": "127.0.0.1"}
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = LiveServer(tmp_path / "data", "--port", str(port), environment=outside)
    assert server.start() == proxy.url
    server.url = f"http://127.0.0.1:{port}"  # the test itself goes in by the back door
    proxy.start(port)
    try:
        alice, bob = server.member("alice"), server.member("bob")
        with server.client(bob) as asking:
            me = asking.get("/api/v1/accounts/lookup", params={"acct": "alice"}).json()
            asking.post(f"/api/v1/accounts/{me['id']}/follow")
            theirs = asking.post("/api/v1/statuses", data={"status": "@alice hello"}).json()
        with server.client(alice) as asking:
            said = [asking.post("/api/v1/statuses", data={"status": f"number {n}"}).json()["id"] for n in range(25)]
            for verb in ("favourite", "bookmark"):
                asking.post(f"/api/v1/statuses/{theirs['id']}/{verb}")
            app = {"client_name": "archive", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"}
            made = asking.post("/api/v1/apps", data=app).json()
            first = asking.get(f"/api/v1/statuses/{said[0]}").json()
        assert first["url"] == f"{proxy.url}/@alice/{said[0]}"
        host = proxy.url.removeprefix("https://")
        (tmp_path / f"{host}.client.secret").write_text(f"{made['client_id']}\n{made['client_secret']}\n{proxy.url}\n")
        (tmp_path / f"{host}.user.alice.secret").write_text(f"{alice}\n{proxy.url}\n")
        done = subprocess.run(
            [str(Path(sys.executable).with_name("mastodon-archive")), "archive", "--with-mentions", "--with-followers",
             "--with-following", f"alice@{host}"],
            cwd=tmp_path, env=os.environ | {"REQUESTS_CA_BUNDLE": str(proxy.certificate)}, capture_output=True,
            text=True, timeout=120)  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        kept = json.loads((tmp_path / f"{host}.user.alice.json").read_text())
        assert sorted(str(status["id"]) for status in kept["statuses"]) == sorted(said)
        assert [len(kept[kind]) for kind in ("favourites", "bookmarks", "mentions", "followers")] == [1, 1, 1, 1]
        assert kept["account"]["url"] == f"{proxy.url}/@alice"
    finally:
        proxy.stop()
        server.stop()
