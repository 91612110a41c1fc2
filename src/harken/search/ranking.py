"""The best of the matches: which posts to look at for `sort:top`, and how good each is.

Scores are made here, in Python, from the texts of a bounded number of recent matches, so both indexes give the same
order. A post's score is BM25 over stems (Robertson and Zaragoza 2009, without length normalisation, because posts
are all short), asked a second time with the words that the best answers share (relevance model RM3, Lavrenko and
Croft 2001; Abdul-Jaleel et al. 2004), times what speaks for it: a link, recency, replies, boosts and favourites.
Somebody else's words passed on (`RT …`) stand behind the words themselves.

The constants were chosen on TREC's microblog topics (`make eval`); all lie on plateaus where half or double
changes little. Conversation and recency are not judged there: they are small, and decide between equals.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain

import msgspec

from . import analysis
from .query import (
    All,
    And,
    Attitude,
    Has,
    Is,
    Kind,
    Language,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Source,
    Tag,
    Verb,
    Word,
    walk,
)
from .stems import forms, stems


class Effort(msgspec.Struct, frozen=True):
    """How much is looked at for an answer."""

    listed: int
    """Newest matches taken from the index for each combination of words."""
    judged: int
    """Posts whose texts are read and scored."""
    enough: int
    """Findable posts; with fewer the next candidates are looked at."""


THOROUGH = Effort(1_000, 800, 200)
"""For those who want hundreds of posts."""
GLANCE = Effort(500, 160, 80)
"""For the first pages: their order changes little, and they come four times as fast."""
WIDELY = Effort(1_000, 320, 200)
"""For posts like another one, of which every word is looked for alone."""
PAGE = 50
"""Posts up to which an answer is a page."""
SAMPLED = 4_000
"""Posts by which the rarity of words is told."""

_SPELLINGS = 6  # of a stem, as seen in the sample
MOST_TELLING = 12
"""Words of a post by which others like it are looked for."""
_WALKED = 25_000  # entries of words in the index, read to see which posts have all words: some 10 ms
_SKIPPED = 8  # entries of a commoner word that FTS5 reads at the most to get to the next post with the rarest
_MAX_WORDS = 8  # plain words that choose candidates; the rest of a long query only scores
_PAIRED, _ALONE = 5, 3  # rarest words looked for beside any other, and alone
_COMMON = 0.04  # of posts have it: such a word says nothing (`the`, `of`) and is not asked for
_ENOUGH_SAMPLED = 500  # posts, to tell how common words are
_TALKATIVE = 0.02  # share of posts by or for those whom a query names, so that their newest are soon found
_AMPLE = 2  # times as far as it should take: words come in bursts
_SATURATION = 0.3  # BM25's k1
_COVERAGE = 0.75  # exponent of the share of the query that a post has
_TEACHERS, _LESSONS = 10, 15  # best posts that lend words, and how many words
_OWN_SHARE = 0.5  # of the query's own words in the second round
_LINK = 0.25
_PASSED_ON = 0.65
_RECENT, _RECENT_DAYS = 0.15, 60.0
_TALK = 0.05
_EXACT = 0.3  # for words in the very form that was asked for: stems lump `avengers` with `avenge`
ALIKE = 0.8
"""Share of words in common from which two posts are near-duplicates."""
_FOLDED_WORDS = 4  # shorter posts (`good morning`) are each their own
_REMEMBERED, _LONGEST_REMEMBERED = 16_384, 48  # stretches in one language, twice, and the characters of one
_LANGUAGES = 4  # remembered at the same time


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """What a score needs of a post."""

    id: int
    text: str
    spoiler: str
    language: str | None
    replies: int
    boosts: int
    favourites: int


COLUMNS = """p.id, p.text, p.spoiler, p.language, coalesce(s.replies, 0) AS replies,
    coalesce(s.boosts, 0) AS boosts, coalesce(s.favourites, 0) AS favourites"""
"""Of a Candidate, from post p and its counters s."""


# Of posts that fulfil an operator, as far as operators tell that at all; people, tags and servers are rare.
_SHARES: dict[type[Node], float] = {
    Prefix: 0.05, Attitude: 0.1, Has: 0.3, Is: 0.3, Source: 0.3, Verb: 0.5, Language: 0.6, Kind: 0.9,
    Not: 0.9, All: 1.0,
}  # fmt: skip


class Background(msgspec.Struct, frozen=True):
    """How common words are: of `posts` posts looked at, how many have each stem;
    in which language words occur; and the commonest spellings of each stem.

    `stretches` are parts of the archive, the newest first: the id at which each begins, and about how many posts it
    has. The first is only where the newest of them ends.
    """

    posts: int = 0
    having: Counter[str] = Counter()
    spoken: dict[str, str] = {}
    language: str = "en"
    written: dict[str, tuple[str, ...]] = {}
    stretches: tuple[tuple[int, float], ...] = ()

    def since(self, posts: float, before: int) -> int:
        """An id between which and `before` lie about so many posts; 0 if all do."""
        end = before
        for start, held in self.stretches:
            if held and start < before:
                top = min(end, before)
                held *= (top - start) / (end - start)
                if posts < held:
                    return top - int((top - start) * posts / held)
                posts -= held
            end = start
        return 0

    def edges(self, node: Node, wanted: int, before: int) -> list[int] | None:
        """Ids back to which `wanted` posts before `before` probably fulfil `node`, and four and sixteen times as far.

        Those that are the archive's beginning are left out; None if nobody knows.
        """
        if self.posts < _ENOUGH_SAMPLED:
            return None
        posts = _AMPLE * wanted / max(self.share(node, _TALKATIVE), 1 / self.posts)
        found = {self.since(posts * factor, before) for factor in (1, 4, 16)}
        return sorted((edge for edge in found if edge > self.stretches[-1][0]), reverse=True)

    def forms(self, word: str, language: str) -> tuple[str, ...]:
        """`word` and what else people write for it in `language`."""
        return forms(word, language, self.written.get(stems(language)[word], ()))

    def rarity(self, stem: str) -> float:
        """Inverse document frequency; never negative."""
        having = self.having[stem]
        return math.log(1 + (self.posts - having + 0.5) / (having + 0.5))

    def share(self, node: Node, people: float = 0.0) -> float:
        """About which share of the posts fulfils `node`: enough to tell what to ask for first.

        `people` is taken for that of operators which name somebody, as nobody knows how much they say.
        """
        match node:
            case Word(term=term):
                return self.having[stems(self.language)[term]] / max(self.posts, 1)
            case Phrase(terms=terms):
                return min((self.share(Word(term)) for term in terms), default=0.0)
            case And(parts=parts):
                return min((self.share(part, people) for part in parts), default=1.0)
            case Or(parts=parts):
                return sum(self.share(part, people) for part in parts)
        return _SHARES.get(type(node), people)

    def common(self, stem: str) -> bool:
        """Whether every other post has it. A handful of posts does not tell."""
        return self.posts >= _ENOUGH_SAMPLED and self.having[stem] > _COMMON * self.posts


class Bag(msgspec.Struct, frozen=True, gc=False):
    """A post as a score sees it: how often each stem occurs, what it carries, and the share of `exact` plain words."""

    post: Candidate
    words: dict[str, int]
    length: int
    gist: frozenset[str]
    links: bool
    passed_on: bool
    exact: float


class Plan(msgspec.Struct, frozen=True):
    """A query taken apart: `strict` must hold, of the `plain` words any may be missing.

    All of them may be only where what is strict says words too (`topical`): a phrase, a #tag, an OR.
    `scored` are the stems that speak for a post, with those of the words in phrases and tags. A `broad` one looks for
    posts with any one of the words: they were taken from a text, and nobody asked for them together.
    """

    strict: tuple[Node, ...]
    plain: tuple[str, ...]
    scored: tuple[str, ...]
    language: str
    topical: bool = False
    broad: bool = False


class Ranked(msgspec.Struct, frozen=True):
    """One place in the ranking. `like` are the near-duplicates that stand behind it, best first."""

    id: int
    complete: bool
    like: tuple[int, ...] = ()


def background(posts: Sequence[Candidate]) -> Background:
    """What a sample of posts tells."""
    having: Counter[str] = Counter()
    heard: dict[str, Counter[str]] = {}
    languages: Counter[str] = Counter()
    spelled: dict[str, Counter[str]] = {}
    for post in posts:
        having.update(bag(post, Plan((), (), (), post.language or "en")).words.keys())
        stem = stems(post.language or "en")
        words = set(analysis.terms(post.text).words)
        for word in words:
            if word.isalpha():
                spelled.setdefault(stem[word], Counter())[word] += 1
        if post.language:
            languages[post.language] += 1
            for word in words:
                heard.setdefault(word, Counter())[post.language] += 1
    return Background(
        len(posts), having,
        {word: _commonest(counted) for word, counted in heard.items()},
        _commonest(languages) if languages else "en",
        {stem: tuple(sorted(words, key=lambda word: (-words[word], word))[:_SPELLINGS])
         for stem, words in spelled.items() if len(words) > 1})


def _commonest(counted: Counter[str]) -> str:
    return min(counted, key=lambda name: (-counted[name], name))


def plan(tree: Node, background: Background) -> Plan:
    """What to look for. The query's language is what it says by `lang:`, or else that of most posts with its words."""
    parts = tree.parts if isinstance(tree, And) else (tree,)
    strict = tuple(part for part in parts if not isinstance(part, (Word, All)))
    given = list(dict.fromkeys(word for part in parts if isinstance(part, Word) for word in _words(part)))
    heard = Counter(background.spoken[word] for word in given if word in background.spoken)
    said = [part.code for part in parts if isinstance(part, Language)]
    language = said[0] if said else _commonest(heard) if heard else background.language
    stem = stems(language)
    telling = [word for word in given if not background.common(stem[word])]
    plain = telling or given
    scored = [stem[word] for word in plain]
    scored += [stem[word] for word in _strict_words(strict) if not background.common(stem[word])]
    topical = any(True for _ in _strict_words(strict))
    return Plan(strict, tuple(plain), tuple(dict.fromkeys(scored)), language, topical)


