"""The river in a real browser: laid out by time, opened and answered in place, live, by keyboard; a list elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.conftest import LiveServer
from tests.journeys.test_browser import Town, browser, until

__all__ = ["browser"]
DESK = {"width": 1280, "height": 800}


@pytest.fixture
def town(live_server: LiveServer, browser: Any) -> Iterator[Town]:
    made = Town(live_server, browser)
    yield made
    for context in made.contexts:
        context.close()
    made.amber.close()
    made.kofi.close()


def _boxes(page: Any) -> list[dict[str, float]]:
    """Where each post stands, newest first."""
    found: list[dict[str, float]] = page.evaluate("""() => [...document.querySelectorAll("li.drop .stem")].map(
        (one) => { const {x, y, width, height} = one.getBoundingClientRect(); return {x, y, width, height}; })""")
    return found


def test_posts_stand_by_time_without_overlap_and_open_in_place(town: Town) -> None:
    tea = town.says("Who wants tea?")
    for n in range(30):
        town.says(f"a burst, number {n}")
    town.says("@kofi me too", in_reply_to_id=tea["id"])
    page = town.page("/river", viewport=DESK)
    page.wait_for_selector(".flows li.drop")
    until(lambda: page.locator("li.drop").count() == 31)
    page.wait_for_timeout(900)  # they glide to their places
    page.wait_for_function("document.getAnimations().every(one => one.playState === 'finished')")
    boxes = _boxes(page)
    for i, one in enumerate(boxes):
        for other in boxes[i + 1:]:
            apart = (one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
                     or one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"])
            assert apart, (one, other)
    assert [box["x"] for box in boxes] == sorted(box["x"] for box in boxes)  # what is older is further to the right

    drop = page.locator("li.drop", has_text="Who wants tea?")
    assert "unread" in drop.get_attribute("class")
    drop.locator("a.stem").focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="Conversation")
    panel.get_by_text("me too").wait_for()
    until(lambda: "read" in drop.get_attribute("class").split())
    assert page.url.endswith("/river")
    panel.get_by_role("textbox").fill("@kofi with milk, please")
    panel.get_by_role("button", name="Reply").click()
    panel.locator("li[data-said]", has_text="with milk, please").wait_for()
    until(lambda: drop.locator(".answers b").inner_text() == "2")
    page.keyboard.press("Escape")
    assert panel.count() == 0
    assert drop.locator("a.stem").evaluate("(one) => one === document.activeElement")
    page.get_by_role("button", name="Mark all read").click()
    page.wait_for_selector(".flows li.drop")
    assert page.locator("li.drop.unread").count() == 0
    assert page.problems == []


def test_the_river_is_live_and_moves_by_keys_and_wheel(town: Town) -> None:
    first = town.says("the first word")
    page = town.page("/river", viewport=DESK)
    page.wait_for_selector(".flows li.drop")
    until(lambda: town.streams() == 1)
    town.says("said just now")
    page.locator("li.drop.arrived", has_text="said just now").wait_for()
    assert page.locator("#river-said").inner_text() == "New: kofi"
    town.kofi.post("/api/v1/statuses", json={"status": "and an answer", "in_reply_to_id": first["id"]})
    old = page.locator("li.drop", has_text="the first word")
    until(lambda: old.locator(".answers b").inner_text() == "1")
    old.locator("a.stem").focus()
    page.keyboard.press("ArrowLeft")
    now = page.locator("li.drop", has_text="said just now").locator("a.stem")
    assert now.evaluate("(one) => one === document.activeElement")
    page.keyboard.press("ArrowRight")
    page.get_by_role("dialog", name="Conversation").get_by_text("and an answer").wait_for()  # focus opens it
    assert old.locator("a.stem").evaluate("(one) => one === document.activeElement")
    for n in range(25):
        town.says(f"more {n}")
    until(lambda: page.locator("li.drop").count() == 27)
    page.keyboard.press("Escape")
    page.mouse.move(640, 700)
    page.mouse.wheel(0, 500)
    until(lambda: page.evaluate("document.querySelector('.stream').scrollLeft") > 300)
    town.kofi.delete(f"/api/v1/statuses/{first['id']}")
    until(lambda: old.count() == 0)
    assert page.problems == []


def test_on_a_phone_and_without_scripts_the_river_is_a_list(town: Town) -> None:
    town.says("Who wants tea?")
    page = town.page("/river", viewport={"width": 390, "height": 844})
    assert page.locator(".flows").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    plain = town.page("/river", java_script_enabled=False, viewport=DESK)
    plain.get_by_role("link", name="Who wants tea?").click()
    assert plain.locator("article.focus").inner_text().count("Who wants tea?") == 1
    plain.goto(town.server.url + "/river")
    assert plain.locator("li.drop.read").count() == 1
    assert page.problems == []
