"""The desk of the demo community, with a week of life in it: who was heard, answered and known, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from ..actions.ask_consent import answer_consent, ask_consent, asked
from ..actions.keep_desk import DeskDraft, open_desk
from ..actions.keep_desk_ear import keep_desk_ear
from ..actions.keep_reply import keep_reply
from ..actions.know_person import ContactDraft, change_card, know_person, write_card
from ..actions.note_contact import note_contact
from ..actions.publish_post import publish_post
from ..actions.publish_story import publish_story
from ..actions.record_outcome import OutcomeDraft, record_outcome, spend_time
from ..actions.relate_contacts import relate_contacts
from ..actions.staff_desk import staff_desk
from ..actions.tag_contact import tag_case, tag_contact
from ..actions.work_case import Move, Verb, work_case
from ..actions.write_story import StoryDraft, add_post, add_words, begin_story
from ..model.account import Account
from ..model.desk import Desk, DeskRole
from ..model.outcome import Confidence, Tier
from ..model.post import Draft, Post
from ..model.story import Story
from ..store import ears, stories
from ..store.database import Database

_EARS = {
    "Rare illness and second opinions": 'lymphoedema OR "second opinion" OR "rare cancer"',
    "Where is, who knows": "is:question (pharmacy OR clinic OR hospital OR appointment OR anybody OR somebody)",
    "Forms and travel costs": '"travel costs" OR taxi OR form OR referral',
}
_REPLIES = {
    "Who to ring": "Hello {name}, I cannot say anything about you or yours in public. What people often do: ring the "
                   "ward office and ask for the social worker. {helper}, {desk}",
    "Travel costs": "Keep every ticket, {name}. Many people can get some of it back; write to us in private and we "
                    "look at it together.",
}


_ELEVEN_MINUTES = (
    "Fernmouth has one map that everybody uses, and one person who draws it. Five months ago she could not sleep. "
    "There was a word that she had heard in a corridor and could not spell, so she searched for what it might be, and "
    "arrived on the page of a man who was complaining about his bicycle.",
    "rc1",
    "The man with the chain works in a hospital, says so, and says nothing else about it. What he does say, to whoever "
    "asks, is which office keeps the scans and how early to ring. Last week there was more to ask.",
    "so1", "so2", "so3", "so4",
    "There was one more thing, and it was about a pen.",
    "so6", "so7",
    "A day later Nell asked for something that no list in town could tell her. Somebody knew, because he had walked "
    "past it for years.",
    "ly1", "ly4", "ly5", "ly6",
    (2, "Five people had lunch at the Heron. They had been writing to each other for months; most had never met."),
    "lu1", "lu2", "lu3",
    "Then they walked. It takes eleven minutes, fourteen if somebody inspects a bollard.",
    "lu8",
    "The clinic is on the map now, with a very small accordion beside it. The soup was caraway. The recipe was not "
    "offered, and this newspaper knows better than to ask.",
)
"""Words of the author's, names of posts, and moments with the days since."""

_ONE_SPANNER = (
    "Not everything that is said here helps anybody. This is about the other tenth.",
    "rc12", "rc13",
)


async def open_up(db: Database, people: Mapping[str, Account], now: datetime) -> Desk:
    """The desk, its people and what it listens for, eight days ago, before anything was said."""
    then = now - timedelta(days=8)
    desk = await open_desk(db, people["amber"], DeskDraft(
        name="Harbour Help", kind="health", zone="Europe/Copenhagen",
        about="Tamsin and Henrik answer questions about finding your way: who to ring, which form, which door. They do "
              "not give medical advice, and never say who is or is not a patient.",
        emergency="If it cannot wait, ring 112. This desk is not watched at night.",
        hours=["09:00-12:00 13:00-17:00"] * 5 + ["", ""], hour_cost="38", currency="EUR"), then)
    await staff_desk(db, people["amber"], desk.id, people["tamsin"].id, DeskRole.LEAD, then)
    await staff_desk(db, people["amber"], desk.id, people["henrik"].id, DeskRole.HELPER, then)
    await staff_desk(db, people["amber"], desk.id, people["ada"].id, DeskRole.HELPER, then)
    await staff_desk(db, people["amber"], desk.id, people["wren"].id, DeskRole.READER, then)
    for name, query in _EARS.items():
        await keep_desk_ear(db, people["amber"], desk.id, query, then, name)
    for name, text in _REPLIES.items():
        await keep_reply(db, people["tamsin"], desk.id, name, text, then)
    return desk


