"""What a method of 2008 made, as JSON, XML, RSS or Atom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import msgspec
from litestar import Response

from ...engine import Engine
from ..feeds import Feed
from ..feeds import answered as answered_feed
from ..feeds.feed import plain
from ..requests import AnyRequest
from .calls import answered

Tree = dict[str, Any]


class Made(msgspec.Struct, kw_only=True):
    """An answer: `value` is a tree, a list of trees or ids, or one plain value.

    XML calls it `name`, and each of a list `each`; `xml` is what XML says where that differs. A timeline brings its
    `feed`.
    """

    value: Any
    name: str
    each: str = ""
    xml: Any = None
    feed: Feed | None = None


def written(
    request: AnyRequest, made: Made, kind: str, engine: Engine, callback: str, public: bool
) -> Response[bytes]:
    """The answer in format `kind`. Only what everybody gets is given to a page's own function (`callback`)."""
    if kind in ("rss", "atom") and made.feed is not None:
        return answered_feed(request, made.feed, kind)
    if kind == "json":
        return answered(made.value, callback if public and request.method == "GET" else "")
    value = made.value if made.xml is None else made.xml
    body = tostring(tree(made.name, value, made.each), encoding="utf-8", xml_declaration=True)
    headers = {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}
    return Response(body, media_type="application/xml; charset=utf-8", headers=headers)


def tree(name: str, value: Any, each: str = "") -> Element:
    """`value` as an element called `name`; the things of a list are called `each`."""
    top = Element(name)
    if isinstance(value, list):
        if each and each not in ("id",):
            top.set("type", "array")
        for one in value:
            top.append(tree(each, one))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, Mapping):
                top.append(tree(key, inner))
            else:
                SubElement(top, key).text = _text(inner)
    else:
        top.text = _text(value)
    return top


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain(str(value))
