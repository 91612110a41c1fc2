"""The face as people meet it: drafts, a lost connection, files, pictures, keys, and the site as an application."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image

from tests.journeys.test_browser import Town, browser, town, until

__all__ = ["browser", "town"]


def png(colour: str = "teal", size: int = 600) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (size, size // 2), colour).save(made, "png")
    return made.getvalue()


def drop(page: Any, content: bytes, event: str = "drop") -> None:
    """Let a picture fall onto the box, or paste it."""
    page.evaluate(
        """([data, event]) => {
            const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0)), given = new DataTransfer();
            given.items.add(new File([bytes], "barn.png", { type: "image/png" }));
            const happens = event === "paste" ? new ClipboardEvent("paste", { bubbles: true, clipboardData: given })
                : new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: given });
            document.querySelector("#box-text").dispatchEvent(happens);
        }""", [base64.b64encode(content).decode(), event])


def test_a_draft_outlives_a_reload_and_a_sign_in_and_is_gone_when_sent(town: Town) -> None:
    page = town.page()
    page.locator("#box-text").fill("The kettle is")
    until(lambda: "kettle" in page.evaluate("JSON.stringify(localStorage)"))
    page.reload()
    assert page.locator("#box-text").input_value() == "The kettle is"
    # The session ends while somebody writes: the text waits behind the sign-in.
    page.context.clear_cookies()
    page.get_by_role("button", name="Post", exact=True).click()
    page.wait_for_url("**/sign-in**")
    page.context.add_cookies([{"name": "harken_session", "value": town.secret, "url": town.server.url}])
    page.goto(town.server.url + "/")
    assert page.locator("#box-text").input_value() == "The kettle is"
    page.locator("#box-text").press_sequentially(" on")
    page.get_by_role("button", name="Post", exact=True).click()
    page.locator("article.post:not(.sending)", has_text="The kettle is on").wait_for()
    assert page.locator("#box-text").input_value() == ""
    page.reload()
    assert page.locator("#box-text").input_value() == ""
    assert "kettle" not in page.evaluate("JSON.stringify(localStorage)")


def test_what_is_posted_offline_is_sent_once_when_there_is_a_connection(town: Town) -> None:
    page = town.page()
    page.context.set_offline(True)
    page.locator("#box-text").fill("From the tunnel")
    page.get_by_role("button", name="Post", exact=True).click()
    waits = page.locator("article.sending")
    waits.get_by_text("No connection").wait_for()
    assert waits.inner_text().startswith("From the tunnel")
    waits.get_by_role("button", name="Back into the box").click()
    assert page.locator("#box-text").input_value() == "From the tunnel"
    page.get_by_role("button", name="Post", exact=True).click()
    page.locator("article.sending").get_by_text("No connection").wait_for()
    page.context.set_offline(False)
    page.locator("article.post:not(.sending)", has_text="From the tunnel").wait_for()
    page.reload()
    until(lambda: page.locator("article.post", has_text="From the tunnel").count() == 1)
    assert page.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('harken-waiting'))") == []


def test_what_is_wrong_comes_back_with_the_text(town: Town) -> None:
    page = town.page()
    page.locator("#box-text").fill("x" * 501)
    page.get_by_role("button", name="Post", exact=True).click()
    page.get_by_role("alert").get_by_text("longer than 500").wait_for()
    assert page.locator("#box-text").input_value() == "x" * 501


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_a_picture_is_dropped_or_pasted_and_described(town: Town, event: str) -> None:
    page = town.page()
    page.locator("#box-text").fill(f"Look, a barn by {event}")
    drop(page, png(), event)
    page.get_by_text("barn.png").wait_for()
    assert page.evaluate("document.activeElement.id") == "box-alt-0"  # it asks what is in it
    page.keyboard.type("A barn")
    drop(page, png("red"), event)
    until(lambda: page.get_by_text("barn.png").count() == 2)
    page.locator(".chosen").nth(1).get_by_role("button", name="Take out").click()
    page.get_by_role("button", name="Post", exact=True).click()
    article = page.locator("article.post", has_text=f"Look, a barn by {event}")
    article.locator("img[alt='A barn']").wait_for()
    assert article.locator(".media img").count() == 1
    assert page.problems == []


def test_pictures_open_large_and_give_the_focus_back(town: Town) -> None:
    ids = []
    for colour in ("teal", "red"):
        answer = town.kofi.post(
            "/api/v2/media", files={"file": ("p.png", png(colour), "image/png")}, data={"description": f"All {colour}"})
        ids.append(answer.json()["id"])
    town.says("Two barns", media_ids=ids)
    page = town.page("/public")
    first = page.locator(".media a").first
    first.focus()
    page.keyboard.press("Enter")
    viewer = page.locator("dialog.viewer")
    viewer.wait_for()
    assert viewer.locator("img").get_attribute("alt") == "All teal"
    page.keyboard.press("ArrowRight")
    assert viewer.locator("img").get_attribute("alt") == "All red"
    assert "2 / 2" in viewer.inner_text()
    page.keyboard.press("ArrowRight")
    assert viewer.locator("img").get_attribute("alt") == "All teal"
    page.keyboard.press("Escape")
    until(lambda: not viewer.is_visible())
    assert page.evaluate("document.activeElement === document.querySelector('.media a')")


def test_keys_are_shown_and_can_be_switched_off(town: Town) -> None:
    town.says("One")
    page = town.page("/public")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    dialog.wait_for()
    dialog.get_by_role("checkbox", name="Keys are on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.tagName") == "BODY"
    page.goto(town.server.url + "/help/keys")
    page.get_by_role("checkbox", name="Keys are on").check()
    page.keyboard.press("Tab")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url(town.server.url + "/")


def test_home_is_there_without_a_connection_and_forgotten_at_sign_out(town: Town) -> None:
    town.says("The harbour is calm")
    page = town.page()
    page.locator("article.post", has_text="The harbour is calm").wait_for()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()  # now through the worker
    until(lambda: page.evaluate("caches.open('home').then((c) => c.match('/')).then((r) => Boolean(r))"))
    page.context.set_offline(True)
    page.goto(town.server.url + "/")
    page.get_by_text("You are offline").wait_for()
    assert page.locator("article.post", has_text="The harbour is calm").count() == 1
    page.context.set_offline(False)
    page.goto(town.server.url + "/")
    assert not page.locator("#offline").is_visible()
    page.locator("summary", has_text="More").first.click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_load_state()
    until(lambda: not page.evaluate("caches.open('home').then((c) => c.match('/')).then((r) => Boolean(r))"))


def test_the_site_can_be_installed_and_shared_with(town: Town) -> None:
    page = town.page("/share?title=A+bridge&text=Look&url=https%3A%2F%2Fexample.org%2Fb")
    assert page.locator("#box-text").input_value() == "A bridge\nLook\nhttps://example.org/b"
    manifest = page.evaluate("fetch('/manifest.webmanifest').then((r) => r.json())")
    assert manifest["share_target"]["action"] == "/share"
    for icon in manifest["icons"]:
        kind = page.evaluate("(src) => fetch(src).then((r) => r.headers.get('content-type'))", icon["src"])
        assert kind == icon["type"]
    posted = page.evaluate(
        """() => {
            const given = new FormData();
            given.set("text", "shared words");
            return fetch("/share", { method: "POST", body: given }).then((answer) => answer.text());
        }""")
    assert "shared words" in posted


def test_an_emoji_is_picked_where_the_caret_is(town: Town) -> None:
    page = town.page("/compose", viewport={"width": 390, "height": 844})
    box = page.locator("#box-text")
    box.fill("Soup and bread")
    box.evaluate("(box) => box.setSelectionRange(4, 4)")
    page.locator("summary", has_text="Emoji").click()
    page.get_by_role("group", name="Days").get_by_role("button", name="🍞").click()
    assert box.input_value() == "Soup 🍞  and bread"
    assert page.evaluate("document.activeElement.id") == "box-text"
    page.get_by_role("button", name=":-)", exact=True).click()
    assert box.input_value() == "Soup 🍞 :-)  and bread"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.problems == []


def test_the_look_is_chosen_without_javascript_and_large_text_fits_a_phone(town: Town) -> None:
    page = town.page(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page.goto(town.server.url + "/settings/appearance")
    page.get_by_label("Very large").check()
    page.get_by_label("Dark", exact=True).check()
    page.locator("[name=motion]").check()
    page.get_by_role("button", name="Save").click()
    assert page.get_by_role("status").filter(has_text="Saved.").is_visible()
    for path in ("/", "/settings/appearance", "/search?q=repair", "/notifications", "/@amber", "/about"):
        page.goto(town.server.url + path)
        root = page.locator("html")
        assert root.evaluate("e => getComputedStyle(e).fontSize") == "21.6px"
        assert root.evaluate("e => getComputedStyle(e).colorScheme") == "dark"
        assert root.evaluate("e => e.scrollWidth") <= 320, path
    page.goto(town.server.url + "/settings/appearance")
    for name in ("Usual", "Automatic"):
        page.get_by_label(name, exact=True).check()
    page.locator("[name=motion]").uncheck()
    page.get_by_role("button", name="Save").click()


@pytest.mark.parametrize("path", ["/", "/compose", "/settings/privacy"])
def test_on_a_phone_what_has_the_focus_is_never_behind_the_bars(town: Town, path: str) -> None:
    for n in range(8):
        town.says(f"number {n} with a #tag and more")
    page = town.page(path, viewport={"width": 360, "height": 600})
    for key in ["Tab"] * 60 + ["Shift+Tab"] * 60:
        page.keyboard.press(key)
        behind = page.evaluate("""() => {
            const one = document.activeElement, box = one.getBoundingClientRect();
            if (one === document.body || one.closest(".menu, header.top, .skip")) return "";
            const over = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
            return over && over.closest(".menu, header.top") ? one.outerHTML.slice(0, 120) : "";
        }""")
        assert behind == "", key  # WCAG 2.4.11


def test_whoever_joins_has_the_clock_of_their_browser(town: Town) -> None:
    page = town.page("/sign-up", signed_in=False, timezone_id="Asia/Kathmandu")
    assert page.locator("[name=time_zone]").input_value() in ("Asia/Kathmandu", "Asia/Katmandu")


def test_what_one_has_posted_is_read_out_and_tab_goes_on_there(town: Town) -> None:
    town.says("before")
    page = town.page()
    page.locator("#box-text").fill("By keyboard alone")
    page.keyboard.press("Control+Enter")
    mine = page.locator("article.post:not(.sending)", has_text="By keyboard alone")
    mine.wait_for()
    until(lambda: page.locator("#posted").inner_text() == "Your post is here.")
    page.keyboard.press("Tab")
    assert mine.evaluate("(one) => one.contains(document.activeElement)")
    page.reload()
    page.wait_for_timeout(600)
    assert page.locator("#posted").inner_text() == ""  # it was said once


def test_with_very_large_letters_every_place_is_reached_on_a_phone(town: Town) -> None:
    town.says("a word")
    # As few letters fit beside each other as on a phone of 396 px whose owner reads them half as large again.
    page = town.page(viewport={"width": 264, "height": 600})
    for link in page.locator(".menu > a, .menu > details > summary").all():
        box = link.bounding_box()
        assert box["x"] >= 0, link.inner_text()
        assert box["x"] + box["width"] <= 264, link.inner_text()
    assert page.get_by_role("link", name="River").count() == 1  # what is not seen is still said
    assert page.evaluate("document.documentElement.scrollWidth") <= 264


def test_names_and_tags_read_as_they_are_written_in_sentences_from_right_to_left(town: Town) -> None:
    town.says("שלום @amber, ראו #askamber")
    page = town.page()
    starts = page.locator("article.post .text a").evaluate_all("""(links) => links.map((link) => {
        const walk = document.createTreeWalker(link, NodeFilter.SHOW_TEXT), spots = [];
        for (let node = walk.nextNode(); node; node = walk.nextNode()) for (let i = 0; i < node.length; i++) {
            const range = document.createRange();
            range.setStart(node, i); range.setEnd(node, i + 1);
            spots.push(range.getBoundingClientRect().x);
        }
        return spots[0] < spots[1];
    })""")
    assert starts == [True, True]


def test_what_is_wrong_in_a_form_has_the_focus_and_its_reason(town: Town) -> None:
    page = town.page("/sign-up", signed_in=False)
    page.get_by_label("Your name here").fill("amber")  # taken
    page.get_by_label("E-mail address").fill("other@example.org")
    page.get_by_label("Password").fill("kettle bread river")
    page.get_by_role("button", name="Join").click()
    until(lambda: page.evaluate("document.activeElement.id") == "username")
    name = page.locator("#username")
    assert name.get_attribute("aria-invalid") == "true"
    reason, _hint = name.get_attribute("aria-describedby").split()
    assert "has this name already" in page.locator(f"#{reason}").inner_text()


def test_the_tab_on_which_one_stands_and_each_that_has_the_focus_is_in_sight(town: Town) -> None:
    page = town.page("/river?show=favourite", viewport={"width": 360, "height": 640})
    sight = """(tab) => { const box = tab.getBoundingClientRect(); return box.left >= 0 && box.right <= innerWidth; }"""
    tabs = page.locator(".tabs a")
    until(lambda: tabs.last.evaluate(sight))
    tabs.last.focus()
    for tab in reversed(tabs.all()[:-1]):
        page.keyboard.press("Shift+Tab")
        assert tab.evaluate("(one) => one === document.activeElement")
        assert tab.evaluate(sight), tab.inner_text()
