"""docs.joinmastodon.org/methods/oembed, in the shape of oembed.com: a public post as something to put into a page."""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

import msgspec
from litestar import get

from ...errors import NotFound
from ...model.post import Visibility
from ...store import accounts, posts
from ...text import markup
from ..requests import AnyRequest, engine_of, id_in_path, parameters
from .answers import Answer, answer
from .entities import absolute_url

_POST = re.compile(r"/@[^/]+/(\d{1,19})")
DAY = 86_400


class Asked(msgspec.Struct):
    """Which post, and how large it may be."""

    url: str = ""
    maxwidth: int = 400
    maxheight: int | None = None


@get("/api/oembed")
async def oembed(request: AnyRequest) -> Answer:
    """A quotation without script or frame: whoever embeds a post lets nobody watch their readers."""
    asked = await parameters(request, Asked)
    engine = engine_of(request)
    parts = urlsplit(asked.url)
    match = _POST.fullmatch(parts.path.rstrip("/"))
    if f"{parts.scheme}://{parts.netloc}" != engine.base_url or match is None:
        raise NotFound
    post = await posts.visible(engine.db, id_in_path(match[1]), 0)
    if post.visibility not in (Visibility.PUBLIC, Visibility.UNLISTED) or post.boost_of_id:
        raise NotFound
    author = (await accounts.by_ids(engine.db, [post.author_id]))[post.author_id]
    host = engine.base_url.split("://", 1)[1]
    url, page = absolute_url(post.url, engine.base_url), absolute_url(author.url, engine.base_url)
    name = author.shown_name
    said = markup.absolute(post.html, engine.base_url) if not post.spoiler else f"<p>{html.escape(post.spoiler)}</p>"
    return answer({
        "type": "rich", "version": "1.0", "title": f"New status by {name}", "author_name": name, "author_url": page,
        "provider_name": host, "provider_url": f"{engine.base_url}/", "cache_age": DAY,
        "html": f'<blockquote cite="{html.escape(url)}">{said}<footer>— <a href="{html.escape(url)}">'
                f"{html.escape(name)} (@{html.escape(author.username)}@{html.escape(host)})</a></footer></blockquote>",
        "width": max(100, min(asked.maxwidth, 2000)), "height": asked.maxheight})


routes = [oembed]
