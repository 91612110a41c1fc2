"""Text to terms: the one analyser, whose output both indexes store and every query uses.

A text falls into words, and every word takes one position with one `term`, so that phrases mean
what they say. What else a word may be found by, its `alternates`, goes to a column that phrases
never use: the base of `friend's`, the parts of `covid-19`, the bare word of `#tag`, the host and
parent domains of a URL. The rule of thumb: the plain form finds the decorated one, never the
other way round (`c` finds `#c`, `#c` does not find `c`), and what is another word altogether has
no alternate (`c` does not find `c++`).

White space always ends a word, so every stretch without it is analysed alone and remembered;
people repeat themselves, and most stretches are answered from memory.

A term contains no white space, no control character, no quotation mark and nothing that SQLite's
tokenizer `unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Cf Co'` would change; it has
at most `MAX_TERM` characters. tests/search/test_analysis.py proves it with SQLite itself and
holds the table of what finds what.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from itertools import islice
from typing import NamedTuple

import msgspec
import regex  # type: ignore[import-untyped]

MAX_TERM = 100
"""Characters in a term. PostgreSQL's lexemes end at 2,046 bytes; this is at most 400."""

MAX_WORDS = 10_000
"""Words taken from one text; what follows them is not searchable."""

_MAX_ALTERNATES = 24
_KEPT_OF_LONG_TERM = 80
_REMEMBERED_STRETCHES = 16_384  # in each of two generations, some 8 MB
_LONGEST_REMEMBERED = 48  # characters; longer stretches are rarely seen twice


class Word(msgspec.Struct, frozen=True, gc=False):
    """One word of a text at its position.

    `start` and `end` are character offsets in the text. `piece` is true for pairs (and the last
    single character) of a run in a script written without spaces; pieces overlap.
    """

    term: str
    alternates: tuple[str, ...]
    start: int
    end: int
    piece: bool = False


class Terms(NamedTuple):
    """What `terms` gives: the words of a text in order, their alternates, and what the text links to."""

    words: list[str]
    alternates: list[str]
    hosts: list[str]
    asks: bool


class _Stretch(NamedTuple):
    """The analysis of a text without white space; offsets count from its start."""

    terms: tuple[str, ...]
    alternates: tuple[str, ...]
    words: tuple[Word, ...]
    hosts: tuple[str, ...]
    asks: bool


# Scripts written without spaces between words. Han, kana and Hangul, and those whose clusters of
# a letter with its vowel signs are taken together.
_EAST = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Bopomofo}\u30FC\uFF70\uFF9E\uFF9F"
_SOUTH_EAST = r"\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
# Invisible characters that may stand inside a word without ending it. U+200B is missing, because
# separating words is what it is for.
_INVISIBLE = r"\u00AD\u034F\u061C\u180B-\u180F\u200C-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFE00-\uFE0F\uFEFF"
_L = rf"[[\p{{L}}\p{{N}}]--[{_EAST}{_SOUTH_EAST}]]"  # what a word begins with
_LM = rf"[[\p{{L}}\p{{M}}\p{{N}}{_INVISIBLE}]--[{_EAST}{_SOUTH_EAST}]]"  # what it goes on with
_NAME = r"[\p{L}\p{M}\p{N}_]"
_FREE = rf"(?<![{_L}_])"  # no word just before
_END = rf"(?![{_L}_])"  # no word just after
_IN_URL = rf"[^\s<>\"“”„«»{_EAST}{_SOUTH_EAST}\u3000-\u303F\uFF00-\uFFEF]"
_LABEL = r"[\p{L}\p{N}_\-]{1,63}"
_PICTURE = r"[\p{Extended_Pictographic}\p{Emoji_Modifier}]"
_TONE = r"(?:\p{Emoji_Modifier}|\uFE0F\u20E3?|\uFE0E)?"

