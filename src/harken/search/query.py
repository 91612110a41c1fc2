"""Query text to a tree: the one grammar of search box, APIs, ears, filters and desk queues.

    query   = or                       an empty query is All
    or      = and { "OR" and }         OR binds looser than AND
    and     = unary { ["AND"] unary }
    unary   = { "-" | "NOT" } primary
    primary = "(" or ")" | "phrase" | word | word* | #tag | @user | key:value | ? | :) | :( | ~like

OR, AND and NOT are operators in upper case only; keys in any case. A quotation mark or bracket
inside a word is ordinary, and so is a colon whose left side is no known key: `12:30`,
`re:invent` and `https://…` are words. An unknown key that looks like a slip of a known one is
searched as words too, and `Query.notes` says so: refusing would forbid searching for it.

`sort:`, `tz:` and `within:` are settings of the whole query (of its `near:`), wherever they stand.

A word that the analyser takes apart into several positions becomes a phrase; one that is a
single character of a script without spaces becomes a prefix, because such characters begin terms.

Every fault raises `BadQuery` with the position of the characters at fault. Parsing takes linear
time and bounded depth, whatever the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from ..errors import Invalid
from .analysis import Word as _Analysed
from .analysis import analyse, beginning, fold
from .document import label, language

MAX_LENGTH = 2_000  # characters of a query
MAX_DEPTH = 12  # brackets within brackets; FTS5's own parser gives up at 15 of the worst kind
MAX_TERMS = 150  # words and conditions
DEFAULT_NEAR_METRES = 25_000

_QUOTES = '"“”„＂'
_FIRST_YEAR, _LAST_YEAR = 1900, 2999
_INSTANT = timedelta(milliseconds=1)  # the clock's resolution: what "at this moment" means
_EARTH_METRES = 20_038_000  # half way round


class BadQuery(Invalid):
    """The query cannot be understood. `position` and `length` point at the characters at fault."""

    def __init__(self, message: str, position: int, length: int = 1) -> None:
        super().__init__(message, field="q")
        self.position = position
        self.length = length


# --- the tree ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a query. `start` and `end` are its place in the text and do not count when compared."""

    start: int = field(default=0, compare=False, kw_only=True)
    end: int = field(default=0, compare=False, kw_only=True)

    @property
    def key(self) -> str:
        """What `NOT_YET` lists it under; for an operator `key` or `key:value`."""
        return ""

    def __str__(self) -> str:
        return unparse(self)


@dataclass(frozen=True, slots=True)
class All(Node):
    """Every post: the query without conditions."""


@dataclass(frozen=True, slots=True)
class Word(Node):
    """Posts with this term among their words or alternates."""

    term: str
    written: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Prefix(Node):
    """Posts with a word or alternate that begins with `term`."""

    term: str
    written: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Phrase(Node):
    """Posts with these terms one after the other, among words only; the last a prefix if `prefix`."""

    terms: tuple[str, ...]
    prefix: bool = False
    written: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Tag(Node):
    """Posts with the word `#name`; `term` has the sign."""

    name: str
    written: str = field(default="", compare=False)

    @property
    def term(self) -> str:
        return f"#{self.name}"


@dataclass(frozen=True, slots=True)
class Mention(Node):
    """Posts that mention the account `name` (or `name@host`), in lower case; `term` has the sign."""

    name: str
    written: str = field(default="", compare=False)

    @property
    def term(self) -> str:
        return f"@{self.name}"


