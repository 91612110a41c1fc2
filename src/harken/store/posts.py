"""Posts. What begins with `visible_` has checked the viewer; routes reach posts no other way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import msgspec

from ..errors import NotFound
from ..ids import AccountId, PostId
from ..model.bundle import Bundle
from ..model.paging import Window
from ..model.post import AnswerPolicy, Edit, Edition, Post, QuotePolicy, QuoteState, SeenPost
from . import accounts, files, gatherings, media, polls, previews, quotes
from .database import Reader, Transaction
from .visibility import COLUMNS, EDITION, JUDGED, SEEN, SEEN_FROM

MAX_KEPT = 5_000  # posts in memory, 2 KB each
MAX_CONVERSATION = 4096  # posts of one conversation page; Mastodon's number


async def find(reader: Reader, post_id: int) -> Post | None:
    """The post, unchecked: for actions and consumers only."""
    return await reader.find(Post, "SELECT * FROM post WHERE id = :id", id=post_id)


async def by_ids(reader: Reader, ids: Sequence[int]) -> dict[int, Post]:
    """Posts by id, unchecked: for actions and consumers only."""
    found = await reader.all(Post, "SELECT * FROM post WHERE id IN (SELECT value FROM json_each(:ids))", ids=list(ids))
    return {post.id: post for post in found}


async def newest_ids(reader: Reader, limit: int) -> list[int]:
    """The last posts (no boosts), unchecked: for learning what is usual."""
    return await reader.values(
        "SELECT id FROM post WHERE boost_of_id IS NULL ORDER BY id DESC LIMIT :limit", limit=limit
    )


async def visible(reader: Reader, post_id: int, viewer: int) -> SeenPost:
    """The post as `viewer` may see it. Raises NotFound, also when it is hidden from them."""
    post = await reader.find(
        SeenPost, f"SELECT {COLUMNS} FROM {SEEN_FROM} WHERE p.id = :id AND {SEEN}", id=post_id, viewer=viewer
    )
    if post is None:
        raise NotFound("There is no such post, or you cannot see it.")
    return post


async def visible_by_ids(reader: Reader, ids: Iterable[int], viewer: int) -> dict[int, SeenPost]:
    """Those of `ids` that `viewer` may see, by id."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    found = await reader.all(
        Edition,
        f"SELECT {EDITION} FROM {SEEN_FROM} WHERE p.id IN (SELECT value FROM json_each(:ids)) AND {SEEN}",
        ids=wanted,
        viewer=viewer,
    )
    return {post.id: post for post in await whole(reader, found)}


async def whole(reader: Reader, editions: Sequence[Edition]) -> list[SeenPost]:
    """The posts of these editions, in order: one statement, or none if this process has read all of them before.

    Whoever asks has asked for what the viewer may see. What is gone since then is left out.
    """
    kept = {} if reader.kept_posts is None else reader.kept_posts
    missing = {one.id for one in editions if one not in kept}
    if not missing:
        return [kept[one] for one in editions]
    read = await by_ids(reader, sorted(missing))
    for one in editions:
        if one.id in read:
            kept[one] = _seen(read[one.id], one)
    found = [kept[one] for one in editions if one in kept]
    while len(kept) > MAX_KEPT:
        del kept[next(iter(kept))]
    return found


def _seen(post: Post, edition: Edition) -> SeenPost:
    known = {name: getattr(post, name) for name in post.__struct_fields__}
    about = {name: getattr(edition, name) for name in edition.__struct_fields__ if name != "version"}
    return SeenPost(**known | about)


async def judged_by_ids(reader: Reader, ids: Iterable[int], viewer: int) -> dict[int, SeenPost]:
    """Those of the reported posts `ids` that are still there, by id, if `viewer` judges reports."""
    found = await reader.all(
        SeenPost,
        f"SELECT {COLUMNS} FROM {SEEN_FROM} WHERE p.id IN (SELECT value FROM json_each(:ids)) AND {JUDGED}",
        ids=sorted(set(ids)),
        viewer=viewer,
    )
    return {post.id: post for post in found}


