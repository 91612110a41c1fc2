"""Emoji of this server: their page, and what the box picks from."""

from __future__ import annotations

import re

import httpx

from harken import clock
from harken.actions.keep_emoji import add_emoji
from harken.engine import Engine
from harken.store.community import forget_emojis
from tests.api.mastodon.test_community import picture, store_of
from tests.web.test_pages import sign_in
from tests.world import World


async def test_everybody_sees_the_codes_and_members_pick_from_them(
    engine: Engine, world: World, client: httpx.AsyncClient
) -> None:
    forget_emojis()
    assert "none of its own" in (await client.get("/emoji")).text
    for code, category in (("zebra", "Animals"), ("blob_cat", "Animals"), ("heron", "")):
        await add_emoji(world.db, store_of(engine), code, picture(), clock.now(), category=category)
    forget_emojis()
    page = (await client.get("/emoji")).text
    assert re.findall(r"<code>(:\w+:)</code>", page) == [":heron:", ":blob_cat:", ":zebra:"]
    assert re.findall(r'<h2 dir="auto">(.*?)</h2>', page) == ["Of this server", "Animals"]
    await sign_in(client, world, await world.account("ana"))
    box = (await client.get("/compose")).text
    assert 'data-palette="/fragments/emoji"' in box
    assert 'href="/emoji"' in box
    picked = (await client.get("/fragments/emoji")).text
    assert re.findall(r'data-insert="(:\w+:)"', picked) == [":heron:", ":blob_cat:", ":zebra:"]
    assert 'data-insert="&lt;3"' in picked
    assert not re.search(r"\sstyle=|\son\w+=", page + picked)