async def a_week(
    db: Database, desk: Desk, people: Mapping[str, Account], said: Mapping[str, Post], now: datetime, page: str
) -> None:
    """What the helpers did, at the times at which they did it; `said` are the community's posts by their names.

    `page` is the address of the stories.
    """
    henrik, tamsin = people["henrik"], people["tamsin"]
    heard = {int(one) for one in await db.values(
        "SELECT conversation_id FROM desk_item WHERE desk_id = :desk", desk=desk.id)}
    named = {ear.name: ear.id for ear in await ears.of_desk(db, desk.id)}

    def ago(hours: float) -> datetime:
        return now - timedelta(hours=hours)

    async def work(by: Account, name: str, verb: Verb, hours: float, **given: object) -> None:
        await work_case(db, by, desk.id, said[name].conversation_id, Move(verb=verb, **given), ago(hours))  # type: ignore[arg-type]

    async def tagged(by: Account, name: str, words: list[str], hours: float) -> None:
        await tag_case(db, by, desk.id, said[name].conversation_id, words, ago(hours))

    await work(henrik, "so1", Verb.CLAIM, 141.6)
    await tagged(henrik, "so1", ["second opinion"], 141)
    await spend_time(db, henrik, desk.id, said["so1"].conversation_id, 25, ago(140))
    nell = await know_person(
        db, henrik, desk.id, people["nell"].id, ago(118),
        "At two in the morning she searched for a word, and came upon a page about a bicycle chain.")
    await change_card(db, henrik, desk.id, nell.id, ContactDraft(
        asked="Which papers to bring; who treats lymphoedema near the harbour.", channel="direct"), ago(117))
    await tagged(henrik, "ly1", ["lymphoedema"], 117)
    await spend_time(db, tamsin, desk.id, said["ly1"].conversation_id, 15, ago(117))
    await note_contact(
        db, henrik, desk.id, nell.id, "Makes maps. Her father brings his own pen; ask after the pen.", ago(116),
        timedelta(days=365))
    father = await write_card(db, tamsin, desk.id, ContactDraft(
        name="Nell's father", met="Through Nell, and then at the Heron."), ago(52))
    await relate_contacts(db, tamsin, desk.id, nell.id, father.id, "parent", ago(52))
    await tag_contact(db, henrik, desk.id, nell.id, ["lymphoedema", "second opinion"], ago(51))
    margit = await know_person(
        db, tamsin, desk.id, people["margit"].id, ago(31), "Nell's mother. She carried the bag for years.")
    await relate_contacts(db, tamsin, desk.id, nell.id, margit.id, "parent", ago(31))
    await relate_contacts(db, tamsin, desk.id, margit.id, father.id, "partner", ago(31))
    await note_contact(
        db, tamsin, desk.id, margit.id, "Comes to the office on Thursday; wants somebody to sit with her.", ago(30),
        timedelta(days=90))
    for name, verb, hours in (("so1", Verb.DONE, 119.0), ("ly1", Verb.DONE, 48.0)):
        await work(henrik, name, verb, hours)
    # What else was heard: some of it is not for this desk, and the desk learns from being told so.
    for name, reason in (("mo5", "The night bus, not a question"), ("sp12", "He has found it")):
        if name in said and said[name].conversation_id in heard:
            await work(henrik, name, Verb.NOISE, 20, reason=reason)

    async def came(
        by: Account, name: str, words: str, tier: Tier, sure: Confidence, hours: float, ear: str = "", **given: str
    ) -> None:
        day = ago(hours).astimezone(desk.days).date().isoformat()
        await record_outcome(db, by, desk.id, OutcomeDraft(
            words=words, tier=tier, confidence=sure, on=day, helpers=[henrik.id, tamsin.id],
            ears=[named[ear]] if ear else [], **given), ago(hours), conversation_id=said[name].conversation_id)

    rare = "Rare illness and second opinions"
    await came(henrik, "ly1", "Lunch at the Heron, all five, two hours; much laughing about mustard",
               Tier.HUMAN, Confidence.HAPPENED, 50, rare)
    await came(henrik, "ly1", "They walked to the lymph clinic behind the rope works, which nobody had known",
               Tier.ACTION, Confidence.HAPPENED, 49, rare)
    await came(tamsin, "so1", "The second opinion took place", Tier.ACTION, Confidence.HAPPENED, 1.2, rare)
    if said["ta1"].conversation_id in heard:
        await came(tamsin, "ta1", "Travel costs paid back", Tier.FINANCIAL, Confidence.HOPED, 46,
                   "Forms and travel costs", value="86.40", currency="EUR")
    await record_outcome(db, tamsin, desk.id, OutcomeDraft(
        words="An appointment of her own, for the arm", tier=Tier.ACTION, confidence=Confidence.HOPED,
        helpers=[tamsin.id]), ago(29), contact_id=margit.id)
    await _stories(db, desk, people, said, now, page)


