"""Every timeline: newest first, visible to the viewer, paged by id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ..model.account import Account
from ..model.circle import PeopleSet
from ..model.list import List
from ..model.paging import Window
from ..model.post import Edition, SeenPost
from .database import Reader, Transaction
from .posts import visible_window, whole
from .visibility import COLUMNS, EDITION, HOME, IN_SET, LISTED, SEEN, SEEN_FROM, not_muted

# Whom the viewer follows of those whose posts are not stored in home timelines.
_MERGED = """SELECT m.account_id FROM merged_author m JOIN follow f ON f.followed_id = m.account_id
    WHERE f.follower_id = :viewer AND f.accepted = 1"""


async def home(
    reader: Reader, viewer: int, window: Window, now: datetime, rule: str = HOME
) -> list[SeenPost]:
    """The viewer's home timeline; by a stricter `rule` than HOME, a part of it.

    The stored entries are a superset of the newest part of those one follows;
    the rule HOME is applied on reading, so an unfollow, mute or block works at
    once. Below the floor, where entries were trimmed away, the facts answer.
    Authors with very many followers and tags are not stored and merged here.
    """
    ((floor, any_merged, any_tags),) = await reader.rows(
        f"""SELECT coalesce((SELECT floor_id FROM home WHERE owner_id = :viewer), 0), EXISTS ({_MERGED}),
            EXISTS (SELECT 1 FROM followed_tag WHERE account_id = :viewer)""",
        viewer=viewer,
    )
    merged = await reader.values(_MERGED, viewer=viewer) if any_merged else []
    tags = await followed_tags(reader, viewer) if any_tags else []
    if window.from_bottom and window.after < floor:
        rows = await _home_from_facts(reader, viewer, tags, window, now, rule)
        return window.arranged(rows)
    stored = Window(
        limit=window.limit, before=window.before, after=max(window.after, floor), from_bottom=window.from_bottom
    )
    found = await reader.all(
        Edition,
        f"""SELECT {EDITION} FROM timeline t JOIN {SEEN_FROM.replace("post p", "post p ON p.id = t.post_id", 1)}
            WHERE t.owner_id = :viewer AND t.post_id < :before AND t.post_id > :after AND {rule}
            ORDER BY t.post_id {window.order} LIMIT :limit""",
        viewer=viewer,
        before=stored.before,
        after=stored.after,
        limit=stored.limit,
        now=now,
    )
    rows = await whole(reader, found)
    if merged or tags:
        more = await home_of_authors(reader, viewer, merged, stored, now, tags, rule)
        rows = sorted({p.id: p for p in (*rows, *more)}.values(), key=lambda p: p.id, reverse=not window.from_bottom)
        rows = rows[: window.limit]
    if len(rows) < window.limit and floor and window.after < floor and not window.from_bottom:
        rest = Window(limit=window.limit - len(rows), before=min(window.before, floor + 1), after=window.after)
        rows += await _home_from_facts(reader, viewer, tags, rest, now, rule)
    return window.arranged(rows)


async def followed_tags(reader: Reader, viewer: int) -> list[str]:
    """The folded tags whose posts the viewer reads at home."""
    return await reader.values("SELECT tag FROM followed_tag WHERE account_id = :viewer", viewer=viewer)


async def _home_from_facts(
    reader: Reader, viewer: int, tags: Sequence[str], window: Window, now: datetime, rule: str
) -> list[SeenPost]:
    authors = await reader.values(
        "SELECT followed_id FROM follow WHERE follower_id = :viewer AND accepted = 1", viewer=viewer
    )
    return await home_of_authors(reader, viewer, [viewer, *authors], window, now, tags, rule)


async def in_home(reader: Reader, viewer: int, post_id: int, now: datetime) -> bool:
    """Whether a post is in the viewer's home, by the rule."""
    return bool(
        await reader.value(
            f"SELECT 1 FROM {SEEN_FROM} WHERE p.id = :id AND {HOME}", id=post_id, viewer=viewer, now=now
        )
    )


class _Candidate(msgspec.Struct, frozen=True):
    id: int


async def home_of_authors(
    reader: Reader, viewer: int, authors: Sequence[int], window: Window, now: datetime, tags: Sequence[str] = (),
    rule: str = HOME,
) -> list[SeenPost]:
    """What these authors and tags bring to the viewer's home, from the facts, in the window's order."""
    return await _walk(reader, viewer, authors, tags, window, rule, now)


