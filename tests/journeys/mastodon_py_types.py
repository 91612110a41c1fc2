"""What Mastodon.py says that each entity holds, and how an answer differs from it.

The library fills what is missing in with None and keeps what it does not know, both silently. So the JSON as it came is
compared with the library's own declarations: the annotations of its entity classes, and the text below each of them,
which says since which version of Mastodon it is sent and whether it may be missing or null.
"""

from __future__ import annotations

import ast
import copy
import inspect
import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from types import NoneType
from typing import Any, Union, get_args, get_origin, get_type_hints

from mastodon import return_types
from mastodon.types_base import AttribAccessDict, EntityList, MaybeSnowflakeIdType, try_cast_recurse
from mastodon.versions import parse_version_string

ANNOUNCED = (4, 5, 99)
"""Fields of later versions of Mastodon than the one that Harken announces may be missing."""

INSTEAD: dict[str, Any] = {
    **{
        f"AdminReport.{whose}account": return_types.AdminAccount
        for whose in ("", "target_", "assigned_", "action_taken_by_")
    },
    "AdminDimensionData.value": str,  # a version, too
    "FilterResult.filter": return_types.FilterV2,  # a Filter of version 1 has no results
    "ScheduledStatusParams.poll": dict,  # the poll that is asked for has no id, votes or end yet
}
"""What Mastodon's documentation says of a field, where the library says something else."""

ERRATA = {
    "missing Account.mute_expires_at": "Only the answer to /api/v1/mutes has it (MutedAccountSerializer).",
    "missing AdminMeasure.human_value": "Only what is measured in bytes has it (entities/Admin_Measure: optional).",
    "missing CustomEmoji.category": "Only /api/v1/custom_emojis tells it, and not when there is none.",
    "missing FilterV2.keywords": "A filter's result names the filter without its rules (FilterSerializer).",
    "missing FilterV2.statuses": "A filter's result names the filter without its rules (FilterSerializer).",
    "missing InstanceAccountConfiguration.max_pinned_statuses": "Instance v2 has it, v1 does not.",
    "missing InstanceMediaConfiguration.description_limit": "Instance v2 has it, v1 does not.",
    "missing NotificationPolicy.for_bots": "On main of Mastodon only, not in 4.5 (NotificationPolicySerializer).",
    "missing Reaction.static_url": "Only custom emoji have pictures (entities/Announcement::Reaction: optional).",
    "missing Reaction.url": "Only custom emoji have pictures (entities/Announcement::Reaction: optional).",
    "missing Report.rules_ids": "Mastodon calls it rule_ids (entities/Report).",
    "missing WebPushSubscriptionAlerts.admin_report": "In JSON it is called admin.report.",
    "missing WebPushSubscriptionAlerts.admin_sign_up": "In JSON it is called admin.sign_up.",
    "null PreviewCardAuthor.account": "Whoever wrote a page need not be on the fediverse (nullable).",
    "unknown AdminDimensionData.human_value": "What is measured in bytes has it (entities/Admin_Dimension).",
    "unknown AdminDimensionData.unit": "What is measured in bytes has it (entities/Admin_Dimension).",
    "unknown PreviewCard.id": "Moderators speak of a trending link by it (Admin::Trends::LinkSerializer).",
    "unknown PreviewCard.requires_review": "Moderators are told it of a trending link (Admin::Trends::LinkSerializer).",
    "unknown Report.rule_ids": "The library calls it rules_ids.",
    "unknown Status.text": "The answer to deleting a status has the text it was written with (entities/Status).",
}
"""Where the library says less than Mastodon's documentation or its serializers. An entry that is not met is a fault."""


@dataclass(frozen=True)
class Declared:
    """One field of an entity: its name in JSON, its type, whether it may be missing or null."""

    name: str
    hint: Any
    optional: bool
    nullable: bool


@cache
def _texts() -> dict[str, dict[str, str]]:
    """By class and attribute, the text below it in the source."""
    found: dict[str, dict[str, str]] = {}
    for made in ast.parse(inspect.getsource(return_types)).body:
        if not isinstance(made, ast.ClassDef):
            continue
        texts = found.setdefault(made.name, {})
        for one, below in zip(made.body, made.body[1:], strict=False):
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and isinstance(below, ast.Expr):
                texts[one.target.id] = ast.literal_eval(below.value)
    return found


@cache
def declared(entity: type) -> dict[str, Declared]:
    """The fields of `entity`, by their names in JSON."""
    renamed = getattr(entity, "_rename_map", {})
    hints = get_type_hints(entity, vars(return_types))
    fields = {}
    for attribute, text in _texts()[entity.__name__].items():
        history = re.findall(r"\* (\d+\.\d+\.\d+): ([^\n]*)", text)
        notes = " ".join(re.findall(r"\(([^()]*)\)", text))
        hint = hints[attribute]
        later = any(said.startswith("added") and parse_version_string(number) > ANNOUNCED for number, said in history)
        gone = any(said.startswith("removed") for _, said in history)
        name = renamed.get(attribute, attribute)
        fields[name] = Declared(
            name, hint, "optional" in notes or later or gone or "DEPRECATED" in text,
            "nullable" in notes or NoneType in get_args(hint))  # fmt: skip
    return fields


@dataclass
class Differences:
    """What answers had that the library does not know, and the other way round: "missing Account.id" and the like."""

    found: set[str] = field(default_factory=set)
    met: set[str] = field(default_factory=set)

    def compare(self, raw: Any, typed: Any) -> None:
        """Note how `raw`, an answer's JSON, differs from what the library made of it."""
        if isinstance(raw, list) and isinstance(typed, list):
            for one, other in zip(raw, typed, strict=True):
                self.compare(one, other)
        elif isinstance(raw, dict) and isinstance(typed, AttribAccessDict) and type(typed).__name__ in _texts():
            self._compare_entity(raw, typed)

    def _compare_entity(self, raw: dict[str, Any], typed: AttribAccessDict) -> None:
        entity = type(typed)
        fields = declared(entity)
        self.met.add(entity.__name__)
        self.found |= {f"unknown {entity.__name__}.{name}" for name in raw.keys() - fields.keys()}
        for one in fields.values():
            where = f"{entity.__name__}.{one.name}"
            if one.name not in raw:
                if not one.optional:
                    self.found.add(f"missing {where}")
            elif (value := raw[one.name]) is None:
                if not one.nullable:
                    self.found.add(f"null {where}")
            else:
                hint = INSTEAD.get(where, one.hint)
                kept = try_cast_recurse(hint, copy.deepcopy(value)) if where in INSTEAD else typed[one.name]
                if not _fits(kept, hint):
                    self.found.add(f"mistyped {where}: {value!r:.60} became {type(kept).__name__}, not {hint}")
                self.compare(value, kept)


def _fits(value: Any, hint: Any) -> bool:
    """Whether a value is of a declared type; the elements of lists too."""
    origin = get_origin(hint)
    if origin is Union:
        return any(_fits(value, one) for one in get_args(hint))
    if origin in (list, EntityList) or (inspect.isclass(origin) and issubclass(origin, list)):
        return isinstance(value, list) and all(_fits(one, get_args(hint)[0]) for one in value)
    if origin is dict:
        return isinstance(value, dict)
    if hint is MaybeSnowflakeIdType:
        return isinstance(value, MaybeSnowflakeIdType)
    if hint is datetime:
        return isinstance(value, datetime)
    return not inspect.isclass(hint) or isinstance(value, hint)
