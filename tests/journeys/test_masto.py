"""The unmodified `masto` from npm, which browser clients are built on, against a really running server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.journeys.conftest import LiveServer

HERE = Path(__file__).parent / "masto"


@pytest.mark.slow
def test_masto_reads_writes_and_listens(live_server: LiveServer, tmp_path: Path) -> None:
    if not (shutil.which("node") and shutil.which("npm")):
        if os.environ.get("CI") == "true":
            pytest.fail("node and npm are not installed")
        pytest.skip("node and npm are not installed")
    work = tmp_path / "masto"
    shutil.copytree(HERE, work)
    subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"],
        cwd=work, check=True, capture_output=True, timeout=300)  # fmt: skip
    tokens = [live_server.member(name) for name in ("alice", "bob")]
    done = subprocess.run(
        ["node", "journey.js", live_server.url, *tokens], cwd=work, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["heard"] >= 5
