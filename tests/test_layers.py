"""Imports point inwards, prose names real files, settings are documented."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from harken import settings

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "harken"

# Inner to outer: a module may import from its own layer and from those before it.
LAYERS = [
    {"clock", "errors", "ids", "settings", "observe", "working"},
    {"model", "text"},
    {"store"},
    {"log"},
    {"search"},
    {"desk", "media", "mail", "webpush"},
    {"actions"},
    {"federation"},
    {"consumers", "imports"},
    {"alerting"},
    {"housekeeping", "converting", "filing", "timetable", "previews", "exports"},
    {"archiving"},
    {"engine"},
    {"checks", "backups", "demo", "api"},
    {"web"},
    {"surface"},
    {"app"},
    {"bench", "cli", "__main__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def modules() -> list[Path]:
    return sorted(p for p in SOURCE.rglob("*.py") if p != SOURCE / "__init__.py")


def layer_of(path: Path) -> str:
    return path.relative_to(SOURCE).with_suffix("").parts[0]


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_point_inwards(path: Path) -> None:
    here = layer_of(path)
    assert here in LEVEL, f"{here} has no layer yet: put it into LAYERS where it belongs"
    package = ("harken", *path.relative_to(SOURCE).parent.parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            full = [*base, *((node.module or "").split(".") if node.module else [])]
            names = [[*full, alias.name] for alias in node.names] if len(full) == 1 else [full]
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".") for alias in node.names]
        else:
            continue
        for name in names:
            if name[0] == "harken" and len(name) > 1 and name[1] in LEVEL:
                assert LEVEL[name[1]] <= LEVEL[here], f"line {node.lineno}: {here} must not import {name[1]}"


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "ARCHITECTURE.md",
        *sorted(f"docs/decisions/{p.name}" for p in (ROOT / "docs/decisions").glob("*.md")),
    ],
)
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{name} links to {target}, which is not there"


def test_files_named_in_decisions_exist() -> None:
    for page in (ROOT / "docs/decisions").glob("*.md"):
        for target in re.findall(r"`((?:src|tests|docs)/[\w./-]+)`", page.read_text(encoding="utf-8")):
            assert (ROOT / target).exists(), f"{page.name} names {target}, which is not there"


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    for variable, default, sentence in settings.documented():
        assert f"| `{variable}` | {default or 'empty'} | {sentence} |" in page, f"{variable}: run `make docs`"


def test_no_drawers() -> None:
    for path in SOURCE.rglob("*"):
        assert path.stem not in {"utils", "util", "helpers", "common", "misc", "base"}, path
