"""An alert from end to end: a real server of two processes, a real mail server, a real browser's service worker."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from typing import Any

import httpx

from tests.alerting.outside import mailbox
from tests.journeys.conftest import LiveServer
from tests.journeys.test_browser import browser  # noqa: F401
from tests.web.test_pages import csrf

PASSWORD = "a long password"


def signed_in(server: LiveServer, name: str) -> httpx.Client:
    """A browser without scripts in which `name` is signed in."""
    client = httpx.Client(base_url=server.url, follow_redirects=True, timeout=20)
    submit(client, "/sign-in", "/sign-in", name=name, password=PASSWORD)
    return client


def submit(client: httpx.Client, page: str, to: str, **fields: str) -> httpx.Response:
    answer = client.post(to, data={"csrf": csrf(client.get(page).text), **fields})
    assert answer.status_code == 200, answer.text
    return answer


def soon(there: Callable[[], Any], seconds: float = 10) -> Any:
    """What `there` gives as soon as it gives something."""
    until = time.monotonic() + seconds
    while not (found := there()):
        assert time.monotonic() < until, "it never came"
        time.sleep(0.05)
    return found


def test_a_post_becomes_one_email_and_the_link_in_it_ends_them(tmp_path: Path) -> None:
    with mailbox() as box:
        server = LiveServer(
            tmp_path / "data", "--workers", "2", environment={"HARKEN_SMTP_URL": f"smtp://127.0.0.1:{box.port}"})
        server.start()
        try:
            server.member("ann", PASSWORD)
            bob = server.client(server.member("bob", PASSWORD))
            bob.patch("/api/v1/accounts/update_credentials", data={"indexable": "true"}).raise_for_status()
            ann = signed_in(server, "ann")
            ear = str(submit(ann, "/ears", "/ears", query="clinic is:question").url.path)
            page = f"{ear}/alerts"
            submit(ann, page, page, mode="at_once", in_app="1", email="1", cool_down="0", spike="0")
            bob.post("/api/v1/statuses", json={"status": "a clinic, but nobody asks"}).raise_for_status()
            bob.post("/api/v1/statuses", json={"status": "which clinic is good?"}).raise_for_status()
            soon(lambda: box.got)
            time.sleep(1)  # two processes, and yet one e-mail
            (content,) = box.got
            message: Any = message_from_bytes(content, policy=SMTP)
            assert "which *clinic* is good?" in message.get_body(("plain",)).get_content()
            assert soon(lambda: "last sent" in ann.get(page).text)
            assert ann.get("/fragments/unread").text == "1"
            way_out = message["List-Unsubscribe"].strip().strip("<>").partition("/unsubscribe/")[2]
            done = httpx.post(f"{server.url}/unsubscribe/{way_out}", data={"List-Unsubscribe": "One-Click"})
            assert done.status_code == 200
            bob.post("/api/v1/statuses", json={"status": "and which clinic is near?"}).raise_for_status()
            assert soon(lambda: ann.get("/fragments/unread").text == "2")
            time.sleep(1)
            assert len(box.got) == 1
            ann.close()
            bob.close()
        finally:
            server.stop()


def test_a_browser_shows_what_is_pushed(live_server: LiveServer, browser: Any) -> None:  # noqa: F811
    context = browser.new_context()
    context.grant_permissions(["notifications"], origin=live_server.url)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{live_server.url}/about")
    registered: list[str] = []
    protocol = context.new_cdp_session(page)
    protocol.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registered.extend(one["registrationId"] for one in event["registrations"]))
    protocol.send("ServiceWorker.enable")
    page.evaluate("""navigator.serviceWorker.register('/service-worker.js').then((r) => new Promise((done) => {
        const worker = r.installing || r.waiting;
        if (r.active || !worker) { done(); return; }
        worker.onstatechange = () => { if (worker.state === 'activated') done(); };
    }))""")
    url = f"{live_server.url}/public"
    protocol.send("ServiceWorker.deliverPushMessage", {
        "origin": live_server.url, "registrationId": registered[-1],
        "data": json.dumps({"title": "Ask me", "body": "which clinic?", "url": url, "tag": "ear-1", "lang": "en"})})
    shown = """navigator.serviceWorker.getRegistration('/static/').then((r) => r.getNotifications())
        .then((all) => all.map((one) => [one.title, one.body, one.tag, one.data.url]))"""
    until = time.monotonic() + 10
    while not (told := page.evaluate(shown)) and time.monotonic() < until:
        page.wait_for_timeout(50)
    assert told == [["Ask me", "which clinic?", "ear-1", url]]
    assert faults == []
    context.close()
