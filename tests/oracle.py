"""DESIGN.md, "What may be found, by whom", said once more in plain Python over plain data.

Nothing here shares code with the server: it reads every fact into memory and
answers by the sentences of the design.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from harken.store.database import Database

PUBLIC, UNLISTED, FOLLOWERS, SET, DIRECT = range(5)
ACTIVE, UNCONFIRMED, LIMITED, SUSPENDED, DELETED, MEMORIAL = range(6)


@dataclass
class Facts:
    """Everything people did."""

    accounts: dict[int, dict[str, Any]] = field(default_factory=dict)
    posts: dict[int, dict[str, Any]] = field(default_factory=dict)
    follows: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    blocks: set[tuple[int, int]] = field(default_factory=set)
    mutes: set[tuple[int, int]] = field(default_factory=set)
    recipients: set[tuple[int, int]] = field(default_factory=set)
    mentions: set[tuple[int, int]] = field(default_factory=set)
    favourites: set[tuple[int, int]] = field(default_factory=set)
    bookmarks: set[tuple[int, int]] = field(default_factory=set)
    muted_conversations: set[tuple[int, int]] = field(default_factory=set)
    lists: dict[int, dict[str, Any]] = field(default_factory=dict)
    tags: set[tuple[int, str]] = field(default_factory=set)
    followed_tags: set[tuple[int, str]] = field(default_factory=set)
    forwards: set[tuple[int, int, int, int]] = field(default_factory=set)
    friends: set[tuple[int, int]] = field(default_factory=set)
    sets: dict[int, tuple[int, set[int]]] = field(default_factory=dict)  # owner and members
    written_by: dict[int, int] = field(default_factory=dict)

    @classmethod
    async def read(cls, db: Database) -> Facts:
        facts = cls()
        for row in await db.rows("SELECT id, state, indexable, domain, protected FROM account"):
            facts.accounts[row[0]] = {
                "state": row[1], "indexable": bool(row[2]), "domain": row[3], "protected": bool(row[4])}
        for row in await db.rows(
            """SELECT id, author_id, visibility, boost_of_id, in_reply_to_id, in_reply_to_account_id, conversation_id,
                      in_reply_to_uri, language FROM post"""
        ):
            facts.posts[row[0]] = dict(
                zip(
                    ("id", "author", "visibility", "boost_of", "parent", "parent_author", "conversation", "parent_uri",
                     "language"),
                    row,
                    strict=True,
                )
            )
        for row in await db.rows("SELECT follower_id, followed_id, accepted, show_boosts, languages FROM follow"):
            facts.follows[row[0], row[1]] = {
                "accepted": bool(row[2]), "show_boosts": bool(row[3]), "languages": json.loads(row[4])}
        facts.blocks = {(r[0], r[1]) for r in await db.rows("SELECT account_id, target_id FROM block")}
        facts.mutes = {
            (r[0], r[1]) for r in await db.rows("SELECT account_id, target_id FROM mute WHERE until IS NULL")
        }
        facts.recipients = {(r[0], r[1]) for r in await db.rows("SELECT post_id, account_id FROM recipient")}
        facts.mentions = {(r[0], r[1]) for r in await db.rows("SELECT post_id, account_id FROM mention")}
        facts.favourites = {(r[0], r[1]) for r in await db.rows("SELECT account_id, post_id FROM favourite")}
        facts.bookmarks = {(r[0], r[1]) for r in await db.rows("SELECT account_id, post_id FROM bookmark")}
        facts.muted_conversations = {
            (r[0], r[1]) for r in await db.rows("SELECT account_id, conversation_id FROM muted_conversation")
        }
        for row in await db.rows("SELECT id, owner_id, replies, exclusive FROM list"):
            facts.lists[row[0]] = {"owner": row[1], "replies": row[2], "exclusive": bool(row[3]), "members": set()}
        for row in await db.rows("SELECT list_id, account_id FROM list_member"):
            facts.lists[row[0]]["members"].add(row[1])
        facts.tags = {(r[0], r[1]) for r in await db.rows("SELECT post_id, tag FROM post_tag")}
        facts.friends = {
            (r[0], r[1]) for r in await db.rows("SELECT account_id, friend_id FROM friend WHERE accepted = 1")}
        for row in await db.rows("SELECT id, owner_id FROM people_set"):
            facts.sets[row[0]] = (row[1], set())
        for row in await db.rows("SELECT set_id, account_id FROM people_set_member"):
            facts.sets[row[0]][1].add(row[1])
        facts.written_by = {r[0]: r[1] for r in await db.rows("SELECT account_id, written_by FROM member")}
        facts.forwards = {
            (r[0], r[1], r[2], r[3]) for r in await db.rows("SELECT id, post_id, account_id, target_id FROM forward")}
        facts.followed_tags = {(r[0], r[1]) for r in await db.rows("SELECT account_id, tag FROM followed_tag")}
        return facts

    # ---- the rules -----------------------------------------------------------

    def follows_accepted(self, follower: int, followed: int) -> bool:
        return bool(self.follows.get((follower, followed), {}).get("accepted"))

    def blocked(self, one: int, other: int) -> bool:
        return (one, other) in self.blocks or (other, one) in self.blocks

    def seen(self, viewer: int, post_id: int) -> bool:
        """Seen: public and unlisted by everybody; followers-only by those accepted now; set and direct by
        their recipients; always by the author and those mentioned; never across a block."""
        post = self.posts[post_id]
        author = post["author"]
        if self.accounts[author]["state"] not in (ACTIVE, LIMITED, MEMORIAL):
            return False
        if post["boost_of"] is not None and not self.seen(viewer, post["boost_of"]):
            return False
        if viewer == author:
            return True
        if viewer and self.blocked(viewer, author):
            return False
        if post["visibility"] in (PUBLIC, UNLISTED):
            return True
        if not viewer:
            return False
        if post["visibility"] == FOLLOWERS and self.follows_accepted(viewer, author):
            return True
        return (post_id, viewer) in self.recipients

    def found(self, viewer: int, post_id: int) -> bool:
        """Found: my own; what mentions me or what I answered, boosted, favourited, bookmarked; others' public
        posts if indexable, and if they are protected only by followers; followers-only and set posts if I may see
        them and the author is indexable."""
        post = self.posts[post_id]
        if post["boost_of"] is not None or not self.seen(viewer, post_id):
            return False
        author = post["author"]
        if viewer and (viewer, author) in self.mutes:
            return False
        if viewer == author:
            return True
        account = self.accounts[author]
        closed = account["protected"] and post["visibility"] == PUBLIC and not self.follows_accepted(viewer, author)
        open_to_search = account["indexable"] and account["state"] != LIMITED and not closed
        if post["visibility"] in (PUBLIC, FOLLOWERS, SET) and open_to_search:
            return True
        if not viewer:
            return False
        mine = [p for p in self.posts.values() if p["author"] == viewer]
        return (
            (post_id, viewer) in self.mentions
            or any(p["parent"] == post_id or p["boost_of"] == post_id for p in mine)
            or (viewer, post_id) in self.favourites
            or (viewer, post_id) in self.bookmarks
        )

    def may_write(self, writer: int, reader: int) -> bool:
        """The reader wants to be written to in private by everybody, those they follow and friends, friends, nobody."""
        friend = (reader, writer) in self.friends
        return [True, friend or self.follows_accepted(reader, writer), friend, False][self.written_by[reader]]

    def told(self, author: int, sets: tuple[int, ...], friends: bool) -> set[int]:
        """Whom a post to sets and friends is for: those in them now who are not gone, not behind a block, and want
        to be written to."""
        meant = {m for one in sets for m in self.sets[one][1]}
        meant |= {friend for one, friend in self.friends if friends and one == author}
        return {one for one in meant if self.accounts[one]["state"] in (ACTIVE, LIMITED, MEMORIAL)
                and not self.blocked(author, one) and self.may_write(author, one)}

    def audience(self, post_id: int) -> set[int]:
        """The author of a post for some people, and these."""
        return {self.posts[post_id]["author"]} | {account for post, account in self.recipients if post == post_id}

    def may_get(self, viewer: int, target: int, post_id: int) -> bool:
        """The viewer can pass the post on to the target: a friend, who may see it anyway, and to whom it was neither
        said nor passed on, and who did nothing about it that everybody may know."""
        post = self.posts[post_id]
        return (
            (viewer, target) in self.friends and post["visibility"] in (PUBLIC, UNLISTED, FOLLOWERS)
            and post["boost_of"] is None and target != post["author"]
            and self.accounts[target]["state"] in (ACTIVE, LIMITED, MEMORIAL)
            and self.seen(viewer, post_id) and self.seen(target, post_id)
            and not any(p == post_id and t == target for _, p, _, t in self.forwards)
            and (post_id, target) not in self.mentions | self.recipients and (target, post_id) not in self.favourites
            and not any(
                p["author"] == target and (p["boost_of"] == post_id or (
                    p["parent"] == post_id and p["visibility"] in (PUBLIC, UNLISTED))) for p in self.posts.values()))

    def came_home(self, target: int, post_id: int) -> bool:
        """The target follows the author, or somebody who boosted it and whose boosts they want."""
        return self.follows_accepted(target, self.posts[post_id]["author"]) or any(
            p["boost_of"] == post_id and self.follows_accepted(target, p["author"])
            and self.follows[target, p["author"]]["show_boosts"] for p in self.posts.values())

    def received(self, viewer: int) -> list[int]:
        """What was passed on to the viewer, last first, as far as they may see it and muted nobody of these two."""
        return [post for _, post, by, target in sorted(self.forwards, reverse=True) if target == viewer
                and self.accounts[by]["state"] in (ACTIVE, LIMITED, MEMORIAL) and self.seen(viewer, post)
                and not self.blocked(viewer, by) and (viewer, by) not in self.mutes
                and (viewer, self.posts[post]["author"]) not in self.mutes]

    def muted(self, viewer: int, post: dict[str, Any]) -> bool:
        if (viewer, post["author"]) in self.mutes:
            return True
        return post["boost_of"] is not None and (viewer, self.posts[post["boost_of"]]["author"]) in self.mutes

    def wanted(self, viewer: int, post: dict[str, Any]) -> bool:
        """The viewer follows the author, and boosts and languages as they chose."""
        follow = self.follows.get((viewer, post["author"]), {})
        if not follow.get("accepted") or (post["boost_of"] is not None and not follow["show_boosts"]):
            return False
        return not follow["languages"] or post["language"] is None or post["language"] in follow["languages"]

    def home(self, viewer: int) -> list[int]:
        """Newest first: oneself; those one follows and does not read in an exclusive list, boosts and languages as
        wanted, replies only among people one follows; and public posts of anybody with a tag one follows."""
        elsewhere = {m for one in self.lists.values() if one["owner"] == viewer and one["exclusive"]
                     for m in one["members"]}
        mine = {tag for account, tag in self.followed_tags if account == viewer}
        shown = []
        for post_id, post in self.posts.items():
            author, to = post["author"], post["parent_author"]
            followed = self.wanted(viewer, post) and author not in elsewhere and (
                to is None or to in (author, viewer) or self.follows_accepted(viewer, to))
            tagged = (
                post["visibility"] == PUBLIC and post["boost_of"] is None
                and self.accounts[author]["state"] != LIMITED and any((post_id, tag) in self.tags for tag in mine))
            if (author == viewer or followed or tagged) and self.seen(viewer, post_id) and not self.muted(viewer, post):
                shown.append(post_id)
        return sorted(shown, reverse=True)

    def in_list(self, list_id: int) -> list[int]:
        """Newest first: what is not direct by members, as wanted; replies to oneself and others by the policy."""
        kept = self.lists[list_id]
        owner = kept["owner"]
        shown = []
        for post_id, post in self.posts.items():
            author, to = post["author"], post["parent_author"]
            let_in = (
                to is None or to in (author, owner)
                or (kept["replies"] == "followed" and self.follows_accepted(owner, to))
                or (kept["replies"] == "list" and to in kept["members"]))
            if (
                author in kept["members"] and (author == owner or self.wanted(owner, post))
                and post["visibility"] != DIRECT and let_in
                and self.seen(owner, post_id) and not self.muted(owner, post)
            ):
                shown.append(post_id)
        return sorted(shown, reverse=True)

    def in_set(self, set_id: int) -> list[int]:
        """Newest first: what members say, followed or not, answers among them, to themselves and to the owner; neither
        direct posts nor boosts."""
        owner, members = self.sets[set_id]
        return sorted(
            (i for i, p in self.posts.items()
             if p["author"] in members and p["visibility"] != DIRECT and p["boost_of"] is None
             and (p["parent_author"] is None or p["parent_author"] in (p["author"], owner, *members))
             and self.seen(owner, i) and not self.muted(owner, p)), reverse=True)

    def public(self, viewer: int) -> list[int]:
        """Newest first: public posts that begin a conversation, by those who are not limited."""
        return sorted(
            (
                i
                for i, p in self.posts.items()
                if p["visibility"] == PUBLIC
                and p["boost_of"] is None
                and p["parent_uri"] is None
                and (p["parent_author"] is None or p["parent_author"] == p["author"])
                and self.accounts[p["author"]]["state"] != LIMITED
                and self.seen(viewer, i)
                and (viewer, p["author"]) not in self.mutes
            ),
            reverse=True,
        )

    def of_account(self, viewer: int, author: int) -> list[int]:
        return sorted(
            (i for i, p in self.posts.items() if p["author"] == author and self.seen(viewer, i)), reverse=True
        )

    def conversation(self, viewer: int, conversation: int) -> list[int]:
        return sorted(
            i
            for i, p in self.posts.items()
            if p["conversation"] == conversation and p["boost_of"] is None and self.seen(viewer, i)
        )

    def counts(self) -> dict[int, tuple[int, int, int]]:
        """(replies, boosts, favourites) of each post: public and unlisted interactions, the same for everybody."""
        made: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
        for post in self.posts.values():
            if post["visibility"] in (PUBLIC, UNLISTED):
                if post["parent"] is not None:
                    made[post["parent"]][0] += 1
                if post["boost_of"] is not None:
                    made[post["boost_of"]][1] += 1
        for _, post_id in self.favourites:
            made[post_id][2] += 1
        return {post_id: (made[post_id][0], made[post_id][1], made[post_id][2]) for post_id in self.posts}