async def of_list(reader: Reader, kept: List, window: Window, now: datetime) -> list[SeenPost]:
    """What a list's owner reads in it."""
    members = await reader.values("SELECT account_id FROM list_member WHERE list_id = :list", list=kept.id)
    rows = await _walk(reader, kept.owner_id, members, (), window, LISTED, now, list=kept.id, replies=kept.replies)
    return window.arranged(rows)


async def of_set(reader: Reader, kept: PeopleSet, window: Window, now: datetime) -> list[SeenPost]:
    """What the people of a set say to its owner."""
    members = await reader.values("SELECT account_id FROM people_set_member WHERE set_id = :set", set=kept.id)
    return window.arranged(await _walk(reader, kept.owner_id, members, (), window, IN_SET, now, set=kept.id))


async def in_list(reader: Reader, kept: List, post_id: int, now: datetime) -> bool:
    """Whether a post is in the timeline of a list, by the rule."""
    return bool(
        await reader.value(
            f"SELECT 1 FROM {SEEN_FROM} WHERE p.id = :id AND {LISTED}",
            id=post_id, viewer=kept.owner_id, now=now, list=kept.id, replies=kept.replies,
        )
    )


async def _walk(
    reader: Reader, viewer: int, authors: Sequence[int], tags: Sequence[str], window: Window, rule: str,
    now: datetime, **values: object,
) -> list[SeenPost]:
    """What fulfils `rule` among the posts of `authors` and those with `tags`, in the window's order.

    Takes the next candidates of all together, each found by walking the
    author's or the tag's own posts, so the cost follows the number of those
    and the limit and not their history; then applies the rule, and goes on if
    too few were left.
    """
    walks: list[str] = []
    given: dict[str, object] = {}
    if authors:
        walks.append("""SELECT c.id FROM json_each(:ids) JOIN post c ON c.id IN (
            SELECT id FROM post WHERE author_id = value AND id < :before AND id > :after
            ORDER BY id {0} LIMIT :most)""")
        given["ids"] = list(authors)
    if tags:
        walks.append("""SELECT c.id FROM json_each(:tag_texts) JOIN post c ON c.id IN (SELECT post_id FROM post_tag
            WHERE tag = value AND post_id < :before AND post_id > :after ORDER BY post_id {0} LIMIT :most)""")
        given["tag_texts"] = list(tags)
    rows: list[SeenPost] = []
    before, after = window.before, window.after
    most = 2 * window.limit
    while walks and len(rows) < window.limit:
        candidates = await reader.patient(
            _Candidate,
            f"""SELECT DISTINCT id FROM ({" UNION ALL ".join(walks).format(window.order)}) found
                ORDER BY id {window.order} LIMIT :most""",
            **given,
            before=before,
            after=after,
            most=most,
        )
        if not candidates:
            break
        found = await reader.all(
            Edition,
            f"""SELECT {EDITION} FROM {SEEN_FROM} WHERE p.id IN (SELECT value FROM json_each(:ids)) AND {rule}
                ORDER BY p.id {window.order} LIMIT :limit""",
            **values,
            viewer=viewer,
            ids=[c.id for c in candidates],
            limit=window.limit - len(rows),
            now=now,
        )
        rows += await whole(reader, found)
        if len(candidates) < most:
            break
        if window.from_bottom:
            after = candidates[-1].id
        else:
            before = candidates[-1].id
    return rows


async def wanting_at_home(reader: Reader, author: int, post_id: int, viewers: Sequence[int]) -> list[int]:
    """Those of `viewers` who may have a post at home: the author, those who follow the author or one of its tags."""
    return await reader.values(
        """SELECT follower_id FROM follow WHERE followed_id = :author AND accepted = 1
             AND follower_id IN (SELECT value FROM json_each(:ids))
           UNION SELECT f.account_id FROM post_tag t JOIN followed_tag f ON f.tag = t.tag
             WHERE t.post_id = :post AND f.account_id IN (SELECT value FROM json_each(:ids))
           UNION SELECT value FROM json_each(:ids) WHERE value = :author""",
        author=author,
        post=post_id,
        ids=list(viewers),
    )


async def followers_among(reader: Reader, author: int, viewers: Sequence[int]) -> list[int]:
    """Those of `viewers` who follow `author` or are the author."""
    return await reader.values(
        """SELECT follower_id FROM follow WHERE followed_id = :author AND accepted = 1
             AND follower_id IN (SELECT value FROM json_each(:ids))
           UNION SELECT value FROM json_each(:ids) WHERE value = :author""",
        author=author,
        ids=list(viewers),
    )