_WORD = regex.compile(
    rf"""
      (?P<url> {_FREE}(?:
          (?i:https?|ftp|gemini)://{_IN_URL}+
        | (?i:www)\.{_LABEL}(?:\.{_LABEL}){{1,8}}(?:[/?\#:]{_IN_URL}*)?
        | (?:[A-Za-z0-9][A-Za-z0-9\-]{{0,62}}\.){{1,8}}[A-Za-z]{{2,24}}(?::\d{{1,5}})?/{_IN_URL}*))
    | (?P<mail> {_FREE}[A-Za-z0-9][A-Za-z0-9._+\-]{{0,63}}@{_LABEL}(?:\.{_LABEL}){{1,8}})
    | (?P<mention> {_FREE}[@＠](?:[A-Za-z0-9_]+(?:[.\-][A-Za-z0-9_]+){{0,7}}|{_NAME}+)
          (?:@{_LABEL}(?:\.{_LABEL}){{1,8}})?)
    | (?P<tag> {_FREE}[\#＃](?=_*[\p{{L}}\p{{N}}])[\p{{L}}\p{{M}}\p{{N}}_·\u200C]+)
    | (?P<cash> {_FREE}[$＄][A-Za-z]{{1,6}}(?:[._][A-Za-z]{{1,2}})?{_END})
    | (?P<money> {_FREE}\p{{Sc}}\p{{Nd}}+(?:[.,]\p{{Nd}}+){{0,7}}(?:[kKmMbB]{_END})?)
    | (?P<face>
          {_FREE}[<>]?[:;=]['’]?[\-^o]?[)(\]\[}}{{]+
        | [:;=]['’]?[\-^]?[)(]+{_END}
        | {_FREE}[:;=]['’]?[\-^]?[DdPpOoSsXx3/\\|@](?![{_L}_/])
        | {_FREE}<[/\\]?3+{_END}
        | \^_*\^ | {_FREE}-_+-{_END} | \\[oO]/
        | \A(?:[(\[)]['’]?-?[:;=] | [Dd]-?['’]?[:=])\Z)
    | (?P<emoji>
          \p{{Regional_Indicator}}{{1,2}}
        | [0-9\#*]\uFE0F?\u20E3
        | {_PICTURE}{_TONE}[\U000E0020-\U000E007F]{{0,16}}(?:\u200D{_PICTURE}{_TONE}){{0,9}})
    | (?P<owned> (?<=[{_L}_])['’][sS]{_END})
    | (?P<sharp> {_FREE}[A-Za-z]\#(?![\p{{L}}\p{{N}}_\#]))
    | (?P<dot> (?<![{_L}_.])\.(?=[A-Za-z]){_L}{_LM}*)
    | (?P<word> {_L}{_LM}*
          (?:(?:['’＇.&\-‐‑] | _+ | (?<=\p{{Nd}})[,:/](?=\p{{Nd}})){_L}{_LM}*){{0,15}}
          (?:\+\+\p{{Nd}}{{1,2}}{_END} | \+{{1,2}}(?![{_L}_+]) | (?<=\p{{Nd}})[%％])?)
    | (?P<east> [{_EAST}][{_EAST}\u3099\u309A\uFE00-\uFE0F\U000E0100-\U000E01EF]*)
    | (?P<south> [{_SOUTH_EAST}][{_SOUTH_EAST}{_INVISIBLE}]*)
    """,
    regex.VERBOSE | regex.VERSION1,
)
# By far the commonest stretch is a word with a bracket, quotation mark or stop, and needs no more than
# this. One letter and a colon may be a face.
_PLAIN = re.compile(r"""["“(]*([A-Za-z]+)(?:[.,!?"”…)]*|(?<=[A-Za-z]{2})[:;])\Z""")
# A name, a tag or a share, with what ends a sentence behind it; people and things are many, and few come twice.
_SIGNED = re.compile(r"([@#](?=_*[A-Za-z0-9])[A-Za-z0-9_]+|\$[A-Za-z]{1,6})(?:[.,!?]*|[:;)])\Z")
_STRETCH = re.compile(r"\S+")  # the same white space as str.split()
_CLUSTER = regex.compile(r"\X")
_EAST_RUN = regex.compile(rf"[{_EAST}]{{2,}}", regex.VERSION1)
_IN_PIECES = regex.compile(rf"[{_EAST}{_SOUTH_EAST}]", regex.VERSION1)
_UNSAFE = regex.compile(r"[\p{Cc}\p{Cf}\p{Cs}\p{Z}\p{Noncharacter_Code_Point}\u034F\uFE00-\uFE0F\"“”„«»＂]")
_LATIN_MARKS = regex.compile(r"([\p{Latin}\p{Greek}])\p{M}+")
# In Cyrillic й, ї and ў are letters, and their marks stay; stress marks and the dots of ё go.
_CYRILLIC_MARKS = regex.compile(r"(\p{Cyrillic})[\u0300\u0301\u0483-\u0487]+")
# Vowel points of Arabic and Hebrew are mostly not written; hamza is a letter. Tatweel is decoration.
_POINTS = regex.compile(
    r"[\u0640\u064B-\u0652\u0656-\u065F\u0670\u06D6-\u06DC\u06DF-\u06E4\u06E7\u06E8\u06EA-\u06ED"
    r"\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7]"
)
_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "’": "'", "‐": "-", "‑": "-"}
)
_TONES = regex.compile(r"\p{Emoji_Modifier}")
_URL_TAIL = frozenset(".,;:!?'’)]}*…")
_SCHEME = re.compile(r"(?i)(?:(https?)|ftp|gemini)://")
_SECOND_LEVEL = frozenset(["ac", "co", "com", "edu", "gob", "gov", "gouv", "go", "mil", "ne", "net", "or", "org"])


