"""docs.joinmastodon.org/methods/instance, and how servers and clients find each other."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from litestar import get
from msgspec import Raw

from ... import __version__, clock, webpush
from ...actions.ask_poll import LONGEST, MAX_OPTION_CHARACTERS, MAX_OPTIONS, SHORTEST
from ...actions.feature import MAX_FEATURED_TAGS
from ...actions.subscribe_push import vapid_key
from ...engine import Engine
from ...errors import Invalid, NotFound
from ...ids import moment_of
from ...media import ffmpeg
from ...media.kinds import AUDIO_KINDS, PICTURE_KINDS, VIDEO_KINDS
from ...media.pictures import MAX_PIXELS
from ...model.account import VISIBLE_STATES
from ...model.community import PaperKind
from ...model.media import MAX_ATTACHED, MAX_DESCRIPTION
from ...store import accounts, barriers, community, server
from ...text.length import URL_LENGTH
from ..requests import AnyRequest, engine_of, viewer
from . import entities
from .answers import Answer, answer

API_VERSION = "4.5.0"
VERSION = f"{API_VERSION} (compatible; Harken {__version__})"
API_LEVEL = 7  # what clients look at since 4.3: `api_versions.mastodon`
SOURCE_URL = "https://codeberg.org/harken/harken"


def _host(engine: Engine) -> str:
    return engine.base_url.split("://", 1)[1]


def _streaming_url(engine: Engine) -> str:
    return "ws" + engine.base_url.removeprefix("http")


async def _contact(engine: Engine) -> Raw | None:
    """The member who speaks for the server, if the operator named one who is here."""
    name = engine.settings.contact_account.strip().removeprefix("@")
    found = await accounts.find_by_name(engine.db, name) if name else None
    if found is None or found.state not in VISIBLE_STATES:
        return None
    return await entities.account(engine.db, found, engine.base_url)


def _languages(engine: Engine) -> list[str]:
    return [code.strip() for code in engine.settings.languages.split(",") if code.strip()]


def _configuration(engine: Engine) -> dict[str, Any]:
    films = ffmpeg.available()
    return {
        "accounts": {"max_featured_tags": MAX_FEATURED_TAGS, "max_pinned_statuses": 5, "max_profile_fields": 4,
                     "profile_field_name_limit": 255, "profile_field_value_limit": 255,
                     "max_display_name_length": 30, "max_note_length": 500},
        "statuses": {"max_characters": engine.settings.max_post_characters, "max_media_attachments": MAX_ATTACHED,
                     "characters_reserved_per_url": URL_LENGTH},
        "media_attachments": {
            "supported_mime_types": [*PICTURE_KINDS, *(VIDEO_KINDS + AUDIO_KINDS if films else ())],
            "description_limit": MAX_DESCRIPTION, "image_size_limit": engine.settings.max_upload_bytes,
            "image_matrix_limit": MAX_PIXELS, "video_size_limit": engine.settings.max_video_bytes if films else 0,
            "video_frame_rate_limit": ffmpeg.MAX_FRAME_RATE if films else 0,
            "video_matrix_limit": ffmpeg.MAX_FRAME_PIXELS if films else 0},
        "polls": {"max_options": MAX_OPTIONS, "max_characters_per_option": MAX_OPTION_CHARACTERS,
                  "min_expiration": int(SHORTEST.total_seconds()), "max_expiration": int(LONGEST.total_seconds())},
    }


def _configuration_v1(engine: Engine) -> dict[str, Any]:
    """The limits that instance v1 knows; clients with typed entities refuse others."""
    made = _configuration(engine)
    made["accounts"] = {"max_featured_tags": made["accounts"]["max_featured_tags"]}
    del made["media_attachments"]["description_limit"]
    return made


@get("/api/v1/instance")
async def v1(request: AnyRequest) -> Answer:
    engine = engine_of(request)
    settings = engine.settings
    people, _, posts = await server.numbers(engine.db, clock.now() - timedelta(days=30))
    return answer({
        "uri": _host(engine), "title": settings.title, "short_description": settings.description,
        "description": settings.description, "email": settings.contact_email, "version": VERSION,
        "urls": {"streaming_api": _streaming_url(engine)},
        "stats": {"user_count": people, "status_count": posts, "domain_count": 0},
        "thumbnail": f"{engine.base_url}/static/header.svg", "languages": _languages(engine),
        "registrations": settings.open_registration, "approval_required": settings.approve_sign_ups,
        "invites_enabled": settings.invites == "members",
        "configuration": _configuration_v1(engine), "contact_account": await _contact(engine),
        "rules": await _rules(engine)})


@get("/api/v2/instance")
async def v2(request: AnyRequest) -> Answer:
    engine = engine_of(request)
    settings, base = engine.settings, engine.base_url
    _, active, _ = await server.numbers(engine.db, clock.now() - timedelta(days=30))
    written = {paper.kind for paper in await community.papers(engine.db)}
    everybody = {"local": "public", "remote": "public"}
    return answer({
        "domain": _host(engine), "title": settings.title, "version": VERSION, "source_url": SOURCE_URL,
        "description": settings.description, "usage": {"users": {"active_month": active}},
        "thumbnail": {"url": f"{base}/static/header.svg", "blurhash": None, "versions": {}, "description": ""},
        "icon": [{"src": f"{base}/static/avatar.svg", "size": "512x512"}], "languages": _languages(engine),
        "configuration": _configuration(engine) | {
            "urls": {"streaming": _streaming_url(engine), "status": None, "about": f"{base}/about",
                     "privacy_policy": f"{base}/privacy-policy" if PaperKind.PRIVACY in written else None,
                     "terms_of_service": f"{base}/terms-of-service" if PaperKind.TERMS in written else None},
            "vapid": {"public_key": webpush.public_key(await vapid_key(engine.db))},
            "translation": {"enabled": False}, "limited_federation": True,
            "timelines_access": {"live_feeds": everybody, "hashtag_feeds": everybody,
                                 "trending_link_feeds": everybody}},
        "registrations": {"enabled": settings.open_registration, "approval_required": settings.approve_sign_ups,
                          "reason_required": settings.approve_sign_ups, "message": None, "min_age": None,
                          "url": f"{base}/sign-up"},
        "contact": {"email": settings.contact_email, "account": await _contact(engine)}, "rules": await _rules(engine),
        "api_versions": {"mastodon": API_LEVEL}})


@get("/api/v1/instance/domain_blocks")
async def domain_blocks(request: AnyRequest) -> Answer:
    """Servers whose people are limited or not seen here."""
    return answer([
        {"domain": one.shown_domain, "digest": hashlib.sha256(one.domain.encode()).hexdigest(),
         "severity": one.severity.value, **({"comment": one.public_comment} if one.public_comment else {})}
        for one in await barriers.public_domain_blocks(engine_of(request).db)])


@get("/api/v1/instance/activity")
async def activity(request: AnyRequest) -> Answer:
    """Twelve weeks. Harken does not count sign-ins, so those are 0."""
    engine = engine_of(request)
    now = clock.now()
    weeks = []
    for ago in range(12):
        until = now - timedelta(weeks=ago)
        since = until - timedelta(weeks=1)
        posts, people = await server.activity(engine.db, since, until)
        weeks.append({
            "week": str(int(since.timestamp())), "statuses": str(posts), "logins": "0", "registrations": str(people)})
    return answer(weeks)


@get("/api/v1/instance/extended_description")
async def extended_description(request: AnyRequest) -> Answer:
    engine = engine_of(request)
    paper = await community.paper_now(engine.db, PaperKind.ABOUT, clock.now())
    html = entities.plain_html(paper.text if paper else engine.settings.description, engine.base_url)
    return answer({"updated_at": entities.time(moment_of(paper.id) if paper else clock.EPOCH), "content": html})


@get("/api/v1/instance/privacy_policy")
async def privacy_policy(request: AnyRequest) -> Answer:
    engine = engine_of(request)
    paper = await community.paper_now(engine.db, PaperKind.PRIVACY, clock.now())
    if paper is None:
        raise NotFound
    html = entities.plain_html(paper.text, engine.base_url)
    return answer({"updated_at": entities.time(paper.effective_at), "content": html})


@get(["/api/v1/instance/terms_of_service", "/api/v1/instance/terms_of_service/{day:str}"])
async def terms_of_service(request: AnyRequest) -> Answer:
    """The terms that hold now, or those of a day."""
    engine, now = engine_of(request), clock.now()
    editions = await community.papers(engine.db, PaperKind.TERMS)
    day = request.path_params.get("day")
    if day is None:
        chosen = await community.paper_now(engine.db, PaperKind.TERMS, now)
    else:
        chosen = next((paper for paper in editions if paper.effective_at.date().isoformat() == day), None)
    if chosen is None:
        raise NotFound
    later = [paper for paper in editions if paper.effective_at > chosen.effective_at]
    return answer({
        "effective_date": chosen.effective_at.date().isoformat(), "effective": chosen.effective_at <= now,
        "content": entities.plain_html(chosen.text, engine.base_url),
        "succeeded_by": later[0].effective_at.date().isoformat() if later else None})


@get("/api/v1/instance/rules")
async def rules(request: AnyRequest) -> Answer:
    return answer(await _rules(engine_of(request)))


async def _rules(engine: Engine) -> list[entities.Rule]:
    return [entities.Rule(str(rule.id), rule.text, rule.hint) for rule in await community.rules(engine.db)]


@get("/api/v1/instance/peers")
async def peers(request: AnyRequest) -> Answer:
    """Other servers whose people are known here."""
    return answer(await server.peers(engine_of(request).db))


@get("/api/v1/instance/translation_languages")
async def translation_languages(request: AnyRequest) -> Answer:
    """Nothing translates here, and Mastodon without a translation service says so like this."""
    del request
    return answer({})


@get("/api/v1/custom_emojis")
async def custom_emojis(request: AnyRequest) -> Answer:
    engine = engine_of(request)
    return answer(entities.custom_emojis(await community.all_emoji(engine.db), engine.base_url, with_category=True))


@get("/api/v1/instance/languages")
async def languages(request: AnyRequest) -> Answer:
    return answer([{"code": code, "name": code} for code in _languages(engine_of(request))])


@get("/.well-known/nodeinfo")
async def nodeinfo_links(request: AnyRequest) -> Answer:
    return answer({"links": [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.0",
                              "href": f"{engine_of(request).base_url}/nodeinfo/2.0"}]})


@get("/nodeinfo/2.0")
async def nodeinfo(request: AnyRequest) -> Answer:
    engine = engine_of(request)
    people, month, posts = await server.numbers(engine.db, clock.now() - timedelta(days=30))
    _, half_year, _ = await server.numbers(engine.db, clock.now() - timedelta(days=180))
    return answer({
        "version": "2.0", "software": {"name": "harken", "version": __version__}, "protocols": [],
        "services": {"outbound": [], "inbound": []},
        "usage": {"users": {"total": people, "activeMonth": month, "activeHalfyear": half_year}, "localPosts": posts},
        "openRegistrations": engine.settings.open_registration,
        "metadata": {"nodeName": engine.settings.title, "nodeDescription": engine.settings.description}})


@get("/.well-known/webfinger")
async def webfinger(request: AnyRequest) -> Answer:
    """RFC 7033 for local accounts."""
    engine = engine_of(request)
    resource = request.query_params.get("resource", "")
    if not resource:
        raise Invalid("resource is missing")
    name = ""
    if resource.startswith("acct:"):
        user, _, host = resource.removeprefix("acct:").removeprefix("@").rpartition("@")
        name = user if host.lower() == _host(engine).lower() else ""
    elif resource.startswith(f"{engine.base_url}/@"):
        name = resource.removeprefix(f"{engine.base_url}/@")
    found = await accounts.find_by_name(engine.db, name) if name else None
    if found is None or found.state not in VISIBLE_STATES:
        raise NotFound
    page, uri = entities.absolute_url(found.url, engine.base_url), entities.absolute_url(found.uri, engine.base_url)
    made = answer({
        "subject": f"acct:{found.username}@{_host(engine)}", "aliases": [page, uri],
        "links": [{"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": page},
                  {"rel": "self", "type": "application/activity+json", "href": uri}]},
        {"Access-Control-Allow-Origin": "*"})
    made.media_type = "application/jrd+json"
    return made


# ---- what Harken does not have, in the shape of a server where nobody used it -----


@get("/api/v1/push/subscription", stub=True)
async def no_push(request: AnyRequest) -> Answer:
    await viewer(request, "push")
    raise NotFound


routes = [
    v1, v2, domain_blocks, activity, extended_description, privacy_policy, terms_of_service, rules, peers,
    translation_languages, custom_emojis, languages, nodeinfo_links, nodeinfo, webfinger,
    no_push,
]
