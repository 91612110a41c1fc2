"""Rows to structs and Python values to parameters, the same for both databases.

Columns hold integers, text and bytes only: times are milliseconds since 1970, days are ISO 8601 text,
truth is 0 or 1, enumerations are their value, anything nested is JSON text.
"""

from __future__ import annotations

import enum
import types
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from ..clock import from_ms, to_ms

Shape = TypeVar("Shape", bound=msgspec.Struct)
_PLAIN = (int, str, bytes, float)


def bind(value: Any) -> Any:
    """A parameter as both drivers take it."""
    kind = type(value)
    if kind is int or kind is str or value is None or kind is bytes or kind is float:
        return value
    if kind is bool:
        return int(value)
    if isinstance(value, datetime):
        return to_ms(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (int, str)):
        return value
    return msgspec.json.encode(value).decode()


@cache
def maker(shape: type[Shape], columns: tuple[str, ...]) -> Callable[[Sequence[Any]], Shape]:
    """A function from a row with these columns to a `shape`; columns that `shape` lacks are ignored.

    Compiled once per (shape, columns), because this runs for every row of every page: what a cell takes is written
    out, not called, where that is shorter.
    """
    hints = get_type_hints(shape)
    position = {name: index for index, name in enumerate(columns)}
    scope: dict[str, Any] = {"shape": shape}
    arguments = []
    for field in shape.__struct_fields__:
        if field not in position:
            continue  # the struct's default, or a TypeError that names the field
        cell = f"row[{position[field]}]"
        converted, needs = _conversion(hints[field], cell, f"to_{field}")
        if converted != cell:
            converted = f"None if {cell} is None else {converted}"
        arguments.append(f"{field}={converted}")
        scope |= needs
    return eval(f"lambda row: shape({', '.join(arguments)})", scope)  # type: ignore[no-any-return]


def _conversion(hint: Any, cell: str, name: str) -> tuple[str, dict[str, Any]]:
    """The expression that makes a value of type `hint` of `cell`, and what it needs by name."""
    if isinstance(hint, NewType):
        hint = hint.__supertype__
    if get_origin(hint) in (Union, types.UnionType):
        (inner,) = [h for h in get_args(hint) if h is not type(None)]
        return _conversion(inner, cell, name)
    if isinstance(hint, type):
        if hint in _PLAIN:
            return cell, {}
        if hint is bool:
            return f"{cell} != 0", {}
        if hint is datetime:
            return f"{name}({cell})", {name: from_ms}
        if hint is date:
            return f"{name}({cell})", {name: date.fromisoformat}
        if issubclass(hint, enum.Enum):
            return f"{name}[{cell}]", {name: {member.value: member for member in hint}}
    decode = msgspec.json.Decoder(hint).decode
    if get_origin(hint) is list:  # most are empty
        return f"([] if {cell} == '[]' else {name}({cell}))", {name: decode}
    return f"{name}({cell})", {name: decode}
