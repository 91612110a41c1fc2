"""Does this post match this query? Decided from the document alone, plainly.

Both indexes must answer as this does: it is their oracle in the tests, and the percolator's judge.
"""

from __future__ import annotations

from typing import Protocol

from ..errors import NotYet
from .document import Document, Searchable
from .places import circle
from .query import (
    All,
    And,
    Attitude,
    Domain,
    From,
    Geocode,
    Has,
    In,
    Is,
    Kind,
    Language,
    Mention,
    MinCount,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Since,
    Source,
    Tag,
    To,
    Until,
    Verb,
    Word,
)


class Facts(Protocol):
    """What a query asks of the database rather than of the post. Answers are for the viewer who searches."""

    def account(self, name: str) -> int | None:
        """The account called `name` or `name@host`, or the viewer for `me`; None if there is none."""

    def count(self, post_id: int, what: str) -> int:
        """How many `replies`, `boosts` or `favourites` the post has."""

    def answered(self, post_id: int) -> bool:
        """Whether somebody other than its author has replied."""

    def place(self, post: Searchable) -> tuple[int, int] | None:
        """Where the post's author is, in hundredths of a degree; None when that is not known."""

    def within(self, scope: str, name: str | None, post: Searchable) -> bool:
        """Whether the post is in the scope `home`, `mine`, `saved`, or in the `set` or `list` called `name`."""


def matches(tree: Node, document: Document, post: Searchable, facts: Facts) -> bool:
    """Whether `post`, whose document is `document`, fulfils `tree`.

    Raises NotYet for what has no data yet (`query.not_yet` names it beforehand).
    """
    match tree:
        case All():
            return True
        case And(parts=parts):
            return all(matches(part, document, post, facts) for part in parts)
        case Or(parts=parts):
            return any(matches(part, document, post, facts) for part in parts)
        case Not(part=part):
            return not matches(part, document, post, facts)
        case Word(term=term):
            return term in document.words or term in document.alternates
        case Prefix(term=term):
            return any(word.startswith(term) for word in (*document.words, *document.alternates))
        case Phrase(terms=terms, prefix=prefix):
            return _has_phrase(document.words, terms, prefix)
        case Tag():
            return tree.term in document.words
        case Mention(name=name):
            account = facts.account(name)
            if account is None:
                return tree.term in document.words or tree.term in document.alternates
            return f"mentions:{account}" in document.filters or tree.term in document.words
        case MinCount(what=what, number=number):
            return facts.count(post.id, what) >= number
        case Is(what="unanswered"):
            return not facts.answered(post.id)
        case In(scope=scope, name=name):
            return facts.within(scope, name, post)
        case Near() | Geocode():
            return circle(tree).has(facts.place(post))
        case Since(moment=moment):
            return post.created_at >= moment
        case Until(moment=moment):
            return post.created_at < moment
        case _:
            return any(wanted in document.filters for wanted in filters(tree, facts))


def filters(tree: Node, facts: Facts) -> list[str]:
    """The filter terms of which one must be in a document that fulfils the operator `tree`; none: no post does."""
    match tree:
        case From(name=name):
            account = facts.account(name)
            return [] if account is None else [f"author:{account}"]
        case To(name=name):
            account = facts.account(name)
            return [] if account is None else [f"to:{account}"]
        case Language(code=code):
            return [f"lang:{code}"]
        case Source(name=name):
            return [f"source:{name}"]
        case Domain(host=host):
            return [f"domain:{host}"]
        case Kind(name=name):
            return [f"kind:{name}"]
        case Verb(name=name):
            return [f"verb:{name}"]
        case Has(thing=thing):
            return [f"has:{thing}"]
        case Is(what=what) if what != "unanswered":
            return [f"is:{what}"]
        case Attitude(mood=mood):
            return [f"attitude:{mood}"]
    raise NotYet(f"Nothing can be found by {tree.key or tree} yet.")


def _has_phrase(words: list[str], terms: tuple[str, ...], prefix: bool) -> bool:
    """Whether `terms` stand one after the other in `words`; the last of them by its beginning if `prefix`."""
    head, last = list(terms[:-1]), terms[-1]
    for at in range(len(words) - len(terms) + 1):
        final = words[at + len(head)]
        if words[at : at + len(head)] == head and (final.startswith(last) if prefix else final == last):
            return True
    return False
