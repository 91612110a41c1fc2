"""Words that are one word to readers: `protest`, `protests`, `protesting`.

The indexes hold words as they were written, so that newest-first search means what it says. A ranking wants more:
a word's stem tells which words in a post are the same, and its forms are what the index is asked for.
Snowball's stemmers know the languages below; words of any other language are their own stems.
"""

from __future__ import annotations

from functools import lru_cache

import Stemmer

MAX_FORMS = 8
_REMEMBERED = 50_000  # words a language, some 6 MB

_ALGORITHMS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali",
    "nl": "dutch", "nn": "norwegian", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

# What often follows a stem, the commonest first. Only what the stemmer takes off again becomes a form.
_ENDINGS = {
    "en": (
        "", "s", "ed", "ing", "e", "es", "y", "ies", "ied", "ion", "ions", "ate", "ated", "ating", "ation", "ations",
        "ements", "ement", "ly", "al", "er", "ers",
    ),
    "de": ("", "e", "en", "er", "n", "s", "es", "em", "ern", "st", "t", "te", "ten", "heit", "ung", "ungen"),
    "nl": ("", "en", "e", "s", "er", "t", "de", "te", "den", "ten"),
    "fr": ("", "s", "e", "es", "er", "ent", "ons", "ez", "ee", "ees", "ait", "ant", "ement", "ion", "ions"),
    "es": ("o", "a", "os", "as", "", "s", "es", "e", "ar", "er", "ir", "ando", "ado", "ada", "en", "an"),
    "pt": ("o", "a", "os", "as", "", "s", "es", "e", "ar", "er", "ir", "ando", "ado", "ada", "em", "am"),
    "it": ("o", "a", "i", "e", "", "are", "ere", "ire", "ato", "ata", "ando", "ano", "ono"),
    "sv": ("", "en", "ar", "arna", "er", "erna", "a", "et", "or", "de", "ade", "s"),
    "da": ("", "en", "er", "erne", "e", "et", "ede", "s", "ene"),
    "no": ("", "en", "er", "ene", "e", "et", "ede", "s", "a"),
    "ru": ("", "а", "у", "ы", "и", "е", "ом", "ов", "ам", "ами", "ах", "ой", "ый", "ая", "ое", "ые", "ть", "л", "ла"),
}  # fmt: skip


class _Stems(dict[str, str]):
    """The stems of one language's words, each worked out when first asked for."""

    def __init__(self, algorithm: str) -> None:
        super().__init__()
        self._stemmer = Stemmer.Stemmer(algorithm, 0)  # its own memory takes longer than stemming

    def __missing__(self, word: str) -> str:
        if len(self) >= _REMEMBERED:
            self.clear()
        made: str = self._stemmer.stemWord(word) if word.isalpha() else word
        self[word] = made
        return made


class _Unchanged(dict[str, str]):
    def __missing__(self, word: str) -> str:
        return word


_UNCHANGED = _Unchanged()


@lru_cache(maxsize=64)
def stems(language: str) -> dict[str, str]:
    """Each word's stem in `language` (`de`, `pt-br`), as a mapping that answers for every word."""
    algorithm = _ALGORITHMS.get(language.partition("-")[0])
    return _Stems(algorithm) if algorithm else _UNCHANGED


@lru_cache(maxsize=2048)
def forms(word: str, language: str, seen: tuple[str, ...] = ()) -> tuple[str, ...]:
    """`word` and its other forms in `language`, at most MAX_FORMS; some of them may be no words.

    `seen` are forms that people here have used; they go before what the endings of the language make likely.
    """
    stem_of = stems(language)
    stem = stem_of[word]
    endings = _ENDINGS.get({"nb": "no", "nn": "no"}.get(language[:2], language.partition("-")[0]), ())
    made = dict.fromkeys([word, *seen])
    # happi is written happy; run is doubled in running, which is tried last.
    for base in (stem[:-1] + "y" if stem.endswith("i") else stem, stem, word, stem + stem[-1:]):
        made |= dict.fromkeys(base + ending for ending in endings if stem_of[base + ending] == stem)
    return tuple(made)[:MAX_FORMS]