async def bundle(reader: Reader, posts: list[SeenPost], viewer: int, also: Iterable[int] = ()) -> Bundle:
    """Load what is needed to show `posts`: two statements, whatever their number.

    `also` are accounts that are shown beside them. One more if any carries media, two if there are polls, up to four
    if there are quotes, one if there are links, one if there are events, one if
    there are files.
    """
    others = await visible_by_ids(reader, [p.boost_of_id for p in posts if p.boost_of_id], viewer)
    shown = [p for p in posts if p.boost_of_id is None or p.boost_of_id in others]
    quoted = quoted_ids([*shown, *others.values()])
    others |= await visible_by_ids(reader, quoted - others.keys(), viewer)
    everything = [*shown, *others.values()]
    people = {*also, viewer} if viewer else {*also}  # the viewer's row tells the version of their filters
    for post in everything:
        people.add(post.author_id)
        people.update(post.mentions)
        if post.in_reply_to_account_id:
            people.add(post.in_reply_to_account_id)
    deeper = quoted_ids([others[i] for i in quoted if i in others])
    carried = [media_id for post in everything for media_id in post.media]
    known = await accounts.by_ids(reader, people)
    # Moderators have said of some authors that whatever media they post is sensitive.
    if covered := {account.id for account in known.values() if account.sensitized and account.id != viewer}:
        shown = [_covered(post, covered) for post in shown]
        others = {post_id: _covered(post, covered) for post_id, post in others.items()}
    return Bundle(
        posts=shown,
        others=others,
        accounts=known,
        media=await media.by_ids(reader, carried) if carried else {},
        polls=await polls.of_posts(reader, [post.id for post in everything if post.kind == "poll"], viewer),
        gatherings=await gatherings.of_posts(reader, [post.id for post in everything if post.kind == "event"], viewer),
        files=await files.of_posts(reader, [post.id for post in everything if post.kind == "file"]),
        previews=await previews.of_links(reader, {post.link for post in everything if post.link}),
        quotable=frozenset(await visible_by_ids(reader, deeper, viewer)) if deeper else frozenset(),
        muted=await quotes.muted_among(reader, viewer, {others[i].author_id for i in quoted if i in others}),
        followed=await quotes.followed_among(
            reader, viewer, {p.author_id for p in everything if p.quote_policy is QuotePolicy.FOLLOWERS}
        ),
    )


def _covered(post: SeenPost, authors: Collection[int]) -> SeenPost:
    """The post, its media sensitive if it is by one of `authors`."""
    return msgspec.structs.replace(post, sensitive=True) if post.media and post.author_id in authors else post


def quoted_ids(posts: Iterable[Post]) -> set[int]:
    """What these posts quote, and still may."""
    return {p.quote_of_id for p in posts if p.quote_of_id and p.quote_state is QuoteState.ACCEPTED}


async def visible_conversation(reader: Reader, post: SeenPost, viewer: int) -> list[SeenPost]:
    """Every post of the conversation that `viewer` may see, oldest first, at most MAX_CONVERSATION.

    A larger one gives the ancestors of `post` and those posts around it that
    come after it, which is what a reader of that page looks for.
    """
    select = f"""SELECT {EDITION} FROM {SEEN_FROM}
        WHERE p.conversation_id = :conversation AND p.boost_of_id IS NULL AND {SEEN}"""
    after = await reader.patient(
        Edition,
        f"{select} AND p.id >= :id ORDER BY p.id LIMIT :limit",
        conversation=post.conversation_id,
        id=post.id,
        viewer=viewer,
        limit=MAX_CONVERSATION,
    )
    before = await reader.patient(
        Edition,
        f"{select} AND p.id < :id ORDER BY p.id DESC LIMIT :limit",
        conversation=post.conversation_id,
        id=post.id,
        viewer=viewer,
        limit=MAX_CONVERSATION - min(len(after), 2048),
    )
    return await whole(reader, before[::-1] + after)


async def edits(reader: Reader, post_id: int) -> list[Edit]:
    """Earlier versions of a post that the viewer has been shown, oldest first."""
    return await reader.all(Edit, "SELECT * FROM post_edit WHERE post_id = :id ORDER BY id", id=post_id)


