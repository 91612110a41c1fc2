"""Stop those who help at a desk for health care from saying what it must not, by whatever door they say it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from ..desk import checking
from ..desk.checking import Finding
from ..desk.phrases import Reason
from ..errors import Invalid
from ..model.account import Account
from ..model.case import Concern
from ..model.desk import Desk, Kind
from ..model.post import Draft, Post
from ..store import desk_answers, desk_queue, desks
from ..store.database import Reader, Transaction


class Stopped(Invalid):
    """The reply check stopped an answer: `findings` say which words of `said`, `may_override` whether a lead sent it
    from the desk. `outside` names the case for which words were stopped that came by another door."""

    def __init__(
        self, desk: Desk, said: str, findings: list[Finding], *, may_override: bool = False,
        outside: Concern | None = None,
    ) -> None:
        words = ", ".join(f"“{one.words}”" for one in findings[:5])
        if outside is None:
            message = f"The reply check stopped this answer: it says {words}."
        else:
            told = "this conversation is one of its cases" if outside.here else "you write to somebody of its cases"
            message = (
                f"The reply check stopped this: it says {words}. You help at the desk “{desk.name}”, and {told}, so "
                "what you say is checked even where you speak for yourself. Nobody at a clinic may confirm who is a "
                f"patient. Say it in other words, or answer at /desks/{desk.id}/cases/{outside.conversation_id}")
        super().__init__(message, "text")
        self.desk, self.said, self.findings = desk, said, findings
        self.may_override, self.outside = may_override, outside


async def findings(
    reader: Reader, desk: Desk, cases: Iterable[Concern], text: str, now: datetime
) -> list[Finding]:
    """What the reply check says of a text about these cases; nothing at a desk that is not for health care."""
    if desk.kind is not Kind.HEALTH:
        return []
    private: list[str] = []
    public: list[str] = []
    for case in cases:
        if texts := await desk_answers.private_texts(reader, desk.id, case.conversation_id, case.author_id, now):
            private += texts
            public += await desk_answers.public_texts(reader, case.conversation_id)
    return checking.check(text, private, public)


async def check_words(
    tx: Transaction, speaker: Account, said: Sequence[str], now: datetime, *, posts: Iterable[Post | None] = (),
    people: Collection[int] = (), by_desk: int | None = None, checked: bool = False,
) -> None:
    """Look through what `speaker` says of `posts` (answered, quoted, edited), and to `people`.

    It matters at each desk for health care where they help, if one of the conversations is its case or one of the
    people waits there; and at the desk `by_desk`, of which it was said, though they may have left it. What was
    `checked` by that desk, or let pass by its lead, is stopped by private notes of the others alone. Who helps nowhere
    costs one look into an index, and who speaks to nobody none.

    Raises Stopped.
    """
    about = [post for post in posts if post is not None]
    if not about and not people:
        return
    cared = await desks.of_care(tx, speaker.id)
    if by_desk and not checked and by_desk not in {desk.id for desk in cared}:
        left = await desks.find(tx, by_desk)
        cared += [left] if left is not None and left.kind is Kind.HEALTH else []
    by_care = checked and by_desk in {desk.id for desk in cared}
    text = "\n".join(filter(None, said))
    conversations = {post.conversation_id for post in about}
    authors = {*people, *(post.author_id for post in about)} - {speaker.id}
    for desk in cared:
        if by_care and desk.id == by_desk:
            continue
        cases = await desk_queue.concerns(tx, desk.id, conversations, authors)
        if not cases and desk.id == by_desk:  # the case is gone, and what was said of it is not
            cases = [Concern(conversation_id=post.conversation_id, author_id=0, here=True) for post in about]
        found = await findings(tx, desk, cases, text, now) if cases else []
        if by_care:
            found = [one for one in found if one.reason is Reason.NOTE]
        if found:
            raise Stopped(desk, text, found, outside=cases[0])


def said_in(draft: Draft, described: Iterable[str] = ()) -> list[str]:
    """All that a draft says, with what its files are said to be."""
    event = (draft.event.name, draft.event.place) if draft.event else ()
    return [draft.text, draft.spoiler, *(draft.poll.options if draft.poll else ()), *event, *described]
