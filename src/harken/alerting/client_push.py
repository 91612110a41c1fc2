"""The message by which applications of the client API are told of a notification: Mastodon's words, and its shape.

Observed fields (Mastodon's documentation names the request, not the message): access_token, preferred_locale,
notification_id (a number), notification_type, icon, title, body.
"""

from __future__ import annotations

import msgspec

from ..model.relationship import OWN_KINDS, Notification
from ..store import accounts, posts
from ..store.database import Reader
from ..text.catalogues import translations

MAX_BODY = 140  # characters, as Mastodon cuts them

TYPE = {
    "mention": "mention",
    "boost": "reblog",
    "post": "status",
    "edit": "update",
    "follow": "follow",
    "follow_request": "follow_request",
    "favourite": "favourite",
    "poll": "poll",
    "quote": "quote",
    "quoted_edit": "quoted_update",
    "report": "admin.report",
    "warning": "moderation_warning",
    "sign_up": "admin.sign_up",
    "collection": "added_to_collection",
    "collection_edit": "collection_update",
    "severed": "severed_relationships",
    **{kind: kind for kind in OWN_KINDS},
}
"""docs.joinmastodon.org/entities/Notification/#type, by our word for it."""


async def message(reader: Reader, told: Notification, bearer: str, language: str, base_url: str) -> bytes | None:
    """The JSON to encrypt; None when who did it, or the post, is gone."""
    person = (await accounts.by_ids(reader, [told.account_id])).get(told.account_id)
    post = None
    if told.post_id:
        post = (await posts.visible_by_ids(reader, [told.post_id], told.owner_id)).get(told.post_id)
    if person is None or (told.post_id and post is None):
        return None
    text = " ".join((post.spoiler or post.text if post else person.bio).split())
    path = (await accounts.picture_paths(reader, [person.avatar_id])).get(person.avatar_id) if person.avatar_id else ""
    return msgspec.json.encode({
        "access_token": bearer,
        "preferred_locale": language,
        "notification_id": told.id,  # a number also where JavaScript cannot hold it: applications expect one
        "notification_type": TYPE[told.kind],
        "icon": f"{base_url}/media/{path}" if path else f"{base_url}/static/avatar.svg",
        "title": title(told.kind, person.shown_name, language)[:MAX_BODY],
        "body": text if len(text) <= MAX_BODY else text[: MAX_BODY - 1] + "…",
    })


async def for_browser(reader: Reader, told: Notification, language: str, base_url: str) -> bytes | None:
    """The same for the service worker of a browser: title, body, the page to open, a tag."""
    person = (await accounts.by_ids(reader, [told.account_id])).get(told.account_id)
    post = None
    if told.post_id:
        post = (await posts.visible_by_ids(reader, [told.post_id], told.owner_id)).get(told.post_id)
    if person is None or (told.post_id and post is None):
        return None
    text = " ".join((post.spoiler or post.text if post else "").split())
    path = post.url if post else "/notifications"
    return msgspec.json.encode({
        "title": title(told.kind, person.shown_name, language)[:MAX_BODY],
        "body": text if len(text) <= MAX_BODY else text[: MAX_BODY - 1] + "…",
        "url": base_url + path if path.startswith("/") else path, "tag": f"told-{told.id}", "lang": language})


def title(kind: str, name: str, language: str) -> str:
    """What happened, in a few words."""
    say = translations(language).gettext
    sentences = {
        "mention": say("%(name)s mentioned you"),
        "answer": say("%(name)s answered in a conversation that you took part in"),
        "private": say("%(name)s wrote to you in private"),
        "friend_request": say("%(name)s would like to be friends"),
        "friend": say("%(name)s is your friend now"),
        "forward": say("%(name)s passed something on to you"),
        "ear": say("An ear of yours heard something"),
        "archive": say("What you wanted to take along or brought is done"),
        "boost": say("%(name)s boosted your post"),
        "post": say("%(name)s posted"),
        "edit": say("%(name)s edited a post that you boosted"),
        "follow": say("%(name)s follows you"),
        "follow_request": say("%(name)s asks to follow you"),
        "favourite": say("%(name)s likes your post"),
        "poll": say("A poll by %(name)s has ended"),
        "quote": say("%(name)s quoted your post"),
        "quoted_edit": say("%(name)s edited a post that you quoted"),
        "report": say("%(name)s reported somebody"),
        "warning": say("The moderators have written to you"),
        "sign_up": say("%(name)s joined"),
        "collection": say("%(name)s recommends you in a collection"),
        "collection_edit": say("%(name)s changed a collection that you are in"),
        "rsvp": say("%(name)s answered your invitation"),
        "event_changed": say("%(name)s changed an event that you come to"),
        "event_cancelled": say("%(name)s cancelled an event that you come to"),
        "event_soon": say("An event is near"),
        "file_refused": say("A file of yours was taken out"),
        "case_handed": say("%(name)s handed something over to you"),
        "draft_asked": say("%(name)s asks you to approve an answer"),
        "draft_returned": say("%(name)s sent your answer back"),
        "severed": say("Follows ended because you blocked a server"),
    }
    return sentences[kind] % {"name": " ".join(name.split())}