def likeness(post: Candidate, background: Background) -> Plan:
    """What to look for to find more posts like this one: its most telling words, the most telling first.

    A word tells the more, the rarer it is and the oftener the post says it (tf-idf). Names, addresses and plain
    numbers tell nothing, nor does what everybody says, unless the post says nothing else.
    """
    language = post.language or background.language
    stem = stems(language)
    text = f"{post.spoiler}\n{post.text}"
    found = analysis.terms(" ".join(stretch for stretch in text.split() if "://" not in stretch))
    said: Counter[str] = Counter()
    written: dict[str, str] = {}
    for term in found.words[1:] if found.words[:1] == ["rt"] else found.words:
        if term[0] == "@" or term in found.hosts or (found.hosts and "/" in term):
            continue
        for word in _words(Word(term.lstrip("#"))) if term.strip("#") else ():
            if len(word) > 1 and (any(map(str.isalpha, word)) or (word.isdigit() and len(word) == 4)):
                said[stem[word]] += 1
                written.setdefault(stem[word], word)
    worth = {made: background.rarity(made) * times / (times + _SATURATION) for made, times in said.items()}
    order = sorted(worth, key=lambda made: (-round(worth[made], 9), made))
    telling = [made for made in order if not background.common(made)] or order
    return Plan((), tuple(written[made] for made in telling[:MOST_TELLING]), tuple(telling[:MOST_TELLING]), language,
        broad=True)


