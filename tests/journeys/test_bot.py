"""The unmodified bot framework `ananas` from PyPI, with its own dice bot, against a really running server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.journeys.conftest import LiveServer


@pytest.mark.slow
def test_a_bot_answers_who_mentions_it(live_server: LiveServer, tmp_path: Path) -> None:
    token, alice = live_server.member("dicebot"), live_server.member("alice")
    with live_server.client(alice) as asking:
        app = {"client_name": "ananas", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"}
        made = asking.post("/api/v1/apps", data=app).json()
    config = tmp_path / "bots.cfg"
    config.write_text(
        f"[DiceBot]\nclass = ananas.default.DiceBot\ndomain = {live_server.url}\naccess_token = {token}\n"
        f"client_id = {made['client_id']}\nclient_secret = {made['client_secret']}\n")
    with (tmp_path / "said.txt").open("w") as said:
        bot = subprocess.Popen(
            [sys.executable, "-m", "ananas.run", str(config), "-v"], cwd=tmp_path, stdout=said, stderr=said,
            env=os.environ | {"PYTHONUNBUFFERED": "1"})  # fmt: skip
    try:
        with live_server.client(alice) as asking:
            answers: list[str] = []
            end = time.monotonic() + 60
            # It says that it is there before its stream is open, so it is asked again until it hears.
            while not answers:
                assert time.monotonic() < end, (tmp_path / "said.txt").read_text()
                said_to_it = {"status": "@dicebot 3d6", "visibility": "unlisted"}
                status = asking.post("/api/v1/statuses", data=said_to_it).json()
                time.sleep(1.5)
                context = asking.get(f"/api/v1/statuses/{status['id']}/context").json()
                answers = [one["content"] for one in context["descendants"]]
                assert {one["visibility"] for one in context["descendants"]} <= {"unlisted"}
            assert "Rolling 3d6" in answers[0]
            told = asking.get("/api/v1/notifications").json()
            assert (told[0]["type"], told[0]["account"]["acct"]) == ("mention", "dicebot")
    finally:
        bot.send_signal(signal.SIGKILL)  # at SIGTERM it waits for its stream to bring one thing more
        bot.wait(10)