def fold(text: str) -> str:
    """`text` as terms are written: compatibility forms, case, diacritics and invisible characters gone.

    Only what readers of a script regard as decoration goes: every mark in Latin and Greek, stress
    marks and ё in Cyrillic, vowel points in Arabic and Hebrew. Vowel signs in Devanagari, Thai and
    others are letters in all but name and stay.
    """
    if text.isascii() and text.isprintable() and '"' not in text and " " not in text:
        return text.lower()
    text = text[:1000]  # putting marks in order takes quadratic time in CPython
    for _ in range(4):
        before = text
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", _UNSAFE.sub("", text)).casefold())
        text = _LATIN_MARKS.sub(r"\1", text)
        text = _CYRILLIC_MARKS.sub(r"\1", text).replace("\u0435\u0308", "\u0435")
        text = unicodedata.normalize("NFC", _POINTS.sub("", text)).translate(_LETTERS)
        text = _UNSAFE.sub("", text).casefold()
        if text == before:
            break
    return text


def bounded(term: str) -> str:
    """`term` in at most `MAX_TERM` characters: a longer one keeps its beginning and is told apart by a digest."""
    if len(term) <= MAX_TERM:
        return term
    digest = hashlib.blake2s(term.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{term[:_KEPT_OF_LONG_TERM]}¦{digest}"


def beginning(term: str) -> str:
    """The part of `term` that longer words share with it; what a prefix query looks for."""
    return term[:_KEPT_OF_LONG_TERM] if len(term) > _KEPT_OF_LONG_TERM else term


def domains(host: str) -> list[str]:
    """`host` and its parent domains: `www.bbc.co.uk`, `bbc.co.uk`, but neither `co.uk` nor `uk`."""
    labels = [label for label in host.split(".") if label]
    found = [".".join(labels)] if labels else []
    for i in range(1, min(len(labels) - 1, 8)):
        rest = labels[i:]
        if len(rest) == 2 and len(rest[1]) == 2 and rest[0] in _SECOND_LEVEL:
            break  # co.uk, com.au: registries, not owners
        found.append(".".join(rest))
    return found


def analyse(text: str) -> list[Word]:
    """The words of `text` in order, with their offsets; at most `MAX_WORDS`. Never raises."""
    found: list[Word] = []
    for stretch in _STRETCH.finditer(text):
        offset = stretch.start()
        for word in _analysed(stretch.group()).words:
            found.append(Word(word.term, word.alternates, word.start + offset, word.end + offset, word.piece))
        if len(found) >= MAX_WORDS:
            del found[MAX_WORDS:]
            break
    return found


def terms(text: str) -> Terms:
    """The terms of `text` for an index: the same as `analyse` finds, without offsets and quicker."""
    words: list[str] = []
    alternates: list[str] = []
    hosts: list[str] = []
    asks = False
    remembered = _memory.get
    for stretch in text.split():
        entry = remembered(stretch) or _analysed(stretch)
        words += entry[0]
        if entry[1]:
            alternates += entry[1]
        if entry[3]:  # also where the host is the whole word, and so no alternate of it
            hosts += entry[3]
        if entry[4]:
            asks = True
    if len(words) >= MAX_WORDS:
        return _cut(text)
    return Terms(words, alternates, hosts, asks)


def plain(stretch: str) -> str:
    """The one term of a text without white space that is a word with a bracket, quotation mark or stop; else empty."""
    found = _PLAIN.match(stretch)
    return bounded(found.group(1).lower()) if found else ""


def stretch(written: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], bool]:
    """(words, alternates, hosts, whether it asks) of a text without white space, as `terms` has them of a whole one."""
    found = _memory.get(written) or _analysed(written)
    return found.terms, found.alternates, found.hosts, found.asks


