"""The server under test: a child process on a scratch directory."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path


class Served:
    """`harken serve` with everything that would slow a benchmark for no reason switched off."""

    def __init__(self, data: Path, workers: int, database: str) -> None:
        self._arguments = [
            sys.executable,
            "-m",
            "harken",
            "serve",
            "--data",
            str(data),
            "--port",
            "0",
            "--workers",
            str(workers),
        ]
        if database:
            self._arguments += ["--database", database]
        self.host, self.port = "127.0.0.1", 0

    def __enter__(self) -> Served:
        started = time.perf_counter()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HARKEN_")} | {
            "HARKEN_RATE_LIMIT": "off"
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed Harken has its bytecode
        self._process = subprocess.Popen(self._arguments, env=environment, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self.start_seconds = time.perf_counter() - started
        found = re.search(r":(\d+)\s*$", line)
        if not found:
            raise RuntimeError(f"the server did not start: {line!r}")
        self.port = int(found[1])
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> float:
        """Seconds from SIGTERM to the end."""
        started = time.perf_counter()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=20)
        if self._process.stdout:
            self._process.stdout.close()
        return time.perf_counter() - started

    def _processes(self) -> list[int]:
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        return [self._process.pid, *map(int, children)]

    def memory_mb(self) -> float:
        """Proportional set size of the server's processes in MB (Linux)."""
        total = 0
        for pid in self._processes():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total / 1024

    def cpu_seconds(self) -> float:
        """CPU time of the server's processes so far."""
        ticks = 0
        for pid in self._processes():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")
