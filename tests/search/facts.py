"""Facts for the oracle, told by hand."""

from __future__ import annotations

from dataclasses import dataclass, field

from harken.search.document import Searchable


@dataclass
class Told:
    """Facts as given; whatever is not given is unknown, zero or empty."""

    accounts: dict[str, int] = field(default_factory=dict)
    counts: dict[tuple[int, str], int] = field(default_factory=dict)
    scopes: dict[tuple[str, str | None], set[int]] = field(default_factory=dict)
    places: dict[int, tuple[int, int]] = field(default_factory=dict)

    def account(self, name: str) -> int | None:
        return self.accounts.get(name)

    def count(self, post_id: int, what: str) -> int:
        return self.counts.get((post_id, what), 0)

    def answered(self, post_id: int) -> bool:
        return self.count(post_id, "replies") > 0

    def place(self, post: Searchable) -> tuple[int, int] | None:
        return self.places.get(post.author_id)

    def within(self, scope: str, name: str | None, post: Searchable) -> bool:
        return post.id in self.scopes.get((scope, name), set())


NOBODY = Told()
