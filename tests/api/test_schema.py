"""Generated requests against everything in the OpenAPI document: no answer is a 500."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.conftest import LiveServer


@pytest.mark.slow
def test_nothing_that_is_asked_breaks_the_server(tmp_path: Path) -> None:
    """The server really runs; schemathesis asks as a member, who may reach every line."""
    schemathesis = Path(sys.executable).with_name("schemathesis")
    if not schemathesis.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("schemathesis is not installed")
        pytest.skip("schemathesis is not installed")
    server = LiveServer(tmp_path / "data")
    server.start()
    try:
        token = server.member("fuzz")
        document = tmp_path / "openapi.json"
        with server.client() as asking:
            described = asking.get("/api/openapi/openapi.json").json()
        # Streams do not end, so no tool that waits for answers can ask for them.
        described["paths"] = {
            p: v for p, v in described["paths"].items() if "/streaming" not in p and not p.startswith("/live")
        }
        assert len(described["paths"]) > 60, "the document must describe the API, or nothing is tried"
        document.write_text(json.dumps(described))
        done = subprocess.run(
            [
                str(schemathesis),
                "run",
                str(document),
                "--url",
                server.url,
                "--header",
                f"Authorization: Bearer {token}",
                "--checks",
                "not_a_server_error",
                "--phases",
                "examples,coverage,fuzzing",
                "--max-examples",
                "12",
                "--workers",
                "2",
                "--seed",
                "2008",
                "--max-response-time",
                "10",
                "--suppress-health-check",
                "all",
            ],
            capture_output=True,
            text=True,
            timeout=500,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    finally:
        server.stop()