def _cut(text: str) -> Terms:
    """`terms` of a text that reaches the limit: alternates must belong to words that were kept."""
    kept = analyse(text)
    hosts = [host for stretch in text.split()[:MAX_WORDS] for host in _analysed(stretch).hosts][:MAX_WORDS]
    alternates = [alternate for word in kept for alternate in word.alternates]
    return Terms([word.term for word in kept], alternates, hosts, "?" in text)


_memory: dict[str, _Stretch] = {}
_earlier: dict[str, _Stretch] = {}


def _analysed(stretch: str) -> _Stretch:
    """The analysis of a text without white space, from memory if it is there.

    Memory has two generations: when the younger is full, it becomes the older, and what is asked
    for again comes back into the younger. A hit in the younger costs one look-up and no
    bookkeeping. Addresses of pages are not remembered, as hardly any is seen twice.
    """
    entry = _memory.get(stretch) or _earlier.get(stretch)
    if entry is None:
        words: list[Word] = []
        hosts: list[str] = []
        plain = _PLAIN.match(stretch)
        if plain:
            asks = "?" in stretch
            start, end = plain.span(1)
            term = bounded(stretch[start:end].lower())
            entry = _Stretch((term,), (), (Word(term, (), start, end),), (), asks)
        elif signed := _SIGNED.match(stretch):
            written = signed.group(1)
            term, *others = _of_marked(written, {"@": "mention", "#": "tag"}.get(written[0], "cash"), hosts)
            term = bounded(term)
            word = Word(term, _tidy(term, others), 0, len(written))
            entry = _Stretch((term,), word.alternates, (word,), (), "?" in stretch)
        else:
            asks = _split(stretch, words, hosts)
            alternates = [alternate for word in words for alternate in word.alternates]
            found = [word.term for word in words]
            entry = _Stretch(tuple(found), tuple(alternates), tuple(words), tuple(hosts), asks)
    if len(stretch) <= _LONGEST_REMEMBERED and "://" not in stretch:
        if len(_memory) >= _REMEMBERED_STRETCHES:
            _earlier.clear()
            _earlier.update(_memory)
            _memory.clear()
        _memory[stretch] = entry
    return entry


def _split(stretch: str, words: list[Word], hosts: list[str]) -> bool:
    """Append the words and hosts of `stretch`; whether it has a question mark outside any URL."""
    asks = False
    done = 0
    for match in _WORD.finditer(stretch):
        start, end = match.span()
        if not asks:
            asks = _has_question_mark(stretch[done:start])
        done = end
        kind = match.lastgroup
        written = match.group()
        if kind == "east" or kind == "south":
            _pieces(written, start, words)
        elif kind != "owned":  # the rest of @alice's
            if kind == "word":
                found = _of_word(written)
            elif kind == "url":
                written = _without_tail(written)
                end = start + len(written)
                if not asks:
                    asks = _has_question_mark(stretch[end : match.end()])
                found = _of_url(written, hosts)
            elif kind == "emoji":
                found = _of_emoji(written)
            elif kind == "face":
                found = _of_face(written)
            else:
                found = _of_marked(written, kind or "", hosts)
            term = bounded(found[0])
            if term:
                words.append(Word(term, _tidy(term, found[1:]), start, end))
            if kind == "tag" and _IN_PIECES.search(written):
                # A tag in a script without spaces is a sentence; its words are found as any others.
                for run in _EAST_RUN.finditer(written):
                    _pieces(run.group(), start + run.start(), words)
        if len(words) >= MAX_WORDS:
            del words[MAX_WORDS:]
            break
    return asks or _has_question_mark(stretch[done:])


