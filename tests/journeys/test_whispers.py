"""Something is said without a name, in a browser: by keyboard, without JavaScript, and as programs of others see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.conftest import LiveServer
from tests.journeys.test_browser import Town, browser, until

__all__ = ["browser"]


@pytest.fixture
def whispering(browser: Any, tmp_path: Path) -> Iterator[Town]:
    """A town whose operator allows whispers."""
    server = LiveServer(tmp_path / "data", environment={"HARKEN_WHISPERS": "true"})
    server.start()
    made = Town(server, browser)
    yield made
    for context in made.contexts:
        context.close()
    made.amber.close()
    made.kofi.close()
    server.stop()


@pytest.mark.parametrize("scripted", [False, True])
def test_somebody_whispers_is_answered_and_goes_on(whispering: Town, scripted: bool) -> None:
    page = whispering.page("/whispers", java_script_enabled=scripted, viewport={"width": 390, "height": 844})
    field = page.get_by_label("Say it without your name")
    field.focus()
    page.keyboard.type("I am afraid of my landlord")
    for _step in range(2):  # past the warning to the button
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/whispers/mine")
    page.get_by_text("I am afraid of my landlord").wait_for()
    [seen] = [one for one in whispering.kofi.get("/api/v1/timelines/public").json() if "landlord" in one["content"]]
    assert (seen["account"]["acct"], seen["account"]["display_name"]) == ("whisper", "Somebody")
    assert "amber" not in str(seen)
    home = whispering.kofi.get("/api/v1/timelines/home").json()
    assert all("landlord" not in one["content"] for one in home)
    whispering.says("@whisper the tenants' union helps", in_reply_to_id=seen["id"])
    until(lambda: whispering.amber.get("/api/v1/notifications", params={"types[]": "answer"}).json() != [])
    page.goto(whispering.server.url + "/notifications")
    page.get_by_text("the tenants' union helps").first.wait_for()
    page.goto(f"{whispering.server.url}/@whisper/{seen['id']}")
    page.get_by_role("link", name="Answer as the same Somebody").click()
    page.get_by_label("Go on without your name").fill("Thank you. I will go there")
    page.get_by_role("button", name="Whisper").click()
    page.get_by_text("Thank you. I will go there").wait_for()
    said = whispering.kofi.get(f"/api/v1/statuses/{seen['id']}/context").json()["descendants"]
    assert [one["account"]["acct"] for one in said] == ["kofi", "whisper"]
    page.goto(whispering.server.url + "/whispers/mine")
    page.get_by_text("Take back…").last.click()
    page.get_by_role("button", name="Take it back").click()
    page.wait_for_url("**/whispers/mine")
    assert whispering.kofi.get(f"/api/v1/statuses/{seen['id']}").status_code == 404
    assert page.problems == []
