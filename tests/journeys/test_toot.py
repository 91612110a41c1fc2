"""Every command of the unmodified `toot` from PyPI against a really running server.

A command that a later version brings fails the test until it is run here.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from PIL import Image
from toot.cli import cli

from tests.journeys.browser import Browser
from tests.journeys.conftest import LiveServer

PASSWORD = "a long password"
PROGRAM = str(Path(sys.executable).with_name("toot"))


def commands(group: click.Group = cli, before: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command that the installed version has, the hidden ones of old too."""
    for name, one in group.commands.items():
        if isinstance(one, click.Group):
            yield from commands(one, (*before, name))
        else:
            yield " ".join((*before, name))


def command_of(arguments: Sequence[str]) -> str:
    """Which command these arguments run."""
    node: click.Command = cli
    named = []
    for argument in arguments:
        if isinstance(node, click.Group) and argument in node.commands:
            node = node.commands[argument]
            named.append(argument)
    return " ".join(named)


class Toot:
    """The program, with a home of its own; `called` is what all of them ran."""

    def __init__(self, server: LiveServer, home: Path, called: set[str]) -> None:
        self._called = called
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
        self._called.add(command_of(arguments))
        return subprocess.run(
            [PROGRAM, "--no-color", *arguments],
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
        self._called.add("login")
        process = subprocess.Popen(
            [PROGRAM, "--no-color", "login", "--instance", self._server.url],
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

    def shows_on_a_screen(self, words: str) -> None:
        """Start the terminal interface, wait until it shows `words`, and leave it."""
        self._called.add("tui")
        ours, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        process = subprocess.Popen(
            [PROGRAM, "tui"], env=self._environment | {"TERM": "xterm-256color"}, stdin=its, stdout=its, stderr=its,
            start_new_session=True)  # fmt: skip
        os.close(its)
        shown, end = "", time.monotonic() + 60
        try:
            while words not in shown:
                assert time.monotonic() < end, shown
                if select.select([ours], [], [], 1)[0]:
                    shown += os.read(ours, 65536).decode(errors="replace")
                if "Enter to continue" in shown:  # it says that it will be a program of its own
                    shown = ""
                    os.write(ours, b"\n")
            os.write(ours, b"q")
            while process.poll() is None and time.monotonic() < end:
                if select.select([ours], [], [], 0.2)[0]:
                    try:
                        os.read(ours, 65536)
                    except OSError:  # the other end is closed
                        break
            assert process.wait(10) == 0
        finally:
            process.kill()
            process.wait(10)
            os.close(ours)


def eventually(check: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for the consumers."""
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_toot_runs_every_command(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "data", environment={"HARKEN_PASSWORD_GRANT": "true"})
    server.start()
    called: set[str] = set()
    try:
        for name in ("alice", "bob"):
            server.member(name, PASSWORD)
        alice, bob = (Toot(server, tmp_path / name, called) for name in ("alice", "bob"))
        for part in (signing_in, posts, reading, people, lists_and_tags, polls_and_files, leaving):
            part(alice, bob, server, tmp_path)
    finally:
        server.stop()
    assert called == set(commands())


def signing_in(alice: Toot, bob: Toot, server: LiveServer, _: Path) -> None:
    alice.log_in("alice")
    bob("login_cli", "--instance", server.url, "--email", "bob@example.org", typed=f"{PASSWORD}\n")
    assert "bob@" in bob("auth")
    bob("activate", "bob@" + server.url.removeprefix("http://"))
    assert "alice" in alice("whoami")
    assert "Harken" in alice("instance", server.url)
    assert "toot" in alice("env")
    assert "Harken" in alice("diag", "--server")


def posts(alice: Toot, bob: Toot, *_: Any) -> None:
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
    for command in ("reblogged-by", "reblogged_by"):
        assert "bob" in alice(command, status["id"])
    assert "Breakfast was" in bob("bookmarks", "--once")
    alice("pin", status["id"])
    alice("unpin", status["id"])
    eventually(lambda: len(alice.json("notifications")) == 4)
    told = alice("notifications")
    for words in ("now follows you", "favourited your status", "mentioned you", "boosted your status"):
        assert words in told
    alice("notifications", "--clear")
    assert alice.json("notifications") == []
    planned = alice.json("post", "For tomorrow", "--scheduled-in", "1 day")
    assert planned["params"]["text"] == "For tomorrow"


def reading(alice: Toot, bob: Toot, *_: Any) -> None:
    (status,) = alice.json("search", "breakfast", "--type", "statuses")["statuses"]
    assert status["id"] in alice("search", "breakfast")
    assert "bob" in alice("search", "bob", "--type", "accounts")
    eventually(lambda: "Breakfast was" in bob("timelines", "home"))
    assert "Breakfast was" in bob("timelines", "public")
    assert "Breakfast was" in bob("timelines", "tag", "lovely")
    assert "Breakfast was" in bob("timelines", "account", "alice")
    assert "Breakfast was" in bob("timelines", "favourites")
    assert "Breakfast was" in bob("timeline", "--once")
    assert bob.json("timelines", "trending") == []
    assert "not found" in bob.fails("timelines", "link", "https://example.org/").lower()  # only links that trend
    bob.shows_on_a_screen("Breakfast was")
    for verb in ("unreblog", "unfavourite", "unbookmark"):
        bob(verb, status["id"])
    alice("delete", status["id"])
    assert "Record not found" in bob.fails("status", status["id"])
    assert "Text can't be blank" in bob.fails("post", " ")


def people(alice: Toot, bob: Toot, _: LiveServer, tmp_path: Path) -> None:
    assert "bob" in alice("followers", "alice")
    assert "alice" in bob("following", "bob")
    assert "alice" in bob("whois", "alice")
    alice("mute", "bob")
    assert "bob" in alice("muted")
    alice("unmute", "bob")
    alice("block", "bob")
    assert "bob" in alice("blocked")
    alice("unblock", "bob")
    picture = tmp_path / "face.png"
    Image.new("RGB", (64, 64), "teal").save(picture)
    changed = alice.json(
        "update-account", "--display-name", "Alice B.", "--note", "Knows tea", "--avatar", str(picture), "--locked",
        "--discoverable", "--privacy", "unlisted", "--language", "en")  # fmt: skip
    assert (changed["display_name"], changed["locked"], changed["source"]["privacy"]) == ("Alice B.", True, "unlisted")
    alice("update_account", "--privacy", "public", "--no-bot")
    for answer in ("reject", "accept"):
        assert "follow" in bob("follow", "alice").lower()
        assert "bob" in alice("follow-requests", "list")
        alice("follow-requests", answer, "bob")
    alice("update-account", "--no-locked")
    assert "bob" in alice("followers", "alice")
    bob("unfollow", "alice")


def lists_and_tags(alice: Toot, bob: Toot, *_: Any) -> None:
    bob("follow", "alice")
    for create, add, accounts, remove, delete in (
        ("lists create", "lists add", "lists accounts", "lists remove", "lists delete"),
        ("list_create", "list_add", "list_accounts", "list_remove", "list_delete"),
    ):
        bob(*create.split(), "Tea")
        bob(*add.split(), "Tea", "alice")
        assert "alice" in bob(*accounts.split(), "Tea")
        assert "Tea" in bob("lists", "list")
        alice("post", "The kettle is on #tea")
        assert "kettle" in bob("timelines", "list", "Tea")
        bob(*remove.split(), "Tea", "alice")
        bob(*delete.split(), "Tea")
    for verb, counter, shown in (("follow", "unfollow", "followed"), ("feature", "unfeature", "featured")):
        alice("tags", verb, "tea")
        assert "tea" in alice("tags", shown)
        alice("tags", counter, "tea")
    assert "tea" in alice("tags", "info", "tea")


def polls_and_files(alice: Toot, bob: Toot, _: LiveServer, tmp_path: Path) -> None:
    asked = alice.json(
        "post", "Which?", "--poll-option", "Tea", "--poll-option", "Coffee", "--poll-expires-in", "1 hour",
        "--poll-multiple")  # fmt: skip
    bob("polls", "vote", asked["poll"]["id"], "0", "1")
    assert "Coffee" in alice("polls", "show", asked["poll"]["id"])
    assert bob.json("polls", "show", asked["poll"]["id"])["own_votes"] == [0, 1]
    picture = tmp_path / "face.png"
    assert alice.json("upload", str(picture), "--description", "Teal")["description"] == "Teal"
    status = alice.json("post", "A picture", "--media", str(picture), "--description", "All teal", "--sensitive")
    assert status["media_attachments"][0]["description"] == "All teal"


def leaving(alice: Toot, _: Toot, server: LiveServer, __: Path) -> None:
    alice("logout", "alice@" + server.url.removeprefix("http://"))
    assert "alice" not in alice("auth")