def _words(node: Word) -> Sequence[str]:
    """The words of one that is written together: `friend` of `friend's`, `half` and `sister` of `half-sister`."""
    if node.term.isalnum() or not node.term[0].isalnum():
        return (node.term,)
    alternates = next((word.alternates for word in analysis.analyse(node.term)), ())
    if node.term.endswith(("'s", "'")) and alternates:
        return alternates[:1]
    parts = [part for part in node.term.replace("-", " ").replace("_", " ").split() if part in alternates]
    return parts if len(parts) > 1 else (node.term,)


def _strict_words(strict: Iterable[Node]) -> Iterable[str]:
    for part in strict:
        if isinstance(part, Not):
            continue
        for node in walk(part):
            if isinstance(node, Word):
                yield node.term
            elif isinstance(node, Phrase):
                yield from node.terms
            elif isinstance(node, Tag):
                yield node.name


Listed = list[tuple[Node, tuple[str, ...]]]


def lists(wanted: Plan, background: Background) -> list[Listed]:
    """The combinations of words whose newest matches are candidates, each with the words that its posts surely have.

    They come in steps, the best first: all words, a rare one beside any other, a rare one alone, what is strict alone.
    Whoever has enough after one step needs no further one. What is `broad` has one step.
    """
    stem = stems(wanted.language)
    most, singly = (MOST_TELLING, MOST_TELLING) if wanted.broad else (_MAX_WORDS, _ALONE)
    rarest = sorted(wanted.plain, key=lambda word: -background.rarity(stem[word]))[:most]
    asked = {word: _either(Word(form) for form in background.forms(word, wanted.language)) for word in rarest}
    together: Listed = [(_both([*wanted.strict, *asked.values()]), tuple(rarest))]
    paired: Listed = []
    for word in rarest[:_PAIRED] if len(rarest) > 2 else ():
        others = _either(asked[other] for other in rarest if other != word)
        paired.append((_both([*wanted.strict, asked[word], others]), (word,)))
    alone: Listed = [
        (_both([*wanted.strict, asked[word]]), (word,)) for word in rarest[:singly] if len(rarest) > 1]
    bare: Listed = [(_both(wanted.strict), ())] if wanted.topical else []
    if wanted.broad:
        return [together + paired + alone]
    return [step for step in (together, paired, alone, bare) if step]