async def insert(tx: Transaction, post: Post, recipients: Iterable[int] = (), tag_keys: Iterable[str] = ()) -> None:
    """Store a post with its mentions, recipients and tags."""
    await tx.execute(
        """INSERT INTO post (id, author_id, kind, verb, text, html, spoiler, sensitive, visibility, language,
              created_at, edited_at, in_reply_to_id, in_reply_to_account_id, in_reply_to_uri, conversation_id,
              boost_of_id, source, source_url, uri, url, mentions, tags, media, carries, history,
              quote_policy, quote_of_id, quote_state, link, answers, about, desk_id, desk_name)
           VALUES (:id, :author_id, :kind, :verb, :text, :html, :spoiler, :sensitive, :visibility, :language,
              :created_at, :edited_at, :in_reply_to_id, :in_reply_to_account_id, :in_reply_to_uri, :conversation_id,
              :boost_of_id, :source, :source_url, :uri, :url, :mentions, :tags, :media, :carries, :history,
              :quote_policy, :quote_of_id, :quote_state, :link, :answers, :about, :desk_id, :desk_name)""",
        **row(post),
    )
    await add_mentions(tx, post.id, post.mentions)
    await add_recipients(tx, post.id, recipients)
    await add_tags(tx, post.id, tag_keys)


def row(post: Post) -> dict[str, object]:
    """The post as parameters of an INSERT."""
    values = {name: getattr(post, name) for name in Post.__struct_fields__}
    for name in ("mentions", "tags", "media", "carries"):
        values[name] = msgspec.json.encode(values[name]).decode() if values[name] else "[]"
    return values


async def add_mentions(tx: Transaction, post_id: PostId, ids: Iterable[int]) -> None:
    if rows := [{"post_id": post_id, "account_id": account_id} for account_id in set(ids)]:
        await tx.execute_many(
            "INSERT INTO mention (post_id, account_id) VALUES (:post_id, :account_id) ON CONFLICT DO NOTHING", rows
        )


async def add_recipients(tx: Transaction, post_id: PostId, ids: Iterable[int]) -> None:
    if rows := [{"post_id": post_id, "account_id": account_id} for account_id in set(ids)]:
        await tx.execute_many(
            "INSERT INTO recipient (post_id, account_id) VALUES (:post_id, :account_id) ON CONFLICT DO NOTHING", rows
        )


async def add_tags(tx: Transaction, post_id: PostId, keys: Iterable[str]) -> None:
    if rows := [{"post_id": post_id, "tag": key} for key in set(keys)]:
        await tx.execute_many(
            "INSERT INTO post_tag (tag, post_id) VALUES (:tag, :post_id) ON CONFLICT DO NOTHING", rows
        )


async def replace_text(
    tx: Transaction, old: Post, new: Post, edit_id: int, tag_keys: Iterable[str], options: Iterable[str] = (),
    alts: Iterable[str] = (),
) -> None:
    """Keep the old version and store the new one; recipients only grow.

    `options` are those of its poll, `alts` describe its media as they were then.
    """
    await tx.execute(
        """INSERT INTO post_edit (id, post_id, text, html, spoiler, sensitive, created_at, poll, media, alts)
           VALUES (:edit_id, :post_id, :text, :html, :spoiler, :sensitive, :at, :poll, :media, :alts)""",
        media=row(old)["media"],
        alts=msgspec.json.encode(list(alts)).decode(),
        edit_id=edit_id,
        post_id=old.id,
        text=old.text,
        html=old.html,
        spoiler=old.spoiler,
        sensitive=old.sensitive,
        at=old.edited_at or old.created_at,
        poll=msgspec.json.encode(list(options)).decode(),
    )
    await tx.execute(
        """UPDATE post SET text = :text, html = :html, spoiler = :spoiler, sensitive = :sensitive, kind = :kind,
              language = :language, edited_at = :edited_at, mentions = :mentions, tags = :tags, media = :media,
              carries = :carries, link = :link, verb = :verb, version = version + 1 WHERE id = :id""",
        **{
            name: value
            for name, value in row(new).items()
            if name in (
                "id", "text", "html", "spoiler", "sensitive", "kind", "language", "edited_at", "mentions", "tags",
                "media", "carries", "link", "verb")
        },
    )
    await tx.execute("DELETE FROM post_tag WHERE post_id = :id", id=old.id)
    await add_tags(tx, old.id, tag_keys)
    await tx.execute("DELETE FROM mention WHERE post_id = :id", id=old.id)
    await add_mentions(tx, old.id, new.mentions)


