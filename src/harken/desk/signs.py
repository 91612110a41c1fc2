"""Signs by which a sentence confirms care although no phrase foresaw it: the tables `signs_en.toml` and its sisters.

A table has `words` (kinds of words, each made of those above it), `classes` (what a sentence may have beside) and
`signs`. A sign is found where one of its patterns stands (`says`), if the sentence also has each of the classes it
`needs`, and none for which it is harmless (`unless`). `<name>` in a pattern is a kind of words. Patterns are Python's,
of whole words unless the table says `parted = false`, and know no capitals but where they ask for them.
"""

from __future__ import annotations

import asyncio
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

import msgspec

from ..store import desks
from ..store.database import Reader
from .phrases import Reason, Rule

LANGUAGES = ("en", "de", "es", "ja")
_NAMED = re.compile(r"<([a-z_]+)>")


class Sign(msgspec.Struct, forbid_unknown_fields=True):
    """One sign as it is written: what it is `about` is for who reads the table."""

    about: str
    reason: Reason
    says: list[str]
    needs: list[str] = []
    unless: list[str] = []


class Table(msgspec.Struct, forbid_unknown_fields=True):
    """The signs of one language; `parted` says that it parts its words with spaces."""

    words: dict[str, str]
    classes: dict[str, str]
    signs: list[Sign] = []
    parted: bool = True


def _compiled(pattern: str, words: Mapping[str, str], parted: bool) -> re.Pattern[str]:
    filled = _NAMED.sub(lambda name: f"(?:{words[name[1]]})", pattern)
    return re.compile(rf"(?<!\w)(?:{filled})(?!\w)" if parted else filled, re.IGNORECASE)


@cache
def signs(language: str) -> list[Rule]:
    """The signs of a language. To compile a table takes a tenth of a second: it is done when it is asked for."""
    text = resources.files(__package__).joinpath(f"signs_{language}.toml").read_text(encoding="utf-8")
    table = msgspec.convert(tomllib.loads(text), Table)
    words: dict[str, str] = {}
    for name, pattern in table.words.items():
        words[name] = _NAMED.sub(lambda one: f"(?:{words[one[1]]})", pattern)
    classes = {name: _compiled(pattern, words, table.parted) for name, pattern in table.classes.items()}
    return [
        Rule(sign.reason, _compiled("|".join(sign.says), words, table.parted),
             needs=tuple(classes[name] for name in sign.needs), unless_any=tuple(classes[name] for name in sign.unless))
        for sign in table.signs]


async def prepare(reader: Reader) -> None:
    """Compile the tables aside if a desk for health care is open, so that no answer waits for them."""
    if await desks.any_of_care(reader):
        await asyncio.to_thread(lambda: [signs(language) for language in LANGUAGES])
