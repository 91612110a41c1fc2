"""A real browser on a real server: without scripts, with ten tabs, by keyboard, on a small phone."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any

import apsw
import pytest

from harken import clock
from harken.ids import new_id
from harken.store.tokens import hashed, new_secret
from tests.journeys.conftest import LiveServer

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PHONE = {"width": 320, "height": 640}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium without a window. Skipped, with the reason, where it is not installed; a failure in CI."""
    if CHROMIUM is None:
        reason = "Chromium is not installed (apt install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield running
        running.close()


class Town:
    """Two members on one server: `amber` in the browser, `kofi` through the API, whom she follows."""

    def __init__(self, server: LiveServer, browser: Any) -> None:
        self.server = server
        self.browser = browser
        self.root: Any = None
        self.contexts: list[Any] = []
        self.amber = server.client(server.member("amber"))
        self.kofi = server.client(server.member("kofi"))
        who = self.kofi.get("/api/v1/accounts/verify_credentials").json()["id"]
        assert self.amber.post(f"/api/v1/accounts/{who}/follow").status_code == 200
        me = int(self.amber.get("/api/v1/accounts/verify_credentials").json()["id"])
        self.secret = new_secret()
        with apsw.Connection(str(server.data / "harken.sqlite")) as database:
            database.set_busy_timeout(10_000)
            database.execute("UPDATE account SET indexable = 1, discoverable = 1")
            now = clock.to_ms(clock.now())
            database.execute(
                "INSERT INTO session (id, secret_hash, account_id, created_at, last_seen_at) VALUES (?, ?, ?, ?, ?)",
                (new_id(clock.now()), hashed(self.secret), me, now, now),
            )

    def says(self, text: str, **more: Any) -> Any:
        """kofi posts `text`; the status as the API gives it."""
        answer = self.kofi.post("/api/v1/statuses", json={"status": text, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def context(self, signed_in: bool = True, **options: Any) -> Any:
        """A browser profile of its own."""
        made = self.browser.new_context(**options)
        made.set_default_timeout(20_000)
        self.contexts.append(made)
        if signed_in:
            made.add_cookies([{"name": "harken_session", "value": self.secret, "url": self.server.url}])
        return made

    def page(self, path: str = "/", **options: Any) -> Any:
        """A page in a profile of its own."""
        page = self.server.new_page(self.context(**options))
        page.goto(self.server.url + path)
        return page

    def streams(self) -> int:
        """Open streams of the server."""
        found = re.search(r"^harken_open_streams (\d+)", self.kofi.get("/metrics").text, re.M)
        return int(found[1]) if found else -1


@pytest.fixture
def town(live_server: LiveServer, browser: Any) -> Iterator[Town]:
    made = Town(live_server, browser)
    yield made
    for context in made.contexts:
        context.close()
    made.amber.close()
    made.kofi.close()


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until `condition` holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_everything_needed_works_without_scripts(town: Town) -> None:
    town.says("The kettle is on")
    page = town.page("/public", java_script_enabled=False)
    article = page.locator("article.post", has_text="The kettle is on")
    article.get_by_role("button", name="Favourite").click()
    assert page.url.startswith(town.server.url + "/public")
    assert article.get_by_role("button", name="Favourite").get_attribute("aria-pressed") == "true"
    article.get_by_role("link", name="Reply to").click()
    page.get_by_role("textbox", name="Answer").fill("@kofi With milk, please")
    page.get_by_role("button", name="Reply", exact=True).click()
    assert page.locator("article.focus").inner_text().count("With milk, please") == 1
    assert page.locator("article.post").first.inner_text().count("The kettle is on") == 1
    page.get_by_role("searchbox").fill("milk")
    page.get_by_role("searchbox").press("Enter")
    assert page.locator("mark", has_text="milk").count() == 1


def test_a_conversation_unfolds_below_a_search_result(town: Town) -> None:
    question = town.says("Who knows a good dentist?")
    found = town.says("@kofi the one by the harbour", in_reply_to_id=question["id"])
    last = town.says("@kofi thank you!", in_reply_to_id=found["id"])
    page = town.page("/search?q=harbour", viewport=PHONE)
    article = page.locator("article.post", has_text="harbour")
    link = article.get_by_role("button", name="Show conversation")
    assert link.get_attribute("aria-expanded") == "false"
    link.focus()
    page.keyboard.press("Space")
    link = article.get_by_role("button", name="Hide conversation")
    link.wait_for()
    assert link.get_attribute("aria-expanded") == "true"
    assert link.evaluate("link => link === document.activeElement"), "focus stays where it was"
    thread = page.locator(f"#{link.get_attribute('aria-controls')}")
    assert [text.split("\n")[-1] for text in thread.locator("li").all_inner_texts()] == [
        "Who knows a good dentist?", "@kofi the one by the harbour", "@kofi thank you!"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is wider than a phone"
    assert page.url.endswith("/search?q=harbour")
    page.keyboard.press("Enter")
    thread.wait_for(state="hidden")
    link = article.get_by_role("button", name="Show conversation")
    link.click()
    thread.wait_for(state="visible")
    until(lambda: town.streams() == 1)
    assert town.kofi.delete(f"/api/v1/statuses/{last['id']}").status_code == 200
    until(lambda: thread.locator("li").count() == 2)
    assert page.problems == []
    plain = town.page("/search?q=harbour", java_script_enabled=False)
    plain.get_by_role("link", name="Show conversation").click()
    assert plain.url.endswith(f"/{found['id']}")


def test_new_posts_wait_behind_a_bar_and_nothing_jumps(town: Town) -> None:
    for number in range(25):
        town.says(f"early {number}")
    page = town.page()
    until(lambda: town.streams() == 1)
    page.mouse.wheel(0, 900)
    page.wait_for_function("scrollY > 300")
    page.evaluate("""() => {
        window.shifts = 0
        new PerformanceObserver(list => { for (const e of list.getEntries()) window.shifts += e.value })
            .observe({type: "layout-shift", buffered: false})
    }""")
    place = page.evaluate("document.querySelectorAll('article')[8].getBoundingClientRect().top")
    town.says("late one")
    town.says("late two")
    bar = page.get_by_role("button", name="2 new posts")
    bar.wait_for()
    assert page.evaluate("document.querySelectorAll('article')[8].getBoundingClientRect().top") == place
    assert page.evaluate("window.shifts") < 0.001
    assert page.title().startswith("(2) ")
    bar.click()
    page.locator("article", has_text="late two").wait_for()
    assert page.locator("article .text").all_inner_texts()[:2] == ["late two", "late one"]
    assert page.locator("[data-live]").is_hidden()
    assert page.evaluate("document.activeElement.innerText").count("late two") == 1
    assert page.problems == []


def test_a_boost_of_what_stands_on_the_page_moves_it_up_and_is_no_news(town: Town) -> None:
    bread = town.amber.post("/api/v1/statuses", json={"status": "Bread is ready"}).json()
    town.says("Meanwhile in town")
    page = town.page()
    page.locator("article.post", has_text="Bread is ready").wait_for()
    until(lambda: town.streams() == 1)
    town.kofi.post(f"/api/v1/statuses/{bread['id']}/reblog")
    town.says("Is there butter?")
    bar = page.get_by_role("button", name=re.compile("new post"))
    bar.wait_for()
    assert bar.inner_text() == "1 new post"
    bar.click()
    page.locator("article.post", has_text="Is there butter?").wait_for()
    texts = page.locator("#posts article.post .text").all_inner_texts()
    assert texts == ["Is there butter?", "Bread is ready", "Meanwhile in town"]
    assert page.locator(f"#post-{bread['id']} .why").inner_text() == "kofi boosted"
    assert page.locator(f"#post-{bread['id']}").count() == 1
    assert bar.is_hidden()
    assert page.problems == []


def test_ten_tabs_share_one_stream(town: Town) -> None:
    context = town.context()
    tabs = [town.server.new_page(context) for _ in range(10)]
    for tab in tabs[:7]:
        tab.goto(town.server.url + "/")
    for tab in tabs[7:]:
        tab.goto(town.server.url + "/search?q=tea")
    until(lambda: town.streams() == 1)
    time.sleep(0.5)
    assert town.streams() == 1
    town.says("a cup of tea")
    for tab in tabs:
        tab.locator("[data-live]:not([hidden])").wait_for()
    assert tabs[0].locator("[data-live]").inner_text() == "1 new post"
    assert tabs[9].locator("[data-live]").inner_text() == "1 new post matches"
    for tab in tabs:
        tab.close()
    context.close()
    until(lambda: town.streams() == 0)


def test_a_browser_without_shared_workers_shares_a_stream_too(town: Town) -> None:
    context = town.context()
    context.add_init_script("delete window.SharedWorker")
    tabs = [town.server.new_page(context) for _ in range(4)]
    for tab in tabs:
        tab.goto(town.server.url + "/")
    until(lambda: town.streams() == 1)
    town.says("heard by all four")
    for tab in tabs:
        tab.locator("[data-live]:not([hidden])").wait_for()
    assert town.streams() == 1
    tabs[0].close()  # whoever leads may leave
    town.says("and by those who stay")
    for tab in tabs[1:]:
        tab.get_by_role("button", name="2 new posts").wait_for()


def test_a_search_of_a_visitor_hears_new_matches_and_forgets_deleted_ones(town: Town) -> None:
    page = town.page("/search?q=marmalade", signed_in=False)
    until(lambda: town.streams() == 1)
    town.says("toast")
    gone = town.says("marmalade, too bitter")
    page.get_by_role("button", name="1 new post matches").wait_for()
    town.kofi.delete(f"/api/v1/statuses/{gone['id']}")
    page.locator("[data-live]").wait_for(state="hidden")
    town.says("more marmalade")
    page.get_by_role("button", name="1 new post matches").click()
    page.locator("article", has_text="more marmalade").wait_for()
    assert page.locator("article .text").all_inner_texts() == ["more marmalade"]
    assert page.locator("mark").all_inner_texts() == ["marmalade"]


def test_a_notification_lights_the_badge_of_an_open_page(town: Town) -> None:
    page = town.page("/about")
    assert page.locator("#unread").is_hidden()
    until(lambda: town.streams() == 1)
    town.says("@amber are you there?")
    page.locator("#unread:not([hidden])").wait_for()


def test_the_open_page_of_notifications_offers_what_is_new(town: Town) -> None:
    page = town.page("/notifications")
    assert page.locator("#told").is_hidden()
    until(lambda: town.streams() == 1)
    town.says("@amber are you there?")
    page.get_by_role("link", name="Show what is new").click()
    page.locator("article", has_text="are you there?").wait_for()
    assert page.locator("#told").is_hidden()


def test_the_keyboard_reads_answers_and_favours(town: Town) -> None:
    town.says("first")
    town.says("second")
    until(lambda: len(town.amber.get("/api/v1/timelines/home").json()) == 2)
    page = town.page()
    page.keyboard.press("j")
    assert "second" in page.evaluate("document.activeElement.innerText")
    page.keyboard.press("j")
    assert "first" in page.evaluate("document.activeElement.innerText")
    page.keyboard.press("f")
    page.locator('article:has-text("first") .favourite[aria-pressed="true"]').wait_for()
    page.locator('article:has-text("second") .favourite[aria-pressed="false"]').wait_for()
    page.keyboard.press("?")
    page.get_by_role("heading", name="Keys").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    page.keyboard.press("r")
    page.wait_for_url("**/compose?reply_to=*")
    box = page.get_by_role("textbox", name="Answer")
    assert box.input_value() == "@kofi "
    page.keyboard.type("heard")
    page.keyboard.press("Control+Enter")
    page.locator("article.focus", has_text="heard").wait_for()
    assert page.problems == []


def test_the_box_counts_as_the_server_does(town: Town) -> None:
    page = town.page("/compose")
    left = page.locator("[data-left]")
    for text, rest in (
        ("", 500),
        ("abc", 497),
        ("👩‍👩‍👧 é", 497),
        ("https://example.org/" + "x" * 100, 477),
        ("@a@example.org hi", 495),
    ):
        page.locator("#box-text").fill(text)
        assert left.inner_text() == str(rest), text


PAGES = [
    "/",
    "/public",
    "/@kofi",
    "/search?q=kettle",
    "/search?q=(",
    "/people",
    "/notifications",
    "/compose",
    "/help/search",
    "/about",
    "/about/listening",
    "/favourites",
    "/nothing",
    "/follow-requests",
]

AUDIT = """() => {
  const found = [], shown = e => e.getClientRects().length > 0
  const name = e => (e.getAttribute('aria-label') || e.innerText || e.textContent || '').trim()
  for (const e of document.querySelectorAll('input:not([type=hidden]), textarea, select'))
    if (!e.labels?.length && !e.getAttribute('aria-label')) found.push('no label: ' + e.outerHTML.slice(0, 80))
  for (const e of document.querySelectorAll('button, a, summary'))
    if (!e.hidden && !e.closest('[aria-hidden=true]') && !e.dataset.live && !name(e))
      found.push('no name: ' + e.outerHTML.slice(0, 80))
  for (const e of document.querySelectorAll('img:not([alt])')) found.push('no alt: ' + e.outerHTML.slice(0, 80))
  if (document.querySelectorAll('h1').length !== 1) found.push('h1: ' + document.querySelectorAll('h1').length)
  if (document.querySelectorAll('main').length !== 1) found.push('main')
  let level = 1
  for (const e of document.querySelectorAll('main :is(h1,h2,h3,h4)')) {
    const own = Number(e.tagName[1]); if (own > level + 1) found.push('heading skips: ' + e.innerText); level = own }
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id)
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) found.push('id twice: ' + id)
  for (const e of document.querySelectorAll('button, .act, .menu a, .menu summary, select, input[type=search]')) {
    const box = e.getBoundingClientRect()
    if (shown(e) && !e.classList.contains('hidden') && (box.height < 40 || box.width < 40) && !e.matches('.link'))
      found.push('small target: ' + e.outerHTML.slice(0, 60) + ' ' + box.width + 'x' + box.height) }
  const wide = document.documentElement.scrollWidth
  if (wide > innerWidth) found.push('scrolls sideways: ' + wide)
  return found }"""

CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true})
  const rgb = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1)
    return [...canvas.getImageData(0, 0, 1, 1).data] }
  const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0)
  const behind = e => {
    for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] > 250) return c }
    return rgb('white') }
  const found = []
  for (const e of document.querySelectorAll('body *')) {
    if (!e.getClientRects().length || e.closest('.hidden, svg, [hidden], .skip')) continue
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue
    const a = light(rgb(getComputedStyle(e).color)), b = light(behind(e))
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05)
    if (ratio < 4.5) found.push(ratio.toFixed(2) + ' ' + e.outerHTML.slice(0, 80)) }
  return found }"""


@pytest.fixture
def written(town: Town) -> Town:
    """A town with long words, a warning, a deep conversation and mixed directions."""
    town.says("The kettle " + "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 3)
    town.says("https://example.org/" + "a" * 200 + " kettle")
    town.says("secret", spoiler_text="A warning that is long enough to need more than one line on a phone")
    town.says("مرحبا بالعالم", language="ar")
    town.says("@amber hello")
    town.root = last = town.says("depth 0")
    for number in range(1, 101):
        last = town.says(f"@kofi depth {number}, said in a few words more", in_reply_to_id=last["id"])
    return town


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_fit_a_small_phone(written: Town, scheme: str) -> None:
    context = written.context(viewport=PHONE, color_scheme=scheme)
    page = written.server.new_page(context)
    wrong: dict[str, list[str]] = {}
    for path in [*PAGES, f"/@kofi/{written.root['id']}"]:
        page.goto(written.server.url + path)
        problems = page.evaluate(AUDIT) + page.evaluate(CONTRAST)
        if problems:
            wrong[path] = problems[:5]
    assert wrong == {}


def test_the_hundredth_answer_is_readable_on_a_phone(written: Town) -> None:
    page = written.server.new_page(written.context(viewport=PHONE))
    page.goto(f"{written.server.url}/@kofi/{written.root['id']}")
    assert page.locator("article.post").count() == 101
    assert page.locator("article.post .text").last.bounding_box()["width"] > 180


def test_the_server_stops_although_pages_listen(town: Town) -> None:
    town.page()
    until(lambda: town.streams() == 1)
    before = time.monotonic()
    town.server.stop()
    assert time.monotonic() - before < 3
