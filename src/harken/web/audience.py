"""Who can read a post, in plain words below it."""

from __future__ import annotations

from collections.abc import Iterable

from ..model.post import SeenPost, Visibility
from ..store import recipients, sets
from ..store.database import Reader
from .languages import gettext_now as _
from .languages import ngettext_now as ngettext


async def told(reader: Reader, seen: Iterable[SeenPost], viewer: int) -> dict[int, str]:
    """Of each post for some people: how many they are, for its author also which sets they were in.

    Nothing is asked of the database where no post is for some people; two statements where the viewer wrote one, one
    otherwise.
    """
    some = [post for post in seen if post.visibility is Visibility.SET]
    if not some:
        return {}
    counts = await recipients.counts(reader, [post.id for post in some])
    own = [post.id for post in some if post.author_id == viewer]
    names = await sets.names_of_posts(reader, own, viewer) if own else {}
    return {post.id: _in_words(counts.get(post.id, 0), names.get(post.id, [])) for post in some}


def _in_words(number: int, names: list[str]) -> str:
    people = ngettext("%(num)d person", "%(num)d people", number) % {"num": number}
    if names:
        return _("%(sets)s: %(people)s") % {"sets": ", ".join(names), "people": people}
    return _("%(people)s, beside the author") % {"people": people}
