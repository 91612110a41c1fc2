"""Search turned round: which of many kept queries does this one post match?

Every query is filed under a few terms of which a post must have at least one: of an AND the rarest part's, of an OR
those of all its parts. A post then meets only the queries that are filed under one of its own terms; of those, the ones
whose other required terms it lacks fall out by one comparison of sets, and `matching.matches`, the judge of both
indexes, decides the rest. So 100,000 queries cost a post little more than a hundred do.

What becomes true only later (`min_replies:`, `is:unanswered`, `in:saved`) is taken as true here, and decided when the
ear is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace

import msgspec

from ..model.list import group_key
from .document import Document, Searchable
from .matching import Facts, filters, matches
from .query import (
    All,
    And,
    From,
    Geocode,
    In,
    Is,
    Mention,
    MinCount,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Since,
    Tag,
    To,
    Until,
    Word,
    unparse,
    walk,
)

MAX_OBSERVED = 200_000
"""Terms whose frequency is remembered."""

_FILTER = "\0"  # before a filter among the keys: no term has it
_PREFIX = "\1"  # before the beginning of a word


class Listener(msgspec.Struct, frozen=True, gc=False):
    """One kept query as the percolator holds it."""

    ear_id: int
    owner_id: int
    since: int  # milliseconds: posts from then on
    required: frozenset[str]  # keys that every match has
    tree: Node | None  # what else to decide; None where `required` says it all
    at_home: bool  # asks whom the owner follows
    at_place: bool  # asks where the author is
    at_list: bool  # asks who is in a list


class Context:
    """`matching.Facts` for one listener at the moment a post arrives."""

    def __init__(
        self, names: Mapping[str, int | None], owner: int, follows_author: bool, place: tuple[int, int] | None = None,
        lists: Container[str] = (),
    ) -> None:
        self._names = names
        self._owner = owner
        self._follows_author = follows_author
        self._place = place
        self._lists = lists

    def account(self, name: str) -> int | None:
        return self._owner if name == "me" else self._names.get(name)

    def count(self, post_id: int, what: str) -> int:
        return 0

    def answered(self, post_id: int) -> bool:
        return False

    def place(self, post: Searchable) -> tuple[int, int] | None:
        return self._place

    def within(self, scope: str, name: str | None, post: Searchable) -> bool:
        if scope in ("list", "set"):
            return group_key(scope, name or "") in self._lists
        mine = post.author_id == self._owner
        return mine or (scope == "home" and self._follows_author)


def later(tree: Node) -> bool:
    """Whether a part of the query becomes true only after a post was published."""
    return any(map(_is_later, walk(tree)))


def _is_later(node: Node) -> bool:
    match node:
        case MinCount() | Is(what="unanswered") | In(scope="saved"):
            return True
    return False


def at_once(tree: Node) -> Node:
    """`tree` with everything that is decided later taken as true: every match of `tree` matches this, at any time."""
    return _relaxed(tree, True) if later(tree) else tree


def _relaxed(node: Node, wanted: bool) -> Node:
    """`node`, or its negation unless `wanted`, with what comes later as All; negations move to the leaves."""
    match node:
        case And(parts=parts) | Or(parts=parts):
            inner = tuple(_relaxed(part, wanted) for part in parts)
            together = isinstance(node, And) == wanted
            return And(inner) if together else Or(inner)
        case Not(part=part):
            return _relaxed(part, not wanted)
    if _is_later(node):
        return All()
    return node if wanted else Not(node)


def names_in(tree: Node) -> set[str]:
    """The accounts that a query names, without `me`."""
    return {node.name for node in walk(tree) if isinstance(node, (From, To, Mention)) and node.name != "me"}


class _Owner:
    """`matching.Facts` as far as filing a query needs them."""

    def __init__(self, names: Mapping[str, int | None], owner: int) -> None:
        self._names = names
        self._owner = owner

    def account(self, name: str) -> int | None:
        return self._owner if name == "me" else self._names.get(name)


class Percolator:
    """All kept queries in memory."""

    def __init__(self) -> None:
        self.listeners: dict[int, Listener] = {}
        self.names: dict[str, int | None] = {}
        """Accounts by the name that a query gives them; None for names that nobody has yet."""
        self._filed: dict[str, dict[int, Listener]] = {}
        self._keys: dict[int, tuple[str, ...]] = {}  # under which a listener is filed
        self._always: dict[int, Listener] = {}
        self._lengths: Counter[int] = Counter()  # of the beginnings under which something is filed
        self._naming: dict[str, set[int]] = {}
        self._trees: dict[int, Node] = {}  # of those who name somebody unknown: to be filed again
        self._frequency: Counter[str] = Counter()

    def observe(self, document: Document) -> None:
        """Learn from a post which terms are common; without it every term counts as rare."""
        if len(self._frequency) > MAX_OBSERVED:
            self._frequency = Counter({term: n // 2 for term, n in self._frequency.items() if n > 2})
        self._frequency.update(_keys_of(document))

    def put(self, ear_id: int, owner_id: int, since: int, tree: Node) -> None:
        """Listen for `tree`, instead of whatever this ear listened for. Names must be in `names` already."""
        self.drop(ear_id)
        tree = at_once(tree)
        facts = _Owner(self.names, owner_id)
        required, complete = _required(tree, facts)
        listener = Listener(
            ear_id, owner_id, since, required, None if complete else tree,
            any(isinstance(node, In) and node.scope == "home" for node in walk(tree)),
            any(isinstance(node, (Near, Geocode)) for node in walk(tree)),
            any(isinstance(node, In) and node.scope in ("list", "set") for node in walk(tree)))
        self.listeners[ear_id] = listener
        for name in names_in(tree):
            if self.names.get(name) is None:
                self._naming.setdefault(name, set()).add(ear_id)
                self._trees[ear_id] = tree
        cover = self._cover(tree, facts)
        if cover is None:
            self._always[ear_id] = listener
            return
        self._keys[ear_id] = tuple(cover)
        for key in cover:
            self._filed.setdefault(key, {})[ear_id] = listener
            if key[0] == _PREFIX:
                self._lengths[len(key) - 1] += 1

    def drop(self, ear_id: int) -> None:
        """Listen no more."""
        if self.listeners.pop(ear_id, None) is None:
            return
        self._always.pop(ear_id, None)
        for key in self._keys.pop(ear_id, ()):
            filed = self._filed[key]
            del filed[ear_id]
            if not filed:
                del self._filed[key]
            if key[0] == _PREFIX:
                self._lengths[len(key) - 1] -= 1
                if not self._lengths[len(key) - 1]:
                    del self._lengths[len(key) - 1]
        if self._trees.pop(ear_id, None) is not None:
            for name, naming in list(self._naming.items()):
                naming.discard(ear_id)
                if not naming:
                    del self._naming[name]

    def named(self, name: str, account_id: int) -> None:
        """Somebody has this name now: queries that waited for it are filed again."""
        waiting = self._naming.pop(name, set())
        if waiting or name in self.names:
            self.names[name] = account_id
        for ear_id in waiting:
            listener = self.listeners[ear_id]
            self.put(ear_id, listener.owner_id, listener.since, self._trees[ear_id])

    def candidates(self, document: Document, published: int) -> list[Listener]:
        """Listeners that may match a post published at `published` (milliseconds): it has all that they require."""
        keys = _keys_of(document)
        if self._lengths:
            lengths = tuple(self._lengths)
            keys |= {
                f"{_PREFIX}{word[:n]}" for words in (document.words, document.alternates) for word in words
                for n in lengths if len(word) >= n}
        found: dict[int, Listener] = {}
        filed = self._filed
        for key in keys & filed.keys() if len(filed) > 1000 else filed.keys() & keys:
            for listener in filed[key].values():
                if listener.required <= keys:
                    found[listener.ear_id] = listener
        for listener in self._always.values():
            if listener.required <= keys:
                found[listener.ear_id] = listener
        return [listener for listener in found.values() if listener.since <= published]

    def hears(
        self, listener: Listener, document: Document, post: Searchable, follows_author: bool,
        place: tuple[int, int] | None = None, lists: Container[str] = (),
    ) -> bool:
        """Whether a candidate matches.

        `follows_author` matters to those `at_home`, the author's place to those `at_place`, and the title keys of the
        owner's lists that the author is in to those `at_list`.
        """
        if listener.tree is None:
            return True
        return matches(
            listener.tree, document, post, Context(self.names, listener.owner_id, follows_author, place, lists))

    def _cover(self, tree: Node, facts: _Owner) -> set[str] | None:
        """The cheapest keys of which every match has at least one; None where there are none such."""
        covers = [keys for keys in _covers(tree, facts) if keys is not None]
        if isinstance(tree, And):
            covers += [cover for part in tree.parts if (cover := self._cover(part, facts)) is not None]
        elif isinstance(tree, Or):
            parts = [self._cover(part, facts) for part in tree.parts]
            if all(cover is not None for cover in parts):
                covers.append(set().union(*(cover for cover in parts if cover is not None)))
        return min(covers, key=lambda keys: sum(self._frequency[key] + 1 for key in keys), default=None)


def _keys_of(document: Document) -> set[str]:
    keys = {*document.words, *document.alternates}
    keys.update([_FILTER + term for term in document.filters])
    return keys


def _covers(node: Node, facts: _Owner) -> Iterable[set[str] | None]:
    """For a leaf: sets of keys of which each match has one of each set."""
    match node:
        case Word(term=term):
            return [{term}]
        case Tag():
            return [{node.term}]
        case Prefix(term=term):
            return [{_PREFIX + term}]
        case Phrase(terms=terms, prefix=prefix):
            whole = terms[:-1] if prefix else terms
            return [*({term} for term in whole), *([{_PREFIX + terms[-1]}] if prefix else [])]
        case Mention(name=name):
            account = facts.account(name)
            return [{node.term} if account is None else {node.term, f"{_FILTER}mentions:{account}"}]
        case And() | Or() | Not() | All():
            return []
    if not _has_filters(node):
        return []
    return [{_FILTER + term for term in filters(node, facts)}]  # type: ignore[arg-type]


def _has_filters(node: Node) -> bool:
    """Times, places and circles of people are no terms of a document."""
    return not isinstance(node, (Since, Until, In, Near, Geocode)) and not _is_later(node)


def _required(tree: Node, facts: _Owner) -> tuple[frozenset[str], bool]:
    """Keys that every match has, and whether having them all is enough."""
    if isinstance(tree, And):
        parts = [_required(part, facts) for part in tree.parts]
        return frozenset().union(*(keys for keys, _ in parts)), all(complete for _, complete in parts)
    keys = [cover for cover in _covers(tree, facts) if cover is not None and len(cover) == 1]
    exact = isinstance(tree, (Word, All)) or (
        len(keys) == 1 and not isinstance(tree, (Tag, Mention, Phrase, Prefix, Or, Not)))
    # A post's beginnings are looked up only in the lengths under which something is filed, so none is required.
    return frozenset(key for cover in keys for key in cover if key[0] != _PREFIX), exact


def why(tree: Node, document: Document, post: Searchable, facts: Facts) -> list[str]:
    """The parts of a query that a post fulfils, as people write them, in the order of the query; no negations."""
    said: dict[str, None] = {}

    def collect(node: Node) -> None:
        match node:
            case And(parts=parts) | Or(parts=parts):
                for part in parts:
                    collect(part)
            case Not() | All():
                return
            case _:
                if not _is_later(node) and matches(node, document, post, facts):
                    said[unparse(replace(node))] = None

    collect(tree)
    return list(said)
