"""Who among the people of a desk may be the same person, and why: a proposal that somebody confirms or not."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

import msgspec

from ..model.account import Account
from ..model.contact import Contact
from ..store import accounts, contact_links, contacts
from ..store.database import Reader

PROPOSED = 5
_LOOKED_AT = 30
_LINKS = 8
_LINK = re.compile(r"https?://[^\s<>\"']{4,300}")
# What each reason counts for; one that stands alone must count for two.
_WEIGHTS = {"points_both_ways": 5, "points": 3, "link": 2, "name": 1, "username": 1, "card": 2}


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A person who may be the same. `reasons` are keys of `web/contact_words.py`, the weightiest first."""

    card: Contact
    reasons: list[str]


def name_key(name: str) -> str:
    """A name as it is looked for: without case and marks."""
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))


def links_of(account: Account) -> set[str]:
    """What a profile links to, without what makes no difference: scheme, www, the slash at the end."""
    text = " ".join([account.bio, *(field.value for field in account.fields)])
    return {plain_link(link.rstrip(".,;:!?)")) for link in _LINK.findall(text)[:_LINKS]}


def plain_link(link: str) -> str:
    """`example.org/me` for every way of writing it."""
    host, slash, path = re.sub(r"^https?://(www\.)?", "", link, count=1).partition("/")
    return f"{host.lower()}{slash}{path}".split("#")[0].rstrip("/")


def page_of(account: Account, base_url: str) -> str:
    """The address of a profile, as `plain_link` writes it; those of accounts here are kept as paths."""
    return plain_link(base_url + account.url if account.local else account.url)


async def proposals(reader: Reader, card: Contact, viewer: int, base_url: str) -> list[Proposal]:
    """Who may be the person of a card that the viewer has found; the likeliest first, PROPOSED at the most."""
    mine = await _accounts(reader, [card.id])
    own = mine.get(card.id, [])
    links = {link for account in own for link in links_of(account)}
    found = await contact_links.alike(
        reader, card.desk_id, card.id, viewer, name_keys=[name_key(card.name)],
        display_names=[account.display_name.lower() for account in own if account.display_name],
        usernames=[account.username.lower() for account in own],
        links=sorted(links | {page_of(account, base_url) for account in own})[: 2 * _LINKS],
        urls=[address for link in links for address in (
            f"https://{link}", "/" + link.removeprefix(plain_link(base_url)).lstrip("/"))], limit=_LOOKED_AT)
    theirs = await _accounts(reader, [one.id for one in found])
    made = [Proposal(card=one, reasons=reasons(card, own, one, theirs.get(one.id, []), base_url)) for one in found]
    weighed = sorted(((sum(_WEIGHTS[r] for r in one.reasons), one) for one in made), key=lambda pair: -pair[0])
    return [one for weight, one in weighed if weight >= 2][:PROPOSED]


async def _accounts(reader: Reader, person_ids: Sequence[int]) -> Mapping[int, list[Account]]:
    theirs = await contacts.accounts(reader, person_ids)
    known = await accounts.by_ids(reader, [one.account_id for some in theirs.values() for one in some])
    return {person: [known[one.account_id] for one in some if one.account_id in known]
            for person, some in theirs.items()}


def reasons(
    card: Contact, own: Sequence[Account], other: Contact, theirs: Sequence[Account], base_url: str
) -> list[str]:
    """What two people share, by the weight of it."""
    there = _points(own, theirs, base_url)
    back = _points(theirs, own, base_url)
    found = ["points_both_ways"] if there and back else ["points"] if there or back else []
    pages = {page_of(account, base_url) for account in (*own, *theirs)}
    if {link for one in own for link in links_of(one)} & {link for one in theirs for link in links_of(one)} - pages:
        found.append("link")
    if {name_key(one.display_name) for one in own if one.display_name} & {
            name_key(one.display_name) for one in theirs if one.display_name}:
        found.append("name")
    if any(a.username.lower() == b.username.lower() and a.domain != b.domain for a in own for b in theirs):
        found.append("username")
    if not (own and theirs) and name_key(card.name) == name_key(other.name):
        found.append("card")
    return found


def _points(some: Sequence[Account], others: Sequence[Account], base_url: str) -> bool:
    """Whether a profile among `some` leads to one of `others`."""
    pages = {page_of(account, base_url) for account in others}
    return any(links_of(account) & pages for account in some)
