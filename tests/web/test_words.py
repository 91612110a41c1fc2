"""The catalogues of translations are whole, and pages speak them."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from harken.alerting.client_push import TYPE, title
from harken.text.catalogues import available, translations
from harken.web import languages
from tests.web.test_pages import sign_in
from tests.world import World

TOOL = Path(__file__).parent.parent.parent / "tools" / "words.py"


def test_every_text_has_its_translation_and_keeps_its_values() -> None:
    done = subprocess.run([sys.executable, str(TOOL), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"run `make words`, then translate what is empty:\n{done.stdout}{done.stderr}"


def test_there_are_german_spanish_and_japanese() -> None:
    assert available() == ("en", "de", "es", "ja")


@pytest.mark.parametrize(
    "language, one, many",
    [("de", "1 Antwort", "3 Antworten"), ("es", "1 respuesta", "3 respuestas"), ("ja", "返信1件", "返信3件"),
     ("en", "1 answer", "3 answers")],
)
def test_plurals_follow_the_language(language: str, one: str, many: str) -> None:
    speak = translations(language).ngettext
    assert (speak("%(num)d answer", "%(num)d answers", 1) % {"num": 1}).startswith(one)
    assert (speak("%(num)d answer", "%(num)d answers", 3) % {"num": 3}).startswith(many)
    if language == "ja":  # one form for all numbers
        assert speak("%(num)d answer", "%(num)d answers", 1) == speak("%(num)d answer", "%(num)d answers", 3)


@pytest.mark.parametrize(
    "language, said", [("en", "November 23, 2026"), ("de", "23. November 2026"), ("es", "23 de noviembre de 2026"),
                       ("ja", "2026年11月23日")])
def test_dates_follow_the_language(language: str, said: str) -> None:
    assert said in languages.exact_time(datetime(2026, 11, 23, 12, tzinfo=UTC), "UTC", language)


@pytest.mark.parametrize("language, word", [("de", "Suche"), ("es", "Buscar"), ("ja", "検索"), ("fr", "Search")])
async def test_a_visitor_reads_the_language_of_the_browser(
    client: httpx.AsyncClient, language: str, word: str
) -> None:
    page = (await client.get("/public", headers={"Accept-Language": f"{language};q=0.9, en;q=0.1"})).text
    spoken = language if language in available() else "en"
    assert f'<html lang="{spoken}"' in page
    assert word in page


async def test_a_member_reads_the_language_they_chose(world: World, client: httpx.AsyncClient) -> None:
    ana = await world.account("ana", language="ja")
    await sign_in(client, world, ana)
    assert '<html lang="ja"' in (await client.get("/", headers={"Accept-Language": "de"})).text


@pytest.mark.parametrize("kind, said", [
    ("mention", "Ann hat dich erwähnt"), ("case_handed", "Ann hat dir etwas übergeben"),
    ("draft_asked", "Ann bittet um deine Zustimmung zu einer Antwort")])
def test_a_device_is_told_in_the_language_of_its_owner(kind: str, said: str) -> None:
    assert title(kind, "Ann", "de") == said


def test_a_device_can_be_told_of_every_kind_of_notification() -> None:
    for kind in TYPE:
        assert title(kind, "Ann", "en")