@dataclass(frozen=True, slots=True)
class And(Node):
    """Posts that fulfil all parts; none of them is itself an And."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    """Posts that fulfil any part; none of them is itself an Or."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """Posts that do not fulfil `part`, which is no Not."""

    part: Node


@dataclass(frozen=True, slots=True)
class Operator(Node):
    """A condition on what a post is, written `key:value`."""


@dataclass(frozen=True, slots=True)
class From(Operator):
    """By this account: `name`, `name@host` or `me`."""

    name: str


@dataclass(frozen=True, slots=True)
class To(Operator):
    """Answers this account, or begins with its name."""

    name: str


@dataclass(frozen=True, slots=True)
class Since(Operator):
    """Created at `moment` or later."""

    moment: datetime


@dataclass(frozen=True, slots=True)
class Until(Operator):
    """Created before `moment`."""

    moment: datetime


@dataclass(frozen=True, slots=True)
class Language(Operator):
    """Written in this language; `pt` includes `pt-br`."""

    code: str


@dataclass(frozen=True, slots=True)
class Source(Operator):
    """Posted with this app; `name` is as `document.label` writes it."""

    name: str


@dataclass(frozen=True, slots=True)
class Domain(Operator):
    """Links to this host or one below it."""

    host: str


@dataclass(frozen=True, slots=True)
class Kind(Operator):
    """Of this kind: note, link, file, event or poll."""

    name: str

    @property
    def key(self) -> str:
        return f"kind:{self.name}"


@dataclass(frozen=True, slots=True)
class Verb(Operator):
    """Published with this verb (`asks`), as `document.label` writes it."""

    name: str

    @property
    def key(self) -> str:
        return "verb"


@dataclass(frozen=True, slots=True)
class Has(Operator):
    """Carries media, image, video, audio, poll, link, event or file."""

    thing: str

    @property
    def key(self) -> str:
        return f"has:{self.thing}"


@dataclass(frozen=True, slots=True)
class Is(Operator):
    """Is a reply, question, unanswered, sensitive, boost (begins with `RT @name`) or original (neither of them)."""

    what: str

    @property
    def key(self) -> str:
        return f"is:{self.what}"


@dataclass(frozen=True, slots=True)
class Attitude(Operator):
    """Has any happy, or any sad, emoticon or emoji."""

    mood: str


@dataclass(frozen=True, slots=True)
class In(Operator):
    """By authors, or among posts, of a scope: home, mine, saved, set or list; the last two with a `name`."""

    scope: str
    name: str | None = None

    @property
    def key(self) -> str:
        return f"in:{self.scope}"


@dataclass(frozen=True, slots=True)
class Near(Operator):
    """Posted within `metres` of a place of the gazetteer."""

    place: str
    metres: int = DEFAULT_NEAR_METRES
    point: tuple[int, int] | None = field(default=None, compare=False)  # found by `places.placed`

    @property
    def key(self) -> str:
        return "near"


@dataclass(frozen=True, slots=True)
class Geocode(Operator):
    """Posted within `metres` of a point in degrees."""

    latitude: float
    longitude: float
    metres: int

    @property
    def key(self) -> str:
        return "geocode"


@dataclass(frozen=True, slots=True)
class MinCount(Operator):
    """With at least `number` replies, boosts or favourites."""

    what: str
    number: int


@dataclass(frozen=True, slots=True)
class Similar(Operator):
    """About something like `text`, in whatever words: `~word` or `~"words"`."""

    text: str

    @property
    def key(self) -> str:
        return "similar"


@dataclass(frozen=True, slots=True)
class Sort(Operator):
    """The order of the answer; never inside a tree."""

    order: str

    @property
    def key(self) -> str:
        return f"sort:{self.order}"


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was understood. `notes` tell people what was read otherwise than they may think."""

    tree: Node
    order: str = "newest"  # or "top"
    notes: tuple[str, ...] = field(default=(), compare=False)
    sort: Sort | None = field(default=None, compare=False)  # where the order was asked for
    zone: tzinfo = field(default=UTC, compare=False)  # whose days were meant

    def __str__(self) -> str:
        text = unparse(self.tree)
        return f"{text} sort:top".strip() if self.order == "top" else text


NOT_YET = frozenset(["similar"])
"""Keys of nodes that are understood although nothing can be found by them yet."""


def not_yet(query: Query | Node) -> list[Node]:
    """The parts that cannot be answered yet, in the order of the text; callers refuse and point at them."""
    tree = query.tree if isinstance(query, Query) else query
    found = [node for node in walk(tree) if node.key in NOT_YET]
    if isinstance(query, Query) and query.sort is not None and query.sort.key in NOT_YET:
        found.append(query.sort)
    return sorted(found, key=lambda node: node.start)


def walk(tree: Node) -> Iterator[Node]:
    """Every node of `tree`, parents first."""
    yield tree
    if isinstance(tree, (And, Or)):
        for part in tree.parts:
            yield from walk(part)
    elif isinstance(tree, Not):
        yield from walk(tree.part)


def parse(text: str, now: datetime, zone: tzinfo = UTC) -> Query:
    """Understand `text`; days begin in `zone` unless the query says `tz:`.

    Raises BadQuery, and nothing else.
    """
    if len(text) > MAX_LENGTH:
        message = f"This query is too long. Shorten it to {MAX_LENGTH} characters."
        raise BadQuery(message, MAX_LENGTH, len(text) - MAX_LENGTH)
    lexer = _Lexer(text)
    lexer.run()
    return _Parser(text, lexer, now, zone).query()


# --- text to tokens ------------------------------------------------------------------------------


@dataclass(slots=True)
class _Token:
    kind: str  # ( ) - or and node operator
    start: int
    end: int
    key: str = ""
    value: str = ""
    node: Node | None = None