_WITH_MEDIA = "AND p.media <> '[]'"


async def public(
    reader: Reader, viewer: int, window: Window, now: datetime, only_media: bool = False
) -> list[SeenPost]:
    """Public posts of this server that are not replies to others: what a visitor sees first."""
    return await visible_window(
        reader,
        f"""{SEEN_FROM} WHERE p.visibility = 0 AND p.boost_of_id IS NULL AND a.domain = '' AND a.state <> 2
            AND (p.in_reply_to_account_id IS NULL OR p.in_reply_to_account_id = p.author_id)
            AND p.in_reply_to_uri IS NULL AND {not_muted("p.author_id")} {_WITH_MEDIA if only_media else ""}""",
        viewer,
        window,
        now,
    )


async def of_account(
    reader: Reader,
    account_id: int,
    viewer: int,
    window: Window,
    now: datetime,
    replies: bool = True,
    boosts: bool = True,
    only_media: bool = False,
    tag: str = "",
) -> list[SeenPost]:
    """One account's posts: everything, without replies to others, without boosts, or those with media."""
    where = "p.author_id = :account_id"
    if not replies:
        where += """ AND (p.in_reply_to_account_id IS NULL OR p.in_reply_to_account_id = p.author_id)
            AND (p.in_reply_to_uri IS NULL OR p.in_reply_to_account_id = p.author_id)"""
    if not boosts:
        where += " AND p.boost_of_id IS NULL"
    if only_media:
        where += " AND p.media <> '[]'"
    if tag:
        where += " AND EXISTS (SELECT 1 FROM post_tag WHERE post_id = p.id AND tag = :tag)"
    return await visible_window(
        reader, f"{SEEN_FROM} WHERE {where}", viewer, window, now, account_id=account_id, tag=tag
    )


async def newest_of(reader: Reader, account_ids: Sequence[int], viewer: int) -> dict[int, SeenPost]:
    """The last public post of each of these accounts, by author, where the viewer may see it: one statement."""
    if not account_ids:
        return {}
    found = await reader.all(
        Edition,
        f"""SELECT {EDITION} FROM {SEEN_FROM} WHERE {SEEN} AND p.id IN (SELECT (
              SELECT x.id FROM post x WHERE x.author_id = value AND x.visibility = 0 AND x.boost_of_id IS NULL
              ORDER BY x.id DESC LIMIT 1) FROM json_each(:ids))""",
        ids=list(account_ids), viewer=viewer)
    return {post.author_id: post for post in await whole(reader, found)}


async def pinned(reader: Reader, account_id: int, viewer: int, now: datetime) -> list[SeenPost]:
    """The posts an account has pinned to its profile, last pinned first."""
    return await visible_window(
        reader,
        f"{SEEN_FROM} JOIN pin ON pin.post_id = p.id WHERE pin.account_id = :account_id",
        viewer,
        Window(limit=40),
        now,
        order_by="pin.id",
        account_id=account_id,
    )


async def tag(
    reader: Reader,
    key: str,
    viewer: int,
    window: Window,
    now: datetime,
    also: Sequence[str] = (),
    required: Sequence[str] = (),
    excluded: Sequence[str] = (),
    only_media: bool = False,
) -> list[SeenPost]:
    """Public posts with a tag or one `also` asked for, with all `required` and none `excluded` (keys are folded)."""
    tagged = "post_tag t"
    if also:
        # The line break keeps this WHERE from being taken for that of the page (posts.visible_window).
        tagged = """(SELECT DISTINCT post_id FROM post_tag WHERE
            tag IN (SELECT value FROM json_each(:also_texts))) t"""
    having = "SELECT count(*) FROM post_tag x WHERE x.post_id = p.id AND x.tag IN (SELECT value FROM json_each"
    values: dict[str, object] = {"also_texts": [key, *also]} if also else {"tag": key}
    where = _WITH_MEDIA if only_media else ""
    if required:
        where += f" AND ({having}(:required_texts))) = :required_count"
        values |= {"required_texts": sorted(set(required)), "required_count": len(set(required))}
    if excluded:
        where += f" AND ({having}(:excluded_texts))) = 0"
        values |= {"excluded_texts": list(excluded)}
    return await visible_window(
        reader,
        f"""{tagged} JOIN {SEEN_FROM.replace("post p", "post p ON p.id = t.post_id", 1)}
            WHERE {"" if also else "t.tag = :tag AND "}p.visibility = 0 AND a.state <> 2
            AND {not_muted("p.author_id")} {where}""",
        viewer,
        window,
        now,
        order_by="t.post_id",
        **values,
    )


