"""The design system, shown and measured: every token is there, and every colour stands apart from its ground."""

from __future__ import annotations

import re

import httpx
import pytest

from harken.web.design import contrast, families, luminance, pairs, tokens
from harken.web.static import files
from tests.web.test_pages import sign_in
from tests.world import World

pytestmark = pytest.mark.anyio
COLOURS = re.compile(r"#[0-9a-f]{6}")


async def test_every_token_is_on_the_page_for_everybody(world: World, client: httpx.AsyncClient) -> None:
    style = re.sub(r"/\*.*?\*/", "", files()["style.css"].content.decode(), flags=re.S)
    declared = set(re.findall(r"(?:^|[{;\s])--([\w-]+)\s*:", re.search(r"(?m)^:root {(.*?)^}", style, re.S)[1]))  # type: ignore[index]
    assert len(declared) > 20
    for member in (False, True):
        if member:
            await sign_in(client, world, await world.account("alice"))
        page = (await client.get("/design")).text
        shown = set(re.findall(r"<code>--([\w-]+)</code>", page))
        assert shown == declared
        assert not re.search(r"\sstyle=|<style|\son\w+=", page)
    used = set(re.findall(r"var\(--([\w-]+)", "".join(
        one.content.decode() for name, one in files().items() if name.endswith(".css"))))
    colours = {token.name for token in tokens() if token.colour}
    measured = {name for pair in pairs() for name in (pair.front, pair.ground)}
    assert colours - measured == {"line"}, "a line parts what is apart without it"
    assert colours <= used, "nobody needs a colour that nothing has"


async def test_each_type_of_post_is_shown_by_the_card_that_shows_it(client: httpx.AsyncClient) -> None:
    page = (await client.get("/design")).text
    posts = page.partition('<section id="posts">')[2]
    assert posts.count('<article class="post') == posts.count('class="specimen"') >= 13
    assert posts.count("inert") >= 13
    for part in ('class="media many-1"', 'class="poll"', 'class="event h-event', 'class="file"', 'class="preview"',
                 'class="quoted"', 'class="verb verb-asks"', 'class="warning"', 'class="only stars"'):
        assert part in posts, part


def test_contrast_is_measured_as_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=.005)
    assert luminance("oklch(1 0 0)") == pytest.approx(1, abs=.001)
    # Red of sRGB in OKLCH, as CSS Color 4 converts it.
    assert luminance("oklch(0.62796 0.25768 29.234)") == pytest.approx(luminance("#ff0000"), abs=.001)


def test_everything_stands_far_enough_from_its_ground_in_every_light() -> None:
    assert [(pair.front, pair.ground, pair.ratios) for pair in pairs() if not pair.holds] == []
    assert all(ratio >= 4.5 for _name, ratios in families() for ratio in ratios)
    assert all(COLOURS.fullmatch(value) for token in tokens() if token.colour for value in token.values)
