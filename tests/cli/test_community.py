"""What operators give their community from the command line."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from tests.cli.test_commands import Harken


def test_emoji_news_rules_and_papers_come_and_go(tmp_path: Path) -> None:
    harken = Harken(tmp_path / "data")
    harken("account", "create", "ada", "--email", "ada@example.org")
    Image.new("RGBA", (32, 32), "teal").save(tmp_path / "tea.png")
    harken("emoji", "add", "tea", str(tmp_path / "tea.png"), "--category", "Drinks")
    assert json.loads(harken("emoji", "list", "--json")) == [{"shortcode": "tea", "category": "Drinks"}]
    assert "already" in harken("emoji", "add", "tea", str(tmp_path / "tea.png"), code=1)
    harken("emoji", "remove", "tea")
    assert json.loads(harken("emoji", "list", "--json")) == []
    assert "no emoji" in harken("emoji", "remove", "tea", code=1)

    news = harken("announce", "add", "Lunch on Friday", "--ends", "2099-06-12T14:00+02:00").strip()
    assert json.loads(harken("announce", "list", "--json")) == [{"id": news, "text": "Lunch on Friday"}]
    assert "look like" in harken("announce", "add", "Lunch", "--ends", "soon", code=2)
    harken("announce", "remove", news)
    assert json.loads(harken("announce", "list", "--json")) == []

    rule = harken("rule", "add", "Be kind.", "--hint", "Always.").strip()
    assert json.loads(harken("rule", "list", "--json")) == [{"id": rule, "text": "Be kind.", "hint": "Always."}]
    harken("rule", "remove", rule)

    (tmp_path / "privacy.txt").write_text("We keep little.")
    harken("paper", "write", "privacy", str(tmp_path / "privacy.txt"), "--from", "2026-01-31")
    [paper] = json.loads(harken("paper", "list", "--json"))
    assert (paper["kind"], paper["from"]) == ("privacy", "2026-01-31")
    assert "about" in harken("paper", "write", "recipes", str(tmp_path / "privacy.txt"), code=2)
    harken("paper", "remove", paper["id"])
    assert json.loads(harken("paper", "list", "--json")) == []
