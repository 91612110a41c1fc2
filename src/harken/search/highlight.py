"""Which characters of a text made a query find it."""

from __future__ import annotations

from collections.abc import Iterator

from .analysis import HAPPY, SAD, Word, analyse
from .query import And, Attitude, Domain, Mention, Node, Or, Phrase, Prefix, Tag
from .query import Word as WordNode


def spans(tree: Node, text: str) -> list[tuple[int, int]]:
    """The stretches of `text` to mark, in order and without overlap, as (start, end) character offsets.

    Only what a query asks for is marked, nothing that it excludes. Of an OR every part is, found or
    not in the rest of the query.
    """
    wanted = list(_positive(tree))
    if not wanted:
        return []
    words = analyse(text)
    found = sorted(span for node in wanted for span in _marks(node, words))
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and start <= merged[-1][1] and not text[merged[-1][1] : start]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _positive(tree: Node) -> Iterator[Node]:
    """The leaves of `tree` that are not excluded."""
    if isinstance(tree, (And, Or)):
        for part in tree.parts:
            yield from _positive(part)
    elif isinstance(tree, (WordNode, Prefix, Phrase, Tag, Mention, Attitude, Domain)):
        yield tree


def _marks(node: Node, words: list[Word]) -> Iterator[tuple[int, int]]:
    """Where `node` is found among `words`."""
    if isinstance(node, Phrase):
        head, last = node.terms[:-1], node.terms[-1]
        terms = [word.term for word in words]
        for at in range(len(words) - len(head)):
            final = terms[at + len(head)]
            if (final.startswith(last) if node.prefix else final == last) and tuple(terms[at : at + len(head)]) == head:
                yield words[at].start, words[at + len(head)].end
        return
    for word in words:
        if _is_marked(node, word):
            end = word.end
            if isinstance(node, Prefix) and len(node.term) == 1 and word.piece:
                end = word.start + 1  # one character was asked for, and a piece has two
            yield word.start, end


def _is_marked(node: Node, word: Word) -> bool:
    """Whether this one word makes a post fulfil `node`."""
    match node:
        case WordNode(term=term):
            return word.term == term or term in word.alternates
        case Prefix(term=term):
            return word.term.startswith(term) or any(alternate.startswith(term) for alternate in word.alternates)
        case Tag():
            return word.term == node.term
        case Mention():
            return word.term == node.term or node.term in word.alternates
        case Attitude(mood=mood):
            faces = HAPPY if mood == "happy" else SAD
            return word.term in faces or not faces.isdisjoint(word.alternates)
        case Domain(host=host):
            return host in word.alternates or (word.term == host and "." in host)
    return False
