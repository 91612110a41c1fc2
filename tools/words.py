"""Take new texts into the catalogues of translations and out what is gone; with `--check`, only say what is wrong.

Run it by `make words`; tests/web/test_words.py runs the check. A text is what stands in gettext's functions, or first
in an error that is raised where pages show it. Errors of the interfaces for programs stay English, as they are
documented.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

SOURCE = Path(__file__).parent.parent / "src" / "harken"
CATALOGUES = SOURCE / "web" / "locale"
ERRORS = (
    "Refused", "NotFound", "Gone", "RelatedNotFound", "NotAllowed", "NotSignedIn", "Invalid", "TextTooLong", "Conflict",
    "TooMany", "TooLarge", "NotYet", "TryLater", "BadQuery",
)
KEYWORDS = {**DEFAULT_KEYWORDS, "gettext_now": None, "ngettext_now": (1, 2), "say": None, **dict.fromkeys(ERRORS)}
METHODS = [(f"{place}/**", "ignore") for place in ("api", "cli", "bench", "imports", "demo")] + [
    ("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2")]
_VALUES = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%%")


def gathered() -> Catalog:
    """Every text that people may meet, without translations."""
    catalogue = Catalog(charset="utf-8")
    options = {"**.html": {"encoding": "utf-8"}, "**.txt": {"encoding": "utf-8"}}
    for _file, _line, text, _comments, _context in extract_from_dir(SOURCE, METHODS, options, KEYWORDS):
        # Clients expect Mastodon's words before an error; pages leave them out (web/compose.py, kind_words).
        catalogue.add(text.removeprefix("Validation failed: ") if isinstance(text, str) else text)
    return catalogue


def update(path: Path, texts: Catalog) -> None:
    """Bring one catalogue to today's texts; what it says about those that stay is kept."""
    known = _read(path)
    fresh = Catalog(locale=path.stem, charset="utf-8")
    for text in texts:
        if text.id:
            before = known.get(text.id[0] if isinstance(text.id, tuple) else text.id)
            same = before is not None and before.id == text.id
            fresh.add(text.id, before.string if same and before is not None else None)
    with path.open("wb") as target:
        target.write(
            f'msgid ""\nmsgstr ""\n"Language: {path.stem}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
            f'"Plural-Forms: {fresh.plural_forms}\\n"\n\n'.encode())
        write_po(target, fresh, width=0, sort_output=True, omit_header=True)


def faults(path: Path, texts: Catalog) -> Iterator[str]:
    """What is wrong with a catalogue: texts that it lacks or nobody shows, and values that a translation lost."""
    known = _read(path)
    wanted = {text.id for text in texts if text.id}
    for shown in known:
        if shown.id and shown.id not in wanted:
            yield f"{path.stem}: nobody shows {shown.id!r}"
    for text in wanted:
        message = known.get(text if isinstance(text, str) else text[0])
        if message is None or message.id != text or not all(_forms(message)):
            yield f"{path.stem}: no translation of {text!r}"
        elif any(not _fits(text, form) for form in _forms(message)):
            yield f"{path.stem}: the values of {text!r} are not those of {message.string!r}"


def _fits(text: str | Sequence[str], form: str) -> bool:
    """A plural form may leave the number out; nothing may bring a value that the text does not have."""
    has = set(_VALUES.findall(form))
    if not isinstance(text, str):
        return has <= set(_VALUES.findall(text[1])) | set(_VALUES.findall(text[0]))
    return has == set(_VALUES.findall(text))


def _forms(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, (tuple, list)) else [message.string or ""]


def _read(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=path.stem)


if __name__ == "__main__":
    texts = gathered()
    if "--check" in sys.argv:
        found = [fault for path in sorted(CATALOGUES.glob("*.po")) for fault in faults(path, texts)]
        print("\n".join(found[:40]))
        sys.exit(f"{len(found)} to do; `make words` adds what is new to the catalogues" if found else 0)
    for path in sorted(CATALOGUES.glob("*.po")):
        update(path, texts)
