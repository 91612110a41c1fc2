"""The event types, in our own words. They carry ids, not text, so that a deletion deletes."""

from __future__ import annotations

from typing import TypeAlias

import msgspec


class Event(msgspec.Struct, frozen=True):
    """Anything that the log holds; the class name is stored beside the fields."""


class PostPublished(Event, frozen=True):
    """A new post by somebody here or elsewhere."""

    post_id: int
    author_id: int


class PostBoosted(Event, frozen=True):
    """`post_id` is the boost's own row."""

    post_id: int
    author_id: int
    boosted_id: int


class PostEdited(Event, frozen=True):
    """The text changed; `mentioned` are those whom the edit mentions for the first time."""

    post_id: int
    author_id: int
    mentioned: list[int] = []
    edit_id: int = 0  # of the earlier version that was kept; 0 in entries of before


class PostForwarded(Event, frozen=True):
    """Somebody passed a post on to friends; the fact says to whom."""

    forward_id: int
    post_id: int
    account_id: int


class PostDeleted(Event, frozen=True):
    """A post or boost is gone; `boosted_id` is set for a boost."""

    post_id: int
    author_id: int
    boosted_id: int | None = None
    conversation_id: int = 0  # 0 in entries of before


class HistoryImported(Event, frozen=True):
    """Posts that came by import: they fill timelines and threads and tell nobody."""

    posts: list[tuple[int, int]]  # (post, author)


class QuoteRevoked(Event, frozen=True):
    """The author of a quoted post took it out of `post_id`."""

    post_id: int
    quoted_id: int


class AnswersControlled(Event, frozen=True):
    """The author of a post said anew who may answer in the conversation that it began."""

    post_id: int
    author_id: int


class PollEnded(Event, frozen=True):
    """The time of a poll is over; `ended_id` is the fact that its author and voters are told."""

    ended_id: int
    post_id: int


class PollReopened(Event, frozen=True):
    """A poll that had ended goes on, because its author changed it: what was told is not so any more."""

    ended_id: int
    post_id: int


class InvitationAnswered(Event, frozen=True):
    """Somebody said anew whether they come to the event of a post, in place of the answer `before_id` if any; with
    `answer_id` 0 they took it back."""

    answer_id: int
    post_id: int
    account_id: int
    before_id: int = 0


class GatheringTold(Event, frozen=True):
    """Those who come to the event of a post are to hear of something: it changed, was cancelled, or is near."""

    news_id: int
    post_id: int


class FileRefused(Event, frozen=True):
    """A scanner called a file of an account infected; `refused_id` is the fact that its owner is told."""

    refused_id: int
    account_id: int


class PostFavourited(Event, frozen=True):
    favourite_id: int
    post_id: int
    account_id: int


class PostUnfavourited(Event, frozen=True):
    favourite_id: int
    post_id: int
    account_id: int


class Followed(Event, frozen=True):
    """A follow that is accepted, now or from the start."""

    follow_id: int
    follower_id: int
    followed_id: int


class FollowRequested(Event, frozen=True):
    follow_id: int
    follower_id: int
    followed_id: int


class Unfollowed(Event, frozen=True):
    """A follow or request ended, whoever ended it."""

    follow_id: int
    follower_id: int
    followed_id: int


class FriendAsked(Event, frozen=True):
    """Somebody asked another to be friends."""

    request_id: int
    asking_id: int
    asked_id: int


class Befriended(Event, frozen=True):
    """Two became friends; `friendship_id` is the fact that the one who asked is told."""

    friendship_id: int
    asking_id: int
    asked_id: int


class Unfriended(Event, frozen=True):
    """A friendship, or a request for one, is over."""

    account_id: int
    other_id: int


class Blocked(Event, frozen=True):
    account_id: int
    target_id: int


class Unblocked(Event, frozen=True):
    account_id: int
    target_id: int


class AccountCreated(Event, frozen=True):
    account_id: int