def _has_question_mark(text: str) -> bool:
    return bool(text) and ("?" in text or "？" in text or "؟" in text or "‽" in text or "⁇" in text)


def _tidy(term: str, alternates: list[str]) -> tuple[str, ...]:
    """`alternates` without `term`, repetitions and empty ones; bounded in number and length."""
    if not alternates:
        return ()
    unique = dict.fromkeys([bounded(alternate) for alternate in alternates if alternate])
    unique.pop(term, None)
    return tuple(unique)[:_MAX_ALTERNATES]


def _pieces(run: str, offset: int, words: list[Word]) -> None:
    """Append the overlapping pairs of `run` and its single last character, so that every character begins a term."""
    run = run[: 8 * MAX_WORDS]
    if unicodedata.is_normalized("NFKC", run) and _EAST_RUN.fullmatch(run):
        # Case, marks and invisible characters do not exist here, and a character is a cluster.
        at = offset
        for i in range(len(run) - 1):
            words.append(Word(run[i : i + 2], (), at, at + 2, True))
            at += 1
        words.append(Word(run[-1], (), at, at + 1, True))
        return
    visible = (match for match in _CLUSTER.finditer(run) if fold(match.group()))
    clusters = [(match.start() + offset, match.end() + offset, match.group()) for match in islice(visible, MAX_WORDS)]
    for i in range(len(clusters) - 1):
        (start, _, first), (_, end, second) = clusters[i], clusters[i + 1]
        words.append(Word(bounded(fold(first + second)), (), start, end, True))
    if clusters:
        start, end, last = clusters[-1]
        words.append(Word(bounded(fold(last)), (), start, end, True))


_HYPHENS = re.compile(r"[-_/,:]+")
_DOTS = re.compile(r"[.&']")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+\Z")
_CONTRACTED = re.compile(r"(.+)'(?:s|ll|re|ve|m|d)\Z")


def _of_word(written: str) -> list[str]:
    """The term of a word of letters and digits, and its alternates."""
    term = fold(written)
    if term.isalnum():
        return [term]
    found = [term]
    core = term.rstrip("+%")
    if core != term and len(core) > 1:
        found.append(core)  # lgbtq+, 50%, notepad++; but c is not c++
    versioned = re.match(r"(.+\+\+)\d+\Z", term)
    if versioned:
        found.append(versioned.group(1))  # c++ of c++17
    contracted = _CONTRACTED.match(core)
    if contracted:
        found.append(contracted.group(1))
    parts = [part for part in _HYPHENS.split(core) if part]
    if len(parts) > 1:
        found += parts
        if _THOUSANDS.match(core):
            found.append(core.replace(",", ""))
        elif "-" in core or "_" in core:
            found.append("".join(parts))
    for part in parts:
        labels = _DOTS.split(part)
        if len(labels) == 1:
            continue
        if "'" in part:
            base = _CONTRACTED.match(part)
            if base:
                found.append(base.group(1))
            else:
                found.append(part.replace("'", ""))  # dont, obrien
            if not part.endswith("n't"):
                found += [label for label in labels if len(label) > 2]  # brien, avion, istanbul of istanbul'da
            continue
        if "&" in part or all(len(label) == 1 for label in labels):
            found.append("".join(labels))  # att of at&t, usa of u.s.a.
        shortest = 3 if "&" in part else 2
        found += [label for label in labels if len(label) >= shortest and not label.isdigit()]
        if len(labels) > 2 and len(labels[-1]) > 1 and labels[-1].isalpha() and "&" not in part:
            found += domains(part)
    return found


