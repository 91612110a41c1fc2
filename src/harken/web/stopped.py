"""What the reply check stopped at another door than the desk's own: which words, why here, and what to do instead."""

from __future__ import annotations

import msgspec

from ..actions.check_words import Stopped
from ..api.requests import AnyRequest, engine_of
from ..errors import NotFound
from ..model.account import Account
from ..model.desk import DeskOfMember, DeskRole
from ..store import accounts, desk_queue, desks, posts
from . import answer_box
from .answer_box import Words
from .languages import gettext_now as _


class StoppedPost(msgspec.Struct, frozen=True, kw_only=True):
    """A post that was not sent. `door` is the case at the desk where it can be answered; empty if it is gone."""

    desk: DeskOfMember | None
    why: str
    pieces: list[Words]
    text: str
    visibility: str
    door: str = ""
    offers: list[str] = []
    may_override: bool = False


async def explained(
    request: AnyRequest, viewer: Account, error: Stopped, text: str, visibility: int
) -> StoppedPost:
    """What to show for an error; `text` is what the box held, which the desk's own box is to hold next."""
    db, case = engine_of(request).db, error.outside
    names = {int(value): name for name, value in answer_box.VISIBILITIES.items()}
    made = StoppedPost(
        desk=None, why=why(error), pieces=answer_box.pieces_of(error.said, error.findings), text=text,
        visibility=names.get(visibility, "direct"))
    try:
        desk = await desks.get(db, error.desk.id, viewer.id, DeskRole.HELPER)
    except NotFound:  # they left it, and edit what they said in its name
        return made
    made = msgspec.structs.replace(made, desk=desk, may_override=desk.role is DeskRole.LEAD)
    item = await desk_queue.find(db, desk.id, case.conversation_id, viewer.id) if case else None
    if item is None:
        return made
    asked, asker = await posts.find(db, item.post_id), await accounts.get(db, item.author_id)
    return msgspec.structs.replace(
        made, door=f"/desks/{desk.id}/cases/{item.conversation_id}",
        offers=answer_box.offered(desk, asked, asker, viewer))


def told(error: Stopped) -> str:
    """The same in a few sentences, where there is no room for more."""
    words = ", ".join(f"“{one.words}”" for one in error.findings[:5])
    return " ".join([
        _("The reply check stopped this: it says %(words)s.") % {"words": words}, why(error),
        _("Nobody at a clinic may confirm who is a patient. Say it in other words, or answer from the desk.")])


def why(error: Stopped) -> str:
    """Why somebody is checked who speaks for themselves."""
    if error.outside is not None and not error.outside.here:
        return _("You help at the desk “%(desk)s”, and this reaches somebody of its cases. So what you say to them is "
                 "checked, even where you speak for yourself.") % {"desk": error.desk.name}
    return _("You help at the desk “%(desk)s”, and this conversation is one of its cases. So what you say here is "
             "checked, even where you speak for yourself.") % {"desk": error.desk.name}