_KEYS = {
    "from": "from", "to": "to", "since": "since", "until": "until", "before": "before", "after": "after",
    "during": "during", "near": "near", "within": "within", "geocode": "geocode", "filter": "filter",
    "has": "has", "is": "is", "lang": "lang", "language": "lang", "source": "source", "domain": "domain",
    "kind": "kind", "verb": "verb", "in": "in", "sort": "sort", "tz": "tz",
    "min_replies": "min_replies", "min_boosts": "min_boosts", "min_retweets": "min_boosts",
    "min_favourites": "min_favourites", "min_favorites": "min_favourites", "min_faves": "min_favourites",
}  # fmt: skip
_KEYED = re.compile(r"([A-Za-z_]+):(.*)", re.DOTALL)
_BEFORE_QUOTE = re.compile(r"(?:[Ii][Nn]:)?[A-Za-z_]+:")
_MOOD = re.compile(r"[:=]-?([)(])")
_TIRED = re.compile(r"-_+-(?!\w)")  # the one emoticon that begins with a minus sign
_SPACE = re.compile(r"\s+")


class _Lexer:
    """Cuts a query into tokens. Words and phrases leave here as nodes, operators as key and value."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[_Token] = []
        self.notes: list[str] = []
        self.ignored: list[tuple[int, int]] = []
        self.depth = 0

    def run(self) -> None:
        at = 0
        while at < len(self.text):
            at = at + 1 if self.text[at].isspace() else self._token(at)

    def _token(self, at: int) -> int:
        """Read the token that begins at `at`; where the next may begin."""
        text = self.text
        character = text[at]
        following = text[at + 1 : at + 2]
        mood = _MOOD.match(text, at)
        if mood and (self._ends(mood.end()) or (self.depth and text[mood.end()] == ")")):
            node = Attitude("happy" if mood.group(1) == ")" else "sad", start=at, end=mood.end())
            return self._add(_Token("node", at, mood.end(), node=node))
        if character == "(":
            self.depth += 1
            if self.depth > MAX_DEPTH:
                message = f"Too many brackets within brackets. Use no more than {MAX_DEPTH}."
                raise BadQuery(message, at)
            return self._add(_Token("(", at, at + 1))
        if character == ")":
            self.depth -= 1
            if self.depth < 0:
                raise BadQuery("This bracket closes nothing. Remove it, or open one before it.", at)
            return self._add(_Token(")", at, at + 1))
        if character in _QUOTES:
            return self._phrase(at)
        if character in "?？" and self._ends(at + 1):
            return self._add(_Token("node", at, at + 1, node=Is("question", start=at, end=at + 1)))
        if character == "~" and following and (following.isalpha() or following in _QUOTES):
            return self._similar(at)
        if character == "+" and following and (following in _QUOTES or following == "("):
            return at + 1  # Mastodon's sign for "required", which everything is here
        if character == "-" and not self._ends(at + 1) and following != "-" and not _TIRED.match(text, at):
            return self._add(_Token("-", at, at + 1))
        return self._chunk(at)

    def _add(self, token: _Token) -> int:
        self.tokens.append(token)
        return token.end

    def _ends(self, at: int) -> bool:
        """Whether a word would end before position `at`."""
        if at >= len(self.text) or self.text[at].isspace():
            return True
        return self.text[at] == ")" and self.depth > 0

    def _closing_quote(self, at: int) -> int:
        """The position of the quotation mark that ends what the one at `at` begins."""
        for end in range(at + 1, len(self.text)):
            if self.text[end] in _QUOTES:
                return end
        raise BadQuery("This quotation mark is never closed. Close it, or remove it.", at, len(self.text) - at)

    def _phrase(self, at: int) -> int:
        closing = self._closing_quote(at)
        written = self.text[at + 1 : closing]
        node = _phrase_node(written, at, closing + 1)
        if node is None:
            message = "There is no word between these quotation marks. Write one, or remove them."
            raise BadQuery(message, at, closing + 1 - at)
        return self._add(_Token("node", at, closing + 1, node=node))

    def _similar(self, at: int) -> int:
        if self.text[at + 1] in _QUOTES:
            end = self._closing_quote(at + 1) + 1
            written = self.text[at + 2 : end - 1]
        else:
            end = self._chunk_end(at)
            written = self.text[at + 1 : end]
        about = _unquoted(written)
        if not analyse(about):
            raise BadQuery("There is no word after ~. Write what the posts should be like.", at, end - at)
        return self._add(_Token("node", at, end, node=Similar(about, start=at, end=end)))

    def _chunk_end(self, at: int) -> int:
        """Where the word that begins at `at` ends: at white space or a bracket that it did not open.

        A quotation mark ends it only after `key:`, where it begins a value.
        """
        text = self.text
        opened = 0
        for end in range(at, len(text)):
            character = text[end]
            if character.isspace():
                return end
            if character == "(":
                opened += 1
            elif character == ")":
                if opened:
                    opened -= 1
                elif self.depth or end == at or text[end - 1] not in ":;=-)":
                    return max(end, at + 1)
            elif character in _QUOTES and text[end - 1] == ":" and _BEFORE_QUOTE.fullmatch(text, at, end):
                return end
        return len(text)

    def _chunk(self, at: int) -> int:
        end = self._chunk_end(at)
        chunk = self.text[at:end]
        if chunk in ("OR", "AND"):
            return self._add(_Token(chunk.lower(), at, end))
        if chunk == "NOT":
            return self._add(_Token("-", at, end))
        keyed = _KEYED.match(chunk)
        if keyed and not keyed.group(2).startswith("//"):
            key = _KEYS.get(keyed.group(1).lower())
            if key is not None:
                return self._operator(at, end, key, keyed.group(2))
            self._note_slip(keyed.group(1))
        node = _word_node(chunk, at, end)
        if node is not None:
            return self._add(_Token("node", at, end, node=node))
        self.ignored.append((at, end))
        last = self.tokens[-1] if self.tokens else None
        if last is not None and last.kind == "-" and last.end == at:
            self.tokens.pop()  # "->" excludes nothing
        if any(not character.isspace() and character not in "-&/|+" for character in chunk):
            self.notes.append(f"“{chunk}” has no letter or digit and was ignored.")
        return end

    def _operator(self, at: int, end: int, key: str, value: str) -> int:
        """Read `key:value`, whose value or its last part may be in quotation marks."""
        if end < len(self.text) and self.text[end] in _QUOTES and self.text[end - 1] == ":":
            closing = self._closing_quote(end)
            value += self.text[end + 1 : closing]
            end = closing + 1
        value = _SPACE.sub(" ", value).strip()
        if not value or (key == "in" and value.endswith(":")):
            written = self.text[at:end]
            message = f"{written} needs something directly after the colon. Write it without a space between."
            raise BadQuery(message, at, end - at)
        return self._add(_Token("operator", at, end, key=key, value=value))

    def _note_slip(self, written: str) -> None:
        for key in _KEYS:
            if len(key) > 3 and _one_slip(written.lower(), key):
                self.notes.append(f"“{written}:” was searched as a word. Did you mean {key}: ?")
                return


def _one_slip(written: str, meant: str) -> bool:
    """Whether one letter is wrong, missing or too many, or two neighbours changed places."""
    if written == meant or abs(len(written) - len(meant)) > 1:
        return False
    first = 0
    while first < min(len(written), len(meant)) and written[first] == meant[first]:
        first += 1
    a, b = written[first:], meant[first:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[:2][::-1] and a[2:] == b[2:])


def _unquoted(text: str) -> str:
    return _SPACE.sub(" ", "".join(" " if character in _QUOTES else character for character in text)).strip()


def _positions(words: list[_Analysed]) -> list[_Analysed]:
    """`words` without the last single character of a run, which more text may follow in a post."""
    if len(words) > 1 and words[-1].piece and not _lone(words):
        return words[:-1]
    return words


def _lone(words: list[_Analysed]) -> bool:
    """Whether the last of `words` is a run of a single character."""
    last = words[-1]
    if not last.piece:
        return False
    return len(words) < 2 or not (words[-2].piece and words[-2].end == last.end)


def _word_node(chunk: str, start: int, end: int) -> Node | None:
    """What a stretch outside quotation marks asks for; None if the analyser finds no word in it."""
    bare = chunk.rstrip("*")
    words = analyse(bare)
    if not words:
        return None
    starred = bare != chunk and not chunk.startswith("*") and words[-1].end == len(bare)
    prefix = starred or _lone(words)
    first = words[0].term
    of_tag = first[0] == "#" and len(first) > 1
    if of_tag and not starred and all(word.piece and word.end <= words[0].end for word in words[1:]):
        return Tag(first[1:], chunk, start=start, end=end)
    kept = _positions(words)
    if len(kept) > 1:
        terms = tuple(word.term for word in kept)
        return Phrase(_shortened(terms, prefix), prefix, _unquoted(chunk), start=start, end=end)
    if prefix:
        return Prefix(beginning(first), chunk, start=start, end=end)
    if first[0] == "@" and len(first) > 1:
        return Mention(first[1:], chunk, start=start, end=end)
    return Word(first, chunk, start=start, end=end)


def keyword_node(text: str, whole_word: bool) -> Node | None:
    """What a keyword without any grammar asks for: its words one after the other, the last of them by its beginning
    unless `whole_word`; None if the analyser finds no word in it."""
    bare = text.strip().rstrip("*")
    return _word_node(bare if whole_word else f"{bare}*", 0, len(text))


def _phrase_node(written: str, start: int, end: int) -> Phrase | None:
    """What stands between quotation marks; None if the analyser finds no word in it."""
    bare = written.rstrip()
    starless = bare.rstrip("*")
    words = analyse(starless)
    if not words:
        return None
    prefix = _lone(words) or (starless != bare and words[-1].end == len(starless))
    terms = tuple(word.term for word in _positions(words))
    return Phrase(_shortened(terms, prefix), prefix, _unquoted(written), start=start, end=end)


def _shortened(terms: tuple[str, ...], prefix: bool) -> tuple[str, ...]:
    return (*terms[:-1], beginning(terms[-1])) if prefix else terms


# --- tokens to tree ------------------------------------------------------------------------------


class _Parser:
    """Builds the tree from tokens by recursive descent; the lexer has bounded the depth."""

    def __init__(self, text: str, lexer: _Lexer, now: datetime, zone: tzinfo) -> None:
        self.text = text
        self.now = now.astimezone(UTC).replace(microsecond=now.microsecond // 1000 * 1000)
        self.zone = zone
        self.notes = list(dict.fromkeys(lexer.notes))
        self.ignored = lexer.ignored
        self.sort: Sort | None = None
        self.metres: dict[int, int] = {}  # by the position of a near:
        self.terms = 0
        self.at = 0
        self.tokens = self._without_settings(lexer.tokens)

    def query(self) -> Query:
        if not self.tokens:
            if self.ignored:
                start, end = self.ignored[0]
                message = "There is nothing to search for here. Write a word, a #tag or an @user."
                raise BadQuery(message, start, end - start)
            tree: Node = All(start=0, end=len(self.text))
        else:
            tree = self._or()
            if self.at < len(self.tokens):  # pragma: no cover - the lexer refuses brackets that close nothing
                raise BadQuery("This bracket closes nothing. Remove it.", self.tokens[self.at].start)
        return Query(tree, self.sort.order if self.sort else "newest", tuple(self.notes), self.sort, self.zone)

    def _without_settings(self, tokens: list[_Token]) -> list[_Token]:
        """Take `sort:`, `tz:` and `within:` out of the tokens."""
        kept: list[_Token] = []
        distances: list[tuple[_Token, int | None]] = []
        near: int | None = None
        for token in tokens:
            if token.kind != "operator" or token.key not in ("sort", "tz", "within"):
                if token.kind == "operator" and token.key == "near":
                    near = token.start
                kept.append(token)
                continue
            if kept and kept[-1].kind == "-":
                message = f"{token.key}: is about the whole query and cannot be excluded. Remove the minus sign or NOT."
                raise BadQuery(message, kept[-1].start, token.end - kept[-1].start)
            if token.key == "sort":
                self.sort = Sort(self._sort(token), start=token.start, end=token.end)
            elif token.key == "tz":
                self.zone = self._zone(token)
            else:
                distances.append((token, near))
        places = [token.start for token in kept if token.kind == "operator" and token.key == "near"]
        for token, place in distances:
            if not places:
                message = 'within: says how far from a near: place, and there is none. Add near:"a place".'
                raise BadQuery(message, token.start, token.end - token.start)
            self.metres[places[0] if place is None else place] = _metres(token, token.value)
        return kept

    def _peek(self) -> str:
        return self.tokens[self.at].kind if self.at < len(self.tokens) else ""

    def _or(self) -> Node:
        parts = [self._and()]
        while self._peek() == "or":
            self.at += 1
            parts.append(self._and())
        return _joined(Or, parts)

    def _and(self) -> Node:
        parts = [self._unary()]
        while True:
            kind = self._peek()
            if kind == "and":
                self.at += 1
            elif kind in ("", "or", ")"):
                return _joined(And, parts)
            parts.append(self._unary())

    def _unary(self) -> Node:
        first = self.at
        while self._peek() == "-":
            self.at += 1
        signs = self.at - first
        if self._peek() in ("", "or", "and", ")"):
            raise self._dangling(signs > 0)
        node = self._primary()
        if signs % 2 == 0:
            return node
        start = self.tokens[first].start
        return replace(node.part, start=start) if isinstance(node, Not) else Not(node, start=start, end=node.end)

    def _dangling(self, negated: bool) -> BadQuery:
        """The fault of an operator with nothing to work on, at `self.at`."""
        before = self.tokens[self.at - 1] if self.at else None
        here = self.tokens[self.at] if self.at < len(self.tokens) else None
        culprit = before if before is not None and before.kind in ("-", "or", "and") else here
        if culprit is None or (culprit is here and here is not None and here.kind == ")"):
            opening = before if before is not None else self.tokens[0]
            end = here.end if here is not None else opening.end
            message = "There is nothing between these brackets. Write something, or remove them."
            return self._unclosed() if here is None else BadQuery(message, opening.start, end - opening.start)
        written = self.text[culprit.start : culprit.end]
        side = "before" if culprit is here else "after"
        message = f'{written} has nothing {side} it. Complete it, remove it, or search for the word as "{written}".'
        if negated and culprit.kind == "-":
            message = f"{written} has nothing after it to exclude. Complete it, or remove it."
        return BadQuery(message, culprit.start, culprit.end - culprit.start)

    def _unclosed(self) -> BadQuery:
        """The fault of the innermost bracket that is open at `self.at`."""
        open_at: list[_Token] = []
        for token in self.tokens[: self.at]:
            if token.kind == "(":
                open_at.append(token)
            elif token.kind == ")":
                open_at.pop()
        return BadQuery("This bracket is never closed. Close it, or remove it.", open_at[-1].start)

    def _primary(self) -> Node:
        token = self.tokens[self.at]
        self.at += 1
        if token.kind == "(":
            node = self._or()
            if self._peek() != ")":
                raise self._unclosed()
            self.at += 1
            return node
        node = token.node if token.node is not None else self._condition(token)
        self.terms += len(node.terms) if isinstance(node, Phrase) else 1
        if self.terms > MAX_TERMS:
            message = f"This query has too many words and conditions. Use no more than {MAX_TERMS}."
            raise BadQuery(message, token.start, token.end - token.start)
        return node

    # --- operators -------------------------------------------------------------------------------

    def _condition(self, token: _Token) -> Node:
        node = _CONDITIONS[token.key](self, token)
        if isinstance(node, And):
            parts = tuple(replace(part, start=token.start, end=token.end) for part in node.parts)
            return And(parts, start=token.start, end=token.end)
        return replace(node, start=token.start, end=token.end)

    def _sort(self, token: _Token) -> str:
        order = {"top": "top", "new": "newest", "newest": "newest"}.get(token.value.lower())
        if order is None:
            raise _bad(token, "sort: takes new or top.")
        return order

    def _zone(self, token: _Token) -> tzinfo:
        offset = re.fullmatch(r"([+-])(\d\d):?(\d\d)", token.value)
        if offset and int(offset[2]) <= 14 and int(offset[3]) < 60:
            delta = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
            return timezone(-delta if offset[1] == "-" else delta)
        if re.fullmatch(r"[A-Za-z0-9_+\-]{1,32}(?:/[A-Za-z0-9_+\-]{1,32}){0,2}", token.value):
            try:
                return ZoneInfo(token.value)
            except (ValueError, OSError, LookupError):
                pass
        raise _bad(token, "tz: takes the name of a time zone, such as Europe/Vienna, or an offset, such as +02:00.")

    def _interval(self, token: _Token) -> tuple[datetime, datetime]:
        """The first moment of a date and the first after it, both UTC."""
        try:
            found = _interval(token.value, self.now, self.zone)
        except (ValueError, OverflowError):
            found = None
        if found is None or found[0].year < _FIRST_YEAR or found[1].year > _LAST_YEAR + 1:
            raise _bad(
                token,
                f"“{token.value}” is not a date that is understood. "
                "Write 2008-06-12, 2008-06, 2008, today, yesterday, or how long ago: 30m, 2h, 3d, 2w.",
            )
        return found


def _joined(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    """`parts` under one node, those of the same kind dissolved in it; a single part is itself."""
    flat: list[Node] = []
    for part in parts:
        flat += part.parts if isinstance(part, (And, Or)) and isinstance(part, kind) else (part,)
    return flat[0] if len(flat) == 1 else kind(tuple(flat), start=parts[0].start, end=parts[-1].end)


def _bad(token: _Token, message: str) -> BadQuery:
    return BadQuery(message, token.start, token.end - token.start)


_AGO = re.compile(r"(\d{1,6})([mhdw])", re.ASCII)
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3})\d{0,3})?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII | re.I
)


def _interval(value: str, now: datetime, zone: tzinfo) -> tuple[datetime, datetime] | None:
    """The moments that `value` covers; None or ValueError when it is no date."""
    word = value.lower()
    ago = _AGO.fullmatch(word)
    if ago:
        unit = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(days=7)}
        moment = now - int(ago[1]) * unit[ago[2]]
        return moment, moment + _INSTANT
    if word in ("today", "yesterday"):
        day = now.astimezone(zone).date() - timedelta(days=1 if word == "yesterday" else 0)
        return _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
    written = _DAY.fullmatch(value)
    if written:
        year, month, number = int(written[1]), int(written[2] or 1), int(written[3] or 1)
        first = date(year, month, number)
        if written[3]:
            following = first + timedelta(days=1)
        elif written[2]:
            following = date(year + month // 12, month % 12 + 1, 1)
        else:
            following = date(year + 1, 1, 1)
        return _midnight(first, zone), _midnight(following, zone)
    time = _TIME.fullmatch(value)
    if time is None:
        return None
    moment = datetime.fromisoformat(f"{time[1]}T{time[2]}:{time[3]}:{time[4] or '00'}").replace(tzinfo=zone)
    moment += timedelta(milliseconds=int((time[5] or "0").ljust(3, "0")))
    if time[6] and time[6] in "Zz":
        moment = moment.replace(tzinfo=UTC)
    elif time[6]:
        moment = moment.replace(tzinfo=datetime.fromisoformat(f"2000-01-01T00:00:00{time[6]}").tzinfo)
    length = _INSTANT if time[5] else timedelta(seconds=1 if time[4] else 60)
    moment = moment.astimezone(UTC)
    return moment, moment + length


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


_NAME = re.compile(r"@?([\w](?:[\w.\-]{0,62}\w)?(?:@[\w\-]{1,63}(?:\.[\w\-]{1,63}){0,8}(?::\d{1,5})?)?)")
_DISTANCE = re.compile(r"(\d{1,8}(?:\.\d{1,6})?)(mi|km|m)", re.ASCII | re.I)
_POINT = re.compile(r"([+-]?\d{1,3}(?:\.\d{1,20})?),([+-]?\d{1,3}(?:\.\d{1,20})?),(.+)", re.ASCII)
_HOST = re.compile(r"(?:[a-z]+://)?([\w\-]{1,63}(?:\.[\w\-]{1,63}){0,8})\.?(?::\d{1,5})?(?:/.*)?", re.I)
_THINGS = {
    "link": "link", "links": "link", "embed": "link", "media": "media", "image": "image", "images": "image",
    "video": "video", "videos": "video", "audio": "audio", "poll": "poll", "polls": "poll", "event": "event",
    "events": "event", "file": "file", "files": "file",
}  # fmt: skip
_STATES = ("reply", "question", "unanswered", "sensitive", "boost", "original")
_KINDS = ("note", "link", "file", "event", "poll")


def _metres(token: _Token, value: str) -> int:
    distance = _DISTANCE.fullmatch(value)
    if distance:
        metres = round(float(distance[1]) * {"mi": 1609.344, "km": 1000.0, "m": 1.0}[distance[2].lower()])
        if 1 <= metres <= _EARTH_METRES:
            return metres
    raise _bad(token, f"“{value}” is not a distance. Write a number and a unit, such as 15mi or 25km.")


def _account(token: _Token) -> str:
    written = _NAME.fullmatch(token.value)
    name = _NAME.fullmatch(fold(written[1])) if written else None
    if name is None:
        message = f"“{token.value}” is not the name of an account. Write {token.key}:name or {token.key}:name@host."
        raise _bad(token, message)
    return name[1]


def _during(parser: _Parser, token: _Token) -> Node:
    start, end = parser._interval(token)
    if end - start == _INSTANT:
        return Since(start)  # during:3d, the last three days
    return And((Since(start), Until(end)))


def _language(_: _Parser, token: _Token) -> Node:
    code = language(token.value)
    if code is None:
        raise _bad(token, "lang: takes a language code, such as en, de or pt-br.")
    return Language(code)


def _labelled(kind: Callable[[str], Node]) -> Callable[[_Parser, _Token], Node]:
    def condition(_: _Parser, token: _Token) -> Node:
        name = label(token.value)
        if not name:
            raise _bad(token, f"{token.key}: needs a name with letters or digits.")
        return kind(name)

    return condition


def _domain(_: _Parser, token: _Token) -> Node:
    host = _HOST.fullmatch(token.value)
    folded = fold(host[1]) if host else ""
    if not any(character.isalnum() for character in folded) or not _HOST.fullmatch(folded):
        raise _bad(token, "domain: takes the name of a site, such as bbc.co.uk.")
    return Domain(folded)


def _has(_: _Parser, token: _Token) -> Node:
    value = token.value.lower()
    if token.key == "filter" and value in ("reply", "replies"):
        return Is("reply")
    if value not in _THINGS:
        raise _bad(token, f"{token.key}: takes link, media, image, video, audio, poll, event or file.")
    return Has(_THINGS[value])


def _one_of(kind: Callable[[str], Node], values: tuple[str, ...]) -> Callable[[_Parser, _Token], Node]:
    def condition(_: _Parser, token: _Token) -> Node:
        value = token.value.lower()
        if value not in values:
            raise _bad(token, f"{token.key}: takes {', '.join(values[:-1])} or {values[-1]}.")
        return kind(value)

    return condition


def _in(_: _Parser, token: _Token) -> Node:
    scope, colon, name = token.value.partition(":")
    scope, name = scope.lower(), _unquoted(name)
    if scope in ("home", "mine", "saved") and not colon:
        return In(scope)
    if scope in ("set", "list") and name:
        return In(scope, name)
    raise _bad(token, "in: takes home, mine, saved, set:NAME or list:NAME.")


def _geocode(_: _Parser, token: _Token) -> Node:
    point = _POINT.fullmatch(token.value.replace(" ", ""))
    if point:
        latitude, longitude = round(float(point[1]), 6), round(float(point[2]), 6)
        if abs(latitude) <= 90 and abs(longitude) <= 180:
            return Geocode(latitude, longitude, _metres(token, point[3]))
    raise _bad(token, "geocode: takes latitude, longitude and distance, such as 48.2,16.4,25km.")


def _near(parser: _Parser, token: _Token) -> Node:
    place = _unquoted(token.value)
    if not analyse(place):
        raise _bad(token, 'near: takes the name of a place, such as near:"San Francisco".')
    return Near(place, parser.metres.get(token.start, DEFAULT_NEAR_METRES))


def _at_least(what: str) -> Callable[[_Parser, _Token], Node]:
    def condition(_: _Parser, token: _Token) -> Node:
        if not re.fullmatch(r"\d{1,9}", token.value, re.ASCII):
            raise _bad(token, f"{token.key}: takes a whole number, such as 3.")
        return MinCount(what, int(token.value))

    return condition


_CONDITIONS: dict[str, Callable[[_Parser, _Token], Node]] = {
    "from": lambda _, token: From(_account(token)),
    "to": lambda _, token: To(_account(token)),
    "since": lambda parser, token: Since(parser._interval(token)[0]),
    "until": lambda parser, token: Until(parser._interval(token)[1]),
    "before": lambda parser, token: Until(parser._interval(token)[0]),
    "after": lambda parser, token: Since(parser._interval(token)[1]),
    "during": _during,
    "near": _near,
    "geocode": _geocode,
    "filter": _has,
    "has": _has,
    "is": _one_of(Is, _STATES),
    "lang": _language,
    "source": _labelled(Source),
    "domain": _domain,
    "kind": _one_of(Kind, _KINDS),
    "verb": _labelled(Verb),
    "in": _in,
    "min_replies": _at_least("replies"),
    "min_boosts": _at_least("boosts"),
    "min_favourites": _at_least("favourites"),
}


# --- tree to text --------------------------------------------------------------------------------


def unparse(tree: Node) -> str:
    """Query text that parses to a tree equal to `tree`; `str(tree)` is the same."""
    if isinstance(tree, Or):
        return " OR ".join(unparse(part) for part in tree.parts)
    if isinstance(tree, And):
        return " ".join(_grouped(part) if isinstance(part, Or) else unparse(part) for part in tree.parts)
    if isinstance(tree, Not):
        text = _grouped(tree.part) if isinstance(tree.part, (And, Or)) else unparse(tree.part)
        return f"NOT {text}" if text.startswith("-") else f"-{text}"
    if isinstance(tree, (Word, Prefix, Tag, Mention)):
        return _word_text(tree)
    if isinstance(tree, Phrase):
        ending = "*" if tree.prefix else ""
        plain = f"{' '.join(tree.terms)}{ending}"
        return f'"{plain if _phrase_node(plain, 0, 0) == tree or not tree.written else tree.written}"'
    return _operator_text(tree)


def _grouped(tree: Node) -> str:
    text = unparse(tree)
    # A last word may have a bracket that it does not close, and would take ours.
    return f"({text} )" if "(" in text.rsplit(" ", 1)[-1].lstrip("(-") else f"({text})"


def _word_text(tree: Word | Prefix | Tag | Mention) -> str:
    plain = f"{tree.term}*" if isinstance(tree, Prefix) else tree.term
    for text in (plain, tree.written.lstrip("-+~"), f"http://{plain}"):
        if text and not _MOOD.fullmatch(text) and _word_node(text, 0, 0) == tree:
            return text
    return tree.written or plain


def _valued(key: str, value: str) -> str:
    return f"{key}:{value}" if re.fullmatch(r"[\w.\-]+", value) else f'{key}:"{value}"'


def _moment_text(moment: datetime) -> str:
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def _operator_text(tree: Node) -> str:
    match tree:
        case From(name=name):
            return f"from:{name}"
        case To(name=name):
            return f"to:{name}"
        case Since(moment=moment):
            return f"since:{_moment_text(moment)}"
        case Until(moment=moment):
            return f"before:{_moment_text(moment)}"
        case Language(code=code):
            return f"lang:{code}"
        case Source(name=name):
            return _valued("source", name)
        case Domain(host=host):
            return f"domain:{host}"
        case Verb(name=name):
            return _valued("verb", name)
        case Attitude(mood=mood):
            return ":)" if mood == "happy" else ":("
        case In(scope=scope, name=str(name)):
            return _valued(f"in:{scope}", name)
        case Near(place=place, metres=metres):
            return f'near:"{place}" within:{metres}m'
        case Geocode(latitude=latitude, longitude=longitude, metres=metres):
            return f"geocode:{latitude:.6f},{longitude:.6f},{metres}m"
        case MinCount(what=what, number=number):
            return f"min_{what}:{number}"
        case Similar(text=text):
            return f'~"{text}"'
        case All():
            return ""
        case _:
            return tree.key  # kind:, has:, is:, in: and sort: are their own text
