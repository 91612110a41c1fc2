"""What people read when something does not work: in their language, with what they can do."""

from __future__ import annotations

import httpx
import pytest

from harken.errors import TooMany


@pytest.mark.parametrize("method, path, status, title, said", [
    ("GET", "/nirgends/x/y", 404, "Hier ist nichts", "Diese Seite gibt es nicht."),
    ("POST", "/about", 405, "So funktioniert diese Seite nicht", "Öffne die Seite, die hierher führte"),
])
async def test_errors_speak_the_language_of_the_page(
    client: httpx.AsyncClient, method: str, path: str, status: int, title: str, said: str
) -> None:
    answer = await client.request(method, path, headers={"Accept-Language": "de"})
    assert answer.status_code == status
    assert f"<title>{title} · " in answer.text
    assert f"<h1>{title}</h1>" in answer.text
    assert said in answer.text


async def test_what_breaks_is_told_kindly_and_without_its_reason(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret words of a library")

    monkeypatch.setattr("harken.web.trends.render", broken)
    answer = await client.get("/trends")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    assert "it is not your doing" in answer.text
    assert "secret words" not in answer.text


async def test_who_was_too_quick_reads_how_long_to_wait(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*_: object, **__: object) -> None:
        raise TooMany("Too many attempts; wait a little.", 121)

    monkeypatch.setattr("harken.web.trends.render", refused)
    answer = await client.get("/trends")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "121")
    assert "A little slower, please" in answer.text
    assert "Too many attempts; wait a little. In 3 minutes you can try again." in answer.text
