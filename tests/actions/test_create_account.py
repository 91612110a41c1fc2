"""Creating accounts: what is accepted, what is refused, and that it is told to the log."""

from __future__ import annotations

import asyncio

import pytest

from harken import clock
from harken.actions.create_account import Taken, claim_account, create_account
from harken.actions.passwords import hash_password, password_matches
from harken.errors import Invalid, NotFound
from harken.ids import AccountId, new_id
from harken.model.account import Account, Role, State
from harken.store import accounts, members
from harken.store.database import Database


async def created_events(db: Database) -> int:
    return int(await db.value("SELECT count(*) FROM log WHERE kind = 'AccountCreated'"))


async def test_a_new_account_has_a_member_counters_and_an_event(db: Database) -> None:
    made = await create_account(db, username="Ana", email="Ana@Example.org", password="long enough", now=clock.now())
    found = await accounts.find_by_name(db, "aNA")
    assert found == made
    assert (made.uri, made.url) == (f"/users/{made.id}", "/@Ana")
    member = await members.find_by_email(db, "ana@EXAMPLE.org")
    assert member is not None
    assert member.account_id == made.id
    assert await password_matches(member.password_hash, "long enough")
    assert not await password_matches(member.password_hash, "long enough ")
    assert await created_events(db) == 1
    assert (made.discoverable, made.indexable, made.noindex, made.hearable) == (False, False, True, False)


async def test_without_a_password_no_password_fits(db: Database) -> None:
    made = await create_account(db, username="ana", email="ana@example.org", now=clock.now())
    member = await members.find(db, made.id)
    assert member is not None
    assert not await password_matches(member.password_hash, "")


async def test_unconfirmed_members_are_marked(db: Database) -> None:
    made = await create_account(db, username="ana", email="ana@example.org", now=clock.now(), confirmed=False)
    assert made.state is State.UNCONFIRMED


@pytest.mark.parametrize("name", ["", "a b", "é", "a" * 31, "a-b", "admin", "Admin", "a\n", "a\x00"])
async def test_names_that_are_refused(db: Database, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        await create_account(db, username=name, email="a@example.org", now=clock.now())
    assert refused.value.field == "username"
    assert await created_events(db) == 0


async def test_an_administrator_may_have_a_reserved_name(db: Database) -> None:
    made = await create_account(
        db, username="admin", email="a@example.org", now=clock.now(), role=Role.ADMINISTRATOR)
    assert made.username == "admin"


@pytest.mark.parametrize("email", [
    "", "a", "@b", "a@", "a@@b", "a b@c", "a@b\r\nBcc: c@d", "a@.b", "a" * 65 + "@b.c", "\ud800@b.c"])
async def test_addresses_that_are_refused(db: Database, email: str) -> None:
    with pytest.raises(Invalid) as refused:
        await create_account(db, username="ana", email=email, now=clock.now())
    assert refused.value.field == "email"


async def test_a_short_password_is_refused(db: Database) -> None:
    with pytest.raises(Invalid) as refused:
        await create_account(db, username="ana", email="a@example.org", password="1234567", now=clock.now())
    assert refused.value.field == "password"


async def test_names_and_addresses_are_taken_whatever_their_case(db: Database) -> None:
    await create_account(db, username="ana", email="ana@example.org", now=clock.now())
    with pytest.raises(Taken) as taken:
        await create_account(db, username="ANA", email="other@example.org", now=clock.now())
    assert taken.value.field == "username"
    with pytest.raises(Taken) as taken:
        await create_account(db, username="bea", email="ANA@example.org", now=clock.now())
    assert taken.value.field == "email"
    assert await accounts.find_by_name(db, "bea") is None
    assert await created_events(db) == 1


async def test_of_ten_who_want_one_name_at_once_one_gets_it(db: Database) -> None:
    answers = await asyncio.gather(
        *(create_account(db, username="ana", email=f"a{n}@example.org", now=clock.now()) for n in range(10)),
        return_exceptions=True)
    assert sum(isinstance(a, Account) for a in answers) == 1
    assert sum(isinstance(a, Taken) for a in answers) == 9
    assert await db.value("SELECT count(*) FROM setting WHERE name LIKE 'name:%'") == 0


async def test_an_imported_account_is_claimed_once(db: Database) -> None:
    identifier = AccountId(new_id(clock.now()))
    async with db.transaction() as tx:
        await accounts.insert(tx, Account(
            id=identifier, username="ana", uri=f"/users/{identifier}", url="/@ana", created_at=clock.now()))
    await claim_account(db, identifier, email="ana@example.org", now=clock.now())
    assert await created_events(db) == 1
    assert (await members.find(db, identifier)) is not None
    with pytest.raises(Taken):
        await claim_account(db, identifier, email="ana2@example.org", now=clock.now())
    with pytest.raises(NotFound):
        await claim_account(db, AccountId(5), email="ana2@example.org", now=clock.now())


async def test_a_password_beyond_unicode_is_still_a_password() -> None:
    assert await password_matches(await hash_password("\ud800\ud800 lone"), "\ud800\ud800 lone")
