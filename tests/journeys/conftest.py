"""A real server in a process of its own, spoken to through its public surfaces."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.contract import keep_contract_now


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every journey starts servers: all are slow."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.slow)


class LiveServer:
    """`harken serve` on a free port of loopback."""

    def __init__(self, data: Path, *options: str, environment: dict[str, str] | None = None) -> None:
        self.data = data
        self.options = options
        self.environment = os.environ | {"HARKEN_RATE_LIMIT": "off"} | (environment or {})
        self.process: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self) -> str:
        """Start and wait for the line with the URL."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "harken", "serve", "--data", str(self.data), "--port", "0", *self.options],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        match = re.search(r"https?://\S+", line)
        assert match, f"the server did not start: {line!r}"
        self.url = match[0]
        return self.url

    def command(self, *arguments: str) -> str:
        """Run `harken` on the same data; its standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "harken", *arguments, "--data", str(self.data)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def member(self, name: str, password: str = "a long password") -> str:
        """Create a member; a bearer token."""
        self.command("account", "create", name, "--email", f"{name}@example.org", "--password", password)
        return self.command("token", "create", name).strip().splitlines()[-1]

    def client(self, token: str = "") -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        hooks = {"response": [keep_contract_now]}
        return httpx.Client(base_url=self.url, headers=headers, timeout=20, event_hooks=hooks)

    def settled(self, seconds: float = 20) -> None:
        """Wait until every consumer has heard what was said so far: then pages and timelines show it."""
        end = time.monotonic() + seconds
        while re.search(r"^harken_consumer_lag\{.*\} (?!0\.0$)", httpx.get(f"{self.url}/metrics").text, re.M):
            assert time.monotonic() < end, "the consumers do not come after"
            time.sleep(0.02)

    def new_page(self, context: Any) -> Any:
        """A page of a browser: it keeps its errors in `problems` and goes nowhere before what was said is heard."""
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("console", lambda m: page.problems.append(m.text) if m.type == "error" else None)
        straight = page.goto

        def goto(url: str, **how: Any) -> Any:
            self.settled()
            return straight(url, **how)

        page.goto = goto
        return page

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=15)
        if self.process and self.process.stdout:
            self.process.stdout.close()


@pytest.fixture
def live_server(tmp_path: Path) -> Iterator[LiveServer]:
    server = LiveServer(tmp_path / "data")
    server.start()
    yield server
    server.stop()
