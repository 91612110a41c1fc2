"""What the desks here hold about an account: for the person whose account it is, and for nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ..ids import PostId, moment_of
from ..model.account import Account
from ..model.contact import Relation
from ..store import contact_links, contacts, desk_memory, desks, stories
from ..store.database import Reader
from ..store.forgotten import ALL_DESKS, forgotten
from .history import SOURCES, Held, of_story


class CardHeld(msgspec.Struct, frozen=True, kw_only=True):
    """What a card says. Others who belong to the person are not named: that is about them."""

    name: str
    since: datetime
    how_we_met: str
    asked_for: str
    channel: str
    reach: str
    do_not_contact: bool
    tags: list[str]
    relations: list[Relation]
    entries: list[Held]


class CaseHeld(msgspec.Struct, frozen=True, kw_only=True):
    """A post of the person's that a desk took up, and what it made of it."""

    post_id: PostId
    mark: str
    reason: str
    tags: list[str]


class DeskHolds(msgspec.Struct, frozen=True, kw_only=True):
    """All that one desk holds. `more` says that it believes further accounts to be theirs, whose things are not told
    here: they may be somebody else's."""

    desk_id: int
    desk: str
    card: CardHeld | None
    cases: list[CaseHeld]
    entries: list[Held]  # that hang on no card: outcomes of cases, stories
    more: bool
    spared: bool
    forgotten: bool


class Holdings(msgspec.Struct, frozen=True, kw_only=True):
    """All that all desks hold; `forgotten` when all were told to forget."""

    account: str
    at: datetime
    hearable: bool
    forgotten: bool
    desks: list[DeskHolds]


async def holdings(reader: Reader, person: Account, now: datetime) -> Holdings:
    """What is held about whoever is behind an account, by every desk that is open or holds anything."""
    listed = {desk.id: desk.name for desk in await desks.open_to_public(reader)}
    told = await stories.naming_account(reader, person.id)
    for desk_id in (*await desk_memory.desks_that_know(reader, person.id),
                    *await desk_memory.desks_that_heard(reader, person.id), *(story.desk_id for story in told)):
        closed = None if desk_id in listed else await desks.find(reader, desk_id)
        if closed is not None:
            listed[desk_id] = closed.name
    spared = await contacts.spared_by(reader, person.id)
    everywhere = bool(await forgotten(reader, ALL_DESKS, {person.id: person.uri}))
    made = []
    for desk_id, name in listed.items():
        card, more = await _card(reader, desk_id, person, now)
        made.append(DeskHolds(
            desk_id=desk_id, desk=name, card=card, more=more, cases=await _cases(reader, desk_id, person),
            entries=[
                *([] if card else [
                    Held(kind="outcome", at=moment_of(i), text=words)
                    for i, words in await desk_memory.outcomes_of(reader, desk_id, person.id)]),
                *(one for one in map(of_story, (story for story in told if story.desk_id == desk_id))
                  if card is None or one not in card.entries)],
            spared=desk_id in spared,
            forgotten=not everywhere and bool(await forgotten(reader, desk_id, {person.id: person.uri}))))
    return Holdings(
        account=f"@{person.address}", at=now, hearable=person.hearable, forgotten=everywhere, desks=made)


async def _card(reader: Reader, desk_id: int, person: Account, now: datetime) -> tuple[CardHeld | None, bool]:
    standing = await contacts.find_of_account(reader, desk_id, person.id)
    if standing is None:
        return None, False
    theirs = (await contacts.accounts(reader, [standing.id]))[standing.id]
    cards = await contacts.cards(reader, standing.id)
    own = next(one.contact_id for one in theirs if one.account_id == person.id)
    more = any(one.contact_id != own for one in theirs)
    if more:  # merged by somebody who may be wrong: only what hangs on the card of this account
        cards = [card for card in cards if card.id == own]
    ids = [card.id for card in cards]
    first = next((card for card in cards if card.id == standing.id), cards[0])
    return CardHeld(
        name=first.name, since=first.created_at, how_we_met=_together([card.met for card in cards]),
        asked_for=_together([card.asked for card in cards]), channel=first.channel.value,
        reach=_together([card.reach for card in cards]), do_not_contact=any(card.silent for card in cards),
        tags=await contacts.tags_of_cards(reader, ids), relations=await contact_links.kinds_of_cards(reader, ids),
        entries=sorted(
            [one for source in SOURCES for one in await source.held(reader, ids, now)], key=lambda one: one.at),
    ), more


def _together(texts: Sequence[str]) -> str:
    return "\n\n".join(text for text in texts if text)


async def _cases(reader: Reader, desk_id: int, person: Account) -> list[CaseHeld]:
    found = await desk_memory.cases_of(reader, desk_id, [person.id])
    tags = await desk_memory.tags_of_cases(reader, desk_id, [one.conversation_id for one in found])
    return [CaseHeld(post_id=one.post_id, mark=one.mark, reason=one.reason, tags=tags.get(one.conversation_id, []))
            for one in found]
