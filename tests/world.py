"""People and posts for tests, made through the actions that real requests use."""

from __future__ import annotations

from typing import Any

from harken import clock
from harken.actions.create_account import create_account
from harken.actions.follow import accept_follow, follow
from harken.actions.publish_post import publish_post
from harken.engine import Engine
from harken.errors import NotFound
from harken.ids import new_id
from harken.model.account import Account
from harken.model.post import Draft, Post, Visibility
from harken.store import accounts, posts, tokens


class World:
    """A small world on one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.db = engine.db

    async def account(self, name: str, **given: Any) -> Account:
        """A confirmed member called `name`, found by search unless said otherwise."""
        protected = given.pop("protected", False)
        made = await create_account(
            self.db,
            username=name,
            email=f"{name}@example.org",
            now=clock.now(),
            **{"indexable": True, "discoverable": True, **given},
        )
        if protected:
            async with self.db.transaction() as tx:
                await accounts.change(tx, made.id, protected=True)
        return await accounts.get(self.db, made.id)

    async def again(self, account: Account) -> Account:
        """The account as it is now."""
        return await accounts.get(self.db, account.id)

    async def post(
        self, author: Account, text: str, to: str = "public", reply_to: Post | None = None, **given: Any
    ) -> Post:
        """`author` publishes `text`."""
        draft = Draft(
            text=text, visibility=Visibility[to.upper()], in_reply_to_id=reply_to.id if reply_to else None, **given
        )
        return await publish_post(self.db, author, draft, clock.now())

    async def follows(self, follower: Account, *followed: Account) -> None:
        """`follower` follows each of the others, accepted where that is needed."""
        for target in followed:
            await follow(self.db, follower, target.id, clock.now())
            if target.protected:
                await accept_follow(self.db, target, follower.id, clock.now())

    async def sees(self, viewer: Account | None, post: Post) -> bool:
        """Whether the post can be loaded for `viewer`."""
        try:
            await posts.visible(self.db, post.id, viewer.id if viewer else 0)
        except NotFound:
            return False
        return True

    async def token(self, account: Account, scopes: str = "read write follow push") -> str:
        """A bearer token for `account`."""
        secret = tokens.new_secret()
        async with self.db.transaction() as tx:
            await tokens.insert_token(tx, new_id(clock.now()), secret, account.id, None, scopes, clock.now())
        return secret

    async def cookies(self, account: Account) -> dict[str, str]:
        """The cookies of a browser in which `account` is signed in."""
        secret = tokens.new_secret()
        async with self.db.transaction() as tx:
            await tx.execute(
                """INSERT INTO session (id, secret_hash, account_id, created_at, last_seen_at)
                   VALUES (:id, :hash, :account, :now, :now)""",
                id=new_id(clock.now()),
                hash=tokens.hashed(secret),
                account=account.id,
                now=clock.now(),
            )
        return {"harken_session": secret}

    async def settle(self) -> None:
        """Let every consumer catch up."""
        await self.engine.runner.settle()
