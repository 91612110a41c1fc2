"""Events and files in a real Chromium: inviting and answering without scripts, taking the calendar file home; a file by
the plain form, and one in pieces whose connection breaks and that goes on where it stopped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from icalendar import Calendar

from tests.journeys.test_browser import Town, browser, town  # noqa: F401

PHONE = {"width": 390, "height": 780}
SHOTS = os.environ.get("SHOTS", "")  # a directory for pictures to look at
EVENT = {"name": "Lunch", "place": "Café Möwe, at the lake", "starts_at": "2031-06-12T15:30", "time_zone": "Asia/Tokyo"}


def shot(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/typed-{name}.png", full_page=True)


def test_an_event_is_posted_and_answered_without_scripts(town: Town) -> None:  # noqa: F811
    page = town.page("/compose?kind=event", java_script_enabled=False, viewport=PHONE)
    page.fill("#event-name", "A walk to the clinic that nobody had heard of, with lunch before and tea after it")
    page.fill("#event-place", "مقهى النورس")
    page.fill("#event-starts", "2031-06-12T15:30")
    page.fill("#event-zone", "Europe/Berlin")
    shot(page, "box")
    page.click("form.box button.button:has-text('Post')")
    made = town.kofi.get("/api/v1/timelines/public").json()[0]
    assert made["harken"]["event"]["starts_at"] == "2031-06-12T13:30:00Z"
    answer = town.kofi.post(f"/api/harken/v1/statuses/{made['id']}/rsvp", json={"answer": "yes"})
    assert answer.json()["harken"]["event"]["yes_count"] == 1
    other = town.says("Bring bread", harken={"event": EVENT})
    page.goto(f"{town.server.url}/@kofi/{other['id']}")
    page.click(".rsvp button[value=maybe]")
    assert page.locator(".rsvp [aria-pressed=true]").inner_text().startswith("Maybe")
    with page.expect_download() as caught:
        page.click(".event .foot a[href$='.ics']")
    [event] = Calendar.from_ical(Path(caught.value.path()).read_bytes()).walk("VEVENT")
    assert str(event["summary"]) == "Lunch"
    assert event["dtstart"].params["TZID"] == "Asia/Tokyo"
    cancelled = town.says("Not this one", harken={"event": EVENT | {"name": "Cancelled"}})
    town.kofi.delete(f"/api/harken/v1/statuses/{cancelled['id']}/event")
    page.goto(f"{town.server.url}/events?whose=all")
    shot(page, "events-phone")
    page.goto(f"{town.server.url}/events?view=month&month=2031-06")
    assert page.locator("td.full").count() == 1
    shot(page, "month-phone")
    for scheme in ("light", "dark") if SHOTS else ():
        wide = town.page("/events?view=month&month=2031-06&whose=all", color_scheme=scheme)
        shot(wide, f"month-{scheme}")


def test_a_file_goes_on_after_its_connection_broke(town: Town, tmp_path: Path) -> None:  # noqa: F811
    small, large = tmp_path / "minutes.txt", tmp_path / "large.bin"
    small.write_text("what was said")
    large.write_bytes(bytes(range(256)) * 50_000)  # 12.8 MB, three pieces
    plain = town.page("/compose?kind=file", java_script_enabled=False)
    plain.set_input_files("#box-document", small)
    plain.click("form.box button.button:has-text('Post')")
    assert "minutes.txt" in plain.content()

    # A service worker that takes the page over at the wrong moment hides requests from `route`.
    page = town.page("/compose?kind=file", viewport=PHONE, service_workers="block")
    sent: list[str] = []

    def breaks(route: Any) -> None:
        if route.request.method == "PATCH":
            sent.append(route.request.headers["upload-offset"])
            if len(sent) == 2:
                route.abort("connectionreset")
                return
        route.continue_()

    page.route("**/files/uploads/*", breaks)
    page.set_input_files("#box-document", large)
    page.wait_for_selector("form.box output:has-text('large.bin')")
    assert sent == ["0", "5000000", "5000000", "10000000"]
    page.click("form.box button.button:has-text('Post')")
    page.wait_for_url("**/?posted=*")
    made = town.amber.get("/api/v1/timelines/home").json()[0]
    assert made["harken"]["file"]["bytes"] == large.stat().st_size
    assert town.amber.get(made["harken"]["file"]["url"]).content == large.read_bytes()
    page.goto(town.server.url + "/files")
    assert page.locator("table.files tbody tr").count() == 2
    shot(page, "files-phone")
    page.goto(f"{town.server.url}/@amber")
    shot(page, "profile-phone")
