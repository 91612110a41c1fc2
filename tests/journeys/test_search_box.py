"""The search box by keyboard alone, as a combobox: in a real browser, under the strict policy of the pages."""

from __future__ import annotations

import pytest

from tests.journeys.test_browser import Town, browser, town, until

__all__ = ["browser", "town"]


def test_a_query_is_written_by_keyboard_alone(town: Town) -> None:
    town.says("Is there a clinic near the harbour? #harbour")
    page = town.page("/search")
    box = page.get_by_role("combobox", name="What are you looking for?")
    offers = page.get_by_role("option")
    until(lambda: page.evaluate("document.activeElement.id") == "ask")
    assert box.get_attribute("aria-expanded") == "false"

    page.keyboard.type("clinic fr")
    offers.first.wait_for()
    assert box.get_attribute("aria-expanded") == "true"
    assert box.get_attribute("aria-activedescendant") is None  # Enter would search for what was typed
    until(lambda: page.get_by_role("status").inner_text() == "1 suggestion, use the arrow keys")
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == offers.first.get_attribute("id")
    assert offers.first.get_attribute("aria-selected") == "true"
    page.keyboard.press("Tab")  # from: wants a value, so the box keeps the focus
    assert box.input_value() == "clinic from:"
    page.keyboard.type("ko")
    page.get_by_role("option", name="from:kofi").wait_for()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert box.input_value() == "clinic from:kofi "
    until(lambda: "by @kofi" in page.locator("#reading").inner_text())

    page.keyboard.type("is:")
    until(lambda: offers.count() > 3)
    page.keyboard.press("Escape")
    assert box.get_attribute("aria-expanded") == "false"
    assert box.input_value() == "clinic from:kofi is:"
    page.keyboard.type("q")
    page.get_by_role("option", name="is:question").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert box.input_value() == "clinic from:kofi is:question "
    page.keyboard.press("Enter")
    page.locator("article.post", has_text="near the harbour").wait_for()
    assert "is%3Aquestion" in page.url

    # The bars come after the page, and their table is reached without a mouse.
    page.get_by_role("heading", name="1 post", exact=True).wait_for()
    page.locator(".over-time summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**since**")
    page.locator("article.post", has_text="near the harbour").wait_for()
    assert page.problems == []


def test_arrow_down_in_an_empty_box_shows_the_whole_language(town: Town) -> None:
    page = town.page("/search")
    page.keyboard.press("ArrowDown")
    until(lambda: page.get_by_role("option").count() > 15)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    chosen = page.locator("[role=option][aria-selected=true]")
    assert chosen.count() == 1
    page.keyboard.press("Tab")
    assert page.get_by_role("combobox").input_value().endswith(":")
    assert page.problems == []


@pytest.mark.parametrize("path", ["/search?q=kettle", "/search?q=kettle&bars=1", "/search/advanced?q=kettle"])
def test_the_search_pages_fit_a_small_phone_without_scripts(town: Town, path: str) -> None:
    town.says("The kettle is on")
    page = town.page(path, java_script_enabled=False, viewport={"width": 320, "height": 640})
    assert page.locator("main").bounding_box()["width"] <= 320
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
