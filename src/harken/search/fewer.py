"""Fewer posts like this one: what a query could leave out after it heard something that does not matter."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from ..model.post import SeenPost
from . import search
from .analysis import fold, terms
from .query import And, Domain, From, Node, Not, Or, Phrase, Prefix, Tag, Word, unparse, walk

MAX_TAGS = MAX_HOSTS = 4
MAX_WORDS = 8
_SHORTEST = 3  # characters of a word that says something by itself


class Kind(enum.StrEnum):
    """What a choice leaves out."""

    AUTHOR = "author"
    TAG = "tag"
    HOST = "host"
    WORD = "word"


class Choice(msgspec.Struct, frozen=True):
    """One thing to leave out: `name` is for people, `query` is what is added."""

    kind: Kind
    name: str
    query: str


def choices(tree: Node, post: SeenPost, author: str, rarity: Mapping[str, float]) -> list[Choice]:
    """What sets `post`, by `author` (an address), apart from what `tree` asks for.

    Its author, tags, hosts of links, and words, the rarest first by `rarity`; nothing that the query names already,
    whether it wants it or leaves it out.
    """
    named = set(walk(tree))
    made: list[tuple[Kind, str, Node]] = [(Kind.AUTHOR, f"@{author}", From(author.lower()))]
    tags = dict.fromkeys(fold(tag) for tag in post.tags)
    made += [(Kind.TAG, f"#{tag}", Tag(tag)) for tag in list(tags)[:MAX_TAGS]]
    hosts = terms(post.text).hosts
    whole = [host for host in dict.fromkeys(hosts) if not any(other.endswith(f".{host}") for other in hosts)]
    made += [(Kind.HOST, host, Domain(host)) for host in whole[:MAX_HOSTS]]
    asked = _asked(named)
    words = [word for word in words_of(post) if word not in asked and word not in tags]
    words.sort(key=lambda word: -rarity.get(word, 0.0))
    made += [(Kind.WORD, word, Word(word)) for word in words[:MAX_WORDS]]
    return [Choice(kind, name, unparse(Not(node))) for kind, name, node in made if node not in named]


def words_of(post: SeenPost) -> list[str]:
    """The plain words of a post in its order: no names, tags, links, signs and numbers."""
    found = terms(post.text).words
    return [word for word in dict.fromkeys(found) if word.isalpha() and len(word) >= _SHORTEST]


def _asked(named: Iterable[Node]) -> set[str]:
    asked: set[str] = set()
    for node in named:
        match node:
            case Word(term=term) | Prefix(term=term):
                asked.add(term)
            case Phrase(terms=several):
                asked.update(several)
    return asked


def narrowed(query: str, left_out: Sequence[str], now: datetime, zone: ZoneInfo) -> str:
    """`query` without what `left_out` (queries of choices) names. Raises BadQuery, NotYet: it may grow too long."""
    tree = search.understood(query, now, zone).tree
    added = " ".join(dict.fromkeys(left_out))
    # OR binds looser than what stands side by side; the space keeps a bracket at the end of a word apart from ours.
    made = f"({query} ) {added}" if isinstance(tree, Or) else f"{query} {added}"
    parts = tree.parts if isinstance(tree, And) else (tree,)
    wanted = {*parts, *(search.understood(one, now, zone).tree for one in left_out)}
    understood = search.understood(made, now, zone).tree
    if isinstance(understood, And) and set(understood.parts) == wanted:
        return made
    return f"({unparse(tree)} ) {added}"