async def quotes(reader: Reader, quoted_id: int, viewer: int, window: Window, now: datetime) -> list[SeenPost]:
    """Posts that quote one, as far as the viewer may see them."""
    return await visible_window(
        reader, f"{SEEN_FROM} WHERE p.quote_of_id = :quoted AND p.quote_state = 2", viewer, window, now,
        quoted=quoted_id)


async def replies_to(reader: Reader, viewer: Account, window: Window, now: datetime) -> list[SeenPost]:
    """What answers the viewer, or begins with their @name, of those posts that they were told of; no direct ones."""
    return await visible_window(
        reader,
        f"""notification n JOIN {SEEN_FROM.replace("post p", "post p ON p.id = n.post_id", 1)}
            WHERE n.owner_id = :viewer AND n.kind = 'mention' AND p.visibility < 4 AND {not_muted("p.author_id")}
            AND (p.in_reply_to_account_id = :viewer OR lower(substr(p.text, 1, :length)) = :name)""",
        viewer.id, window, now, order_by="n.post_id",
        length=len(viewer.username) + 1, name=f"@{viewer.username.lower()}")


class _Kept(SeenPost, frozen=True, kw_only=True):
    """A post with the id of the favourite or bookmark that keeps it."""

    kept_id: int


async def favourites(reader: Reader, viewer: int, window: Window, now: datetime) -> tuple[list[SeenPost], list[int]]:
    """What the viewer favourited, last first, and the ids that page it."""
    return await _kept(reader, "favourite", viewer, window)


async def bookmarks(
    reader: Reader, viewer: int, window: Window, now: datetime, tag: str = ""
) -> tuple[list[SeenPost], list[int]]:
    """What the viewer bookmarked, or sorted under the key `tag`, last first, and the ids that page it."""
    if not tag:
        return await _kept(reader, "bookmark", viewer, window)
    return await _kept(
        reader, "bookmark", viewer, window,
        """AND EXISTS (SELECT 1 FROM bookmark_tag t
           WHERE t.account_id = :viewer AND t.tag = :tag AND t.post_id = k.post_id)""", tag=tag)


async def _kept(
    reader: Reader, table: str, viewer: int, window: Window, more: str = "", **values: str
) -> tuple[list[SeenPost], list[int]]:
    rows = await reader.all(
        _Kept,
        f"""SELECT {COLUMNS}, k.id AS kept_id FROM {table} k
            JOIN {SEEN_FROM.replace("post p", "post p ON p.id = k.post_id", 1)}
            WHERE k.account_id = :viewer AND {SEEN} {more} AND k.id < :before AND k.id > :after
            ORDER BY k.id {window.order} LIMIT :limit""",
        viewer=viewer,
        before=window.before,
        after=window.after,
        limit=window.limit,
        **values,
    )
    rows = window.arranged(rows)
    return list(rows), [row.kept_id for row in rows]


# ---- what the consumer `timelines` writes -----------------------------------


# Homes are kept for members: nobody reads those of authors that came by import.
_MAY_REACH = """(p.visibility < 3 OR p.author_id = :owner OR EXISTS (
    SELECT 1 FROM recipient WHERE post_id = p.id AND account_id = :owner))"""


async def is_reader(reader: Reader, owner: int) -> bool:
    """Whether somebody signs in as `owner`."""
    return bool(await reader.value("SELECT 1 FROM member WHERE account_id = :owner", owner=owner))


async def all_readers(reader: Reader) -> list[int]:
    """Everybody who has a home."""
    return await reader.values("SELECT account_id FROM member ORDER BY account_id")


async def authors_with_readers(reader: Reader, authors: Sequence[int]) -> set[int]:
    """Those of `authors` who are members or whom members follow."""
    return set(
        await reader.values(
            """SELECT value FROM json_each(:ids) WHERE value IN (SELECT account_id FROM member)
               OR EXISTS (SELECT 1 FROM follow f JOIN member m ON m.account_id = f.follower_id
                          WHERE f.followed_id = value AND f.accepted = 1)""",
            ids=sorted(set(authors)),
        )
    )


async def home_authors(reader: Reader, owner: int) -> list[int]:
    """Oneself and those one follows: whose posts a home holds."""
    return [
        owner,
        *await reader.values(
            "SELECT followed_id FROM follow WHERE follower_id = :owner AND accepted = 1 ORDER BY id", owner=owner
        ),
    ]


