"""Who may see what, as SQL. Every statement that reaches posts for somebody is built from these.

DESIGN.md, "What may be found, by whom", is the rule; `tests/oracle.py` says
it again in plain Python, and property tests compare. `:viewer` is the
account's id, or 0 for a visitor who is not signed in; `:now` the moment.
"""

from __future__ import annotations

from functools import cache

# model.account.VISIBLE_STATES
STATES = "(0, 2, 5)"


@cache
def seen(post: str = "p", author: str = "a") -> str:
    """The viewer may see `post` by `author` (both are table aliases)."""
    return f"""(
        {author}.state IN {STATES} AND ({post}.author_id = :viewer OR (
            ({post}.visibility <= 1
             OR ({post}.visibility = 2 AND EXISTS (
                SELECT 1 FROM follow WHERE follower_id = :viewer AND followed_id = {post}.author_id AND accepted = 1))
             OR EXISTS (SELECT 1 FROM recipient WHERE post_id = {post}.id AND account_id = :viewer))
            AND {not_blocked(f"{post}.author_id")}
            AND ({author}.domain = '' OR NOT EXISTS (
                SELECT 1 FROM blocked_domain WHERE account_id = :viewer AND domain = {author}.domain)))))"""


@cache
def seen_by(viewer: str, post: str = "p", author: str = "a") -> str:
    """The account id `viewer` (a column) may see `post`: what `seen` says of whoever reads."""
    return seen(post, author).replace(":viewer", viewer)


@cache
def not_blocked(account: str) -> str:
    """No block lies between the viewer and the account id `account`, either way."""
    return f"""NOT EXISTS (SELECT 1 FROM block WHERE account_id = :viewer AND target_id = {account})
            AND NOT EXISTS (SELECT 1 FROM block WHERE account_id = {account} AND target_id = :viewer)"""


@cache
def not_muted(account: str) -> str:
    """The viewer has not muted the account id `account` just now."""
    return f"""NOT EXISTS (SELECT 1 FROM mute WHERE account_id = :viewer AND target_id = {account}
            AND (until IS NULL OR until > :now))"""


# p: post, a: its author, o: the boosted original, oa: its author.
SEEN_FROM = """post p JOIN account a ON a.id = p.author_id
    LEFT JOIN post o ON o.id = p.boost_of_id LEFT JOIN account oa ON oa.id = o.author_id
    LEFT JOIN post_stats s ON s.post_id = p.id"""

SEEN = f"({seen()} AND (p.boost_of_id IS NULL OR {seen('o', 'oa')}))"

NOT_MUTED = f"({not_muted('p.author_id')} AND (p.boost_of_id IS NULL OR {not_muted('o.author_id')}))"

# The viewer follows the author and wants to hear this: no boost and no language that they chose not to. A post whose
# language nobody knows, such as every boost, passes (Mastodon's rule).
_FOLLOWED = """EXISTS (SELECT 1 FROM follow WHERE follower_id = :viewer AND followed_id = p.author_id AND accepted = 1
        AND (p.boost_of_id IS NULL OR show_boosts = 1)
        AND (languages = '[]' OR p.language IS NULL
             OR replace(languages, '"' || p.language || '"', '') <> languages))"""

_REPLY_TO_FOLLOWED = """EXISTS (SELECT 1 FROM follow WHERE follower_id = :viewer
        AND followed_id = p.in_reply_to_account_id AND accepted = 1)"""

# A home timeline: oneself and those one follows, unless one reads them in an exclusive list; boosts and languages as
# wanted; replies only to people one follows too, to the author or to oneself (Mastodon's rule). And public posts of
# anybody with a tag one follows.
HOME = f"""({SEEN} AND {NOT_MUTED} AND (p.author_id = :viewer
    OR ({_FOLLOWED}
        AND p.author_id NOT IN (SELECT m.account_id FROM list l JOIN list_member m ON m.list_id = l.id
                                WHERE l.owner_id = :viewer AND l.exclusive = 1)
        AND (p.in_reply_to_account_id IS NULL OR p.in_reply_to_account_id IN (p.author_id, :viewer)
             OR {_REPLY_TO_FOLLOWED}))
    OR (p.visibility = 0 AND p.boost_of_id IS NULL AND a.state <> 2 AND EXISTS (
        SELECT 1 FROM post_tag t JOIN followed_tag f ON f.tag = t.tag
        WHERE t.post_id = p.id AND f.account_id = :viewer))))"""

