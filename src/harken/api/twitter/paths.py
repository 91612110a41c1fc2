"""Which addresses are those of the REST API of 2008, and how its errors look."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, tostring

import msgspec

from ..feeds.feed import plain

BOTH = "json xml"
ALL = "json xml rss atom"
_PATH = re.compile(
    r"/(statuses|users|direct_messages|friendships|friends|followers|favorites|account|notifications|blocks|help)"
    r"(/.*)?\.(json|xml|rss|atom)", re.DOTALL)
# As then: a limit was a 400, a refusal 403; nothing else was known.
_STATUS = {422: 400, 429: 400, 409: 403, 413: 403, 410: 404, 405: 404}


def of_2008(path: str) -> bool:
    """Whether `path` belongs to that API."""
    return bool(_PATH.fullmatch(path))


def failure(path: str, message: str, status: int) -> tuple[int, bytes, str]:
    """Status, body and media type of an error, in the format of the address; feeds get XML."""
    status = _STATUS.get(status, status)
    if path.endswith(".json"):
        return status, msgspec.json.encode({"request": path, "error": message}), "application/json"
    tree = Element("hash")
    SubElement(tree, "request").text = plain(path)
    SubElement(tree, "error").text = plain(message)
    return status, tostring(tree, encoding="utf-8", xml_declaration=True), "application/xml"
