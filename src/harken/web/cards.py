"""Posts as a page shows them: everything worked out here, so that templates only print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from markupsafe import Markup

from .. import clock
from ..actions.quote_post import may_quote
from ..api.requests import AnyRequest, engine_of
from ..model.account import Account
from ..model.bundle import Bundle
from ..model.file import StoredFile
from ..model.filter import Action, Filter
from ..model.poll import Poll
from ..model.post import AnswerPolicy, QuoteState, SeenPost, Visibility
from ..model.preview import Preview
from ..search import filtering
from ..store import posts, ratings
from ..store.ratings import Rating
from . import audience, faces, languages, verbs
from .attachments import Shown, shown
from .languages import gettext_now as _
from .occasions import Occasion, occasion
from .pages import signed_in, spelling
from .verbs import Said


class When(msgspec.Struct, frozen=True):
    """A moment for `<time>`: for machines, in passing, and in full."""

    iso: str
    short: str
    full: str


class Choice(msgspec.Struct, frozen=True):
    """One option of a poll: `percent` of those who voted chose it."""

    title: str
    votes: int
    percent: int
    chosen: bool
    leads: bool


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A poll on a card. `open` says that this reader may vote now, `told` that totals may be shown."""

    choices: list[Choice]
    multiple: bool
    voters: int
    open: bool
    told: bool
    ended: bool
    until: When | None


class Quoted(msgspec.Struct, frozen=True, kw_only=True):
    """What a card quotes: the post with its author, or `reason` why it is not shown at once."""

    post: SeenPost | None = None
    author: Account | None = None
    html: Markup = Markup()
    when: When | None = None
    reason: str = ""

    @property
    def path(self) -> str:
        return f"/@{self.author.address}/{self.post.id}" if self.post and self.author else ""


class Card(msgspec.Struct, kw_only=True):
    """One post on a page. `position` is the id that pages the list it stands in (a boost's own id)."""

    post: SeenPost
    author: Account
    html: Markup
    when: When
    edited: When | None = None
    position: int
    booster: Account | None = None
    also_boosted: list[Account] = []  # others who passed the same post on, further down the page
    parent_name: str = ""
    parent_address: str = ""
    orphan: bool = False
    own: bool = False
    may_boost: bool = False
    visibility: str = ""
    depth: int = 0
    focus: bool = False
    pinned_here: bool = False
    media: list[Shown] = []
    filtered: str = ""  # the titles of the reader's filters that fold it away
    alike: list[Card] = []  # what others say in nearly the same words, folded behind it
    because: list[str] = []  # the parts of an ear's query that brought it here
    fewer: str = ""  # where the ear that heard it learns to hear fewer such posts
    poll: Question | None = None
    event: Occasion | None = None
    file: StoredFile | None = None
    preview: Preview | None = None  # of its first link
    quoted: Quoted | None = None
    may_quote: bool = False
    may_unquote: bool = False  # it quotes the reader, who may take that back
    stars: Rating | None = None  # what people gave it
    sorted_by: list[str] | None = None  # on the page of bookmarks: their words
    said: Said | None = None  # the qualifier
    answers: str = ""  # who may answer, where that is not everybody
    may_control: bool = False  # the reader began this conversation
    fresh: bool = False  # not read yet, where that is known

    @property
    def path(self) -> str:
        return f"/@{self.author.address}/{self.post.id}"


def visibility_names() -> dict[Visibility, tuple[str, str]]:
    """Each visibility that a post box offers: its name and what it means."""
    return {
        Visibility.PUBLIC: (_("Everybody"), _("Anybody can read it; it is in the public timeline and in search")),
        Visibility.UNLISTED: (_("Unlisted"), _("Anybody can read it; it is in no public timeline and no search")),
        Visibility.FOLLOWERS: (_("Followers"), _("Only people who follow you, and those you mention")),
        Visibility.DIRECT: (_("Only those mentioned"), _("Only the people whose @names are in the text")),
    }


def visibility_name(visibility: Visibility) -> str:
    """What a card says about a post that is not public."""
    if visibility is Visibility.SET:
        return _("Some people")
    return visibility_names()[visibility][0]


def answers_name(policy: AnswerPolicy) -> str:
    """Who may answer, in words; nothing where everybody may."""
    return {AnswerPolicy.EVERYBODY: "", AnswerPolicy.FRIENDS: _("Friends can answer"),
            AnswerPolicy.NOBODY: _("Nobody can answer")}[policy]


def when(at: datetime, now: datetime, request: AnyRequest) -> When:
    """The moment as this reader sees it."""
    reader = spelling(request)
    return When(
        at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        languages.ago(at, now, reader.zone, reader.language),
        languages.exact_time(at, reader.zone, reader.language))


def _is_by(post: SeenPost | None, reader: int) -> bool:
    return post is not None and post.author_id == reader


def quoted(post: SeenPost, bundle: Bundle, now: datetime, request: AnyRequest) -> Quoted | None:
    """What a post quotes, as this reader sees it."""
    if not post.quote_state:
        return None
    if post.quote_state is QuoteState.REVOKED:
        return Quoted(reason=_("The author of the quoted post took it out of here."))
    if post.quote_state is not QuoteState.ACCEPTED:
        return Quoted(reason=_("The quoted post was deleted."))
    inner = bundle.others.get(post.quote_of_id or 0)
    author = bundle.accounts.get(inner.author_id) if inner else None
    if inner is None or author is None:
        return Quoted(reason=_("You cannot see the quoted post."))
    reason = _("You have muted %(name)s.") % {"name": author.shown_name} if author.id in bundle.muted else ""
    return Quoted(post=inner, author=author, html=Markup(inner.html), when=when(inner.created_at, now, request),
                  reason=reason)


