"""Signing in: passwords, second steps, throttling, sessions."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest

from harken import clock
from harken.actions import passwords, secure_account
from harken.actions.attempts import SignInGuard, neighbourhood
from harken.actions.create_account import create_account
from harken.actions.sign_in import (
    SecondStep,
    SignedIn,
    Visitor,
    end_other_sessions,
    end_session,
    second_step,
    seen_again,
    sign_in,
)
from harken.errors import Invalid, NotAllowed, NotFound, TooMany
from harken.model.account import Account, State
from harken.store import accounts, members, sessions, tokens
from harken.store.database import Database

GOOD = "correct horse"
HERE = Visitor("192.0.2.1", "a browser")


async def ana(db: Database) -> Account:
    return await create_account(db, username="ana", email="ana@example.org", password=GOOD, now=clock.now())


async def attempt(db: Database, guard: SignInGuard, name: str = "ana", password: str = GOOD) -> SignedIn | SecondStep:
    return await sign_in(db, guard, name=name, password=password, visitor=HERE, now=clock.now())


@pytest.mark.parametrize("name", ["ana", "ANA", "@ana", " ana ", "ana@example.org", "Ana@Example.ORG"])
async def test_a_member_signs_in_by_name_or_address(db: Database, name: str) -> None:
    account = await ana(db)
    done = await attempt(db, SignInGuard(10), name)
    assert isinstance(done, SignedIn)
    found = await tokens.session_account(db, done.secret)
    assert found is not None
    assert found[1] == account.id
    (session,) = await sessions.of_account(db, account.id)
    assert (session.address, session.user_agent) == ("192.0.2.1", "a browser")


@pytest.mark.parametrize("name, password", [("ana", "wrong"), ("ana", ""), ("nobody", GOOD), ("", GOOD), ("x@y", GOOD)])
async def test_wrong_names_and_passwords_get_one_answer(db: Database, name: str, password: str) -> None:
    await ana(db)
    with pytest.raises(Invalid, match="The name or the password is not right"):
        await attempt(db, SignInGuard(10), name, password)


async def test_guessing_is_stopped_and_waiting_helps(db: Database) -> None:
    await ana(db)
    guard = SignInGuard(3)
    for _ in range(3):
        with pytest.raises(Invalid):
            await attempt(db, guard, password="wrong")
    with pytest.raises(TooMany) as stopped:
        await attempt(db, guard)
    assert 0 < stopped.value.retry_after <= 900
    later = clock.now() + timedelta(minutes=15)
    assert isinstance(await sign_in(db, guard, name="ana", password=GOOD, visitor=HERE, now=later), SignedIn)


async def test_signing_in_often_is_no_guessing(db: Database) -> None:
    await ana(db)
    guard = SignInGuard(3)
    for _ in range(6):
        assert isinstance(await attempt(db, guard), SignedIn)


@pytest.mark.parametrize("state, admitted", [
    (State.ACTIVE, True), (State.UNCONFIRMED, True), (State.LIMITED, True), (State.SUSPENDED, False),
    (State.MEMORIAL, False)])
async def test_the_state_of_an_account_decides(db: Database, state: State, admitted: bool) -> None:
    account = await ana(db)
    async with db.transaction() as tx:
        await accounts.change(tx, account.id, state=state)
    if admitted:
        assert isinstance(await attempt(db, SignInGuard(10)), SignedIn)
    else:
        with pytest.raises(NotAllowed):
            await attempt(db, SignInGuard(10))
        with pytest.raises(Invalid):
            await attempt(db, SignInGuard(10), password="wrong")


async def with_second_step(db: Database, account: Account) -> tuple[pyotp.TOTP, list[str]]:
    secret = pyotp.random_base32()
    totp = pyotp.TOTP(secret)
    codes = await secure_account.start_second_step(
        db, SignInGuard(0), account, secret=secret, code=totp.at(clock.now()), password=GOOD, now=clock.now())
    return totp, codes


async def test_a_code_is_asked_and_works_once(db: Database) -> None:
    account = await ana(db)
    totp, _ = await with_second_step(db, account)
    guard = SignInGuard(10)
    asked = await attempt(db, guard)
    assert isinstance(asked, SecondStep)
    assert await sessions.of_account(db, account.id) == []
    later = clock.now() + timedelta(seconds=60)  # the code of now switched it on, and is used up
    with pytest.raises(Invalid):
        await second_step(db, guard, ticket=asked.ticket, code="000000", visitor=HERE, now=later)
    done = await second_step(db, guard, ticket=asked.ticket, code=totp.at(later), visitor=HERE, now=later)
    assert done.account.id == account.id
    again = await attempt(db, guard)
    assert isinstance(again, SecondStep)
    with pytest.raises(Invalid):
        await second_step(db, guard, ticket=again.ticket, code=totp.at(later), visitor=HERE, now=later)
    with pytest.raises(NotAllowed):  # the first ticket is used up
        await second_step(db, guard, ticket=asked.ticket, code=totp.at(later), visitor=HERE, now=later)


async def test_a_recovery_code_works_once(db: Database) -> None:
    account = await ana(db)
    _, codes = await with_second_step(db, account)
    assert len(set(codes)) == 10
    guard = SignInGuard(10)
    for expected in (True, False):
        asked = await attempt(db, guard)
        assert isinstance(asked, SecondStep)
        step = second_step(db, guard, ticket=asked.ticket, code=codes[3].upper(), visitor=HERE, now=clock.now())
        if expected:
            await step
        else:
            with pytest.raises(Invalid):
                await step
    member = await members.find(db, account.id)
    assert member is not None
    assert len(member.recovery_codes) == 9


async def test_guessing_codes_is_stopped(db: Database) -> None:
    account = await ana(db)
    await with_second_step(db, account)
    guard = SignInGuard(3)
    asked = await attempt(db, guard)
    assert isinstance(asked, SecondStep)
    for _ in range(3):
        with pytest.raises(Invalid):
            await second_step(db, guard, ticket=asked.ticket, code="000000", visitor=HERE, now=clock.now())
    with pytest.raises(TooMany):
        await second_step(db, guard, ticket=asked.ticket, code="000000", visitor=HERE, now=clock.now())


async def test_a_wrong_code_does_not_switch_the_second_step_on(db: Database) -> None:
    account = await ana(db)
    with pytest.raises(Invalid):
        await secure_account.start_second_step(
            db, SignInGuard(0), account, secret=pyotp.random_base32(), code="000000", password=GOOD, now=clock.now())
    assert isinstance(await attempt(db, SignInGuard(0)), SignedIn)


async def test_sessions_end_one_by_one_or_all(db: Database) -> None:
    account = await ana(db)
    other = await create_account(db, username="bea", email="bea@example.org", now=clock.now())
    made = [await attempt(db, SignInGuard(0)) for _ in range(3)]
    first, second, third = [s.id for s in await sessions.of_account(db, account.id)][::-1]
    await end_session(db, other, first)  # not hers to end
    assert len(await sessions.of_account(db, account.id)) == 3
    await end_session(db, account, first)
    assert [s.id for s in await sessions.of_account(db, account.id)] == [third, second]
    assert await end_other_sessions(db, account, but=third) == 1
    assert isinstance(made[0], SignedIn)
    assert await tokens.session_account(db, made[0].secret) is None


async def test_a_new_password_needs_the_old_one_and_ends_other_sessions(db: Database) -> None:
    account = await ana(db)
    guard = SignInGuard(10)
    for _ in range(2):
        await attempt(db, guard)
    kept = (await sessions.of_account(db, account.id))[0].id
    with pytest.raises(Invalid) as wrong:
        await secure_account.change_password(
            db, guard, account, old="wrong", new="another one", keep_session=kept, now=clock.now())
    assert wrong.value.field == "password"
    await secure_account.change_password(
        db, guard, account, old=GOOD, new="another one", keep_session=kept, now=clock.now())
    assert [s.id for s in await sessions.of_account(db, account.id)] == [kept]
    with pytest.raises(Invalid):
        await attempt(db, guard)
    assert isinstance(await attempt(db, guard, password="another one"), SignedIn)


async def test_a_link_resets_the_password_once_and_not_for_ever(db: Database) -> None:
    account = await ana(db)
    await attempt(db, SignInGuard(0))
    old = (await secure_account.new_link(db, account.id, "password", clock.now())).rpartition("/")[2]
    secret = (await secure_account.new_link(db, account.id, "password", clock.now())).rpartition("/")[2]
    for wrong in (old, "x", ""):
        with pytest.raises(NotFound):
            await secure_account.reset_password(db, wrong, "another one", clock.now())
    with pytest.raises(NotFound):
        await secure_account.reset_password(db, secret, "another one", clock.now() + timedelta(days=3))
    with pytest.raises(Invalid):
        await secure_account.reset_password(db, secret, "short", clock.now())
    await secure_account.reset_password(db, secret, "another one", clock.now())
    assert await sessions.of_account(db, account.id) == []
    assert isinstance(await attempt(db, SignInGuard(0), password="another one"), SignedIn)
    with pytest.raises(NotFound):
        await secure_account.reset_password(db, secret, "a third one", clock.now())


async def test_following_a_link_confirms_an_address(db: Database) -> None:
    account = await create_account(
        db, username="bea", email="bea@example.org", password=GOOD, now=clock.now(), confirmed=False)
    path = await secure_account.new_link(db, account.id, "confirm", clock.now())
    assert path.startswith("/confirm/")
    ((kind, renewed),) = await secure_account.pending_links(db, account.id, clock.now())
    assert kind == "confirm"
    with pytest.raises(NotFound):  # the operator's copy replaced the first
        await secure_account.confirm(db, path.rpartition("/")[2], clock.now())
    await secure_account.confirm(db, renewed.rpartition("/")[2], clock.now())
    assert (await accounts.get(db, account.id)).state is State.ACTIVE


async def test_a_new_address_counts_once_its_link_is_followed(db: Database) -> None:
    account = await ana(db)
    path = await secure_account.ask_for_email(
        db, SignInGuard(0), account, email="new@example.org", password=GOOD, now=clock.now())
    assert await members.find_by_email(db, "new@example.org") is None
    await secure_account.confirm(db, path.rpartition("/")[2], clock.now())
    assert await members.find_by_email(db, "new@example.org") is not None
    assert await members.find_by_email(db, "ana@example.org") is None


def test_a_household_is_one_address() -> None:
    assert neighbourhood("2001:db8:1:2::1") == neighbourhood("2001:db8:1:2:ffff::9")
    assert neighbourhood("2001:db8:1:2::1") != neighbourhood("2001:db8:1:3::1")
    assert neighbourhood("::ffff:192.0.2.1") == neighbourhood("192.0.2.1") != neighbourhood("192.0.2.2")


async def test_a_session_in_use_is_noted_once_an_hour(db: Database) -> None:
    account = await ana(db)
    await attempt(db, SignInGuard(0))
    (session,) = await sessions.of_account(db, account.id)
    for minutes, noted in ((59, False), (61, True)):
        now = session.last_seen_at + timedelta(minutes=minutes)
        await seen_again(db, session.id, Visitor("192.0.2.9"), session.last_seen_at, now)
        (after,) = await sessions.of_account(db, account.id)
        assert (after.last_seen_at == now, after.address == "192.0.2.9") == (noted, noted)


def test_a_name_that_nobody_has_takes_as_long_as_one_that_somebody_has() -> None:
    assert not passwords._hasher.check_needs_rehash(passwords._NOBODY)
