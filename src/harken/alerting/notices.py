"""The e-mail that tells of notifications: who did what, with a way to get no more of them."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime

from ..mail import Letter
from ..model.account import Member
from ..model.post import Visibility
from ..model.telling import Letter as Row
from ..model.telling import Pace
from ..store import accounts, notifications, posts, telling
from ..store.database import Reader
from ..text.catalogues import translations
from .client_push import title

MAX_TOLD = 20
MAX_TEXT = 500


async def notice(
    reader: Reader, batch: Sequence[Row], to: Member, site: str, base_url: str, now: datetime
) -> Letter | None:
    """One e-mail for one member; None when there is nothing to tell any more, or they chose to be told no more.

    What was said in private stays here: an e-mail names its author and where to read it.
    """
    chosen = await telling.find(reader, to.account_id)
    found = [await notifications.find(reader, to.account_id, one.notification_id, now) for one in batch]
    told = [one for one in found if one is not None]
    people = await accounts.by_ids(reader, [one.account_id for one in told])
    seen = await posts.visible_by_ids(reader, [one.post_id for one in told if one.post_id], to.account_id)
    parts: list[tuple[str, str, str]] = []
    for one in told:
        who, post = people.get(one.account_id), seen.get(one.post_id or 0)
        if who is None or (one.post_id and post is None):
            continue
        private = post is not None and post.visibility > Visibility.FOLLOWERS
        if chosen is None or chosen.pace("private" if private else one.kind) is Pace.NEVER:
            continue
        text = "" if post is None or private else (post.spoiler or post.text)[:MAX_TEXT]
        where = post.url if post else f"/@{who.address}"
        kind = "private" if private else one.kind
        parts.append((title(kind, " ".join(who.shown_name.split()), to.language), text, _full(where, base_url)))
    if not parts or chosen is None:
        return None
    say = translations(to.language)
    subject = parts[0][0] if len(parts) == 1 else say.ngettext(
        "%(num)d thing for you at %(site)s", "%(num)d things for you at %(site)s", len(parts)) % {
            "num": len(parts), "site": site}
    page = f"{base_url}/unsubscribe/{chosen.unsubscribe_key}"
    why = say.gettext("You get this because you chose it on %(site)s.") % {"site": site}
    stop = say.gettext("No more of these e-mails")
    settings = f"{base_url}/settings/telling"
    plain = "\n\n".join("\n".join(part for part in one if part) for one in parts[:MAX_TOLD])
    more = "" if len(parts) <= MAX_TOLD else f"\n\n{base_url}/notifications"
    body = "".join(
        f'<h1>{html.escape(what)}</h1>'
        + (f'<p class="post" dir="auto">{html.escape(text)}</p>'.replace("\n", "<br>") if text else "")
        + f'<p><a href="{html.escape(where)}">{html.escape(say.gettext("Read and answer"))}</a></p>'
        for what, text, where in parts[:MAX_TOLD])
    return Letter(
        to=to.email, subject=subject[:120],
        text=f"{plain}{more}\n\n-- \n{why}\n{settings}\n{stop}: {page}\n",
        html=_PAGE % {
            "language": html.escape(to.language), "site": html.escape(site), "body": body, "why": html.escape(why),
            "settings": html.escape(settings), "choose": html.escape(say.gettext("Choose what comes")),
            "page": html.escape(page), "stop": html.escape(stop)},
        headers={"List-Unsubscribe": f"<{page}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"})


def _full(path: str, base_url: str) -> str:
    return base_url + path if path.startswith("/") else path


_PAGE = """<!doctype html>
<html lang="%(language)s"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>%(site)s</title><style>
body{margin:0 auto;max-width:560px;padding:24px 12px;background:#f6f4ef;color:#22201c}
body{font:16px/1.5 system-ui,sans-serif}
h1{font-size:18px;margin:24px 0 6px}.post{background:#fff;border:1px solid #e2ddd2;border-radius:10px;padding:12px 16px}
a{color:#0b6460}.foot{color:#6a655c;font-size:14px;border-top:1px solid #e2ddd2;margin-top:28px;padding-top:12px}
@media (prefers-color-scheme:dark){body{background:#14191d;color:#e8e6e1}.post{background:#1c2328;border-color:#303a41}
a{color:#7fd1cb}.foot{color:#a7a49c;border-color:#303a41}}
</style></head><body>%(body)s<p class="foot">%(why)s <a href="%(settings)s">%(choose)s</a><br>
<a href="%(page)s">%(stop)s</a></p></body></html>
"""