async def set_about(tx: Transaction, post_id: PostId, about: str) -> None:
    """What it is found by beside its text, from now on."""
    await tx.execute("UPDATE post SET about = :about, version = version + 1 WHERE id = :id", id=post_id, about=about)


async def set_answers(tx: Transaction, post_id: PostId, policy: AnswerPolicy) -> None:
    """Who may answer, from now on."""
    await tx.execute(
        "UPDATE post SET answers = :policy, version = version + 1 WHERE id = :id", id=post_id, policy=policy)


async def erase(tx: Transaction, post: Post, now: datetime) -> None:
    """Remove a post and all that hangs on it, boosts of it excepted; leave a tombstone."""
    for table in (
        "post_stats",
        "post_edit",
        "post_tag",
        "mention",
        "recipient",
        "post_set",
        "favourite",
        "bookmark",
        "bookmark_tag",
        "rating",
        "pin",
        "imported",
        "orphan",
        "poll",
        "poll_option",
        "vote",
        "forward",
        "gathering",
        "gathering_news",
        "rsvp",
        "reminder",
        "desk_draft",
    ):
        await tx.execute(f"DELETE FROM {table} WHERE post_id = :id", id=post.id)
    # Replies stay where they are in the conversation; their parent is gone.
    await tx.execute(
        """UPDATE post SET in_reply_to_id = NULL, in_reply_to_uri = :uri, version = version + 1
           WHERE in_reply_to_id = :id""",
        id=post.id,
        uri=post.uri,
    )
    await quotes.mark_deleted(tx, post.id)
    await tx.execute("DELETE FROM post WHERE id = :id", id=post.id)
    await media.doom_of_post(tx, post.id)
    await files.doom_of_post(tx, post.id)
    await bury(tx, post.uri, post.id, "post", now)


async def bury(tx: Transaction, uri: str, identifier: int, kind: str, now: datetime) -> None:
    """Leave a tombstone: id, uri, time, nothing else."""
    await tx.execute(
        "INSERT INTO tombstone (uri, id, kind, at) VALUES (:uri, :id, :kind, :at) ON CONFLICT DO NOTHING",
        uri=uri,
        id=identifier,
        kind=kind,
        at=now,
    )


async def boost_by(reader: Reader, post_id: int, account_id: AccountId) -> Post | None:
    """The boost row that `account_id` made of a post."""
    return await reader.find(
        Post,
        "SELECT * FROM post WHERE boost_of_id = :post_id AND author_id = :account_id",
        post_id=post_id,
        account_id=account_id,
    )


async def boosts_of(reader: Reader, post_id: int, limit: int = 500) -> list[Post]:
    """Some boost rows of a post, for removing them piece by piece."""
    return await reader.all(Post, "SELECT * FROM post WHERE boost_of_id = :id LIMIT :limit", id=post_id, limit=limit)


async def boosters(reader: Reader, post_id: int, above: int, before: int, limit: int) -> list[int]:
    """Who boosted a post before the moment of `before`, by id, from above `above`."""
    return await reader.values(
        """SELECT author_id FROM post WHERE boost_of_id = :post AND author_id > :above AND id < :before
           ORDER BY author_id LIMIT :limit""",
        post=post_id,
        above=above,
        before=before,
        limit=limit,
    )


async def visible_window(
    reader: Reader,
    from_where: str,
    viewer: int,
    window: Window,
    now: datetime,
    order_by: str = "p.id",
    **values: object,
) -> list[SeenPost]:
    """A page of visible posts. `from_where` is "FROM-list WHERE condition" over SEEN_FROM's aliases, our own."""
    tables, _, where = from_where.partition(" WHERE ")
    rows = await reader.patient(
        Edition,
        f"""SELECT {EDITION} FROM {tables} WHERE {where} AND {SEEN}
            AND {order_by} < :before AND {order_by} > :after ORDER BY {order_by} {window.order} LIMIT :limit""",
        viewer=viewer,
        before=window.before,
        after=window.after,
        limit=window.limit,
        now=now,
        **values,
    )
    return window.arranged(await whole(reader, rows))
