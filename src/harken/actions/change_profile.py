"""Change a profile, its switches and its pictures, and a member's preferences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from ..errors import Invalid, NotAllowed
from ..ids import new_id
from ..log.append import append
from ..log.events import AccountChanged
from ..media.pictures import Picture, read_picture
from ..media.store import MediaStore
from ..model.account import Account, Field
from ..model.circle import Writers
from ..model.media import Media
from ..model.post import QuotePolicy, Visibility
from ..search import places
from ..store import accounts, members
from ..store import media as media_rows
from ..store.database import Database
from ..store.forgotten import ALL_DESKS, allow
from ..text.markup import clean
from .block_domain import checked_domain
from .create_account import checked_bio, checked_display_name

MAX_FIELDS = 4
MAX_FIELD = 255
MAX_LOCATION = 100
MAX_ATTRIBUTION_DOMAINS = 100


async def change_profile(
    db: Database, account: Account, *, now: datetime, display_name: str | None = None, bio: str | None = None,
    location: str | None = None, fields: Sequence[Field] | None = None, protected: bool | None = None,
    bot: bool | None = None, discoverable: bool | None = None, indexable: bool | None = None,
    noindex: bool | None = None, hearable: bool | None = None, hide_collections: bool | None = None,
    attribution_domains: Sequence[str] | None = None,
) -> Account:
    """Change what is given and leave the rest. Raises Invalid (`field` says what), NotAllowed."""
    if not account.signs_in:
        raise NotAllowed("This account cannot be changed.")
    columns: dict[str, Any] = {
        name: value for name, value in (
            ("protected", protected), ("bot", bot), ("discoverable", discoverable), ("indexable", indexable),
            ("noindex", noindex), ("hearable", hearable), ("hide_collections", hide_collections)) if value is not None}
    if display_name is not None:
        columns["display_name"] = checked_display_name(display_name)
    if bio is not None:
        columns["bio"] = checked_bio(bio)
    if location is not None:
        columns["location"] = _one_line(location, MAX_LOCATION, "location")
        await places.ready()
    if attribution_domains is not None:
        columns["attribution_domains"] = _checked_domains(attribution_domains)
    if fields is not None:
        columns["fields"] = _checked_fields(fields)
    columns = {name: value for name, value in columns.items() if value != getattr(account, name)}
    if not columns:
        return account
    async with db.transaction() as tx:
        await accounts.change(tx, account.id, **columns)
        if columns.get("hearable"):  # who says yes again takes back that all desks must forget them
            await allow(tx, ALL_DESKS, account.uri)
        if "location" in columns:
            await accounts.set_places(tx, {account.id: places.located(columns["location"])})
        await append(tx, AccountChanged(account.id), now)
        return await accounts.get(tx, account.id)


def _one_line(text: str, most: int, field: str) -> str:
    text = " ".join(clean(text).split())
    if len(text) > most:
        raise Invalid(f"This has at most {most} characters.", field)
    return text


def _checked_domains(domains: Sequence[str]) -> list[str]:
    """Host names, each once. Raises Invalid."""
    given = [domain for text in domains for domain in text.split()]
    if len(given) > MAX_ATTRIBUTION_DOMAINS:
        raise Invalid(f"A profile names at most {MAX_ATTRIBUTION_DOMAINS} sites.", "attribution_domains")
    try:
        return list(dict.fromkeys(checked_domain(domain) for domain in given))
    except Invalid:
        raise Invalid("One of these is not the name of a site, such as example.org.", "attribution_domains") from None


def _checked_fields(fields: Sequence[Field]) -> list[Field]:
    made = [Field(_one_line(f.name, MAX_FIELD, "fields"), _one_line(f.value, MAX_FIELD, "fields")) for f in fields]
    made = [field for field in made if field.name or field.value]
    if len(made) > MAX_FIELDS:
        raise Invalid(f"A profile has at most {MAX_FIELDS} rows.", "fields")
    if any(not field.name for field in made):
        raise Invalid("Each row needs a label.", "fields")
    return made


async def change_picture(
    db: Database, store: MediaStore, account: Account, purpose: str, content: bytes, now: datetime, max_bytes: int
) -> Account:
    """Make `content` the account's avatar or header. Raises TooLarge, Invalid when it is no picture."""
    picture = await read_picture(content, purpose, max_bytes)
    media_id = new_id(now)
    path = f"{purpose}/{media_id % 256:02x}/{media_id:x}.{picture.suffix}"
    await store.put(path, picture.content)
    try:
        changed = await _set_picture(db, account, purpose, media_id, path, picture, now)
    except BaseException:
        await store.delete(path)
        raise
    await _sweep(db, store, account, purpose, media_id)
    return changed


async def remove_picture(db: Database, store: MediaStore, account: Account, purpose: str, now: datetime) -> Account:
    """Go back to the drawn avatar, or to no header."""
    async with db.transaction() as tx:
        await accounts.change(tx, account.id, **{f"{purpose}_id": None})
        await append(tx, AccountChanged(account.id), now)
        changed = await accounts.get(tx, account.id)
    await _sweep(db, store, account, purpose, 0)
    return changed


async def _set_picture(
    db: Database, account: Account, purpose: str, media_id: int, path: str, picture: Picture, now: datetime
) -> Account:
    async with db.transaction() as tx:
        await media_rows.insert(tx, Media(
            id=media_id, account_id=account.id, purpose=purpose, kind=picture.kind, path=path,
            bytes=len(picture.content), width=picture.width, height=picture.height, created_at=now))
        await accounts.change(tx, account.id, **{f"{purpose}_id": media_id})
        await append(tx, AccountChanged(account.id), now)
        return await accounts.get(tx, account.id)


async def _sweep(db: Database, store: MediaStore, account: Account, purpose: str, but: int) -> None:
    """Remove earlier pictures: first the file, then the row, so that whatever interrupts this is done the next time."""
    for old in await media_rows.of_account(db, account.id, purpose):
        if old.id < but or not but:
            await store.delete(old.path)
            async with db.transaction() as tx:
                await media_rows.delete(tx, old.id)


async def change_preferences(
    db: Database, account: Account, *, language: str, time_zone: str, default_visibility: Visibility,
    default_sensitive: bool, default_quote_policy: QuotePolicy | None = None,
) -> None:
    """How a member reads and writes; without a quote policy that of before stays. Raises Invalid."""
    if time_zone not in available_timezones():
        raise Invalid("Nobody knows this time zone; it looks like Europe/Vienna.", "time_zone")
    if not (2 <= len(language) <= 12 and language.isascii() and language.replace("-", "").isalnum()):
        raise Invalid("This is not a language.", "language")
    async with db.transaction() as tx:
        await members.set_preferences(
            tx, account.id, language=language, time_zone=time_zone, default_visibility=default_visibility,
            default_sensitive=default_sensitive)
        if default_quote_policy is not None:
            await members.set_quote_policy(tx, account.id, default_quote_policy)


async def change_circle(db: Database, account: Account, *, written_by: int, hide_friends: bool) -> None:
    """Who may write to a member in private, and whether others see their friends. Raises Invalid."""
    try:
        rule = Writers(written_by)
    except ValueError as error:
        raise Invalid("Choose who may write to you.", "written_by") from error
    async with db.transaction() as tx:
        await members.set_circle(tx, account.id, rule, hide_friends)


async def show_karma(db: Database, account: Account, on: bool) -> None:
    """Let a member see their karma, or not."""
    async with db.transaction() as tx:
        await members.set_karma_off(tx, account.id, not on)
