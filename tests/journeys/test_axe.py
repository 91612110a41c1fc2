"""Every page of the web, walked by a browser: readable by everybody, in every theme, on a phone and on a desk.

The pages are the app's own routes, so a page that somebody adds is walked
too; a new name in curly brackets fails the walk until `Places` knows an
example. axe-core comes from npm, unchanged, with its licence (axe/).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import httpx
import pytest
from litestar.handlers import HTTPRouteHandler

from harken import clock
from harken.ids import new_id
from harken.store.tokens import hashed, new_secret
from harken.web import routes, uploads
from tests.journeys.conftest import LiveServer
from tests.journeys.test_browser import browser, until

__all__ = ["browser"]

AXE = Path(__file__).with_name("axe") / "axe.min.js"
PHONE = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 900}
PIECES = ("/fragments/", "/static/", "/media/", "/files/", "/live")
"""What pages fetch: pieces, files, streams. Everything else that answers with HTML is a page."""
ERRORS = {
    "/confirm/{secret:str}", "/reset/{secret:str}", "/unsubscribe/{key:str}", "/decided/{secret:str}",
    "/invited/{code:str}", "/terms-of-service", "/terms-of-service/{day:str}", "/privacy-policy",
    "/decisions/{warning_id:str}", "/moderation/appeals/{warning_id:str}", "/ears/{ear_id:str}/fewer",
    "/about/listening/asked/{secret:str}", "/about/listening/asked/{secret:str}/me.json",
}
"""Pages that need a letter or a decision that nobody here has: walked as whoever guesses the address sees them."""


def _templates() -> list[str]:
    handlers = [one for one in [*routes, *uploads] if isinstance(one, HTTPRouteHandler)]
    return sorted({path for one in handlers if "GET" in one.http_methods for path in one.paths
                   if not path.startswith(PIECES)})


LOOK = """
async () => {
  const found = [], doc = document.documentElement;
  const shifts = await new Promise((done) => {
    new PerformanceObserver((list) => done(list.getEntries())).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done([]), 50);
  });
  const shift = shifts.filter((one) => !one.hadRecentInput).reduce((sum, one) => sum + one.value, 0);
  if (shift >= 0.0005) found.push(`layout shift ${shift.toFixed(4)}: ` + shifts.flatMap((one) => one.sources.map(
    ({ node }) => node && (node.outerHTML || node.textContent).slice(0, 90))).join(" | "));
  const wide = () => {
    if (doc.scrollWidth <= innerWidth) return "";
    const out = [...document.body.querySelectorAll("*")].find((e) => {
      const box = e.getBoundingClientRect();
      return box.width && !e.closest(".tabs, .hidden, .skip") && (box.right > innerWidth + 1 || box.left < -1);
    });
    return `${doc.scrollWidth} px wide in a window of ${innerWidth}: ${out ? out.outerHTML.slice(0, 120) : ""}`;
  };
  if (wide()) found.push(wide());
  const dir = doc.dir;
  doc.dir = dir === "rtl" ? "ltr" : "rtl";
  if (wide()) found.push(`dir=${doc.dir}: ` + wide());
  doc.dir = dir;
  const inline = document.querySelector("[style], style, script:not([src])")
    || [...document.querySelectorAll("*")].find((e) => [...e.attributes].some((a) => /^(on|hx-on)/.test(a.name)));
  if (inline) found.push("inline script or style: " + inline.outerHTML.slice(0, 120));
  const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
    .filter((h) => h.checkVisibility()).map((h) => Number(h.tagName[1]));
  if (levels.filter((n) => n === 1).length !== 1) found.push("h1 occurs " + levels.filter((n) => n === 1).length);
  levels.forEach((n, i) => { if (i && n > levels[i - 1] + 1) found.push(`a heading ${n} follows ${levels[i - 1]}`); });
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (!field.labels.length && !field.ariaLabel && !field.getAttribute("aria-labelledby"))
      found.push("no label: " + field.outerHTML.slice(0, 120));
  return found;
}
"""
AXE_SAYS = """
async (rules) => (await axe.run(document, rules ? { runOnly: rules } : {})).violations.flatMap((v) =>
  v.nodes.slice(0, 3).map((n) => `${v.id}: ${n.html.slice(0, 140)} (${[...n.any, ...n.all, ...n.none][0].message})`))
