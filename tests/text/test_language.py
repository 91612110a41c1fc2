"""Languages are told where they can be, and not guessed where they cannot."""

from __future__ import annotations

import json
import timeit

import httpx
import pytest

from harken import clock
from harken.actions.edit_post import edit_post
from harken.store import posts
from harken.text.language import detected
from tests.world import World

SENTENCES = {
    "en": "I would rather ask a person I know than a hospital", "de": "Ich frage lieber jemanden, den ich kenne",
    "fr": "Je préfère demander à quelqu'un que je connais", "es": "Prefiero preguntar a alguien que conozco bien",
    "it": "Preferisco chiedere a qualcuno che conosco bene", "pt": "Prefiro perguntar a uma pessoa que eu conheço",
    "nl": "Ik vraag het liever aan iemand die ik ken", "sv": "Jag frågar hellre någon som jag känner väl",
    "da": "Jeg vil hellere spørge en, som jeg kender godt", "fi": "Kysyn mieluummin joltakulta jonka tunnen",
    "pl": "Wolę zapytać kogoś, kogo dobrze znam", "cs": "Raději se zeptám někoho, koho dobře znám",
    "hu": "Inkább megkérdezek valakit, akit jól ismerek", "ro": "Prefer să întreb pe cineva pe care îl cunosc",
    "tr": "Tanıdığım birine sormayı tercih ederim", "ru": "Я лучше спрошу человека, которого знаю",
    "uk": "Я краще запитаю людину, яку добре знаю", "bg": "Предпочитам да попитам някого, когото познавам",
    "el": "Προτιμώ να ρωτήσω", "he": "אני מעדיף לשאול מישהו שאני מכיר", "ar": "أفضل أن أسأل شخصا أعرفه جيدا",
    "fa": "ترجیح می‌دهم از کسی بپرسم که می‌شناسم", "hi": "मैं किसी जानने वाले से पूछना पसंद करूँगा",
    "bn": "আমি পরিচিত কাউকে জিজ্ঞাসা করতে পছন্দ করি",
    "ta": "தெரிந்த ஒருவர்", "te": "తెలిసిన వారిని", "th": "ถามคนที่รู้จัก", "ko": "아는 사람에게", "ja": "猫が好き",
    "zh": "你好世界", "vi": "Tôi thích hỏi một người mà tôi quen biết",
    "lt": "Geriau paklausiu žmogaus, kurį gerai pažįstu", "et": "Küsin pigem kelleltki, keda hästi tunnen",
    "ka": "ვკითხავ ვინმეს", "hy": "հարցնում եմ", "sw": "Ningependa kumuuliza mtu ninayemjua vizuri"}


@pytest.mark.parametrize("code", SENTENCES)
def test_a_sentence_tells_its_language(code: str) -> None:
    assert detected(SENTENCES[code]) == code


@pytest.mark.parametrize("text", [
    "", "   ", "ok", "lol :)", "😀😀😀", "https://example.org/das-ist-ein-langer-deutscher-satz",
    "@anna @bernd @clara_und_david",
    "#dasisteinlangerdeutscherhashtag", "12345 67890", "\x00\x01", "\ud800", "mail an irgendjemanden@example.org"[:5]])
def test_what_has_no_words_has_no_language(text: str) -> None:
    assert detected(text) is None


def test_names_tags_and_links_do_not_count() -> None:
    english = "@willkommen @freundschaft the quick brown fox jumps over the lazy dog #geschwindigkeit https://straße.example"
    assert detected(english) == "en"


@pytest.mark.parametrize("sent, text, stored", [
    ({}, SENTENCES["de"], "de"), ({"language": "nl"}, SENTENCES["de"], "nl"), ({}, "hm", "en")])
async def test_a_choice_counts_before_the_text_and_the_text_before_ones_usual_language(
    world: World, client: httpx.AsyncClient, sent: dict[str, str], text: str, stored: str
) -> None:
    client.headers["Authorization"] = f"Bearer {await world.token(await world.account('ann'))}"
    made = (await client.post("/api/v1/statuses", content=json.dumps({"status": text} | sent), headers={
        "Content-Type": "application/json"})).json()
    assert made["language"] == stored
    found = await posts.find(world.db, int(made["id"]))
    assert found is not None
    assert found.language == stored


@pytest.mark.parametrize("unit", ["@", "a@", "a", ".", "@\u0301", "a@b.", "http://", "#a@"])
def test_any_text_is_read_in_linear_time(unit: str) -> None:
    def seconds(characters: int) -> float:
        text = (unit * characters)[:characters]
        return min(timeit.repeat(lambda: detected(text), number=1, repeat=3))

    assert seconds(2000) < 0.02 + 12 * seconds(500)


@pytest.mark.parametrize("chosen, text, language, stored", [
    (None, SENTENCES["fr"], None, "fr"), ("nl", SENTENCES["fr"], None, "nl"), (None, SENTENCES["fr"], "it", "it"),
    (None, "hm", None, "de")])
async def test_an_edit_tells_again_what_nobody_chose(
    world: World, chosen: str | None, text: str, language: str | None, stored: str
) -> None:
    ann = await world.account("ann")
    made = await world.post(ann, SENTENCES["de"], language=chosen)
    edited = await edit_post(world.db, ann, made.id, text=text, language=language, now=clock.now())
    found = await posts.find(world.db, made.id)
    assert found is not None
    assert found.language == edited.language == stored


@pytest.mark.parametrize("text, code", [
    ("東京都知事選挙の結果発表", "ja"), ("明日は大阪出張", "ja"), ("カタカナ", "ja"), ("本日は sunny", "ja"),
    ("李小龙・成龙", "zh"), ("我们明天下午一起去城里看电影吧の", "zh"),
    ("the quick brown fox の jumps over the lazy dog", "en")])
def test_a_particle_tells_japanese_from_chinese(text: str, code: str) -> None:
    assert detected(text) == code
