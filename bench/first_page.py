"""The first page in a real browser: bytes over the wire, the largest paint on a slow machine, what moved.

Usage: python bench/first_page.py [URL [SESSION]]     a running server, and the value of a harken_session cookie
Prints one line for a phone and one for a desk: kilobytes without pictures, milliseconds with the CPU slowed four times,
layout shift.
"""

from __future__ import annotations

import shutil
import sys
from typing import Any

from playwright.sync_api import sync_playwright

SLOWED = 4
PAINT = """() => new Promise((done) => {
  let largest = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) largest = one.startTime; })
    .observe({ type: "largest-contentful-paint", buffered: true });
  let moved = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) moved += one.value; })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done([largest, moved]), 500);
})"""


def measure(browser: Any, url: str, session: str, width: int, height: int) -> tuple[float, float, float]:
    """(kilobytes, milliseconds until the largest paint, layout shift) of a first visit."""
    context = browser.new_context(viewport={"width": width, "height": height}, service_workers="block")
    if session:
        context.add_cookies([{"name": "harken_session", "value": session, "url": url}])
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    kinds: dict[str, str] = {}
    sizes: dict[str, float] = {}
    wire.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    wire.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    page.goto(url, wait_until="load")
    largest, moved = page.evaluate(PAINT)
    context.close()
    weight = sum(size for one, size in sizes.items() if kinds.get(one) in ("Document", "Stylesheet", "Script"))
    return weight / 1000, largest, moved


def main(url: str = "http://127.0.0.1:8000/", session: str = "") -> None:
    """Measure five times each; print the medians."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, width, height in (("phone", 390, 844), ("desk", 1280, 900)):
            runs = sorted(measure(browser, url, session, width, height) for _ in range(5))
            weight, largest, moved = (sorted(column)[2] for column in zip(*runs, strict=True))
            print(f"{name}: {weight:.1f} KB, largest paint {largest:.0f} ms at a CPU of 1/{SLOWED}, moved {moved:.4f}")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
