"""Who knows about this? The people who talk about a thing, answer questions about it, and are answered.

Counted are the newest `SAMPLE` posts that match and what stands next to them: the posts they answer, and the answers
they got. All of it is what the viewer may find, so whoever switches `indexable` off, blocks or deletes is gone from
the next answer. Named are only accounts that are active, discoverable and indexable; never the viewer; bots last.

Every post weighs

    1 / (1 + age / 90 days)     its age counted back from the newest match, so that an archive ranks like a living place
    × 1/4                       if it asks: nobody knows a thing because they ask about it
    / n                         if n people posted the same words
    0                           if it begins with `RT @`, which are another's words, or its author said the same since;
                                an answer in words that they have used n times counts 1 / n²: it did help

and of each person's posts we take, with `occasions` the smaller of two sums, over distinct days and over distinct
conversations, of the best weight of each (so thirty posts of one evening are one occasion):

    talk    occasions of what they wrote about it
    help    occasions of answers to other people's questions, where the question or the answer matches
    heard   best weight of what they wrote, summed over the distinct people who answered it
    liked   weight × log2(1 + favourites + boosts), summed

    score = focus × (s(talk, 3) + 3 s(help, 2) + s(heard, 4) + s(liked, 6) / 2)      s(x, h) = x / (x + h)
    focus = 1/4 + 3/4 × share / (share + usual)

`share` is how much of what they write is about this, drawn towards `usual`, the share among all who were counted, as
if they had written `SMOOTH` usual posts more: who wrote one post in their life is no expert, and neither is who writes
about everything. Somebody who only asked is not listed. Two databases count alike; ties go to the smaller id.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from math import log2

import msgspec

from ..ids import moment_of
from ..model.account import Account
from ..model.post import SeenPost
from ..store import accounts, knowers
from ..store.database import Database
from ..store.knowers import Said
from . import search
from .query import All, Query

SAMPLE = 1_000  # newest matches that are counted
ANSWERS = 1_000  # answers to them that are counted
SHOWN = 20
MOST_SHOWN = 40
EVIDENCE = 3  # posts that show why, for each person
HALF_AGE_MS = 90 * 86_400_000
ASKING = 0.25
SMOOTH = 20
FOCUSED = 0.2  # from this share of their posts on we say so
_DAY_MS = 86_400_000
_QUESTION_MARKS = re.compile("[?？؟‽⁇]")
_ADDRESS = re.compile(r"\w+://\S+")
_WORDS = re.compile(r"https?://\S+|@[\w@.\-]+|([^\W\d_]+)")
_MANUAL_BOOST = re.compile(r"\s*[\"“]?\s*RT\s*:?\s*[@＠]\w")


class Reason(msgspec.Struct, frozen=True):
    """One thing that speaks for somebody.

    `kind` is `answered` (`count` questions of others), `wrote` (on `count` days), `heard` (`count` people answered),
    `liked` (`count` favourites and boosts) or `focus` (`count` of 100 of their posts); `last` is the latest of it.
    """

    kind: str
    count: int
    last: datetime


class Knower(msgspec.Struct, frozen=True):
    """Somebody to ask, with why: reasons, what weighs most first, and up to EVIDENCE posts, best first."""

    account: Account
    score: float
    reasons: list[Reason]
    posts: list[SeenPost]


class Known(msgspec.Struct, frozen=True):
    """The people, best first. `counted` posts matched and were looked at; with `more` there are older ones."""

    people: list[Knower]
    query: Query
    counted: int
    more: bool


class _Ranked(msgspec.Struct, frozen=True):
    """One of the best, before anything is loaded for them."""

    account_id: int
    score: float
    reasons: list[Reason]
    evidence: list[int]


class _Person:
    """What is counted for one author."""

    __slots__ = ("answers", "first", "heard", "liked", "likes", "matched", "said", "talk", "told")

    def __init__(self, first: Said) -> None:
        self.first = first
        self.said: dict[str, int] = {}
        self.talk: dict[int, tuple[Said, float]] = {}
        self.answers: dict[int, tuple[Said, float]] = {}
        self.heard: dict[int, tuple[Said, float]] = {}
        self.liked = 0.0
        self.likes: list[Said] = []
        self.matched: set[int] = set()
        self.told = False  # whether they ever did more than ask


async def find_knowers(
    db: Database, text: str, viewer: Account | None, now: datetime, limit: int = SHOWN, zone: tzinfo = UTC
) -> Known:
    """The people who know about `text`, as far as `viewer` may find them, by a constant number of statements.

    An empty query names nobody. Raises BadQuery, NotYet and NotSignedIn, as `search.find` does.
    """
    query = search.understood(text, now, zone, viewer)
    if isinstance(query.tree, All):
        return Known([], query, 0, False)
    me = viewer.id if viewer else 0
    matched = await search.newest(db, query, viewer, SAMPLE + 1, now, Said, knowers.COLUMNS)
    more, matched = len(matched) > SAMPLE, matched[:SAMPLE]
    here = {said.id for said in matched}
    asked_about = sorted({s.in_reply_to_id for s in matched if s.in_reply_to_id is not None} - here)
    parents = await knowers.those(db, asked_about, me, now)
    answers = await knowers.answers_to(db, _answered(matched), me, now, ANSWERS)
    # Counting takes some 20 ms, in which the loop can serve others.
    ranked = await asyncio.to_thread(_ranked, matched, parents, answers, limit)
    shown = await search.findable(db, viewer, [post_id for one in ranked for post_id in one.evidence], now)
    named = await accounts.by_ids(db, [one.account_id for one in ranked])
    made = [
        Knower(named[one.account_id], one.score, one.reasons, [shown[i] for i in one.evidence if i in shown])
        for one in ranked if one.account_id in named]
    return Known([one for one in made if one.posts], query, len(matched), more)


def _ranked(matched: list[Said], parents: list[Said], answers: list[Said], limit: int) -> list[_Ranked]:
    people, usual = _counted(matched, parents, answers)
    best = sorted(
        ((_score(p, usual), p) for p in people.values() if p.first.askable and (p.answers or p.told)),
        key=lambda pair: (pair[1].first.bot, -pair[0], pair[1].first.author_id))[:limit]
    return [_Ranked(p.first.author_id, round(score, 4), _reasons(p, usual), _evidence(p)) for score, p in best]


def _answered(matched: list[Said]) -> list[int]:
    """The newest matches that have answers, as many as are likely to have ANSWERS in all."""
    ids, total = [], 0
    for said in matched:
        if said.replies and total < ANSWERS:
            ids.append(said.id)
            total += said.replies
    return ids


def asks(said: Said) -> bool:
    """Whether a post asks: `is:question` without a look into the index; in an address the mark asks nothing."""
    text = f"{said.spoiler}\n{said.text}" if said.spoiler else said.text
    if not _QUESTION_MARKS.search(text):
        return False
    return "://" not in text or _QUESTION_MARKS.search(_ADDRESS.sub("", text)) is not None


def same_words(text: str) -> str:
    """What near-identical texts have in common: their longest words, without names, addresses and numbers."""
    return " ".join(sorted(sorted(set(_WORDS.findall(text.lower()))), key=len, reverse=True)[:8])


def _counted(
    matched: list[Said], parents: list[Said], answers: list[Said]
) -> tuple[dict[int, _Person], float]:
    """Everybody who matched or answered, by account id, and the usual share of posts about this."""
    beside = {said.id: said for said in (*parents, *answers)}
    known = beside | {said.id: said for said in matched}
    in_match = {said.id for said in matched}
    counted = sorted({said.id: said for said in (*answers, *matched)}.values(), key=lambda said: -said.id)
    words = {said.id: same_words(said.text) for said in counted}
    by_words: dict[str, set[int]] = defaultdict(set)
    for said in counted:
        by_words[words[said.id]].add(said.author_id)
    questions = {said.id for said in known.values() if asks(said)}
    newest = max((said.id for said in matched), default=0) >> 16

    people: dict[int, _Person] = {}
    weights: dict[int, float] = {}
    for said in counted:
        person = people.get(said.author_id)
        if person is None:
            person = people[said.author_id] = _Person(said)
        parent = known.get(said.in_reply_to_id or 0)
        helps = parent is not None and parent.author_id != said.author_id and parent.id in questions
        if said.id not in in_match and not (helps and parent is not None and parent.id in in_match):
            continue  # an answer to something that asked nothing: it counts for whom it answers, below
        person.matched.add(said.id)
        used = person.said[words[said.id]] = person.said.get(words[said.id], 0) + 1
        if (used > 1 and not helps) or _MANUAL_BOOST.match(said.text):
            continue
        weight = HALF_AGE_MS / (HALF_AGE_MS + max(0, newest - (said.id >> 16))) / len(by_words[words[said.id]])
        weight /= used * used
        weight *= ASKING if said.id in questions else 1.0
        weights[said.id] = weight
        if helps:
            person.answers[said.id] = said, weight
        if said.id in in_match:
            person.talk[said.id] = said, weight
            person.told = person.told or said.id not in questions
        if likes := said.favourites + said.boosts:
            person.liked += weight * log2(1 + likes)
            person.likes.append(said)
    for said in counted:
        parent = known.get(said.in_reply_to_id or 0)
        if parent is not None and parent.id in weights and parent.author_id != said.author_id:
            heard = people[parent.author_id].heard
            if said.author_id not in heard or heard[said.author_id][1] < weights[parent.id]:
                heard[said.author_id] = parent, weights[parent.id]
    about = sum(len(person.matched) for person in people.values())
    written = sum(max(person.first.author_posts, len(person.matched)) for person in people.values())
    return people, about / written if written else 0.0


def _occasions(things: Iterable[tuple[Said, float]]) -> float:
    days: dict[int, float] = {}
    conversations: dict[int, float] = {}
    for said, weight in things:
        day = (said.id >> 16) // _DAY_MS
        days[day] = max(days.get(day, 0.0), weight)
        conversations[said.conversation_id] = max(conversations.get(said.conversation_id, 0.0), weight)
    return min(sum(days.values()), sum(conversations.values()))


def _share(person: _Person, usual: float) -> float:
    written = max(person.first.author_posts, len(person.matched))
    return (len(person.matched) + SMOOTH * usual) / (written + SMOOTH)


def _parts(person: _Person) -> dict[str, float]:
    """What speaks for somebody, by the kind of reason."""
    def saturating(amount: float, half: float) -> float:
        return amount / (amount + half)

    return {
        "answered": 3 * saturating(_occasions(person.answers.values()), 2),
        "wrote": saturating(_occasions(person.talk.values()), 3),
        "heard": saturating(sum(weight for _, weight in person.heard.values()), 4),
        "liked": saturating(person.liked, 6) / 2,
    }


def _score(person: _Person, usual: float) -> float:
    share = _share(person, usual)
    focus = 0.25 + 0.75 * share / (share + usual) if usual else 1.0
    return focus * sum(_parts(person).values())


def _reasons(person: _Person, usual: float) -> list[Reason]:
    """In the order of their weight; how much of their writing it is comes last."""
    def reason(kind: str, count: int, of: Iterable[Said]) -> Reason:
        return Reason(kind, count, moment_of(max(said.id for said in of)))

    answers = [said for said, _ in person.answers.values()]
    talk = [said for said, _ in person.talk.values()]
    made = []
    if answers:
        made.append(reason("answered", len({said.in_reply_to_id for said in answers}), answers))
    if talk:
        made.append(reason("wrote", len({(said.id >> 16) // _DAY_MS for said in talk}), talk))
    if person.heard:
        made.append(reason("heard", len(person.heard), [said for said, _ in person.heard.values()]))
    if person.likes:
        made.append(reason("liked", sum(said.favourites + said.boosts for said in person.likes), person.likes))
    parts = _parts(person)
    made.sort(key=lambda one: -parts[one.kind])
    share = _share(person, usual)
    if len(person.matched) >= 3 and share >= FOCUSED:
        made.append(reason("focus", round(100 * share), [*answers, *talk]))
    return made


def _evidence(person: _Person) -> list[int]:
    """The posts that show why: answers first, then what was answered and liked; of other words and conversations."""
    heard = {said.id for said, _ in person.heard.values()}
    best = sorted(
        {said.id: (said, weight) for said, weight in (*person.talk.values(), *person.answers.values())}.values(),
        key=lambda pair: (
            -pair[1] * (3 * (pair[0].id in person.answers) + 1 + (pair[0].id in heard)
                        + 0.2 * log2(1 + pair[0].favourites + pair[0].boosts)), -pair[0].id))
    chosen: list[int] = []
    shown: set[int | str] = set()
    for said, _ in best:
        words = same_words(said.text)
        if said.conversation_id not in shown and words not in shown:
            chosen.append(said.id)
            shown |= {said.conversation_id, words}
            if len(chosen) == EVIDENCE:
                break
    return chosen
