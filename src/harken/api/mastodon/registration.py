"""docs.joinmastodon.org/methods/accounts#create and /emails: join through an application, and confirm the address."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import get

from ... import clock, mail
from ...actions import authorize_app, secure_account
from ...actions.admit import EmailBlocked, approved_at_once, check_email, note_refused
from ...actions.attempts import neighbourhood
from ...actions.create_account import MAX_NAME, RESERVED, Taken, checked_email, checked_name, create_account
from ...actions.invite_member import find_invite
from ...actions.passwords import MAX_CHARACTERS, MIN_CHARACTERS
from ...errors import Invalid, NotAllowed, NotSignedIn
from ...model.account import Account, Member
from ...store import accounts, applications, members
from ...store.database import Database
from ...text.catalogues import available
from ..requests import AnyRequest, allows, bearer, engine_of, parameters
from .answers import Answer, answer, doing
from .oauth import NO_STORE, guard_of

_OWN_APPLICATION = "This method is only available to the application the user originally signed-up with"
_WAITING = "This method is only available while the e-mail is awaiting confirmation"

_SAID = {
    "ERR_BLANK": "can't be blank",
    "ERR_TAKEN": "has already been taken",
    "ERR_RESERVED": "is reserved",
    "ERR_ACCEPTED": "must be accepted",
    "ERR_BLOCKED": "uses a forbidden e-mail provider",
    "ERR_INCLUSION": "is not included in the list",
}


class Joining(msgspec.Struct):
    """Who joins. `reason` is read by the moderators, where they let people in one by one."""

    username: str = ""
    email: str = ""
    password: str = ""
    agreement: bool | str = False
    locale: str = ""
    reason: str = ""
    invite_code: str = ""
    time_zone: str = ""


class Address(msgspec.Struct):
    """Where to send the link instead."""

    email: str | None = None


class Faults:
    """What is wrong, by parameter: an answer with all of it at once."""

    def __init__(self) -> None:
        self.found: dict[str, list[tuple[str, str]]] = {}

    def add(self, parameter: str, code: str, said: str = "") -> None:
        self.found.setdefault(parameter, []).append((code, said or _SAID[code]))

    def answer(self) -> Answer:
        sentences = [
            f"{parameter.capitalize()} {said}" for parameter, all_said in self.found.items() for _, said in all_said]
        details: dict[str, Any] = {
            parameter: [{"error": code, "description": said} for code, said in all_said]
            for parameter, all_said in self.found.items()}
        return answer({"error": f"Validation failed: {', '.join(sentences)}", "details": details}, status=422)


async def _faults(db: Database, given: Joining) -> Faults:
    faults = Faults()
    await _fault_of_email(db, given.email, faults)
    if not given.password:
        faults.add("password", "ERR_BLANK")
    elif len(given.password) < MIN_CHARACTERS:
        faults.add("password", "ERR_TOO_SHORT", f"is too short (minimum is {MIN_CHARACTERS} characters)")
    elif len(given.password) > MAX_CHARACTERS:
        faults.add("password", "ERR_TOO_LONG", f"is too long (maximum is {MAX_CHARACTERS} characters)")
    await _fault_of_name(db, given.username, faults)
    if given.agreement not in (True, "true", "1", "on"):
        faults.add("agreement", "ERR_ACCEPTED")
    if given.locale and not given.locale.replace("-", "").replace("_", "").isalnum():
        faults.add("locale", "ERR_INCLUSION")
    return faults


async def _fault_of_email(db: Database, email: str, faults: Faults) -> None:
    if not email.strip():
        return faults.add("email", "ERR_BLANK")
    try:
        checked_email(email)
    except Invalid:
        return faults.add("email", "ERR_INVALID", "must be a valid e-mail address")
    try:
        await check_email(db, email)
    except EmailBlocked:
        return faults.add("email", "ERR_BLOCKED")
    except Invalid:  # Mastodon does not tell that an address is blocked
        return faults.add("email", "ERR_TAKEN")
    if await members.find_by_email(db, email) is not None:
        faults.add("email", "ERR_TAKEN")


async def _fault_of_name(db: Database, name: str, faults: Faults) -> None:
    name = name.strip()
    if not name:
        return faults.add("username", "ERR_BLANK")
    if len(name) > MAX_NAME:
        return faults.add("username", "ERR_TOO_LONG", f"is too long (maximum is {MAX_NAME} characters)")
    if name.lower() in RESERVED:
        return faults.add("username", "ERR_RESERVED")
    try:
        checked_name(name)
    except Invalid:
        return faults.add("username", "ERR_INVALID", "must contain only letters, numbers and underscores")
    if await accounts.find_by_name(db, name) is not None:
        faults.add("username", "ERR_TAKEN")


@doing("/api/v1/accounts")
async def create(request: AnyRequest) -> Answer:
    """A new member, and a token for the application that brought them."""
    engine, now = engine_of(request), clock.now()
    grant = await bearer(request)
    if grant is None:
        raise NotSignedIn("The access token is invalid")
    if not allows(grant.scopes, "write:accounts"):
        raise NotAllowed("This action is outside the authorized scopes")
    application = await applications.find(engine.db, grant.application_id or 0)
    given = await parameters(request, Joining)
    invited = await find_invite(engine.db, engine.settings.invites, given.invite_code, now)
    if application is None or not (engine.settings.open_registration or invited):
        raise NotAllowed("This action is not allowed")
    address = request.client.host if request.client else ""
    guard_of(request).start([f"sign-up:{neighbourhood(address)}"], now)
    approved = await approved_at_once(engine.db, address, now) and (
        invited is not None or not engine.settings.approve_sign_ups)
    faults = await _faults(engine.db, given)
    if engine.settings.approve_sign_ups and invited is None and not given.reason.strip():
        faults.add("reason", "ERR_BLANK")
    if faults.found:
        if "email" in faults.found:
            await note_refused(engine.db, given.email, address, now)
        return faults.answer()
    language = given.locale.replace("_", "-").split("-")[0].lower()
    try:
        account = await create_account(
            engine.db, username=given.username.strip(), email=given.email, password=given.password, now=now,
            confirmed=not engine.settings.confirm_email, application_id=application.id,
            language=language if language in available() else "en", approved=approved, reason=given.reason,
            address=address, invite=invited)
    except Taken as error:  # by somebody who was quicker by a moment
        faults.add(error.field, "ERR_TAKEN")
        return faults.answer()
    if engine.settings.confirm_email:
        path = await secure_account.new_link(engine.db, account.id, "confirm", now)
        mail.send_link(engine.settings, engine.base_url, given.email.strip(), "confirm", path, language)
    secret = await authorize_app.make_token(engine.db, account.id, application, application.scopes, now)
    return answer({
        "access_token": secret, "token_type": "Bearer", "scope": application.scopes,
        "created_at": int(now.timestamp())}, NO_STORE)


# ---- the address ------------------------------------------------------------------


async def _unconfirmed(request: AnyRequest) -> tuple[Account, Member]:
    """Who waits for a link, and asks through the application they joined with. Raises NotSignedIn, NotAllowed."""
    db, grant = engine_of(request).db, await bearer(request)
    if grant is None:
        raise NotSignedIn("The access token is invalid")
    if not allows(grant.scopes, "write:accounts"):
        raise NotAllowed("This action is outside the authorized scopes")
    member = await members.find(db, grant.account_id or 0)
    if member is None or member.application_id is None or member.application_id != grant.application_id:
        raise NotAllowed(_OWN_APPLICATION)
    if member.confirmed_at is not None:
        raise NotAllowed(_WAITING)
    return await accounts.get(db, member.account_id), member


@doing("/api/v1/emails/confirmations")
async def confirm_again(request: AnyRequest) -> Answer:
    """Send the link once more, to another address if one is given."""
    account, member = await _unconfirmed(request)
    engine, now = engine_of(request), clock.now()
    guard_of(request).start([f"confirm:{account.id}"], now)
    email = (await parameters(request, Address)).email
    if email is not None and email.strip() != member.email:
        faults = Faults()
        await _fault_of_email(engine.db, email, faults)
        if faults.found:
            return faults.answer()
        try:
            await secure_account.correct_email(engine.db, account, email)
        except Taken:
            faults.add("email", "ERR_TAKEN")
            return faults.answer()
    path = await secure_account.new_link(engine.db, account.id, "confirm", now)
    mail.send_link(engine.settings, engine.base_url, (email or member.email).strip(), "confirm", path, member.language)
    return answer({})


@get("/api/v1/emails/check_confirmation")
async def confirmed(request: AnyRequest) -> Answer:
    """Whether the address of the token's member is confirmed: `true` or `false`."""
    grant = await bearer(request)
    member = await members.find(engine_of(request).db, grant.account_id or 0) if grant else None
    if member is None:
        raise NotSignedIn("This method requires an authenticated user")
    return answer(member.confirmed_at is not None)


routes = [create, confirm_again, confirmed]
