"""Hashtags by themselves."""

from __future__ import annotations

from .database import Reader


async def beginning_with(reader: Reader, key: str, limit: int, offset: int = 0) -> list[str]:
    """Folded tags that begin with `key`, in order; only those that a public post carries.

    Walks the tags by leaping from one to the next, so the cost follows
    `limit` and not how often a tag is used.
    """
    found: list[str] = []
    if not key:
        return found
    at, above = key, ">="
    for _ in range(4 * (limit + offset)):
        tag = await reader.value(
            f"SELECT tag FROM post_tag WHERE tag {above} :at AND tag < :end ORDER BY tag LIMIT 1",
            at=at,
            end=key + "\U0010ffff",
        )
        if tag is None:
            break
        public = await reader.value(
            """SELECT 1 FROM post_tag t JOIN post p ON p.id = t.post_id
               WHERE t.tag = :tag AND p.visibility = 0 LIMIT 1""",
            tag=tag,
        )
        if public:
            found.append(tag)
        if len(found) >= limit + offset:
            break
        at, above = tag, ">"
    return found[offset:]