async def own_home(reader: Reader, author: int, post_id: int) -> list[tuple[int, int, int]]:
    """The entry of a post in its author's own home, if somebody reads it."""
    return [(author, post_id, author)] if await is_reader(reader, author) else []


async def readers_of(reader: Reader, author: int, post_id: int, above: int, limit: int) -> list[int]:
    """Members who follow `author` and may be meant by the post, by id, from above `above` on."""
    return await reader.values(
        """SELECT f.follower_id FROM follow f JOIN member m ON m.account_id = f.follower_id
           JOIN post p ON p.id = :post_id
           WHERE f.followed_id = :author AND f.accepted = 1 AND f.follower_id > :above
             AND (p.visibility < 3 OR EXISTS (
               SELECT 1 FROM recipient WHERE post_id = p.id AND account_id = f.follower_id))
           ORDER BY f.follower_id LIMIT :limit""",
        author=author,
        post_id=post_id,
        above=above,
        limit=limit,
    )


async def add_entries(tx: Transaction, entries: Sequence[tuple[int, int, int]]) -> None:
    """Add (owner, post, author) to home timelines; those below an owner's floor are left to the facts."""
    await tx.execute_many(
        """INSERT INTO timeline (owner_id, post_id, author_id) SELECT :owner, :post, :author
           WHERE :post > coalesce((SELECT floor_id FROM home WHERE owner_id = :owner), 0) ON CONFLICT DO NOTHING""",
        [{"owner": owner, "post": post, "author": author} for owner, post, author in entries],
    )


async def backfill(tx: Transaction, owner: int, author: int, below: int, limit: int) -> int | None:
    """Add up to `limit` earlier posts of `author`, newest first; the id to go on below, or None when done."""
    ids = await tx.values(
        f"""SELECT p.id FROM post p WHERE p.author_id = :author AND p.id < :below
            AND p.id > coalesce((SELECT floor_id FROM home WHERE owner_id = :owner), 0) AND {_MAY_REACH}
            ORDER BY p.id DESC LIMIT :limit""",
        author=author,
        below=below,
        owner=owner,
        limit=limit,
    )
    await add_entries(tx, [(owner, post_id, author) for post_id in ids])
    return int(ids[-1]) if len(ids) == limit else None


async def trim(tx: Transaction, owner: int, keep: int, slack: int) -> None:
    """Keep the newest `keep` entries once there are `slack` more; the floor says where the facts take over."""
    cut = await tx.value(
        "SELECT post_id FROM timeline WHERE owner_id = :owner ORDER BY post_id DESC LIMIT 1 OFFSET :keep",
        owner=owner,
        keep=keep + slack,
    )
    if cut is None:
        return
    floor = await tx.value(
        "SELECT post_id FROM timeline WHERE owner_id = :owner ORDER BY post_id DESC LIMIT 1 OFFSET :keep",
        owner=owner,
        keep=keep,
    )
    await tx.execute("DELETE FROM timeline WHERE owner_id = :owner AND post_id <= :floor", owner=owner, floor=floor)
    await tx.execute(
        """INSERT INTO home (owner_id, floor_id) VALUES (:owner, :floor)
           ON CONFLICT (owner_id) DO UPDATE SET floor_id = :floor""",
        owner=owner,
        floor=floor,
    )


async def remove_author(tx: Transaction, owner: int, author: int, limit: int) -> int:
    """Take up to `limit` of an author's entries out of a home timeline; how many were."""
    return await tx.execute(
        """DELETE FROM timeline WHERE owner_id = :owner AND post_id IN (
             SELECT post_id FROM timeline WHERE owner_id = :owner AND author_id = :author LIMIT :limit)""",
        owner=owner,
        author=author,
        limit=limit,
    )


async def remove_post(tx: Transaction, post_id: int, limit: int) -> int:
    """Take a post out of up to `limit` home timelines; how many were."""
    return await tx.execute(
        """DELETE FROM timeline WHERE post_id = :post_id AND owner_id IN (
             SELECT owner_id FROM timeline WHERE post_id = :post_id LIMIT :limit)""",
        post_id=post_id,
        limit=limit,
    )


async def remove_owner(tx: Transaction, owner: int, limit: int) -> int:
    """Take up to `limit` entries out of the home of somebody who is gone; how many were."""
    return await tx.execute(
        """DELETE FROM timeline WHERE owner_id = :owner AND post_id IN (
             SELECT post_id FROM timeline WHERE owner_id = :owner LIMIT :limit)""",
        owner=owner,
        limit=limit,
    )
