"""Take everything along, and bring what one took along: the pages of export and import."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromPath
from litestar.response import Stream

from .. import clock
from ..actions.take_along import ask_archive, bring_archive
from ..api.harken.archives import stored_file
from ..api.requests import AnyRequest, UploadFile, engine_of
from ..errors import Invalid, TooMany
from ..model.account import Account
from ..model.luggage import Archive, Direction
from ..store import archives, luggage
from .cards import When, when
from .languages import gettext_now as _
from .pages import AnyAnswer, Nothing, form, must_be_signed_in, render, see

MAX_LINES = 40


class Shown(msgspec.Struct, kw_only=True):
    """One archive on a page."""

    archive: Archive
    made: When
    until: When | None
    size: str
    told: list[str]


class Brought(msgspec.Struct, kw_only=True):
    """What is brought."""

    form: str = "harken"
    file: Any = None


def kinds() -> dict[str, str]:
    """What people call the kinds of model/luggage.py."""
    return {
        "settings": _("profile and settings"), "follows": _("people you follow"), "friends": _("friends"),
        "blocks": _("blocks"), "mutes": _("mutes"), "domain_blocks": _("blocked servers"), "notes": _("private notes"),
        "endorsements": _("recommendations"), "permissions": _("people who may reach you"), "lists": _("lists"),
        "sets": _("sets"), "collections": _("collections"), "followed_tags": _("followed tags"),
        "featured_tags": _("tags on your profile"), "posts": _("posts"), "files": _("files"),
        "meant": _("people meant by posts for a few"), "favourites": _("favourites"), "bookmarks": _("bookmarks"),
        "pins": _("pinned posts"), "muted_conversations": _("muted conversations"),
        "hidden_messages": _("removed messages"), "votes": _("votes in polls"),
        "ratings": _("stars you gave"), "rsvps": _("answers to invitations"), "ears": _("ears"),
        "filters": _("filters"), "planned": _("planned posts")}


def forms() -> list[tuple[str, str]]:
    """What can be brought."""
    return [
        ("harken", _("Everything: the archive of another Harken (.zip)")),
        ("following", _("Whom I follow (Mastodon's following_accounts.csv)")),
        ("blocks", _("Whom I block (blocked_accounts.csv)")),
        ("mutes", _("Whom I mute (muted_accounts.csv)")),
        ("domain_blocks", _("Servers I block (blocked_domains.csv)")),
        ("lists", _("Lists (lists.csv)")),
        ("bookmarks", _("Bookmarks (bookmarks.csv)")),
    ]


def _said(report: dict[str, Any]) -> list[str]:
    names, said = kinds(), []
    for part, words in (("stored", _("Stored")), ("known", _("Here already")), ("aside", _("Kept aside"))):
        if found := report.get(part):
            listed = ", ".join(f"{number} {names.get(kind, kind)}" for kind, number in found.items())
            said.append(f"{words}: {listed}")
    for kind, reasons in report.get("refused", {}).items():
        said += [f"{names.get(kind, kind)}, {number}: {_(why)}" for why, number in reasons.items()]
    return said[:MAX_LINES]


def _size(size: int) -> str:
    """For people: kB below a megabyte."""
    return f"{size / 1_000_000:,.1f} MB" if size >= 1_000_000 else f"{-(-size // 1000)} kB"


async def _shown(request: AnyRequest, viewer: Account, direction: Direction) -> list[Shown]:
    now = clock.now()
    return [
        Shown(
            archive=one, made=when(one.done_at or one.created_at, now, request),
            until=when(one.expires_at, now, request) if one.expires_at else None,
            size=_size(one.bytes), told=_said(one.report))
        for one in await archives.of_account(engine_of(request).db, viewer.id, direction)]


# ---- export --------------------------------------------------------------------------


@get("/settings/export", include_in_schema=False)
async def export_page(request: AnyRequest) -> AnyAnswer:
    """What there is to download."""
    viewer = await must_be_signed_in(request)
    return await _export_page(request, viewer)


async def _export_page(request: AnyRequest, viewer: Account, error: str = "", status: int = 200) -> AnyAnswer:
    return await render(
        request, "account/export.html", status=status, archives=await _shown(request, viewer, Direction.OUT),
        error=error)


@post("/settings/export", status_code=200, include_in_schema=False)
async def export(request: AnyRequest) -> AnyAnswer:
    """Have an archive made."""
    viewer = await must_be_signed_in(request)
    await form(request, Nothing)
    engine = engine_of(request)
    try:
        await ask_archive(engine.db, viewer, clock.now())
    except TooMany as error:
        return await _export_page(request, viewer, _(error.message), 429)
    engine.archiving.nudge()
    return see("/settings/export")


@get("/settings/export/{archive_id:str}/file", include_in_schema=False)
async def download(request: AnyRequest, archive_id: FromPath[str]) -> Stream:
    """The file, for its owner. Raises NotFound for everybody else."""
    viewer = await must_be_signed_in(request)
    return await stored_file(request, viewer, archive_id)


# ---- import --------------------------------------------------------------------------


@get("/settings/import", include_in_schema=False)
async def import_page(request: AnyRequest) -> AnyAnswer:
    """Bring something, and see how it went."""
    viewer = await must_be_signed_in(request)
    return await _import_page(request, viewer)


async def _import_page(request: AnyRequest, viewer: Account, error: str = "", status: int = 200) -> AnyAnswer:
    engine = engine_of(request)
    aside = await luggage.elsewhere_counts(engine.db, viewer.id)
    names = kinds()
    return await render(
        request, "account/import.html", status=status, archives=await _shown(request, viewer, Direction.IN),
        error=error, forms=forms(), aside=[(names.get(kind, kind), number) for kind, number in aside.items()],
        most=engine.settings.max_video_bytes // 1_000_000)


@post("/settings/import", status_code=200, include_in_schema=False)
async def bring(request: AnyRequest) -> AnyAnswer:
    """Take the file; it is unpacked in the background."""
    viewer = await must_be_signed_in(request)
    given = await form(request, Brought)
    engine, file = engine_of(request), given.file
    try:
        if not isinstance(file, UploadFile) or not file.filename:
            raise Invalid(_("Choose a file."), "file")
        half = engine.archiving.directory / f"half-{secrets.token_hex(8)}"
        try:
            size = await asyncio.to_thread(_keep, file, half)
            if not size:
                raise Invalid(_("The file is empty."), "file")
            made = await bring_archive(engine.db, viewer, given.form, size, clock.now())
            os.replace(half, engine.archiving.file_of(made))
        finally:
            half.unlink(missing_ok=True)
    except (Invalid, TooMany) as error:
        return await _import_page(request, viewer, _(error.message), 422)
    engine.archiving.nudge()
    return see("/settings/import")


def _keep(file: UploadFile, place: Any) -> int:
    with open(place, "xb") as kept:
        os.fchmod(kept.fileno(), 0o600)
        file.file.seek(0)
        shutil.copyfileobj(file.file, kept)
        return kept.tell()


routes: list[Any] = [export_page, export, download]
uploads: list[Any] = [import_page, bring]
