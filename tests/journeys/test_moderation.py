"""From a report to an appeal in real Chromium: by keyboard, and on a phone without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.journeys.conftest import LiveServer
from tests.journeys.test_browser import browser

__all__ = ["browser"]

PASSWORD = "a long password"


class Court:
    """Four people on one server: wren is bothered by rook; rose and dora are moderators."""

    def __init__(self, server: LiveServer, browser: Any) -> None:
        self.server, self.browser = server, browser
        self.wren, self.rook = [server.client(server.member(name)) for name in ("wren", "rook")]
        for name in ("rose", "dora"):
            server.command(
                "account", "create", name, "--email", f"{name}@example.org", "--password", PASSWORD)
            server.command("account", "role", name, "moderator")
        self.contexts: list[Any] = []

    def page(self, name: str, **how: Any) -> Any:
        """A page in a browser in which `name` has signed in."""
        context = self.browser.new_context(**how)
        self.contexts.append(context)
        page = self.server.new_page(context)
        page.goto(f"{self.server.url}/sign-in")
        page.locator('input[name="name"]').fill(name)
        page.locator('input[name="password"]').fill(PASSWORD)
        with page.expect_navigation():
            page.locator("main").get_by_role("button", name="Sign in").click()
        return page

    def close(self) -> None:
        for context in self.contexts:
            context.close()
        self.wren.close()
        self.rook.close()


@pytest.fixture(scope="module")
def court(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Court]:
    server = LiveServer(tmp_path_factory.mktemp("court") / "data")
    server.start()
    made = Court(server, browser)
    yield made
    made.close()
    server.stop()


def press_until(page: Any, words: str, most: int = 120) -> None:
    """Press Tab until what has the focus says `words`, then Enter."""
    for _ in range(most):
        page.keyboard.press("Tab")
        said = page.evaluate(
            """() => { const one = document.activeElement, label = one.labels && one.labels[0];
                return (label ? label.innerText : one.innerText || one.value || "").trim(); }""")
        if said.startswith(words):
            return
    raise AssertionError(f"no Tab leads to {words!r} on {page.url}")


def choose(page: Any, words: str) -> None:
    """Reach a box or the first of a group of choices, and mark the one that says `words`."""
    page.get_by_label(words, exact=False).first.focus()
    page.keyboard.press("Space")


def enter(page: Any, words: str) -> None:
    """Reach a link or a button by Tab, and follow it."""
    press_until(page, words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.mark.parametrize("how", [
    {"viewport": {"width": 1100, "height": 800}},
    {"viewport": {"width": 390, "height": 800}, "java_script_enabled": False},
], ids=["by keyboard", "on a phone without scripts"])
def test_a_report_a_decision_an_appeal_and_another_judgement(court: Court, how: dict[str, Any]) -> None:
    post = court.rook.post("/api/v1/statuses", json={"status": "Buy my drums, all of you!"}).json()
    url = court.server.url
    scripts = how.get("java_script_enabled", True)

    def go(page: Any, words: str) -> None:
        if scripts:
            enter(page, words)
        else:
            with page.expect_navigation():
                page.locator("main :is(a, button)", has_text=words).first.click()

    # Wren reports.
    wren = court.page("wren", **how)
    wren.goto(f"{url}/report?post={post['id']}")
    choose(wren, "It is spam")
    wren.locator("#comment").fill("Under every post.")
    go(wren, "Send to the moderators")
    wren.get_by_role("heading", name="Thank you for telling us").wait_for()

    # Rose decides, with a reason, asked twice.
    rose = court.page("rose", **how)
    rose.goto(f"{url}/moderation/reports")
    go(rose, "@rook")
    assert "Under every post." in rose.locator("main").inner_text()
    assert "Buy my drums" in rose.locator("main").inner_text()
    go(rose, "Decide…")
    choose(rose, "Limit")
    rose.locator("#text").fill("No advertising here.")
    go(rose, "Look at it once more")
    assert rose.get_by_role("heading", name="Limit: @rook").is_visible()
    go(rose, "Yes: Limit")
    assert "closed by @rose" in rose.locator("main").inner_text()

    # Rook reads why, and says something against it.
    rook = court.page("rook", **how)
    rook.goto(f"{url}/decisions")
    assert "No advertising here." in rook.locator("main").inner_text()
    rook.locator("textarea").first.fill("I give them away.")
    go(rook, "Appeal")
    assert "It waits for another moderator" in rook.locator("main").inner_text()
    assert rook.locator("textarea").count() == 0  # once

    # Rose may not judge that; Dora does.
    rose.goto(f"{url}/moderation/appeals")
    go(rose, "@rook")
    assert rose.get_by_role("button", name="Send the judgement").count() == 0
    dora = court.page("dora", **how)
    dora.goto(f"{url}/moderation/appeals")
    go(dora, "@rook")
    choose(dora, "Accept")
    dora.locator("#words").fill("You are right.")
    choose(dora, "I have read both sides")
    go(dora, "Send the judgement")
    assert "accepted by @dora" in dora.locator("main").inner_text()
    rook.reload()
    said = rook.locator("main").inner_text()
    assert "does not hold any more" in said
    assert "You are right." in said


def test_who_is_suspended_reads_why_when_signing_in(court: Court) -> None:
    rose = court.page("rose", java_script_enabled=False)
    rose.goto(f"{court.server.url}/moderation/people?q=rook")
    rose.locator("ol a").first.click()
    rose.get_by_role("link", name="Decide…").click()
    rose.get_by_label("Suspend").check()
    rose.locator("#text").fill("Threats.")
    rose.get_by_role("button", name="Look at it once more").click()
    rose.get_by_role("button", name="Yes: Suspend").click()
    page = court.page("rook", java_script_enabled=False)
    assert "Threats." in page.locator("main").inner_text()
    page.locator("textarea").first.fill("It was a song.")
    page.get_by_role("button", name="Appeal").first.click()
    assert "It waits for another moderator" in page.locator("main").inner_text()
    assert page.context.cookies() == [] or all(one["name"] != "harken_session" for one in page.context.cookies())
