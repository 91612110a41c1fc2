"""The unmodified `toot` from PyPI against a really running server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.journeys.browser import Browser
from tests.journeys.conftest import LiveServer

PASSWORD = "a long password"


class Toot:
    """The program, with a home of its own."""

    def __init__(self, server: LiveServer, home: Path) -> None:
        self._server = server
        self._environment = os.environ | {
            "XDG_CONFIG_HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            "BROWSER": "true",
            "TERM": "dumb",
        }

    def __call__(self, *arguments: str, typed: str = "") -> str:
        """Run a command; what it prints."""
        done = self._run(*arguments, typed=typed)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout

    def _run(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        program = Path(sys.executable).with_name("toot")
        return subprocess.run(
            [str(program), "--no-color", *arguments],
            env=self._environment,
            input=typed,
            text=True,
            capture_output=True,
            timeout=60,
        )

    def json(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, "--json"))

    def fails(self, *arguments: str) -> str:
        """Run a command that is refused; what it complains."""
        done = self._run(*arguments)
        assert done.returncode != 0, done.stdout
        return done.stderr

    def log_in(self, name: str) -> None:
        """Log in through the browser: open the page that toot prints, give the code back."""
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("toot")), "--no-color", "login", "--instance", self._server.url],
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        # It asks whether to open a browser; the address is printed before or after that.
        process.stdin.write("n\n")
        process.stdin.flush()
        said = ""
        while not (match := re.search(r"(http://\S+/oauth/authorize/?\?\S+)", said)):
            line = process.stdout.readline()
            assert line, said
            said += line
        code = Browser(self._server.url).authorize(match[1], f"{name}@example.org", PASSWORD)
        rest, _ = process.communicate(f"{code}\n", timeout=30)
        assert process.returncode == 0, said + rest


def eventually(check: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for the consumers."""
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_toot_does_what_people_do_with_it(live_server: LiveServer, tmp_path: Path) -> None:
    for name in ("alice", "bob"):
        live_server.member(name, PASSWORD)
    alice, bob = Toot(live_server, tmp_path / "alice"), Toot(live_server, tmp_path / "bob")
    alice.log_in("alice")
    bob.log_in("bob")
    assert "alice" in alice("whoami")
    assert "Harken" in alice("instance", live_server.url)

    assert "You are now following" in bob("follow", "alice")
    status = alice.json("post", "Breakfast was #lovely today", "--visibility", "public", "--language", "en")
    reply = bob.json("post", "@alice what did you have?", "--reply-to", status["id"])
    assert reply["in_reply_to_id"] == status["id"]
    thread = bob("thread", status["id"])
    assert "Breakfast was" in thread
    assert "what did you have?" in thread

    for verb in ("reblog", "favourite", "bookmark"):
        bob(verb, status["id"])
    assert bob.json("status", status["id"])["favourited"]
    assert "bob" in alice("reblogged-by", status["id"])
    assert "Breakfast was" in bob("bookmarks", "--once")
    alice("pin", status["id"])
    alice("unpin", status["id"])

    assert status["id"] in alice("search", "breakfast")
    assert [s["id"] for s in alice.json("search", "breakfast", "--type", "statuses")["statuses"]] == [status["id"]]
    assert "bob" in alice("search", "bob", "--type", "accounts")
    eventually(lambda: "Breakfast was" in bob("timelines", "home"))
    assert "Breakfast was" in bob("timelines", "public")
    assert "Breakfast was" in bob("timelines", "tag", "lovely")
    assert "Breakfast was" in bob("timelines", "account", "alice")
    assert "Breakfast was" in bob("timelines", "favourites")
    eventually(lambda: len(alice.json("notifications")) == 4)
    told = alice("notifications")
    for words in ("now follows you", "favourited your status", "mentioned you", "boosted your status"):
        assert words in told

    assert "bob" in alice("followers", "alice")
    assert "alice" in bob("following", "bob")
    assert "alice" in bob("whois", "alice")
    for verb in ("mute", "unmute", "block", "unblock"):
        alice(verb, "bob")
    for verb in ("unreblog", "unfavourite", "unbookmark"):
        bob(verb, status["id"])
    alice("notifications", "--clear")
    assert alice.json("notifications") == []
    alice("delete", status["id"])
    assert "Record not found" in bob.fails("status", status["id"])
    assert "Text can't be blank" in bob.fails("post", " ")
    alice("logout", "alice@" + live_server.url.removeprefix("http://"))
