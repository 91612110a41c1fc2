"""Two people chat: one with a live page, one on a phone without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.conftest import LiveServer
from tests.journeys.test_browser import Town, browser, until

__all__ = ["browser"]
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def town(live_server: LiveServer, browser: Any) -> Iterator[Town]:
    made = Town(live_server, browser)
    yield made
    for context in made.contexts:
        context.close()
    made.amber.close()
    made.kofi.close()


def test_a_chat_is_live_and_sent_with_enter(town: Town) -> None:
    page = town.page("/messages", viewport=PHONE)
    page.get_by_label("Write to").fill("kof")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="kofi").click()
    page.get_by_role("textbox", name="Write to kofi").fill("lunch on Thursday?")
    page.get_by_role("button", name="Send").click()
    page.locator(".bubble.own", has_text="lunch on Thursday?").wait_for()
    assert "/messages/with/" not in page.url
    until(lambda: town.streams() == 1)
    [found] = town.kofi.get("/api/v1/conversations").json()
    assert found["unread"]
    answer = town.kofi.post("/api/v1/statuses", json={
        "status": "@amber gladly", "visibility": "direct", "in_reply_to_id": found["last_status"]["id"]})
    assert answer.status_code == 200
    page.locator(".bubble.arrived", has_text="gladly").wait_for()
    assert "@amber" not in page.locator(".bubble", has_text="gladly").inner_text()
    until(lambda: town.amber.get("/api/v1/conversations").json()[0]["unread"] is False)
    box = page.get_by_role("textbox", name="Write to kofi")
    box.fill("at noon")
    box.press("Enter")
    page.locator(".bubble.own.arrived", has_text="at noon").wait_for()
    box.fill("by the mill")
    box.press("Enter")
    page.locator(".bubble.own.arrived", has_text="by the mill").wait_for()
    assert box.input_value() == ""
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.problems == []


def test_a_chat_needs_no_scripts(town: Town) -> None:
    page = town.page("/messages/with/kofi", viewport=PHONE, java_script_enabled=False)
    page.get_by_role("textbox").fill("hello there")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("textbox").fill("and again")
    page.get_by_role("button", name="Send").click()
    assert page.locator(".bubble").count() == 2
    page.locator(".talk-head summary").click()
    page.get_by_role("button", name="Delete for me").click()
    assert page.url.endswith("/messages")
    assert page.locator(".chat").count() == 0