class AccountChanged(Event, frozen=True):
    """Profile, switches or state are not what they were."""

    account_id: int


class AccountDeleted(Event, frozen=True):
    account_id: int


class ReportFiled(Event, frozen=True):
    """A member asks the moderators to look at somebody."""

    report_id: int


class AccountWarned(Event, frozen=True):
    """Moderators acted, and tell the member `target_id`."""

    warning_id: int
    target_id: int


class ArchiveDone(Event, frozen=True):
    """What a member takes along is ready, or what they brought is unpacked, or neither could be done."""

    archive_id: int
    account_id: int


class CollectionJoined(Event, frozen=True):
    """Somebody was put into a collection."""

    item_id: int
    collection_id: int
    account_id: int


class CollectionChanged(Event, frozen=True):
    """A collection has another name, or says something else of those in it."""

    collection_id: int
    change_id: int


class NotificationsRead(Event, frozen=True):
    """The read mark moved, or notifications were dismissed."""

    account_id: int


class NotificationsMerged(Event, frozen=True):
    """What was kept aside is among the other notifications now."""

    account_id: int


class ConversationRead(Event, frozen=True):
    """A member has read a conversation among a few up to this post, or marked it as unread."""

    account_id: int
    post_id: int


class Announced(Event, frozen=True):
    """The operators told everybody something."""

    announcement_id: int


class AnnouncementWithdrawn(Event, frozen=True):
    announcement_id: int


class AnnouncementReacted(Event, frozen=True):
    """Somebody reacted with `name`, or does so no more."""

    announcement_id: int
    name: str


class FollowsSevered(Event, frozen=True):
    """A member blocked a server, and follows between them and people there end."""

    severance_id: int
    account_id: int


class EarChanged(Event, frozen=True):
    """An ear was made, or its query, name or pause changed."""

    ear_id: int
    owner_id: int


class EarDropped(Event, frozen=True):
    """An ear listens no more."""

    ear_id: int
    owner_id: int


class EarRead(Event, frozen=True):
    """The read mark of an ear moved."""

    ear_id: int
    owner_id: int


class FiltersChanged(Event, frozen=True):
    """What a member would rather not see is not what it was."""

    account_id: int


class DeskChanged(Event, frozen=True):
    """A desk was opened, says something else of itself, or has other people; `account_id` is whose place changed."""

    desk_id: int
    account_id: int = 0


class CaseMoved(Event, frozen=True):
    """Somebody, or the clock, did something with conversations in a desk's queue."""

    desk_id: int
    conversation_ids: list[int] = []
    by_id: int = 0


class HelperTold(Event, frozen=True):
    """Lines of a desk's record, written together, that some of its people are to hear of: a case handed over, an answer
    to approve or sent back."""

    desk_id: int
    act_ids: list[int]


class DeskTaught(Event, frozen=True):
    """A helper said that a post matters, or that it is noise."""

    desk_id: int
    judgement_id: int
    again: bool = False  # it takes the place of another one about the same post


class ContactChanged(Event, frozen=True):
    """The people of a desk did `act` (a verb of its record) with what they keep about a person."""

    desk_id: int
    contact_id: int
    act: str
    by_id: int = 0


class StoryChanged(Event, frozen=True):
    """The people of a desk did `act` (begin, write, ask, publish, down, drop) with a story; 0: the clock, or whoever is
    shown in it."""

    desk_id: int
    story_id: int
    act: str
    by_id: int = 0


class StoryAnswered(Event, frozen=True):
    """Somebody said whether a story may show them: yes, no, or revoked. The answer itself is in the record."""

    desk_id: int
    story_id: int
    person_id: int
    says: str


class DeskAttended(Event, frozen=True):
    """Somebody began or stopped to look at a case, or to type."""

    desk_id: int
    conversation_id: int


AnyEvent: TypeAlias = Event

KINDS: dict[str, type[Event]] = {cls.__name__: cls for cls in Event.__subclasses__()}
