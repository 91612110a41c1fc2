"""Why did this post come? The parts of a query that it fulfils, as people write them."""

from __future__ import annotations

from collections.abc import Sequence

from ..model.account import name_key
from ..model.post import SeenPost
from ..store import accounts, lists
from ..store.database import Reader
from .document import document
from .index import searchable
from .percolator import Context, names_in, why
from .query import Geocode, In, Near, Node, walk


async def reasons(reader: Reader, tree: Node, viewer: int, posts: Sequence[SeenPost]) -> dict[int, list[str]]:
    """For each of `posts`, by id, which parts of `tree` it fulfils for `viewer`: a constant number of statements."""
    names = {name: name_key(*name.split("@", 1)) for name in names_in(tree)}
    known = await accounts.ids_by_key(reader, names.values()) if names else {}
    known_names = {name: known.get(key) for name, key in names.items()}
    at_place = any(isinstance(node, (Near, Geocode)) for node in walk(tree))
    authors = {post.author_id for post in posts}
    places = await accounts.places(reader, authors) if at_place else {}
    at_list = any(isinstance(node, In) and node.scope in ("list", "set") for node in walk(tree))
    titles = await lists.titles_with(reader, [viewer], authors) if at_list else {}
    return {
        post.id: why(
            tree, document(searchable(post)), searchable(post),
            Context(
                known_names, viewer, follows_author=True, place=places.get(post.author_id),
                lists=titles.get((viewer, post.author_id), ())))
        for post in posts}