def question(
    poll: Poll | None, author: int, reader: int, now: datetime, request: AnyRequest
) -> Question | None:
    """A poll as this reader sees it; None for a post without one."""
    if poll is None:
        return None
    ended = poll.ended(now)
    most = max(option.votes for option in poll.options)
    return Question(
        choices=[
            Choice(o.title, o.votes, round(100 * o.votes / poll.voters) if poll.voters else 0, n in poll.chosen,
                   0 < o.votes == most)
            for n, o in enumerate(poll.options)],
        multiple=poll.multiple, voters=poll.voters, ended=ended, told=poll.shows_totals(now),
        open=bool(reader) and reader != author and not ended and not poll.chosen,
        until=when(poll.expires_at, now, request) if poll.expires_at else None)


async def cards(
    request: AnyRequest, seen: Sequence[SeenPost], positions: Mapping[int, int] | None = None,
    marked: Mapping[int, str] | None = None, within: frozenset[int] = frozenset(), context: str = "",
) -> list[Card]:
    """Cards of `seen`, in order: two statements, whatever their number; two more for polls or
    for posts to some people, for filters at most three.

    `positions` gives the paging id of a post where it is not its own; `marked`
    another HTML of its text; `within` are posts whose replies need not say
    whom they answer, because they stand right above; `context` (of model.filter)
    says which of the reader's filters apply. What a filter hides is left out,
    and `hidden_of` counts it: a page may be shorter, its cursor is that of all.
    """
    viewer = await signed_in(request)
    mine = viewer.id if viewer else 0
    bundle = await posts.bundle(engine_of(request).db, list(seen), mine)
    await faces.load(engine_of(request).db, bundle.accounts.values())
    now = clock.now()
    audiences = await audience.told(engine_of(request).db, bundle.posts, mine)
    stars = await ratings.of_posts(
        engine_of(request).db, [*(post.id for post in bundle.posts), *bundle.others], mine)
    applied = await _applied(request, viewer, bundle, context) if context else {}
    made: list[Card] = []
    for outer in bundle.posts:
        post = bundle.others[outer.boost_of_id] if outer.boost_of_id else outer
        author = bundle.accounts.get(post.author_id)
        if author is None:
            continue
        used = applied.get(post.id, ())
        if any(kept.action is Action.HIDE for kept in used):
            request.scope["state"]["hidden_posts"] = hidden_of(request) + 1
            continue
        parent_name = parent_address = ""
        if post.in_reply_to_account_id and post.in_reply_to_id not in within:
            parent = bundle.accounts.get(post.in_reply_to_account_id)
            if parent is not None:
                parent_name = parent.shown_name
                parent_address = f"/@{parent.address}/{post.in_reply_to_id}" if post.in_reply_to_id else ""
        public = post.visibility <= Visibility.UNLISTED
        made.append(Card(
            post=post, author=author, html=Markup((marked or {}).get(post.id, post.html)),
            when=when(post.created_at, now, request),
            edited=when(post.edited_at, now, request) if post.edited_at else None,
            position=(positions or {}).get(outer.id, outer.id),
            booster=bundle.accounts.get(outer.author_id) if outer.boost_of_id else None,
            parent_name=parent_name, parent_address=parent_address,
            orphan=post.in_reply_to_id is None and post.in_reply_to_uri is not None,
            own=post.author_id == mine,
            may_boost=public or (post.author_id == mine and post.visibility is Visibility.FOLLOWERS),
            visibility=audiences.get(post.id) or (
                "" if post.visibility is Visibility.PUBLIC else visibility_name(post.visibility)),
            stars=stars.get(post.id), said=verbs.said(post.verb), answers=answers_name(post.answers),
            may_control=post.author_id == mine and post.conversation_id == post.id,
            media=shown(post.media, bundle.media),
            poll=question(bundle.polls.get(post.id), post.author_id, mine, now, request),
            file=bundle.files.get(post.id),
            event=occasion(bundle.gatherings.get(post.id), post, mine, now, request),
            preview=bundle.previews.get(post.link) if post.link and not post.quote_state else None,
            quoted=quoted(post, bundle, now, request), may_quote=bool(mine) and may_quote(
                post, mine, post.author_id in bundle.followed),
            may_unquote=_is_by(bundle.others.get(post.quote_of_id or 0), mine),
            filtered=", ".join(_("“%(title)s”") % {"title": kept.title} for kept in used),
        ))
    return made


async def _applied(
    request: AnyRequest, viewer: Account | None, bundle: Bundle, context: str
) -> dict[int, list[Filter]]:
    """The viewer's filters that mean a post, for posts of a page that `context` names, by the post's id."""
    shown = [bundle.others[post.boost_of_id] if post.boost_of_id else post for post in bundle.posts]
    found = await filtering.hits(engine_of(request).db, viewer, shown, clock.now())
    return {post: [hit.kept for hit in hits if context in hit.kept.contexts] for post, hits in found.items()}


def hidden_of(request: AnyRequest) -> int:
    """How many posts the reader's filters have left out of this page."""
    return int(request.scope["state"].get("hidden_posts", 0))
