"""From the editor to the yes, to the page, and off it again: three people, each in a browser, one without scripts."""

from __future__ import annotations

from typing import Any

import apsw

from harken import clock
from harken.ids import new_id
from harken.store.tokens import hashed, new_secret
from tests.journeys.test_browser import browser as chromium  # noqa: F401, a fixture
from tests.journeys.test_desk import PHONE, Office, office  # noqa: F401, a fixture


def at_home(office: Office, name: str) -> None:  # noqa: F811
    """Sign somebody in who does not work at the desk."""
    office.secrets[name] = new_secret()
    with apsw.Connection(str(office.server.data / "harken.sqlite")) as database:
        database.set_busy_timeout(10_000)
        now = clock.to_ms(clock.now())
        database.execute(
            "INSERT INTO session (id, secret_hash, account_id, created_at, last_seen_at) VALUES (?, ?, ?, ?, ?)",
            (new_id(clock.now()), hashed(office.secrets[name]), office.ids[name], now, now))


def pieces(page: Any) -> list[str]:
    return [text.strip() for text in page.locator(".placed .text").all_inner_texts()]


def test_a_story_is_written_agreed_to_shown_and_gone(office: Office) -> None:  # noqa: F811
    asked = office.asks("which clinic is open?")
    at_home(office, "ann")
    hal = office.page("hal", "/stories", viewport=PHONE, java_script_enabled=False)
    hal.fill("#title", "Lunch for five")
    hal.fill("#summary", "It began with a question")
    hal.click("button:has-text('Begin')")
    hal.fill("#post", f"{office.server.url}/@ann/{asked}")
    hal.click("#add button:has-text('Put in')")
    hal.click("summary:has-text('A moment')")
    hal.fill("#day", "2026-05-31")
    hal.fill("#happened", "We laughed more than we talked.")
    hal.click("#add details[open] button:has-text('Add')")
    assert pieces(hal) == ["which clinic is open?", "We laughed more than we talked."]
    hal.click(".placed li:last-child button:has-text('Up')")
    assert pieces(hal) == ["We laughed more than we talked.", "which clinic is open?"]
    assert hal.locator("#publish button:has-text('Publish')").count() == 0
    hal.click("#people summary:has-text('Ask them')")
    hal.click("#people button:has-text('Send it')")
    assert "asked, no answer yet" in hal.locator("#people").inner_text()
    editor = hal.url.partition("#")[0]

    messages = office.clients["ann"].get("/api/v1/conversations").json()
    link = messages[0]["last_status"]["content"].partition('href="')[2]
    while "/consent/" not in link.partition('"')[0]:
        link = link.partition('href="')[2]
    ann = office.page("ann")
    ann.goto(link.partition('"')[0])
    assert "We laughed more than we talked." in ann.locator(".would-be").inner_text()
    assert "You have not answered yet" in ann.locator(".answered").inner_text()
    ann.click("button:has-text('Yes, show it')")
    ann.wait_for_selector(".answered.state-yes")

    hal.goto(editor)
    hal.click("#publish button:has-text('Publish')")
    context = office.running.new_context(viewport=PHONE, color_scheme="dark")
    office.contexts.append(context)
    visitor = office.server.new_page(context)
    visitor.goto(f"{office.server.url}/stories")
    visitor.click("text=Lunch for five")
    visitor.wait_for_selector("article.story")
    shown = visitor.locator("article.story").inner_text()
    assert "which clinic is open?" in shown
    assert "May 31, 2026" in shown
    assert "Nobody has said anything yet" in visitor.locator(".talk-of-story").inner_text()
    assert visitor.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    ann.click("button:has-text('Take my yes back')")
    ann.wait_for_selector(".answered.state-revoked")
    gone = visitor.reload()
    assert gone is not None
    assert gone.status == 404
    visitor.goto(f"{office.server.url}/stories")
    assert "Lunch for five" not in visitor.locator("main").inner_text()
    hal.goto(editor)
    assert "took their yes back" in hal.locator("#people").inner_text()
    assert [problem for problem in ann.problems if "404" not in problem] == []
