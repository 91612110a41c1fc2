"""Harken's own API, for what no other interface has a shape for; docs/api.md describes it."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

# One a line, in the order of the alphabet: so two people who add a module do not meet here.
from . import (
    archives,
    circles,
    commands,
    contacts,
    desk_answers,
    desk_cases,
    desk_work,
    desks,
    ears,
    events,
    forwards,
    keeping,
    knowers,
    reading,
    similar,
    stories,
    uploads,
    whispers,
)

_MODULES = (
    archives,
    circles,
    commands,
    contacts,
    desk_answers,
    desk_cases,
    desk_work,
    desks,
    ears,
    events,
    forwards,
    keeping,
    knowers,
    reading,
    similar,
    stories,
    uploads,
    whispers,
)

routes: list[ControllerRouterHandler] = [route for module in _MODULES for route in module.routes]
bodies: list[ControllerRouterHandler] = [*uploads.uploads]
"""What takes files, and bodies of their size."""
