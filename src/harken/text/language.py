"""Which language a text is in, offline: by its script where that is enough, else by Compact Language Detector 2.

docs/decisions/0007 has why this detector, with figures. Where a text is too short, or only names and links, nobody
knows.
"""

from __future__ import annotations

import re

import pycld2  # type: ignore[import-untyped]

MIN_LETTERS = 12
"""Of a text in an alphabet that several languages share; with fewer letters it is a guess."""

_NOT_WORDS = re.compile(  # an address only where a token begins, so that any text takes linear time
    r"https?://\S+|(?<!\S)[^\s@]+@[^\s@]+\.\S+|[@#]\w+|[^\S\n]+|[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]"
)
_LETTERS = re.compile(r"[^\W\d_]")
_KANA, _HAN = re.compile("[\u3041-\u3096\u30a1-\u30fa]"), re.compile("[\u4e00-\u9fff]")
_FEW_KANA = 12  # one among so many letters: a headline of Han is Japanese by its one particle
_SCRIPTS = tuple(  # that one language writes, as far as a microblog meets them
    (re.compile(f"[{characters}]"), code)
    for characters, code in [
        ("\uac00-\ud7af", "ko"), ("\u0e00-\u0e7f", "th"), ("\u0370-\u03ff", "el"),
        ("\u0530-\u058f", "hy"), ("\u10a0-\u10ff", "ka"), ("\u0b80-\u0bff", "ta"), ("\u0c00-\u0c7f", "te"),
        ("\u0a80-\u0aff", "gu"), ("\u0d80-\u0dff", "si"), ("\u0e80-\u0eff", "lo"), ("\u1780-\u17ff", "km"),
        ("\u4e00-\u9fff", "zh")])
_TODAY = {"iw": "he", "no": "nb", "in": "id", "ji": "yi", "jw": "jv", "zh-Hant": "zh", "mo": "ro", "sh": "sr"}
_ENOUGH_PERCENT = 70


def detected(text: str) -> str | None:
    """The language of `text` as an ISO 639 code, `en`; None when it cannot be told with confidence.

    Mentions, tags, links and addresses do not count. Takes some 30 microseconds for a post.
    """
    words = _NOT_WORDS.sub(" ", text[:2000]).strip()
    letters = len(_LETTERS.findall(words)) if not words.isascii() else sum(map(str.isalpha, words))
    if not letters:
        return None
    if not words.isascii():
        kana = len(_KANA.findall(words))
        if kana * _FEW_KANA >= letters and (kana + len(_HAN.findall(words))) * 3 >= letters:
            return "ja"
        for script, code in _SCRIPTS:
            if len(script.findall(words)) * 3 >= letters:
                return code
    if letters < MIN_LETTERS:
        return None
    try:
        reliable, _, found = pycld2.detect(words.encode(), isPlainText=True, bestEffort=False)
    except (pycld2.error, UnicodeEncodeError):
        return None  # characters that nobody types
    _, code, percent, _ = found[0]
    if not reliable or percent < _ENOUGH_PERCENT or code == "un" or (len(code) > 3 and code not in _TODAY):
        return None
    return str(_TODAY.get(code, code))
