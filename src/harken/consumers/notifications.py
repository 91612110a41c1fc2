"""Who should hear of it.

Rows are written without looking at mutes and blocks: those are applied on
reading, so they work at once and a rebuild gives the same rows. A row's id is
that of the fact it tells of, so replaying an event changes nothing. What the
owner's policy says of a stranger is asked once, when the row is new, and kept
beside it (store/withholding.py): a rebuild finds it there.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..log.events import (
    AccountCreated,
    AccountDeleted,
    AccountWarned,
    ArchiveDone,
    Befriended,
    CollectionChanged,
    CollectionJoined,
    DeskChanged,
    Event,
    FileRefused,
    Followed,
    FollowRequested,
    FollowsSevered,
    FriendAsked,
    GatheringTold,
    HelperTold,
    InvitationAnswered,
    PollEnded,
    PollReopened,
    PostBoosted,
    PostDeleted,
    PostEdited,
    PostFavourited,
    PostForwarded,
    PostPublished,
    PostUnfavourited,
    ReportFiled,
    Unfollowed,
)
from ..model.account import Permission, Role
from ..model.post import Post, QuoteState, Visibility
from ..model.relationship import Notification
from ..model.verb import WHISPERS
from ..store import (
    accounts,
    blocked_domains,
    collections,
    desk_told,
    files,
    forwards,
    friends,
    gatherings,
    members,
    notifications,
    polls,
    posts,
    quotes,
    recipients,
    reports,
    whispers,
)
from ..store.database import Database, Transaction
from .consumer import MAX_ROWS

MAX_TAKING_PART = 200  # those who spoke last in a conversation are told of an answer in it


class Telling(msgspec.Struct, frozen=True):
    """A fact that notifications tell of: those that have its id, or of their owners only those `among`.

    `at_id` is of the moment; it differs where an edit mentions somebody in a post of long ago.
    """

    fact_id: int
    at_id: int
    among: list[int] | None = None


def told_by(event: Event) -> list[Telling]:
    """What somebody is newly told of because of an event, once this consumer has handled it."""
    match event:
        case PostPublished(post_id=fact_id) | PostBoosted(post_id=fact_id):
            return [Telling(fact_id, fact_id)]
        case PostEdited(post_id=post_id, mentioned=mentioned, edit_id=edit_id):
            edited = [Telling(edit_id, edit_id)] if edit_id else []
            # All others heard of the post when it was published.
            return ([Telling(post_id, edit_id or post_id, mentioned)] if mentioned else []) + edited
        case PostFavourited(favourite_id=fact_id) | PollEnded(ended_id=fact_id):
            return [Telling(fact_id, fact_id)]
        case Followed(follow_id=fact_id) | FollowRequested(follow_id=fact_id) | AccountCreated(account_id=fact_id):
            return [Telling(fact_id, fact_id)]
        case FriendAsked(request_id=fact_id) | Befriended(friendship_id=fact_id):
            return [Telling(fact_id, fact_id)]
        case FileRefused(refused_id=fact_id):
            return [Telling(fact_id, fact_id)]
        case InvitationAnswered(answer_id=fact_id) | GatheringTold(news_id=fact_id):
            return [Telling(fact_id, fact_id)] if fact_id else []
        case ReportFiled(report_id=fact_id) | AccountWarned(warning_id=fact_id) | FollowsSevered(severance_id=fact_id):
            return [Telling(fact_id, fact_id)]
        case CollectionJoined(item_id=fact_id) | CollectionChanged(change_id=fact_id) | PostForwarded(
                forward_id=fact_id):
            return [Telling(fact_id, fact_id)]
        case HelperTold(act_ids=[*_, last]):
            return [Telling(last, last)]  # fifty cases handed over at once ring once
    return []


class Notifications:
    """Maintains `notification`, except the kind `ear`."""

    name = "notifications"
    after: str | None = None

    async def handle(self, tx: Transaction, event: Event, progress: str) -> str:
        match event:
            case PostPublished(post_id=post_id):
                return await self._told_of_post(tx, post_id, progress, True)
            case PostEdited(post_id=post_id, edit_id=edit_id):
                if not progress:
                    await self._told_of_post(tx, post_id, "", False)
                return await self._told_of_edit(tx, post_id, edit_id, progress)
            case PostBoosted(post_id=boost_id, author_id=booster, boosted_id=boosted_id):
                boosted = await posts.find(tx, boosted_id)
                if boosted and await posts.find(tx, boost_id):
                    await self._add(tx, boost_id, boosted.author_id, "boost", booster, boosted_id)
            case PostFavourited(favourite_id=favourite_id, post_id=post_id, account_id=account_id):
                post = await posts.find(tx, post_id)
                if post and await tx.value("SELECT 1 FROM favourite WHERE id = :id", id=favourite_id):
                    await self._add(tx, favourite_id, post.author_id, "favourite", account_id, post_id)
            case (
                Followed(follow_id=follow_id, follower_id=follower, followed_id=followed)
                | FollowRequested(follow_id=follow_id, follower_id=follower, followed_id=followed)
            ):
                accepted = await tx.value("SELECT accepted FROM follow WHERE id = :id", id=follow_id)
                if accepted is not None:
                    await self._add(tx, follow_id, followed, "follow" if accepted else "follow_request", follower, None)
            case FriendAsked(request_id=request_id, asking_id=asking, asked_id=asked):
                if await friends.request(tx, asking, asked) == request_id:
                    await self._add(tx, request_id, asked, "friend_request", asking, None)
            case Befriended(friendship_id=friendship_id, asking_id=asking, asked_id=asked):
                if await friends.are_friends(tx, asking, asked):
                    await self._add(tx, friendship_id, asking, "friend", asked, None)
            case InvitationAnswered(answer_id=answer_id, post_id=post_id, before_id=before_id):
                if before_id:
                    await notifications.remove_fact(tx, before_id)
                said, post = await gatherings.answered(tx, answer_id), await posts.find(tx, post_id)
                if said and said.answer and post:
                    await self._add(tx, answer_id, post.author_id, "rsvp", said.account_id, post_id)
            case FileRefused(refused_id=refused_id, account_id=owner):
                if await files.refused(tx, refused_id):
                    await notifications.record(
                        tx, [Notification(id=refused_id, owner_id=owner, kind="file_refused", account_id=owner)])
            case GatheringTold(news_id=news_id, post_id=post_id):
                return await self._told_of_gathering(tx, news_id, post_id, progress)
            case ReportFiled(report_id=report_id):
                await self._told_of_report(tx, report_id)
            case AccountWarned(warning_id=warning_id, target_id=target):
                # It is from oneself to oneself: who of the moderators it was is not told.
                if await reports.find_warning(tx, warning_id):
                    await notifications.record(
                        tx, [Notification(id=warning_id, owner_id=target, kind="warning", account_id=target)])
            case ArchiveDone(archive_id=archive_id, account_id=owner):
                await notifications.record(
                    tx, [Notification(id=archive_id, owner_id=owner, kind="archive", account_id=owner)])
            case CollectionJoined(item_id=item_id, collection_id=collection_id):
                await self._told_of_collection(tx, collection_id, item_id, "collection")
            case CollectionChanged(collection_id=collection_id, change_id=change_id):
                await self._told_of_collection(tx, collection_id, change_id, "collection_edit")
            case FollowsSevered(severance_id=severance_id, account_id=owner):
                if await blocked_domains.severances(tx, [severance_id]):
                    await notifications.record(
                        tx, [Notification(id=severance_id, owner_id=owner, kind="severed", account_id=owner)])
            case HelperTold(act_ids=act_ids):
                await desk_told.tell(tx, act_ids)
            case DeskChanged(desk_id=desk_id, account_id=account_id) if account_id:
                return "more" if await desk_told.forget(tx, desk_id, account_id, MAX_ROWS) == MAX_ROWS else ""
            case PostForwarded(forward_id=forward_id, post_id=post_id, account_id=account_id):
                return await self._told_of_forward(tx, forward_id, post_id, account_id, progress)
            case PollEnded(ended_id=ended_id, post_id=post_id):
                return await self._told_of_poll(tx, ended_id, post_id, progress)
            case AccountCreated(account_id=account_id):
                await self._told_of_sign_up(tx, account_id)
            case Unfollowed(follow_id=fact_id, followed_id=owner):
                await notifications.remove(tx, owner, fact_id)
            case PostUnfavourited(favourite_id=fact_id) | PollReopened(ended_id=fact_id):
                await notifications.remove_fact(tx, fact_id)
            case PostDeleted(post_id=boost_id, boosted_id=int()):
                await notifications.remove_fact(tx, boost_id)
            case PostDeleted(post_id=post_id):
                return "more" if await notifications.remove_post(tx, post_id, MAX_ROWS) >= MAX_ROWS else ""
            case AccountDeleted(account_id=account_id):
                await notifications.remove_fact(tx, account_id)  # that they joined
                return "more" if await notifications.remove_account(tx, account_id, MAX_ROWS) == MAX_ROWS else ""
        return ""

    async def _add(self, tx: Transaction, fact_id: int, owner: int, kind: str, account: int, post: int | None) -> None:
        if owner != account:
            await notifications.record(
                tx, [Notification(id=fact_id, owner_id=owner, kind=kind, account_id=account, post_id=post)]
            )

    async def _told_of_collection(self, tx: Transaction, collection_id: int, fact_id: int, kind: str) -> None:
        """Tell the one who was put in, or everybody who is in it."""
        owner = await collections.owner_of(tx, collection_id)
        told = [item.account_id for item in await collections.stored_items(tx, collection_id)
                if kind == "collection_edit" or item.id == fact_id]
        await notifications.record(tx, [
            Notification(id=fact_id, owner_id=account_id, kind=kind, account_id=owner, collection_id=collection_id)
            for account_id in told if account_id != owner])

    async def _told_of_report(self, tx: Transaction, report_id: int) -> None:
        report = await reports.find(tx, report_id)
        if report is not None:
            await notifications.record(
                tx,
                [
                    Notification(id=report_id, owner_id=owner, kind="report", account_id=report.account_id)
                    for owner in await reports.told(tx, report_id) if owner != report.account_id
                ],
            )

    async def _told_of_edit(self, tx: Transaction, post_id: int, edit_id: int, progress: str) -> str:
        """Those who quote the post, who are shown their own, then those who boosted it, a piece at a time.

        Who did both is told once, of what they quoted.
        """
        post = await posts.find(tx, post_id)
        if post is None or post.history or not edit_id:
            return ""
        part, _, above = progress.rpartition(":")
        if part != "boosts":
            found = await quotes.quoting(tx, post_id, int(above or 0), edit_id, MAX_ROWS)
            await self._record_edit(tx, edit_id, "quoted_edit", post.author_id, found)
            if len(found) == MAX_ROWS:
                return str(found[-1][0])
            above = ""
        boosters = await posts.boosters(tx, post_id, int(above or 0), edit_id, MAX_ROWS)
        known = set(await notifications.owners(tx, edit_id, boosters))
        await self._record_edit(
            tx, edit_id, "edit", post.author_id, [(post_id, owner) for owner in boosters if owner not in known])
        return f"boosts:{boosters[-1]}" if len(boosters) == MAX_ROWS else ""

    async def _record_edit(
        self, tx: Transaction, edit_id: int, kind: str, author: int, told: Sequence[tuple[int, int]]
    ) -> None:
        """`told` is (post to show, owner)."""
        await notifications.record(
            tx,
            [
                Notification(id=edit_id, owner_id=owner, kind=kind, account_id=author, post_id=shown)
                for shown, owner in told if owner != author
            ],
        )

    async def _told_of_forward(
        self, tx: Transaction, forward_id: int, post_id: int, account_id: int, progress: str
    ) -> str:
        """Those whom a post was passed on to, a piece at a time."""
        told = await forwards.targets(tx, forward_id, int(progress or 0), MAX_ROWS)
        await notifications.record(tx, [
            Notification(id=forward_id, owner_id=owner, kind="forward", account_id=account_id, post_id=post_id)
            for owner in told])
        return str(told[-1]) if len(told) == MAX_ROWS else ""

    async def _told_of_sign_up(self, tx: Transaction, account_id: int) -> None:
        """Those who were here before and manage people, of who joined by themselves."""
        joined = await members.find(tx, account_id)
        account = await accounts.find(tx, account_id)
        if joined and account and joined.created_at == account.created_at:
            staff = await members.with_roles(tx, [role for role in Role if role.may(Permission.MANAGE_USERS)])
            for owner in staff:
                if owner < account_id:
                    await self._add(tx, account_id, owner, "sign_up", account_id, None)

    async def _told_of_poll(self, tx: Transaction, ended_id: int, post_id: int, progress: str) -> str:
        """Its author and all who voted, a piece at a time."""
        post, poll = await posts.find(tx, post_id), await polls.find(tx, post_id)
        if post is None or poll is None or poll.ended_id != ended_id:
            return ""
        voters = await polls.voters_of(tx, post_id, int(progress or 0), MAX_ROWS)
        told = voters if progress else [post.author_id, *voters]
        await notifications.record(
            tx,
            [
                Notification(id=ended_id, owner_id=owner, kind="poll", account_id=post.author_id, post_id=post_id)
                for owner in told
            ],
        )
        return str(voters[-1]) if len(voters) == MAX_ROWS else ""

    async def _told_of_gathering(self, tx: Transaction, news_id: int, post_id: int, progress: str) -> str:
        """Those who come to an event, or may come, a piece at a time; its author, that it is near."""
        post, kind = await posts.find(tx, post_id), await gatherings.news_kind(tx, news_id)
        if post is None or kind is None:
            return ""
        come = await gatherings.told(tx, post_id, int(progress or 0), MAX_ROWS)
        told = {owner for owner in come if owner != post.author_id}
        if kind == "event_soon" and not progress:
            told.add(post.author_id)
        await notifications.record(
            tx,
            [
                Notification(id=news_id, owner_id=owner, kind=kind, account_id=post.author_id, post_id=post_id)
                for owner in sorted(told)
            ],
        )
        return str(come[-1]) if len(come) == MAX_ROWS else ""

    async def _told_of_post(
        self, tx: Transaction, post_id: int, progress: str, new: bool, judged: bool = False
    ) -> str:
        """Those mentioned, the author of the parent, who is quoted, and those who asked to hear of every post.

        `judged` in a rebuild: what their policies said is known, and not asked again.
        """
        post = await posts.find(tx, post_id)
        if post is None or post.history:
            return ""
        told: dict[int, str] = {}
        quoted = await posts.find(tx, post.quote_of_id) if post.quote_of_id else None
        above = int(progress or 0)
        bells: Sequence[int] = []
        if new and (post.in_reply_to_account_id in (None, post.author_id)):
            bells = await notifications.bells(tx, post, above, MAX_ROWS)
            told |= dict.fromkeys(bells, "post")
        if not progress:
            if post.in_reply_to_account_id:
                told[post.in_reply_to_account_id] = "mention"
            if post.visibility in (Visibility.SET, Visibility.DIRECT) and not post.in_reply_to_id:
                told = dict.fromkeys(await recipients.ids_of(tx, post.id), "private") | told
            told |= dict.fromkeys(post.mentions, "mention")
            if quoted and post.quote_state is QuoteState.ACCEPTED:
                told[quoted.author_id] = "quote"
        else:
            told = {owner: kind for owner, kind in told.items() if owner not in post.mentions}
            told.pop(quoted.author_id if quoted else 0, None)
        told.pop(post.author_id, None)
        await notifications.record(
            tx,
            [
                Notification(id=post.id, owner_id=owner, kind=kind, account_id=post.author_id, post_id=post.id)
                for owner, kind in told.items()
            ],
            judged,
        )
        if len(bells) == MAX_ROWS:
            return str(bells[-1])
        if new and post.in_reply_to_id and post.visibility is not Visibility.DIRECT:
            await self._told_of_answer(tx, post, judged)
        return ""

    async def _told_of_answer(self, tx: Transaction, post: Post, judged: bool) -> None:
        """Those who took part in the conversation, or asked to hear of it, and are told of the post in no other way.

        Whether they wish to is asked on reading, as are mutes; so a rebuild finds the same.
        """
        there = await notifications.taking_part(tx, post, MAX_TAKING_PART)
        if post.verb == WHISPERS:  # who goes on whispering in their own thread is not told of it
            there = [owner for owner in there if not await whispers.is_own(tx, owner, post.id)]
        known = set(await notifications.owners(tx, post.id, there))
        await notifications.record(
            tx,
            [
                Notification(id=post.id, owner_id=owner, kind="answer", account_id=post.author_id, post_id=post.id)
                for owner in there if owner not in known
            ],
            judged,
        )

    async def rebuild(self, db: Database) -> None:
        async with db.transaction() as tx:
            await tx.execute("DELETE FROM notification WHERE kind <> 'ear'")  # those are maintained by `alerts`
        after = 0
        while ids := await notifications.post_ids_that_tell(db, after, MAX_ROWS):
            async with db.transaction() as tx:
                for post_id in ids:
                    progress = await self._told_of_post(tx, post_id, "", True, judged=True)
                    while progress:
                        progress = await self._told_of_post(tx, post_id, progress, True, judged=True)
            after = ids[-1]
        async with db.transaction() as tx:
            await notifications.from_interactions(tx)