def reach(wanted: Plan, background: Background, before: int) -> int:
    """The id from which on posts are asked whether they have all words, where all words are so common that it takes
    long to ask every post; 0 for the whole archive."""
    having = sorted(background.having[stems(wanted.language)[word]] for word in wanted.plain)
    if wanted.strict or wanted.broad or len(having) < 2 or background.posts < SAMPLED // 4 or not having[0]:
        return 0
    read = (having[0] + min(having[1], _SKIPPED * having[0])) / background.posts  # the others are asked about few posts
    return background.since(_WALKED / read, before)


def spellings(wanted: Plan, background: Background) -> Node:
    """Any of the plain words in any of its forms: what to mark in an answer."""
    return _either(Word(form) for word in wanted.plain for form in background.forms(word, wanted.language))


def anything(wanted: Plan, background: Background) -> Node:
    """Every post that may be in the answer."""
    if wanted.topical:
        return _both(wanted.strict)
    asked = [Word(form) for word in wanted.plain[:_MAX_WORDS] for form in background.forms(word, wanted.language)]
    return _both([*wanted.strict, _either(asked)])


def _either(parts: Iterable[Node]) -> Node:
    flat = [one for part in parts for one in (part.parts if isinstance(part, Or) else (part,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def _both(parts: Sequence[Node]) -> Node:
    return All() if not parts else parts[0] if len(parts) == 1 else And(tuple(parts))


def chosen(
    found: Sequence[tuple[tuple[str, ...], Sequence[int]]], wanted: Plan, background: Background, limit: int
) -> list[int]:
    """The first `limit` ids that `lists` found, those with the rarest and most words first, then the newest."""
    stem = stems(wanted.language)
    worth = {word: background.rarity(stem[word]) for word in wanted.plain}
    bit = {word: 1 << at for at, word in enumerate(wanted.plain)}
    words: dict[int, int] = {}  # of each post, as bits: thousands of posts have a handful of combinations
    for sure, ids in found:
        has = sum(bit[word] for word in sure)
        for post_id in ids:
            words[post_id] = words.get(post_id, 0) | has
    same: dict[float, list[int]] = {}
    sums = {has: sum(sorted(worth[word] for word in worth if has & bit[word])) for has in set(words.values())}
    for post_id, has in words.items():
        same.setdefault(sums[has], []).append(post_id)
    ids = []
    for value in sorted(same, reverse=True):
        ids += sorted(same[value], reverse=True)
        if len(ids) >= limit:
            break
    return ids[:limit]


_Said = tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[str, ...], tuple[str, ...], bool] | None]


class _Reading(dict[str, _Said]):
    """What the stretches of posts say in one language, each worked out when first met.

    That is the stems of its words, the terms as they were written, and where there is more than words: which of the
    stems are names, the stems of alternates, and whether it is a link.
    """

    def __init__(self, language: str) -> None:
        super().__init__()
        self._stem = stems(language)
        self._earlier: dict[str, _Said] = {}

    def __missing__(self, stretch: str) -> _Said:
        made = self._earlier.get(stretch) or self._read(stretch)
        if len(stretch) <= _LONGEST_REMEMBERED:
            if len(self) >= _REMEMBERED:
                self._earlier = dict(self)
                self.clear()
            self[stretch] = made
        return made

    def _read(self, stretch: str) -> _Said:
        stem = self._stem
        if term := analysis.plain(stretch):
            return (stem[term],), (term,), None
        terms, alternates, hosts, _ = analysis.stretch(stretch)
        if hosts or alternates:
            words = [term for term in terms if term not in hosts and "/" not in term] if hosts else terms
            names = tuple([stem[term.lstrip("#@")] for term in words if term[0] == "@"])
            said = tuple([stem[term.lstrip("#@") if term[0] in "#@" else term] for term in words])
            others = tuple([stem[term] for term in alternates if term not in hosts])
            return said, terms + alternates, (names, others, bool(hosts))
        return tuple([stem[term] for term in terms]), terms, None


@lru_cache(maxsize=_LANGUAGES)
def _reading(language: str) -> _Reading:
    return _Reading(language)


def bag(post: Candidate, wanted: Plan) -> Bag:
    """The post's stems, those of the query's words spelled as in the query, whatever the post's language."""
    language = post.language or wanted.language
    reading = _reading(language)
    stretches = f"{post.spoiler}\n{post.text}".split()[: analysis.MAX_WORDS]
    links = "://" in post.text or "://" in post.spoiler
    if links:  # addresses are slow to analyse, and no words
        stretches = [stretch for stretch in stretches if "://" not in stretch]
    said: list[str] = []
    terms: list[str] = []
    names: list[str] = []
    alternates: list[str] = []
    for stretch in stretches:
        stemmed, written, more = reading[stretch]
        said += stemmed
        terms += written
        if more is not None:
            names += more[0]
            alternates += more[1]
            links = links or more[2]
    passed_on = terms[:1] == ["rt"]
    if passed_on:
        del said[0]
    words = dict(Counter(said))
    gist = frozenset(words).difference(names) if names else frozenset(words)
    for made in alternates:
        words.setdefault(made, 1)
    if post.language and post.language != wanted.language:
        mine, stem = stems(wanted.language), stems(language)
        for word in wanted.plain:
            if mine[word] != stem[word] and stem[word] in words:
                words[mine[word]] = words.pop(stem[word])
    exact = sum([word in terms for word in wanted.plain]) / max(len(wanted.plain), 1)
    return Bag(post, words, len(said), gist, links, passed_on, exact)


def rank(bags: Sequence[Bag], wanted: Plan, background: Background, newest: int) -> list[Ranked]:
    """The posts, best first; those with all the plain words before those without. `newest` is the id of now.

    The same posts give the same order, in whatever order they come.
    """
    bags = sorted(bags, key=lambda one: -one.post.id)
    weights = {stem: 1 / len(wanted.scored) for stem in wanted.scored}
    complete = {stems(wanted.language)[word] for word in wanted.plain}
    favour = {one.post.id: _favour(one, newest) for one in bags}
    worth = [(stem, background.rarity(stem)) for stem in wanted.scored]
    total = sum(value for _, value in worth) or 1.0
    for one in bags if worth else ():
        words = one.words
        favour[one.post.id] *= (sum([value for stem, value in worth if stem in words]) / total) ** _COVERAGE
    first = _ordered(bags, _scores(bags, weights, background), favour)
    if wanted.scored:
        weights = _taught(first, weights, background)
    order = [one for _, one in _ordered(bags, _scores(bags, weights, background), favour)]
    order.sort(key=lambda one: not complete <= one.words.keys())  # stable: the order within stays
    return [Ranked(one.post.id, complete <= one.words.keys()) for one in order]


def _favour(one: Bag, newest: int) -> float:
    """What speaks for a post beside its words."""
    days = max(newest - one.post.id, 0) / (86_400_000 << 16)
    talk = one.post.replies + one.post.boosts + one.post.favourites
    favour = (1 + _RECENT * 2 ** (-days / _RECENT_DAYS)) * (1 + _TALK * math.log2(1 + min(talk, 1_000)))
    favour *= 1 + _EXACT * one.exact
    return favour * (1 + _LINK * one.links) * (_PASSED_ON if one.passed_on else 1.0)


def _scores(bags: Sequence[Bag], weights: Mapping[str, float], background: Background) -> dict[int, float]:
    worth = [(stem, weight * background.rarity(stem) * (1 + _SATURATION)) for stem, weight in weights.items()]
    made: dict[int, float] = {}
    for one in bags:
        words = one.words
        score = 0.0
        for stem, value in worth:
            if stem in words:
                times = words[stem]
                score += value * times / (times + _SATURATION)
        made[one.post.id] = score if worth else 1.0
    return made


def _ordered(
    bags: Sequence[Bag], scores: Mapping[int, float], favour: Mapping[int, float]
) -> list[tuple[float, Bag]]:
    # Rounded, so that the last bits of a sum never decide.
    rated = [(round(scores[one.post.id] * favour[one.post.id], 9), one) for one in bags]
    return sorted(rated, key=lambda pair: (-pair[0], -pair[1].post.id))


def _taught(
    order: Sequence[tuple[float, Bag]], own: Mapping[str, float], background: Background
) -> dict[str, float]:
    """The query's weights and those of words that its best answers share, near-duplicates heard once."""
    teachers: list[tuple[float, Bag]] = []
    for score, one in order:
        if score > 0 and not any(alike(one, other) for _, other in teachers):
            teachers.append((score, one))
        if len(teachers) == _TEACHERS:
            break
    said: Counter[str] = Counter()
    sayers: Counter[str] = Counter()
    for score, one in teachers:
        for stem, times in one.words.items():
            if len(stem) > 1 and (not stem.isdigit() or len(stem) == 4):
                said[stem] += score / teachers[0][0] * times / max(one.length, 1)  # type: ignore[assignment]
                sayers[stem] += 1
    worth = {
        stem: share * background.rarity(stem)
        for stem, share in said.items()
        if sayers[stem] > 1 and not background.common(stem)
    }
    lessons = sorted(worth.items(), key=lambda pair: (-round(pair[1], 9), pair[0]))[:_LESSONS]
    total = sum(value for _, value in lessons)
    if not total:
        return dict(own)
    made = {stem: _OWN_SHARE * weight for stem, weight in own.items()}
    for stem, value in lessons:
        made[stem] = made.get(stem, 0.0) + (1 - _OWN_SHARE) * value / total
    return made


def alike(one: Bag, other: Bag) -> bool:
    """Whether two posts say the same in nearly the same words; links, names and `RT` aside."""
    a, b = one.gist, other.gist
    if min(len(a), len(b)) < max(_FOLDED_WORDS, ALIKE * max(len(a), len(b))):
        return False
    shared = len(a & b)
    return shared >= ALIKE * (len(a) + len(b) - shared)


def folded(order: Sequence[Ranked], bags: Mapping[int, Bag]) -> list[Ranked]:
    """`order` with near-duplicates behind the first of them.

    Two sets that are alike have a word in common among the few rarest of each (prefix filtering, Chaudhuri, Ganti and
    Kaushik 2006), so only those are compared, and a thousand posts take milliseconds.
    """
    rarity = Counter(chain.from_iterable(bags[place.id].gist for place in order))
    leaders: dict[int, list[int]] = {}
    like: dict[int, list[int]] = {}
    # Numbered from the rarest, so that sorting a post's words compares plain numbers; any order of equals would do.
    # What one post alone has brings nobody together.
    number = {stem: count << 32 | at for at, (stem, count) in enumerate(rarity.items()) if count > 1}
    for place in order:
        mine = bags[place.id]
        size = len(mine.gist)
        shared = [number[stem] for stem in mine.gist if stem in number]
        most = len(shared) - math.ceil(ALIKE * size) + 1
        telling = sorted(shared)[:most] if most > 0 else []
        met = dict.fromkeys(leader for rare in telling for leader in leaders.get(rare, ()))
        leader = next((leader for leader in met if alike(bags[leader], mine)), None)
        if leader is not None:
            like[leader].append(place.id)
            continue
        like[place.id] = []
        for rare in telling:
            leaders.setdefault(rare, []).append(place.id)
    return [msgspec.structs.replace(place, like=tuple(like[place.id])) for place in order if place.id in like]
