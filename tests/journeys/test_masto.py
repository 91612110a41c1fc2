"""The unmodified `masto` from npm, which browser clients are built on, against a really running server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.journeys.conftest import LiveServer

HERE = Path(__file__).parent / "masto"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the scripts and what their lock file names."""
    if not (shutil.which("node") and shutil.which("npm")):
        if os.environ.get("CI") == "true":
            pytest.fail("node and npm are not installed")
        pytest.skip("node and npm are not installed")
    work = tmp_path_factory.mktemp("npm") / "masto"
    shutil.copytree(HERE, work)
    subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
        cwd=work, check=True, capture_output=True, timeout=300)  # fmt: skip
    return work


def run(script: str, work: Path, *arguments: str) -> Any:
    """What a script prints, which is JSON."""
    done = subprocess.run(["node", script, *arguments], cwd=work, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.xdist_group("masto")
def test_masto_reads_writes_and_listens(live_server: LiveServer, installed: Path) -> None:
    tokens = [live_server.member(name) for name in ("alice", "bob")]
    assert run("journey.js", installed, live_server.url, *tokens)["heard"] >= 5


@pytest.mark.slow
@pytest.mark.xdist_group("masto")
def test_every_method_of_masto_is_called(live_server: LiveServer, installed: Path, tmp_path: Path) -> None:
    """And every stream, on one socket. A method that a later version has is missed until every.js calls it."""
    picture = tmp_path / "teapot.png"
    Image.new("RGB", (8, 8), "teal").save(picture)
    live_server.command("emoji", "add", "teapot", str(picture))
    live_server.command("announce", "add", "Tea for all")
    tokens = [live_server.member(name) for name in ("alice", "bob", "stranger")]
    dora = ("dora", "--email", "dora@example.org", "--password", "a long password", "--admin")
    live_server.command("account", "create", *dora)
    scopes = "read write admin:read admin:write"
    tokens.append(live_server.command("token", "create", "dora", "--scopes", scopes).split()[-1])
    found = run("every.js", installed, live_server.url, *tokens)
    assert not found["failed"], "\n".join(found["failed"].values())
    assert found["methods"] > 200
    assert found["missed"] == []