# The timeline of the list `:list` of the viewer's: members whom they follow, and oneself where one is a member; replies
# to oneself, to the author, and those that the list's policy `:replies` lets in (Mastodon's rule).
LISTED = f"""({SEEN} AND {NOT_MUTED} AND p.visibility <> 4
    AND EXISTS (SELECT 1 FROM list_member WHERE list_id = :list AND account_id = p.author_id)
    AND (p.author_id = :viewer OR {_FOLLOWED})
    AND (p.in_reply_to_account_id IS NULL OR p.in_reply_to_account_id IN (p.author_id, :viewer)
         OR (:replies = 'followed' AND {_REPLY_TO_FOLLOWED})
         OR (:replies = 'list' AND EXISTS (SELECT 1 FROM list_member
             WHERE list_id = :list AND account_id = p.in_reply_to_account_id))))"""

# What the members of the viewer's set `:set` say, followed or not: their own words, answers among themselves and to
# the viewer.
IN_SET = f"""({SEEN} AND {NOT_MUTED} AND p.visibility <> 4 AND p.boost_of_id IS NULL
    AND EXISTS (SELECT 1 FROM people_set_member WHERE set_id = :set AND account_id = p.author_id)
    AND (p.in_reply_to_account_id IS NULL OR p.in_reply_to_account_id IN (p.author_id, :viewer)
         OR EXISTS (SELECT 1 FROM people_set_member WHERE set_id = :set AND account_id = p.in_reply_to_account_id)))"""

# What of the seen may also be found, by search, ears and trends. Of somebody who lets followers in one by one, only
# those whom they let in find anything; by link and on the profile their public posts stay what they are.
FOUND = f"""({seen()} AND p.boost_of_id IS NULL AND {not_muted("p.author_id")} AND (
    p.author_id = :viewer
    OR (p.visibility IN (0, 2, 3) AND a.indexable = 1 AND a.state <> 2
        AND (a.protected = 0 OR p.visibility <> 0 OR EXISTS (
            SELECT 1 FROM follow WHERE follower_id = :viewer AND followed_id = p.author_id AND accepted = 1)))
    OR EXISTS (SELECT 1 FROM mention WHERE account_id = :viewer AND post_id = p.id)
    OR EXISTS (SELECT 1 FROM post r WHERE r.in_reply_to_id = p.id AND r.author_id = :viewer)
    OR EXISTS (SELECT 1 FROM post b WHERE b.boost_of_id = p.id AND b.author_id = :viewer)
    OR EXISTS (SELECT 1 FROM favourite WHERE account_id = :viewer AND post_id = p.id)
    OR EXISTS (SELECT 1 FROM bookmark WHERE account_id = :viewer AND post_id = p.id)))"""

# Beside FOUND: said to everybody, by somebody who lets everybody find it.
OPEN = "p.visibility = 0 AND a.protected = 0 AND a.indexable = 1 AND a.state <> 2"

# Beside SEEN: what a desk may take up. Public posts of people who said yes to being heard, as long as they say so.
HEARABLE = f"({OPEN} AND a.hearable = 1 AND a.state = 0 AND p.boost_of_id IS NULL)"

# The same of an account `a`: whom a desk may know.
HEARD = "(a.hearable = 1 AND a.protected = 0 AND a.indexable = 1 AND a.state = 0)"

# Beside SEEN, and for nothing else than reported posts: who judges a report reads what it is about, to whomever it was
# said and whatever became of its author since.
JUDGED = "EXISTS (SELECT 1 FROM member WHERE account_id = :viewer AND role > 0)"

_ABOUT = """coalesce(s.replies, 0) AS replies, coalesce(s.boosts, 0) AS boosts,
    coalesce(s.favourites, 0) AS favourites, coalesce(s.quotes, 0) AS quotes,
    EXISTS (SELECT 1 FROM favourite WHERE account_id = :viewer AND post_id = p.id) AS favourited,
    EXISTS (SELECT 1 FROM bookmark WHERE account_id = :viewer AND post_id = p.id) AS bookmarked,
    EXISTS (SELECT 1 FROM post b WHERE b.boost_of_id = p.id AND b.author_id = :viewer) AS boosted,
    EXISTS (SELECT 1 FROM pin WHERE account_id = p.author_id AND post_id = p.id) AS pinned,
    EXISTS (SELECT 1 FROM muted_conversation WHERE account_id = :viewer
            AND conversation_id = p.conversation_id) AS muted"""

# The columns of model.post.SeenPost, and those of model.post.Edition, for pages: `posts.whole` makes posts of them.
COLUMNS = f"p.*, {_ABOUT}"
EDITION = f"p.id, p.version, {_ABOUT}"