async def _stories(
    db: Database, desk: Desk, people: Mapping[str, Account], said: Mapping[str, Post], now: datetime, page: str
) -> None:
    """What the editor of the town's newspaper told: one story that everybody in it agreed to, one that waits."""

    def ago(hours: float) -> datetime:
        return now - timedelta(hours=hours)

    told = await _written(db, desk, people["ada"], StoryDraft(
        title="Eleven minutes",
        summary="How a word, a bicycle chain and a bowl of soup found a door that was not on the map."),
        _ELEVEN_MINUTES, said, ago(17))
    await _asked(db, desk, people, told, ["nell", "henrik", "tamsin"], ago(15))
    told = await publish_story(
        db, people["ada"], desk.id, told.id, ago(3.5), page=page,
        words="The soup story. Everybody in it has read it, and the family says so: here it is.")
    for name, words, hours in (
        ("otto", "Read it twice. There is no spanner in it.", 3.2),
        ("maud", "The bollard is the best part. My husband inspected that one too.", 3.0),
        ("margit", "Thank you for the comma. And for the soup, which I did not make.", 2.6),
    ):
        await publish_post(db, people[name], Draft(
            text=f"@ada {words}", language="en", in_reply_to_id=told.post_id), ago(hours))
    waits = await _written(db, desk, people["ada"], StoryDraft(
        title="The last tenth", summary="A grumble, a breakfast, and what came of both."), _ONE_SPANNER, said, ago(2))
    await _asked(db, desk, people, waits, ["tom"], ago(1))


async def _written(
    db: Database, desk: Desk, by: Account, draft: StoryDraft, made_of: Sequence[str | tuple[int, str]],
    said: Mapping[str, Post], at: datetime,
) -> Story:
    story = await begin_story(db, by, desk.id, draft, at)
    for number, piece in enumerate(made_of, 1):
        moment = at + timedelta(minutes=number)
        if isinstance(piece, tuple):
            day = (at - timedelta(days=piece[0])).date().isoformat()
            await add_words(db, by, desk.id, story.id, piece[1], moment, day)
        elif piece in said:
            await add_post(db, by, desk.id, story.id, str(said[piece].id), moment)
        else:
            await add_words(db, by, desk.id, story.id, piece, moment)
    return story


async def _asked(
    db: Database, desk: Desk, people: Mapping[str, Account], story: Story, agreeing: Sequence[str], at: datetime
) -> None:
    """Everybody in a story is asked; these say yes."""
    for number, person in enumerate(await stories.people(db, story.id)):
        link = await ask_consent(
            db, people["ada"], desk.id, story.id, person.id, at + timedelta(minutes=number), page="")
        for name in agreeing:
            if people[name].id == person.account_id:
                later = at + timedelta(minutes=40 + number)
                found = await asked(db, link, people[name], later)
                await answer_consent(db, link, people[name], "yes", found.person.digest, [], later)
