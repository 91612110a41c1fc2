"""`make eval` on a judged collection of six posts; its measures come from beside the data, so it skips without."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import zstandard

SCRIPT = Path(__file__).parents[2] / "bench" / "evaluate.py"
POSTS = {
    1: "the harbour ferry is late again",
    2: "ferry tickets at the harbour cost more from monday",
    3: "cake for everybody",
    4: "the ferry sank in a film",
    5: "no ferry from the harbour today , storm",
    6: "harbour ferry cancelled after the question was asked",
}
GRADES = {1: 1, 2: 2, 3: 0, 4: 0, 5: 2}


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("evaluate", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / f"trec_{name}.jsonl.zst").write_bytes(zstandard.ZstdCompressor().compress(text.encode()))


def test_it_says_why_it_does_nothing_without_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["evaluate.py", "--data", str(tmp_path)])
    script().main()
    assert "skipped" in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # score.py leaves its files open
def test_it_measures_the_answer_up_to_the_newest_post_of_a_topic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate = script()
    shared = evaluate.shared_data()
    if shared is None:
        pytest.skip("there is no shared/data/eval beside the project")
    shutil.copy(shared / "score.py", tmp_path)
    write(tmp_path, "posts", [
        {"id": str(number), "author": "trec", "created_at": f"2011-02-0{number}T00:00:00Z", "text": text}
        for number, text in POSTS.items()])
    topics = [{"topic": 1, "query": "harbour ferry", "newest_id": "5"}]
    topics.append({"topic": 2, "query": "cake", "newest_id": "6"})
    write(tmp_path, "topics", topics)
    write(tmp_path, "judgements", [
        {"topic": 1, "id": str(number), "relevance": grade, "in_posts": True} for number, grade in GRADES.items()]
        + [{"topic": 2, "id": "3", "relevance": 1, "in_posts": True}])
    write(tmp_path, "baseline_run", [
        {"topic": 1, "id": str(number), "rank": rank, "score": 1.0} for rank, number in enumerate([4, 3, 5, 2, 1], 1)])
    monkeypatch.setattr(sys, "argv", ["evaluate.py", "--data", str(tmp_path)])
    evaluate.main()
    ours = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("sort:top  "))
    # The three relevant posts of 30, and the one of 30, each before all others; the later question not at all.
    assert "P@30 0.067" in ours
    assert "MAP 1.000" in ours
