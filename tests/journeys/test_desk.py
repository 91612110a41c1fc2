"""Two helpers at one desk, each in a browser: what one does, the other sees."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import apsw
import httpx
import pytest

from harken import clock
from harken.ids import new_id
from harken.store.tokens import hashed, new_secret
from tests.journeys.conftest import LiveServer
from tests.journeys.test_browser import browser as chromium  # noqa: F401, a fixture
from tests.journeys.test_browser import until

PHONE = {"width": 390, "height": 844}


class Office:
    """A desk of lea and hal, each with a browser; ann asks through the API."""

    def __init__(self, server: LiveServer, running: Any) -> None:
        self.server, self.running = server, running
        self.tokens = {name: server.member(name) for name in ("lea", "hal", "ann")}
        self.clients = {name: server.client(token) for name, token in self.tokens.items()}
        self.secrets = {name: new_secret() for name in ("lea", "hal")}
        self.ids = {name: int(client.get("/api/v1/accounts/verify_credentials").json()["id"])
                    for name, client in self.clients.items()}
        with apsw.Connection(str(server.data / "harken.sqlite")) as database:
            database.set_busy_timeout(10_000)
            database.execute("UPDATE account SET indexable = 1, hearable = 1, version = version + 1")
            database.execute("UPDATE member SET role = 1 WHERE account_id = ?", (self.ids["lea"],))
            now = clock.to_ms(clock.now())
            for name, secret in self.secrets.items():
                database.execute(
                    """INSERT INTO session (id, secret_hash, account_id, created_at, last_seen_at)
                       VALUES (?, ?, ?, ?, ?)""",
                    (new_id(clock.now()), hashed(secret), self.ids[name], now, now))
        lea = self.clients["lea"]
        desk = self.done(lea.post("/api/harken/v1/desks", json={"name": "Night team"}))["id"]
        self.path, api = f"/desks/{desk}", f"/api/harken/v1/desks/{desk}"
        self.done(lea.put(f"{api}/members/{self.ids['hal']}", json={"role": "helper"}))
        self.done(lea.post(f"{api}/ears", json={"query": "clinic"}))
        self.contexts: list[Any] = []

    def done(self, answer: httpx.Response) -> Any:
        assert answer.status_code == 200, answer.text
        return answer.json()

    def asks(self, text: str) -> str:
        """ann says something; its id."""
        return str(self.done(self.clients["ann"].post("/api/v1/statuses", json={"status": text}))["id"])

    def page(self, name: str, path: str = "", **options: Any) -> Any:
        """The desk in the browser of `name`."""
        context = self.running.new_context(**options)
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        context.add_cookies([{"name": "harken_session", "value": self.secrets[name], "url": self.server.url}])
        page = self.server.new_page(context)
        page.goto(self.server.url + self.path + path)
        return page

    def words(self, page: Any) -> list[str]:
        return [text.strip() for text in page.locator(".case .words").all_inner_texts()]


@pytest.fixture
def office(live_server: LiveServer, chromium: Any) -> Iterator[Office]:  # noqa: F811
    made = Office(live_server, chromium)
    yield made
    for context in made.contexts:
        context.close()
    for client in made.clients.values():
        client.close()


def test_helpers_share_a_queue_by_keys_and_live(office: Office) -> None:
    first = office.asks("which clinic is open?")
    lea, hal = office.page("lea"), office.page("hal", viewport=PHONE, has_touch=True)
    lea.wait_for_selector(f"#row-{first}")
    # A new case waits behind a bar; nothing moves.
    second = office.asks("I need help: can anyone recommend a clinic?")
    lea.wait_for_selector("#desk-news:not([hidden])")
    assert lea.locator("#desk-news").inner_text() == "1 new case"
    assert office.words(lea) == ["which clinic is open?"]
    lea.click("#desk-news")
    until(lambda: office.words(lea) == ["I need help: can anyone recommend a clinic?", "which clinic is open?"])
    # By keys: down to the second, take it; the other's list says so without being asked.
    lea.keyboard.press("j")
    lea.keyboard.press("j")
    lea.keyboard.press("c")
    lea.wait_for_selector(f"#row-{first} .state-claimed")
    hal.wait_for_selector(f"#row-{first} .state-claimed")
    assert "taken: lea" in hal.locator(f"#row-{first} .standing").inner_text()
    assert lea.url.endswith(office.path), "keys work on the list"
    # The help is there, and Escape closes it; a row that was drawn anew meanwhile is still the one that lea is at.
    lea.keyboard.press("?")
    assert lea.locator("#desk-keys").is_visible()
    looks = office.clients["hal"].post(f"/api/harken/v1{office.path}/cases/{first}/presence", json={})
    office.done(looks)
    lea.wait_for_selector(f"#row-{first} .chip.lively")
    lea.keyboard.press("Escape")
    lea.wait_for_selector(f"#row-{first} article:focus")
    # r opens the box; what is typed is told to the other.
    lea.keyboard.press("r")
    lea.wait_for_selector("#answer-text:focus")
    lea.keyboard.type("come to us")
    hal.wait_for_selector(f"#row-{first} .chip.lively")
    until(lambda: "lea is typing" in hal.locator(f"#row-{first} .standing").inner_text())
    # hal looks at the same case, and cannot answer twice.
    other = office.page("hal", f"/cases/{first}")
    lea.click("#answer button.button:has-text('Answer')")
    lea.wait_for_load_state()
    other.wait_for_selector("#more-said:not([hidden])")
    other.fill("#answer-text", "@ann or to me")
    other.click("#answer button.button:has-text('Answer')")
    other.wait_for_selector("#twice")
    assert "or to me" in other.input_value("#answer-text")
    assert "come to us" in other.locator(".first-answer").inner_text()
    # What is gone leaves the list at once; noise leaves it for both.
    office.done(office.clients["ann"].delete(f"/api/v1/statuses/{second}"))
    hal.wait_for_selector(f"#row-{second}", state="detached")
    wrong = [problem for page in (lea, hal) for problem in page.problems]
    assert not wrong, wrong


def test_one_of_several_processes_gives_a_case_to_one_helper(tmp_path: Path) -> None:
    """Two workers, two helpers who both want every case, and each claim asked for four times at the same moment."""
    server = LiveServer(tmp_path / "data", "--workers", "2")
    server.start()
    office = Office(server, None)
    try:
        made = [office.asks(f"clinic {number}?") for number in range(12)]
        api = f"/api/harken/v1{office.path}/cases"
        until(lambda: len(office.clients["lea"].get(api).json()["cases"]) == 12)
        ready = Barrier(4)

        def claims(name: str) -> list[int]:
            with server.client(office.tokens[name]) as client:
                answers = []
                for case in made:
                    ready.wait(30)
                    answers.append(client.post(f"{api}/{case}/moves", json={"verb": "claim"}).status_code)
                return answers

        with ThreadPoolExecutor(4) as pool:
            # Each helper asks twice at once, over connections that may end at different workers.
            outcome = list(pool.map(claims, ["lea", "hal", "lea", "hal"]))
        for number, case in enumerate(made):
            codes = {name: {outcome[place][number] for place in places}
                     for name, places in (("lea", (0, 2)), ("hal", (1, 3)))}
            assert sorted(map(sorted, codes.values())) == [[200], [409]], (case, codes)
    finally:
        for client in office.clients.values():
            client.close()
        server.stop()


def test_a_phone_without_scripts_works_the_queue(office: Office) -> None:
    made = [office.asks(f"clinic {number}?") for number in range(3)]
    page = office.page("hal", viewport={"width": 320, "height": 640}, java_script_enabled=False)
    until(lambda: page.reload() is not None and page.locator(".case").count() == 3)
    page.click(f"#case-{made[0]} button:has-text('Done')")
    assert page.locator(".case").count() == 2
    page.check(f"#case-{made[1]} .pick input")
    page.check(f"#case-{made[2]} .pick input")
    page.click("form.many button:has-text('Noise')")
    assert page.locator("main .note", has_text="2 cases moved.").count() == 1
    assert page.locator(".case").count() == 0
    page.goto(f"{office.server.url}{office.path}?tab=done")
    assert page.locator(".case").count() == 3
