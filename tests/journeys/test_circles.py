"""Friends, sets and passing on, as somebody with a phone meets them, with scripts and without."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.test_browser import PHONE, Town, browser, town, until

__all__ = ["browser", "town"]
HARKEN = "/api/harken/v1"


def api_id(person: Any) -> str:
    """The id of whoever has this client."""
    return str(person.get("/api/v1/accounts/verify_credentials").json()["id"])


@pytest.mark.parametrize("scripts", [False, True])
def test_friends_are_made_spoken_to_and_sent_what_they_should_read(town: Town, scripts: bool) -> None:
    page = town.page("/@kofi", viewport=PHONE, java_script_enabled=scripts)
    page.get_by_role("button", name="Tell me of each of their posts").click()
    told = page.get_by_role("button", name="Tell me of each of their posts", pressed=True)
    told.wait_for()
    page.locator("summary", has_text="More about").click()
    page.get_by_role("button", name="Ask to be friends").click()
    page.get_by_text("asked to be friends").wait_for()
    amber = api_id(town.amber)
    assert town.kofi.post(f"{HARKEN}/accounts/{amber}/friendship/accept").json()["harken"] == {"friend": True}

    page.goto(f"{town.server.url}/sets")
    page.locator("main input[name=name]").fill("Neighbours")
    page.locator("main input[name=name]").press("Enter")
    page.wait_for_url("**/sets/*")
    page.get_by_label("Put people in").fill("@kofi")
    page.get_by_role("button", name="Put in").click()
    page.get_by_role("button", name="Take out kofi").wait_for()

    page.get_by_role("link", name="Say something to them").click()
    page.wait_for_url("**/compose**")
    assert page.get_by_role("checkbox", name="Neighbours").is_checked()
    page.locator("#box-text").fill("Soup on Sunday at noon")
    page.get_by_role("button", name="Post", exact=True).click()
    article = page.locator("article.post:not(.sending)", has_text="Soup on Sunday")
    article.get_by_text("Neighbours: 1 person").wait_for()
    private = "/api/v1/notifications?types[]=private"
    until(lambda: bool(town.kofi.get(private).json()))
    soup = town.kofi.get(private).json()[0]["status"]
    assert (soup["visibility"], soup["harken"]) == ("private", {"visibility": "set"})

    dora = town.server.client(town.server.member("dora"))
    post = dora.post("/api/v1/statuses", json={"status": "The clinic is open on Sundays"}).json()
    assert dora.get(f"/api/v1/statuses/{soup['id']}").status_code == 404
    dora.close()
    page.goto(f"{town.server.url}/@dora/{post['id']}")
    page.locator("article.focus summary", has_text="More about this post").click()
    page.get_by_role("link", name="Pass on to a friend").click()
    page.get_by_role("checkbox", name="kofi").check()
    page.get_by_role("button", name="Pass on", exact=True).click()
    page.get_by_role("status").get_by_text("Passed on to 1 friend").wait_for()
    [came] = town.kofi.get(f"{HARKEN}/forwards").json()
    assert (came["account"]["acct"], came["status"]["id"]) == ("amber", post["id"])
    page.goto(f"{town.server.url}/posts/{post['id']}/forward")
    page.get_by_text("All your friends have had this").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert page.problems == []