"""


class Places:
    """A lived-in server and an example for each name in a route, made by the forms that people fill in."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        secret = new_secret()
        with apsw.Connection(str(server.data / "harken.sqlite")) as database:
            database.set_busy_timeout(10_000)
            (me,) = next(iter(database.execute("SELECT id FROM account WHERE username = 'amber'")))
            now = clock.to_ms(clock.now())
            database.execute(
                "INSERT INTO session (id, secret_hash, account_id, created_at, last_seen_at) VALUES (?, ?, ?, ?, ?)",
                (new_id(clock.now()), hashed(secret), me, now, now))
        server.start()
        self.cookie = {"name": "harken_session", "value": secret, "url": server.url}
        self.web = httpx.Client(base_url=server.url, cookies={"harken_session": secret}, timeout=20)
        self.api = server.client(server.command("token", "create", "amber").strip().splitlines()[-1])
        self.visitor = httpx.Client(base_url=server.url, timeout=20)
        self.kofi = server.client(server.command("token", "create", "kofi").strip().splitlines()[-1])
        self.names, self.paths = self._lived_in(me)

    def close(self) -> None:
        self.web.close()
        self.api.close()
        self.kofi.close()
        self.visitor.close()

    def form(self, path: str, page: str = "/settings/profile", **fields: str) -> httpx.Response:
        """Send a form; the page it leads to."""
        csrf = re.search(r'name="csrf" value="([^"]+)"', self.web.get(page).text)
        assert csrf, page
        answer = self.web.post(path, data={"csrf": csrf[1], **fields}, follow_redirects=True)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[-2000:]}"
        return answer

    def _made(self, path: str, **fields: str) -> str:
        """Send a form that makes something; its id, the last number in the address of its page."""
        numbers = re.findall(r"/(\d+)", self.form(path, **fields).url.path)
        assert numbers, path
        return str(numbers[-1])

    def _happens(self, page: str, address: str) -> str:
        """The number in an address that a page of amber's links, as soon as it does."""
        until(lambda: re.search(address, self.web.get(page).text) is not None)
        return str(re.findall(address, self.web.get(page).text)[0])

    def _archive(self) -> str:
        self.form("/settings/export", page="/settings/export")
        return self._happens("/settings/export", r"/settings/export/(\d+)/file")

    def _lived_in(self, me: int) -> tuple[dict[str, str], dict[str, list[str]]]:
        said = self.api.post("/api/v1/statuses", json={
            "status": "Who knows a good repair café? https://example.org/a/very/long/address #Fernmouth " + "w" * 300,
            "poll": {"options": ["yes", "no"], "expires_in": 3600}}).json()["id"]
        self.api.put(f"/api/v1/statuses/{said}", json={
            "status": "Who knows a repair café? #Fernmouth", "poll": {"options": ["yes", "no"], "expires_in": 900}})
        self.api.post("/api/v1/statuses", json={"status": "A secret", "spoiler_text": "Mind", "in_reply_to_id": said})
        self.api.post("/api/v1/statuses", json={"status": "Later", "scheduled_at": "2030-01-01T08:00:00Z"})
        other_id = self.api.get("/api/v1/accounts/lookup", params={"acct": "kofi"}).json()["id"]
        home = self.api.get("/api/v1/timelines/home").json()
        asked, by = next((one["id"], one["account"]["acct"]) for one in home
                         if one["replies_count"] and one["visibility"] == "public" and not one["reblog"])
        ear = self._made("/ears", query="repair OR bike OR clinic", name="Repairs")
        shared = self.api.patch(f"/api/harken/v1/ears/{ear}", json={"shared": True}).json()
        hidden = self.api.post("/api/v2/filters", json={
            "title": "Mondays", "context": ["home"], "keywords_attributes": [{"keyword": "monday"}]}).json()
        self.api.post("/api/v1/statuses", json={"status": "@kofi a word", "visibility": "direct"})
        loud = next(one["account"]["id"] for one in home if one["account"]["acct"] not in ("amber", "kofi"))
        answer = self.kofi.post("/api/v1/reports", json={"account_id": loud, "comment": "Too much bread"})
        assert answer.status_code == 200, answer.text
        lunch = self.api.post("/api/v1/statuses", json={"status": "Bring bread", "harken": {"event": {
            "name": "Lunch", "place": "Café Möwe", "starts_at": "2031-06-12T15:30", "time_zone": "Europe/Berlin"}}})
        event = lunch.json()["id"]
        csrf = re.search(r'name="csrf" value="([^"]+)"', self.web.get("/compose").text)
        assert csrf
        answer = self.web.post("/compose", data={"csrf": csrf[1], "text": "The minutes", "visibility": "0"},
                               files={"document": ("minutes.txt", b"Tea was had.")})
        assert answer.status_code == 303, answer.text
        self.form("/whispers", page="/whispers", text="I am afraid of asking", spoiler="Fear")
        whispered = self._happens("/whispers/mine", r"/whispers/(\d+)/delete")
        desk = self._made("/desks", name="Repair desk", kind="general", zone="Europe/Berlin")
        self.form(f"/desks/{desk}/ears", query="toaster", name="Toasters")
        self.kofi.post("/api/v1/statuses", json={"status": "Who can repair a toaster?"})
        contact = self._made(f"/desks/{desk}/contacts", name="Mrs Ort", tags="toaster")
        self.form(
            f"/desks/{desk}/contacts/{contact}/outcome", words="Tea and a mended toaster", value="3", currency="EUR")
        story, asked_at, told_at = self._story(desk, contact)
        return {
            "handle": "@amber", "name": "fernmouth", "post_id": said, "account_id": other_id,
            "ear_id": ear, "key": shared["shared_url"].rsplit("/", 1)[1], "filter_id": hidden["id"],
            "desk_id": desk, "case_id": self._happens(f"/desks/{desk}", r"/cases/(\d+)"),
            "contact_id": contact, "outcome_id": self._happens(f"/desks/{desk}/contacts/{contact}", r"/outcomes/(\d+)"),
            "conversation_id": self._happens("/messages", r"/messages/(\d+)"),
            "report_id": self._happens("/moderation/reports", r"/moderation/reports/(\d+)"),
            "warning_id": "1", "code": "none", "archive_id": self._archive(),
            "list_id": self._made("/lists", title="Neighbours"),
            "set_id": self._made("/sets", name="Family"),
            "collection_id": self._made("/collections", name="Tea people", listed="1"),
            "secret": "none", "day": "2026-01-01", "story_id": story,
        }, {
            "/{handle:str}/{rest:str}": [f"/@amber/{said}", f"/@{by}/{asked}", "/@amber/followers"],
            "/{handle:str}": ["/@amber", f"/@{by}"],
            "/search": ["/search", "/search?q=repair", "/search?q=(", "/search?q=nothinglikethat"],
            "/events/{name:str}": [f"/events/{event}.ics"],
            "/events/{post_id:str}/people": [f"/events/{event}/people"],
            "/events/{post_id:str}/edit": [f"/events/{event}/edit"],
            "/search/people": ["/search/people?q=bread"],
            "/search/advanced": ["/search/advanced", "/search/advanced?q=from:amber repair"],
            "/report": [f"/report?account={other_id}", f"/report?post={asked}"],
            "/whispers/{post_id:str}": [f"/whispers/{whispered}"],
            "/moderation/whispers/{post_id:str}": [f"/moderation/whispers/{whispered}"],
            "/compose": [f"/compose?reply_to={asked}", f"/compose?quote={asked}"],
            "/oauth/authorize": [self._application()],
            "/oauth/authorize/native": ["/oauth/authorize/native?code=abc"],
            "/unsubscribe/{key:str}": ["/unsubscribe/none"],
            "/consent/{secret:str}": [asked_at], "/stories/{slug:str}": [told_at],
            "/reset/{secret:str}": ["/reset/none"], "/confirm/{secret:str}": ["/confirm/none"],
        }

    def _story(self, desk: str, contact: str) -> tuple[str, str, str]:
        """A published story: its number, the page on which somebody was asked, and its own."""
        story = self._made(f"/desks/{desk}/stories", title="A toaster, mended", summary="And tea")
        here = f"/desks/{desk}/stories/{story}"
        self.form(f"{here}/words", text="It works again.")
        self.form(f"{here}/words", text="Tea.", day="2026-05-31", moment="yes")
        named = self.form(f"{here}/people", contact_id=contact).text
        [person] = set(re.findall(r"/people/(\d+)/ask", named))
        asked = re.findall(r"/consent/[\w-]+", self.form(f"{here}/people/{person}/ask", how="link").text)[0]
        [digest] = re.findall(r'name="digest" value="(\w+)"', self.web.get(asked).text)
        self.form(asked, says="yes", digest=digest)
        self.form(f"{here}/publish")
        return story, asked, re.findall(r'"(/stories/[^"]+)"', self.web.get(here).text)[0]

    def _application(self) -> str:
        made = self.visitor.post("/api/v1/apps", data={
            "client_name": "A client", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"}).json()
        return (f"/oauth/authorize?response_type=code&client_id={made['client_id']}&scope=read+write"
                "&redirect_uri=urn:ietf:wg:oauth:2.0:oob")

    def of(self, template: str) -> list[str]:
        """The addresses that stand for a route."""
        return self.paths.get(template) or [self._example(template)]

    def _example(self, template: str) -> str:
        names = re.findall(r"{(\w+):\w+}", template)
        missing = [name for name in names if name not in self.names]
        assert not missing, f"{template}: give {missing} an example in tests/journeys/test_axe.py"
        return re.sub(r"{(\w+):\w+}", lambda match: self.names[match[1]], template)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    server = LiveServer(tmp_path_factory.mktemp("walk") / "data", environment={"HARKEN_WHISPERS": "true"})
    server.command("demo")
    try:
        made = Places(server)
        yield made
        made.close()
    finally:
        server.stop()


@pytest.fixture(scope="module")
def window(browser: Any) -> Iterator[Any]:
    """One window that all pages are opened in, on a phone at first."""
    context = browser.new_context(viewport=PHONE, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    yield context
    context.close()


def look(window: Any, places: Places, path: str) -> list[str]:
    """What is wrong with a page. It is loaded once; widths and themes are switched under it."""
    page = window.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(f"page error: {error}"))
    page.on("console", lambda m: said.append(f"console: {m.text}") if m.type == "error" else None)
    status = page.goto(places.server.url + path).status
    seen = page.evaluate(LOOK)
    if any(one.startswith("layout shift") for one in seen):  # of a busy machine, or does it come again?
        page.reload()
        seen = page.evaluate(LOOK)
    said += seen
    page.evaluate(AXE.read_text())
    for width in (PHONE, DESK):
        page.set_viewport_size(width)
        said += [f"{width['width']} px: {one}" for one in page.evaluate(AXE_SAYS, None)]
    for scheme, contrast in (("dark", "no-preference"), ("light", "more"), ("dark", "more")):
        page.emulate_media(color_scheme=scheme, contrast=contrast)
        found = page.evaluate(AXE_SAYS, ["color-contrast", "link-in-text-block"])
        said += [f"{scheme}, contrast {contrast}: {one}" for one in found]
    page.close()
    return [one for one in said if f"status of {status}" not in one]  # a page that tells of an error may have one


@pytest.mark.xdist_group("walk")
@pytest.mark.parametrize("template", _templates())
def test_a_page_is_for_everybody(template: str, places: Places, window: Any) -> None:
    problems: list[str] = []
    answers = []
    for path in places.of(template):
        for member, client in ((True, places.web), (False, places.visitor)):
            answer = client.get(path)
            answers.append(answer.status_code)
            if answer.is_redirect or not answer.headers.get("content-type", "").startswith("text/html"):
                continue
            window.clear_cookies()
            if member:
                window.add_cookies([places.cookie])
            problems += [f"{path} ({'member' if member else 'visitor'}, {answer.status_code}): {one}"
                         for one in look(window, places, path)]
    assert max(answers) < 500, answers
    assert template in ERRORS or min(answers) < 400, f"{template}: give it an example that is there"
    assert not problems, "\n".join(problems)
