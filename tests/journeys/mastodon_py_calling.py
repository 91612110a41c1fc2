"""Mastodon.py as it is, with a note of every method called and of every answer that its types do not describe."""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Callable
from typing import Any, ClassVar

import requests
from mastodon import Mastodon
from mastodon.return_types import AdminAccount, FeaturedTag, FilterV2, Tag
from mastodon.types_base import AttribAccessDict, NonPaginatableList, try_cast_recurse
from mastodon.versions import parse_version_string

from tests.journeys.mastodon_py_types import ANNOUNCED, Differences


def methods() -> set[str]:
    """Every method that the installed version offers."""
    return {name for name, _ in inspect.getmembers(Mastodon, callable) if not name.startswith("_")}


def later_than_announced() -> set[str]:
    """Those that need a later Mastodon than the one that Harken announces, as the library itself says."""
    found = set()
    for name in methods():
        added = re.search(r"Added: Mastodon v([\d.]+),", getattr(Mastodon, name).__doc__ or "")
        if added and parse_version_string(added[1]) > ANNOUNCED:
            found.add(name)
    return found


class Notes:
    """What all clients of a tour called, and where answers differed from the types."""

    def __init__(self) -> None:
        self.called: set[str] = set()
        self.empty: set[str] = set()
        self.filled: set[str] = set()
        self.differences = Differences()


class Calling:
    """A client: `calling.status_post(…)` calls the method of that name and compares what comes back.

    The JSON compared is that of the last answer: what a method returns is made of it, but for the few in `inside`.
    """

    inside: ClassVar[dict[str, Callable[[Any], Any]]] = {
        "suggestions": lambda raw: [one["account"] for one in raw],
        "status_card": lambda raw: raw["card"],
        "get_async_refresh_status": lambda raw: raw["async_refresh"],
    }
    rather: ClassVar[dict[str, Any]] = {
        "account_featured_tags": NonPaginatableList[FeaturedTag],
        "admin_accounts": NonPaginatableList[AdminAccount],
        "admin_accounts_v1": NonPaginatableList[AdminAccount],
        "featured_tag_suggestions": NonPaginatableList[Tag],
        "filter_v2": FilterV2,
    }
    """Where the library declares another entity than Mastodon's documentation of the endpoint does."""

    def __init__(self, notes: Notes, certificate: str, **given: Any) -> None:
        session = requests.Session()
        session.verify = certificate
        session.hooks["response"].append(self._keep)
        self._notes = notes
        self._raw: Any = None
        # It refuses by itself what the announced version is too old for.
        self.api = Mastodon(session=session, version_check_mode="created", ratelimit_method="throw", **given)

    def _keep(self, answer: requests.Response, **_: Any) -> None:
        is_json = answer.headers.get("Content-Type", "").startswith("application/json") and answer.content
        self._raw = answer.json() if is_json else None

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.api, name)

        def call(*arguments: Any, **given: Any) -> Any:
            self._raw = None
            self._notes.called.add(name)
            value = method(*arguments, **given)
            if isinstance(value, (AttribAccessDict, list)) and self._raw is not None:
                raw: Any = self.inside.get(name, lambda raw: raw)(self._raw)
                typed: Any = try_cast_recurse(self.rather[name], copy.deepcopy(raw)) if name in self.rather else value
                if name == "fetch_remaining":  # page after page in one list; the last answer is its end
                    typed = typed[len(typed) - len(raw) :]
                self._notes.differences.compare(raw, typed)
                (self._notes.filled if value else self._notes.empty).add(name)
            return value

        return call