def _without_tail(url: str) -> str:
    """`url` without the punctuation that belongs to the sentence around it; brackets opened inside stay."""
    end = len(url)
    unopened = url.count(")") - url.count("(")
    while end and url[end - 1] in _URL_TAIL:
        if url[end - 1] == ")":
            if unopened <= 0:
                break
            unopened -= 1
        end -= 1
    return url[:end]


def _of_url(written: str, hosts: list[str]) -> list[str]:
    """The term of a URL: without `http(s)://` and a last slash, folded; alternates are its domains.

    Paths are folded as well, although servers tell their case apart: people search by eye.
    """
    scheme = _SCHEME.match(written)
    rest = written[scheme.end() :] if scheme else written
    authority = fold(re.split(r"[/?#\\]", rest, maxsplit=1)[0])
    host = authority.rpartition("@")[2].partition(":")[0].strip(".")
    if not any(character.isalnum() for character in host):
        return [""]
    owners = [bounded(domain) for domain in domains(host)]
    hosts += owners
    term = fold(rest).rstrip("/")
    if scheme and not (scheme.group(1) and "." in host):
        term = f"{scheme.group().lower()}{term}"  # without it nobody would take localhost:8000/x for a URL
    return [term, *owners]


def _of_emoji(written: str) -> list[str]:
    """The term of an emoji, however it was asked to be drawn; without skin tones and its first picture alone."""
    term = written.replace("\ufe0f", "").replace("\ufe0e", "")
    toneless = _TONES.sub("", term).casefold()
    found = [term.casefold(), toneless]
    if "\u200d" in toneless or "\U000e0020" <= toneless[-1:] <= "\U000e007f":
        found.append(toneless[:1])
    return found


def _of_face(written: str) -> list[str]:
    """The term of an emoticon; the one without nose, tears and repetition is its alternate."""
    term = fold(written)
    core = term.lstrip("<>") if term[1:2] in ":;=" else term
    if len(core) > 1 and core[0] in ":;=" and core[-1] not in ":;=":
        return [term, (":" if core[0] == "=" else core[0]) + core[-1]]
    if len(core) > 1 and core[-1] in ":;=":
        turned = {"(": ":)", "[": ":)", ")": ":(", "d": ":("}.get(core[0])
        return [term, turned] if turned else [term]
    return [term, "^_^"] if term[0] == "^" else [term]


def _of_marked(written: str, kind: str, hosts: list[str]) -> list[str]:
    """The term of what begins with a sign (`@user`, `#tag`, `$CASH`, `.net`), or is an address or `C#`."""
    term = fold(written)
    bare = term[1:]
    if kind == "mention":
        name, _, host = bare.partition("@")
        lead = re.split(r"[.-]", name, maxsplit=1)[0]
        return [term, f"@{name}", name, f"@{lead}", lead] if host else [term, name, f"@{lead}", lead]
    if kind == "mail":
        name, _, host = term.rpartition("@")
        return [term, name, *domains(host)]
    if kind == "sharp":
        return [term]
    if kind == "tag":
        parts = [part for part in bare.split("_") if part]
        return [term, bare, *(parts if len(parts) > 1 else ())]
    return [term, bare]  # $cash, $5, .net


_FACES_HAPPY = ":) ;) :d ;d :] :} :p ;p :3 xd ^_^ <3 \\o/"
_FACES_SAD = ":( ;( :[ :{ d: ): </3 t_t -_- :'( "
_EMOJI_HAPPY = "😀😁😂😃😄😅😆😇😉😊😋😍😎😘😗😙😚🙂🤗🤣🤩🥰🥳☺😸😹😺😻❤💕💖💗💙💚💛💜🧡🖤💞💓👍🎉🙌😌"
_EMOJI_SAD = "😞😟😠😡😢😣😥😦😧😨😩😫😭😰😱😿🙁☹😔😕😖😒😓💔👎🥺😤🤬🤮🤢😾🙀🥲"
HAPPY = frozenset(_FACES_HAPPY.split()) | frozenset(_EMOJI_HAPPY)
"""Terms that show a happy attitude; `:-)` has `:)` among its alternates."""
SAD = frozenset(_FACES_SAD.split()) | frozenset(_EMOJI_SAD)
"""Terms that show a sad attitude."""
