"""docs.joinmastodon.org/methods/admin/measures, /dimensions and /retention: what happens here, in numbers.

Three pages in one file, because they ask the same for the same days.
"""

from __future__ import annotations

import platform
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from babel import Locale, UnknownLocaleError

from .... import __version__, clock
from ....errors import Invalid
from ....model.account import Permission
from ....store import insight, overseen
from ....text import markup
from ...requests import AnyRequest, engine_of, parameters
from .. import entities
from ..answers import Answer, answer, doing
from .staff import staff

MAX_DAYS = 366
MAX_MONTHS = 24
MAX_KEYS = 32
MOST = 100
_DAY = timedelta(days=1)


class Asked(msgspec.Struct):
    """Which numbers, of which days; those about one tag or server name it as `tag_uses[id]=…`."""

    keys: list[str] | str = []
    start_at: str = ""
    end_at: str = ""
    limit: int = 10
    frequency: str = "day"
    tag_accounts: dict[str, Any] = {}
    tag_uses: dict[str, Any] = {}
    tag_servers: dict[str, Any] = {}
    tag_languages: dict[str, Any] = {}
    instance_accounts: dict[str, Any] = {}
    instance_media_attachments: dict[str, Any] = {}
    instance_reports: dict[str, Any] = {}
    instance_statuses: dict[str, Any] = {}
    instance_follows: dict[str, Any] = {}
    instance_followers: dict[str, Any] = {}
    instance_languages: dict[str, Any] = {}

    @property
    def wanted(self) -> list[str]:
        return ([self.keys] if isinstance(self.keys, str) else self.keys)[:MAX_KEYS]

    def about(self, key: str) -> dict[str, str]:
        """The tag or server that a number is about. Raises Invalid without one."""
        if not key.startswith(("tag_", "instance_")):
            return {}
        name = "id" if key.startswith("tag_") else "domain"
        given = markup.clean(str(getattr(self, key).get(name, "")))
        if not given:
            raise Invalid(f"Validation failed: {key}[{name}] can't be blank", key)
        return {"tag": markup.tag_key(given)} if name == "id" else {"domain": given.lower()}

    def days(self) -> tuple[datetime, datetime]:
        """From the beginning of the first day until the end of the last, UTC. Raises Invalid."""
        today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        start = _day(self.start_at, "start_at") if self.start_at else today - 29 * _DAY
        end = (_day(self.end_at, "end_at") if self.end_at else today) + _DAY
        if start >= end:
            raise Invalid("Validation failed: end_at must not be before start_at", "end_at")
        return start, end


class Dimension(msgspec.Struct):
    """docs.joinmastodon.org/entities/Admin_Dimension."""

    key: str
    data: list[Share]


class Share(msgspec.Struct):
    """docs.joinmastodon.org/entities/Admin_Dimension/#Data."""

    key: str
    human_key: str
    value: str
    unit: str | msgspec.UnsetType = msgspec.UNSET
    human_value: str | msgspec.UnsetType = msgspec.UNSET


def _day(text: str, name: str) -> datetime:
    try:
        given = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
        moment = given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)
        if not 2000 <= moment.year <= 2200:
            raise ValueError
    except (ValueError, OverflowError):
        raise Invalid(f"Validation failed: {name} is not a date", name) from None
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


@doing("/api/v1/admin/measures")
async def measures(request: AnyRequest) -> Answer:
    await staff(request, "admin:read", Permission.VIEW_DASHBOARD)
    asked = await parameters(request, Asked)
    start, end = asked.days()
    if end - start > MAX_DAYS * _DAY:
        raise Invalid(f"Validation failed: that is more than {MAX_DAYS} days", "start_at")
    db, made = engine_of(request).db, []
    for key in asked.wanted:
        if key not in insight.MEASURES:
            continue
        about = asked.about(key)
        now = await insight.measure(db, key, start, end, about)
        one: dict[str, Any] = {"key": key, "unit": None, "total": str(now.total)}
        if key == "instance_media_attachments":
            one |= {"unit": "bytes", "human_value": _size(now.total)}
        if not key.startswith("instance_"):
            before = await insight.measure(db, key, start - (end - start), start, about)
            one["previous_total"] = str(before.total)
        days = [start + count * _DAY for count in range((end - start) // _DAY)]
        one["data"] = [
            {"date": entities.time(day), "value": str(now.by_day.get(int(day.timestamp()) // 86_400, 0))}
            for day in days]
        made.append(one)
    return answer(made)


@doing("/api/v1/admin/dimensions")
async def dimensions(request: AnyRequest) -> Answer:
    await staff(request, "admin:read", Permission.VIEW_DASHBOARD)
    asked = await parameters(request, Asked)
    start, end = asked.days()
    made = []
    for key in asked.wanted:
        if key == "software_versions":
            made.append(Dimension(key, [
                Share(name.lower(), name, version, human_value=version)
                for name, version in (("Harken", __version__), ("Python", platform.python_version()))]))
        elif key == "space_usage":
            used = await insight.bytes_of_media(engine_of(request).db)
            made.append(Dimension(key, [Share("media", "Media storage", str(used), "bytes", _size(used))]))
        elif key in insight.SHARES:
            found = await insight.shares(
                engine_of(request).db, key, start, end, max(1, min(asked.limit, MOST)), asked.about(key))
            made.append(Dimension(key, [
                Share(name or "web", _human(key, name), str(count)) for name, count in found]))
    return answer(made)


def _human(key: str, name: str) -> str:
    if key == "sources":
        return name or "Website"
    if key == "tag_servers":
        return name or "This server"
    if key.endswith("languages"):
        try:
            return Locale.parse(name.replace("-", "_")).get_display_name("en") or name
        except (UnknownLocaleError, ValueError):
            return "Unknown" if name == "und" else name
    return name


def _size(count: float) -> str:
    """Bytes as people say them, as Mastodon does."""
    for unit in ("Bytes", "KB", "MB", "GB"):
        if count < 1024:
            return f"{count:.3g} {unit}"
        count /= 1024
    return f"{count:.3g} TB"


@doing("/api/v1/admin/retention")
async def retention(request: AnyRequest) -> Answer:
    """Of those who joined in each period, how many were active in it and in each one after."""
    await staff(request, "admin:read", Permission.VIEW_DASHBOARD)
    asked = await parameters(request, Asked)
    start, end = asked.days()
    frequency = "month" if asked.frequency == "month" else "day"
    periods = [start.replace(day=1) if frequency == "month" else start]
    while (following := _after(periods[-1], frequency)) < end:
        if len(periods) >= (MAX_MONTHS if frequency == "month" else 31):
            raise Invalid("Validation failed: that is more than 31 days or 24 months", "start_at")
        periods.append(following)
    db, made = engine_of(request).db, []
    for at, period in enumerate(periods):
        joined = (period, _after(period, frequency))
        people = await overseen.joined_between(db, *joined)
        data = []
        for later in periods[at:]:
            active = await insight.still_active(db, joined, (later, _after(later, frequency))) if people else 0
            data.append({
                "date": entities.time(later), "rate": active / people if people else 0.0, "value": str(active)})
        made.append({"period": entities.time(period), "frequency": frequency, "data": data})
    return answer(made)


def _after(period: datetime, frequency: str) -> datetime:
    """The beginning of the next day or month."""
    return period + _DAY if frequency == "day" else (period.replace(day=1) + 32 * _DAY).replace(day=1)


routes = [measures, dimensions, retention]
