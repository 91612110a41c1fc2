"""The story that Harken is for (DESIGN.md): a daughter asks at night; in the end there are a lunch, an appointment that
is hoped for, and a page that tells of it because everybody in it said yes. Three people, each in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.journeys.test_browser import browser as chromium  # noqa: F401, a fixture
from tests.journeys.test_browser import until
from tests.journeys.test_desk import PHONE, Office, office  # noqa: F401, a fixture
from tests.journeys.test_stories import at_home


@pytest.fixture
def look(tmp_path: Path) -> Any:
    """Keeps a picture of each scene beside the test's other files."""

    def at(page: Any, scene: str) -> None:
        page.screenshot(path=tmp_path / f"{scene}.png", full_page=True)

    return at


def test_from_a_question_at_night_to_a_story(office: Office, look: Any) -> None:  # noqa: F811
    at_home(office, "ann")
    office.done(office.clients["lea"].patch(f"/api/harken/v1{office.path}", json={"kind": "health"}))

    # Two in the morning: she asks from her phone.
    ann = office.page("ann", viewport=PHONE, color_scheme="dark")
    ann.goto(office.server.url)
    ann.fill("textarea[name=text]", "Dad has a rare cancer. Which clinic gives second opinions, and what do we bring?")
    ann.click("form.box button.button:has-text('Post')")
    ann.wait_for_selector("article.post:has-text('Which clinic')")
    look(ann, "1-asked")

    # The desk hears it; a helper takes it and answers as himself. What would tell who is a patient is stopped.
    hal = office.page("hal")
    until(lambda: hal.reload() and hal.locator(".case").count() == 1)
    look(hal, "2-heard")
    hal.click(".case a:has-text('Which clinic')")
    hal.click("button[data-key=c]:has-text('Take it')")
    hal.fill("#answer-text", "@ann I remember your father, he was a patient on our ward in May.")
    hal.click(".answer button:has-text('Answer'):not(:has-text('drafts'))")
    hal.wait_for_selector("text=Not sent: look at these words")
    look(hal, "3-stopped")
    hal.fill("#answer-text", "@ann Good doctors expect a second opinion. Ring the records office and ask for copies.")
    hal.click(".answer button:has-text('Answer'):not(:has-text('drafts'))")
    hal.wait_for_selector(".talk :text('records office')")
    case = hal.url.partition("#")[0]

    # She reads it, and for which desk he speaks.
    ann.goto(f"{office.server.url}/notifications")
    until(lambda: ann.reload() and "records office" in ann.locator("main").inner_text())
    assert "Night team" in ann.locator("main").inner_text()
    look(ann, "4-answered")
    asked = office.clients["ann"].get("/api/v1/accounts/verify_credentials").json()["id"]
    first = office.clients["ann"].get(f"/api/v1/accounts/{asked}/statuses").json()[-1]["id"]
    office.done(office.clients["ann"].post("/api/v1/statuses", json={
        "status": "@hal Five of us had lunch, and walked to a door we had not known.", "in_reply_to_id": first}))

    # Now they know each other, and the desk says honestly what came of it.
    hal.goto(case)
    hal.click("button:has-text('Know this person')")
    hal.fill("#note", "Makes maps. Her father brings his own pen.")
    hal.click("button:has-text('Write it down')")
    hal.wait_for_selector(".of-note")
    look(hal, "5-known")
    for words, tier, sure, value in (("They had lunch, and laughed", "human", "happened", ""),
                                     ("An appointment at the lymph clinic", "action", "hoped", "80")):
        hal.goto(f"{case}/outcome")
        hal.fill("#words", words)
        hal.check(f"input[name=tier][value={tier}]")
        hal.check(f"input[name=confidence][value={sure}]")
        if value:
            hal.fill("#value", value)
            hal.fill("#currency", "EUR")
        hal.click("button:has-text('Write it down')")
        hal.wait_for_selector(f"#came :text('{words}')")
    look(hal, "6-came")
    hal.goto(f"{office.server.url}{office.path}/report")
    steps = [text.split()[0] for text in hal.locator(".way .number").all_inner_texts()]
    assert steps == ["1", "1", "1", "1"]
    rows = [row.split("\t") for row in hal.locator("table").first.inner_text().splitlines()]
    assert ["Human", "1", "–", "0", "–"] in rows
    assert ["Action", "0", "–", "1", "€80.00"] in rows, "what is hoped stands apart"
    look(hal, "7-report")

    # The story: everybody in it is asked, and says yes, before anybody reads it.
    hal.goto(f"{office.server.url}{office.path}/stories")
    hal.fill("#title", "A door we had not known")
    hal.click("button:has-text('Begin')")
    hal.fill("#post", f"{office.server.url}/@ann/{first}")
    hal.click("#add button:has-text('Put in')")
    hal.click("summary:has-text('A moment')")
    hal.fill("#day", "2026-05-31")
    hal.fill("#happened", "Lunch for five. We laughed more than we talked.")
    hal.click("#add details[open] button:has-text('Add')")
    hal.click("#people summary:has-text('Ask them')")
    hal.click("#people button:has-text('Send it')")
    editor = hal.url.partition("#")[0]
    look(hal, "8-editor")
    visitor_context = office.running.new_context(viewport=PHONE, java_script_enabled=False)
    office.contexts.append(visitor_context)
    visitor = office.server.new_page(visitor_context)
    visitor.goto(f"{office.server.url}/stories")
    assert "A door we had not known" not in visitor.locator("main").inner_text()
    ann.goto(f"{office.server.url}/messages")
    ann.click("main a:has-text('hal')")
    with ann.context.expect_page() as opened:  # links of messages open a page of their own
        ann.locator("main a[href*='/consent/']").last.click(position={"x": 20, "y": 8})  # it breaks over two lines
    asking = opened.value
    asking.wait_for_selector("button:has-text('Yes, show it')")
    look(asking, "9-asked-for-a-yes")
    asking.click("button:has-text('Yes, show it')")
    asking.wait_for_selector(".answered.state-yes")
    hal.goto(editor)
    hal.click("#publish button:has-text('Publish')")
    visitor.goto(f"{office.server.url}/stories")
    visitor.click("text=A door we had not known")
    told = visitor.locator("article.story").inner_text()
    assert "Which clinic gives second opinions" in told
    assert "Lunch for five" in told
    look(visitor, "10-told")
    # The stopped answer is a 422; a row of the queue that has just moved is a 404, and the page knows what that means.
    assert [one for one in [*ann.problems, *hal.problems] if "422" not in one and "404" not in one] == []
