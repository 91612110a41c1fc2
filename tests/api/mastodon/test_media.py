"""Uploads and what posts carry, on both databases: pictures here, films and sounds in test_films.py."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from harken import clock, housekeeping
from harken.engine import Engine
from harken.exports import export_account
from tests.api.mastodon.conftest import People, Person
from tests.media.files import drawn, huge_png, moving_gif, photographed


async def upload(by: Person, content: bytes, name: str = "photo.jpg", path: str = "/api/v2/media", **form: Any) -> Any:
    """The answer to an upload."""
    return await by.ask("POST", path, files={"file": (name, content, "application/octet-stream")}, data=form)


async def uploaded(by: Person, content: bytes | None = None, name: str = "photo.jpg", **form: Any) -> Any:
    """The attachment made of an upload."""
    answer = await upload(by, drawn() if content is None else content, name, **form)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def fetched(client: httpx.AsyncClient, url: str, **headers: str) -> httpx.Response:
    return await client.get(url, headers=headers)


def files_of(engine: Engine) -> list[str]:
    """Every file in the media store."""
    root = engine.media_directory
    return sorted(str(file.relative_to(root)) for file in root.rglob("*") if file.is_file())


async def test_a_picture_is_ready_at_once_with_all_that_clients_are_told(people: People) -> None:
    alice = await people("alice")
    made = await uploaded(alice, description="A barn.", focus="0.5,-2")
    assert made["type"] == "image"
    assert made["description"] == "A barn."
    assert made["url"].startswith("https://harken.test/media/post/")
    assert made["preview_url"].startswith("https://harken.test/media/post/")
    assert len(made["blurhash"]) == 36
    assert made["remote_url"] is None
    assert made["meta"]["focus"] == {"x": 0.5, "y": -1.0}
    assert made["meta"]["original"] == {"width": 640, "height": 480, "size": "640x480", "aspect": 640 / 480}
    assert made["meta"]["small"]["width"] * made["meta"]["small"]["height"] <= 230_400


async def test_a_photograph_is_turned_upright_and_tells_nothing_else(people: People, client: httpx.AsyncClient) -> None:
    alice = await people("alice")
    made = await uploaded(alice, photographed(640, 480))
    answer = await fetched(client, made["url"])
    with Image.open(io.BytesIO(answer.content)) as kept:
        assert kept.size == (480, 640)
        assert not kept.getexif()
        assert not {"exif", "comment", "icc_profile", "xmp"} & set(kept.info)
        assert kept.convert("RGB").tobytes()[2] > 150  # what was below on the left is above on the left
    for secret in (b"SecretCamera", b"SecretComment", b"Exif"):
        assert secret not in answer.content


@pytest.mark.parametrize(
    ("form", "mode", "kind"),
    [("JPEG", "RGB", "image/jpeg"), ("PNG", "RGB", "image/png"), ("PNG", "RGBA", "image/png"),
     ("WEBP", "RGB", "image/webp"), ("GIF", "RGB", "image/png"), ("AVIF", "RGB", "image/jpeg"),
     ("JPEG", "CMYK", "image/jpeg"), ("JPEG", "L", "image/jpeg")])
async def test_every_kind_of_picture_is_served_as_one_that_browsers_know(
    people: People, client: httpx.AsyncClient, form: str, mode: str, kind: str
) -> None:
    alice = await people("alice")
    made = await uploaded(alice, drawn(form=form) if mode == "L" else drawn(form=form, mode=mode), name="x")
    answer = await fetched(client, made["url"])
    assert answer.headers["content-type"] == kind
    with Image.open(io.BytesIO(answer.content)) as kept:
        assert kept.size == (640, 480)


async def test_a_large_picture_is_kept_smaller(people: People, client: httpx.AsyncClient) -> None:
    alice = await people("alice")
    made = await uploaded(alice, drawn(6000, 4000))
    original = made["meta"]["original"]
    assert 8_000_000 < original["width"] * original["height"] <= 8_294_400
    assert abs(original["aspect"] - 1.5) < 0.01


_HTML = b"<!doctype html><script>alert(1)</script>"
_SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
_HOSTILE = {
    "nothing": (b"", "a.jpg", "Validation failed: File can't be blank"),
    "text": (b"hello", "a.txt", "File type of uploaded media could not be verified"),
    "html called a picture": (_HTML, "a.jpg", "File type of uploaded media could not be verified"),
    "svg with a script": (_SVG, "a.svg", "File type of uploaded media could not be verified"),
    "svg called a picture": (_SVG, "a.png", "File type of uploaded media could not be verified"),
    "a picture called a page": (drawn(), "a.html", "not what they are reported to be"),
    "a film called a picture": (b"\x1aE\xdf\xa3" + bytes(500), "a.jpg", "not what they are reported to be"),
    "heic": (b"\0\0\0\x18ftypheic" + bytes(100), "a.heic", "File content type is invalid"),
    "half a picture": (drawn()[:2000], "a.jpg", "not a picture that can be read"),
    "only a head": (drawn(form="PNG")[:40], "a.png", "not a picture that can be read"),
    "a hundred megapixels": (huge_png(10_000, 10_000), "a.png", "are not supported"),
    "forty megapixels": (huge_png(8000, 5000), "a.png", "8000x5000 images are not supported"),
    "a bomb": (huge_png(60_000, 60_000), "a.png", "are not supported"),
    "too large": (b"\xff\xd8\xff" + bytes(16_000_001), "a.jpg", "must be less than 16 MB"),
}


@pytest.mark.parametrize("what", _HOSTILE)
async def test_what_is_no_picture_is_refused_and_nothing_stays(people: People, engine: Engine, what: str) -> None:
    content, name, message = _HOSTILE[what]
    answer = await upload(await people("alice"), content, name)
    assert answer.status_code == 422
    assert message in answer.json()["error"]
    assert files_of(engine) == []


async def test_what_hides_behind_a_picture_is_left_out(people: People, client: httpx.AsyncClient) -> None:
    alice = await people("alice")
    made = await uploaded(alice, drawn() + b"PK\x03\x04" + _HTML)
    answer = await fetched(client, made["url"])
    assert b"script" not in answer.content
    assert b"PK\x03\x04" not in answer.content


@pytest.mark.parametrize(
    "form", [{}, {"file": "not a file"}, {"file": ""}, {"focus": "1,1"}])
async def test_an_upload_without_a_file_is_a_422(people: People, form: dict[str, str]) -> None:
    answer = await (await people("alice")).ask("POST", "/api/v2/media", data=form)
    assert answer.status_code == 422


async def test_a_description_has_an_end(people: People) -> None:
    alice = await people("alice")
    assert (await uploaded(alice, description="x" * 1500))["description"] == "x" * 1500
    answer = await upload(alice, drawn(), description="x" * 1501)
    assert (answer.status_code, answer.json()["error"]) == (
        422, "Validation failed: Description is too long (maximum is 1500 characters)")


async def test_files_are_served_so_that_they_can_do_no_harm(people: People, client: httpx.AsyncClient) -> None:
    alice = await people("alice")
    made = await uploaded(alice)
    unposted = await fetched(client, made["url"])
    assert unposted.headers["cache-control"] == "private, max-age=31536000, immutable"
    await alice.posts("look", media_ids=[made["id"]])
    answer = await fetched(client, made["url"])
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["cache-control"] == "public, s-maxage=300, max-age=31536000, immutable"
    assert answer.headers["content-disposition"].startswith("inline; filename=")
    assert answer.headers["accept-ranges"] == "bytes"
    size = len(answer.content)
    for asked, status, given in (
        ("bytes=0-9", 206, answer.content[:10]), ("bytes=10-", 206, answer.content[10:]),
        ("bytes=-5", 206, answer.content[-5:]), (f"bytes=0-{size * 9}", 206, answer.content),
        (f"bytes={size}-", 416, b""), ("bytes=0-1,4-5", 200, answer.content), ("lines=1-2", 200, answer.content),
        ("bytes=9-3", 200, answer.content),
    ):
        piece = await fetched(client, made["url"], range=asked)
        assert (piece.status_code, piece.content) == (status, given), asked
    assert (await fetched(client, made["url"], range="bytes=0-9")).headers["content-range"] == f"bytes 0-9/{size}"


async def test_nobody_finds_a_file_by_guessing(people: People, client: httpx.AsyncClient, engine: Engine) -> None:
    made = await uploaded(await people("alice"))
    stored = files_of(engine)
    assert len(stored) == 2
    head, _, name = made["url"].rpartition("/")
    for url in (
        *(f"https://harken.test/media/{path}" for path in stored), f"{head}/x{name}", f"{head}/{name}x", f"{head}/",
        f"{head.rpartition('/')[0]}/zz/{name}", f"{head}/..%2f{name}", "https://harken.test/media/post/1/x.jpg",
        "https://harken.test/media/../harken.db",
    ):
        assert (await fetched(client, url)).status_code == 404, url


async def test_an_upload_can_be_described_and_thrown_away_by_its_owner_alone(
    people: People, client: httpx.AsyncClient, engine: Engine
) -> None:
    alice, bob = await people("alice"), await people("bob")
    made = await uploaded(alice)
    path = f"/api/v1/media/{made['id']}"
    for method in ("GET", "PUT", "DELETE"):
        assert await bob.status_of(method, path) == 404
    for thing in ("1", "x", "99999999999999999999999"):
        assert await alice.status_of("GET", f"/api/v1/media/{thing}") == 404
    changed = (await alice.ask("PUT", path, json={"description": "Dusk.", "focus": "0.1,0.2"})).json()
    assert (changed["description"], changed["meta"]["focus"]) == ("Dusk.", {"x": 0.1, "y": 0.2})
    assert (await alice.ask("PUT", path, data={"focus": "oops"})).json()["description"] == "Dusk."
    other = await alice.ask("PUT", path, files={"thumbnail": ("t.png", drawn(50, 50, "PNG"), "image/png")})
    assert other.json()["meta"]["small"]["size"] == "50x50"
    assert other.json()["preview_url"] != made["preview_url"]
    assert (await fetched(client, other.json()["preview_url"])).status_code == 200
    bad = await alice.ask("PUT", path, files={"thumbnail": ("t.png", b"oops", "image/png")})
    assert bad.status_code == 422
    assert (await alice.ask("DELETE", path)).json() == {}
    assert await alice.status_of("GET", path) == 404
    assert (await fetched(client, made["url"])).status_code == 404
    await engine.converting.settle()
    assert files_of(engine) == []


async def test_a_token_without_the_scope_uploads_nothing(people: People) -> None:
    reader = await people("alice", scopes="read write:statuses")
    assert (await upload(reader, drawn())).status_code == 403


async def test_a_post_carries_up_to_four_pictures_in_order(people: People, client: httpx.AsyncClient) -> None:
    alice, bob = await people("alice"), await people("bob")
    ids = [(await uploaded(alice, description=f"{n}"))["id"] for n in range(4)]
    made = await alice.posts("four", media_ids=ids[::-1])
    assert [one["description"] for one in made["media_attachments"]] == ["3", "2", "1", "0"]
    seen = await bob.get(f"/api/v1/statuses/{made['id']}")
    assert seen["media_attachments"] == made["media_attachments"]
    answer = await fetched(client, seen["media_attachments"][0]["url"])
    assert answer.headers["cache-control"].startswith("public")
    for method in ("GET", "PUT"):
        assert await alice.status_of(method, f"/api/v1/media/{ids[0]}") == 404
    used = await alice.ask("DELETE", f"/api/v1/media/{ids[0]}")
    assert (used.status_code, used.json()["error"]) == (422, "Media attachment is currently used by a status")


async def test_a_picture_needs_no_words(people: People) -> None:
    alice = await people("alice")
    made = await alice.posts("", media_ids=[(await uploaded(alice))["id"]])
    assert (made["content"], len(made["media_attachments"])) == ("", 1)


async def test_what_a_post_cannot_carry_is_refused_in_mastodons_words(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    ids = [(await uploaded(alice))["id"] for _ in range(5)]
    used = (await uploaded(alice))["id"]
    await alice.posts("x", media_ids=[used])
    poll = {"options": ["a", "b"], "expires_in": 3600}
    for given, message in (
        ({"media_ids": ids}, "Cannot attach more than 4 files"),
        ({"media_ids": ids[:1], "poll": poll}, "Cannot attach more than 4 files"),
        ({"media_ids": ["1"]}, "Media 1 not found or already attached to another post"),
        ({"media_ids": ["x"]}, "Media x not found or already attached to another post"),
        ({"media_ids": [used]}, f"Media {used} not found or already attached to another post"),
    ):
        answer = await alice.ask("POST", "/api/v1/statuses", json={"status": "x", **given})
        assert (answer.status_code, answer.json()["error"]) == (422, message)
    assert await bob.status_of("POST", "/api/v1/statuses", json={"status": "x", "media_ids": ids[:1]}) == 422


async def test_an_edit_exchanges_pictures_and_their_words_and_the_history_keeps_them(people: People) -> None:
    alice = await people("alice")
    one, two = (await uploaded(alice, description="one"))["id"], (await uploaded(alice, description="two"))["id"]
    made = await alice.posts("before", media_ids=[one])
    path = f"/api/v1/statuses/{made['id']}"
    changed = (await alice.ask("PUT", path, json={
        "status": "before", "media_ids": [one],
        "media_attributes": [{"id": one, "description": "better", "focus": "0.5,0.5"}]})).json()
    assert changed["edited_at"]
    assert changed["media_attachments"][0]["description"] == "better"
    assert changed["media_attachments"][0]["meta"]["focus"] == {"x": 0.5, "y": 0.5}
    again = (await alice.ask("PUT", path, json={"status": "before", "media_ids": [one]})).json()
    assert again["edited_at"] == changed["edited_at"]
    both = (await alice.ask("PUT", path, data={"status": "before", "media_ids[]": [two, one]})).json()
    assert [m["id"] for m in both["media_attachments"]] == [two, one]
    none = (await alice.ask("PUT", path, json={"status": "before"})).json()
    assert none["media_attachments"] == []
    assert await alice.status_of("PUT", path, json={"status": ""}) == 422
    history = await alice.get(f"{path}/history")
    assert [[m["description"] for m in version["media_attachments"]] for version in history] == [
        ["one"], ["better"], ["two", "better"], []]


async def test_an_edit_changes_the_small_picture_of_a_file(people: People, client: httpx.AsyncClient) -> None:
    alice, bob = await people("alice"), await people("bob")
    one = await uploaded(alice)
    made = await alice.posts("look", media_ids=[one["id"]])
    path = f"/api/v1/statuses/{made['id']}"
    given = {"status": "look", "media_ids[]": one["id"], "media_attributes[][id]": one["id"]}

    def small(content: bytes) -> dict[str, tuple[str, bytes, str]]:
        return {"media_attributes[][thumbnail]": ("t.png", content, "image/png")}

    changed = await alice.ask("PUT", path, data=given, files=small(drawn(50, 40, "PNG")))
    assert changed.status_code == 200, changed.text
    (shown,) = changed.json()["media_attachments"]
    assert changed.json()["edited_at"]
    assert shown["meta"]["small"]["size"] == "50x40"
    assert shown["url"] == one["url"]
    assert shown["preview_url"] != one["preview_url"]
    assert (await fetched(client, shown["preview_url"])).status_code == 200
    assert (await alice.get(path))["media_attachments"] == [shown]
    assert (await alice.ask("PUT", path, data=given, files=small(b"oops"))).status_code == 422
    assert await alice.status_of("PUT", path, json={
        "status": "look", "media_attributes": [{"id": one["id"], "thumbnail": "x"}]}) == 422
    theirs = await bob.posts("mine")
    answer = await bob.ask(
        "PUT", f"/api/v1/statuses/{theirs['id']}", files=small(drawn(60, 60, "PNG")),
        data={"status": "mine!", "media_attributes[][id]": one["id"]})
    assert answer.status_code == 200
    assert (await alice.get(path))["media_attachments"] == [shown]


async def test_a_deleted_post_takes_its_files_with_it(
    people: People, client: httpx.AsyncClient, engine: Engine
) -> None:
    alice = await people("alice")
    made = await alice.posts("x", media_ids=[(await uploaded(alice))["id"]])
    url = made["media_attachments"][0]["url"]
    answer = await alice.ask("DELETE", f"/api/v1/statuses/{made['id']}", params={"delete_media": "true"})
    assert answer.status_code == 200
    assert (await fetched(client, url)).status_code == 404
    await engine.converting.settle()
    assert files_of(engine) == []


async def test_a_redraft_keeps_its_pictures_under_another_address(people: People, client: httpx.AsyncClient) -> None:
    alice = await people("alice")
    made = await alice.posts("x", media_ids=[(await uploaded(alice))["id"]])
    gone = (await alice.ask("DELETE", f"/api/v1/statuses/{made['id']}")).json()
    old, new = made["media_attachments"][0], gone["media_attachments"][0]
    assert old["id"] == new["id"]
    assert (await fetched(client, old["url"])).status_code == 404
    assert (await fetched(client, new["url"])).status_code == 200
    again = await alice.posts("y", media_ids=[new["id"]])
    assert again["media_attachments"][0]["url"] == new["url"]


async def test_a_deleted_account_leaves_no_file(people: People, client: httpx.AsyncClient, engine: Engine) -> None:
    from harken.actions.delete_account import begin_deletion, finish_deletion

    alice = await people("alice")
    await uploaded(alice)
    made = await alice.posts("x", media_ids=[(await uploaded(alice))["id"]])
    await begin_deletion(engine.db, alice.account.id, clock.now())
    assert (await fetched(client, made["media_attachments"][0]["url"])).status_code == 404
    await finish_deletion(engine.db, engine.media, alice.account.id, clock.now())
    await engine.converting.settle()
    assert files_of(engine) == []


async def test_a_suspended_account_shows_nothing(people: People, client: httpx.AsyncClient, engine: Engine) -> None:
    from harken.model.account import State
    from harken.store import accounts

    alice = await people("alice")
    made = await alice.posts("x", media_ids=[(await uploaded(alice))["id"]])
    async with engine.db.transaction() as tx:
        await accounts.change(tx, alice.account.id, state=State.SUSPENDED)
    assert (await fetched(client, made["media_attachments"][0]["url"])).status_code == 404


async def test_what_nobody_posts_is_gone_after_a_day(
    people: People, client: httpx.AsyncClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = await people("alice")
    loose, kept = await uploaded(alice), await uploaded(alice)
    await alice.posts("x", media_ids=[kept["id"]])
    await housekeeping.tidy(engine.db)
    assert await alice.status_of("GET", f"/api/v1/media/{loose['id']}") == 200
    monkeypatch.setattr(housekeeping, "KEPT_UPLOADS", -housekeeping.KEPT_UPLOADS)
    await housekeeping.tidy(engine.db)
    await engine.converting.settle()
    assert await alice.status_of("GET", f"/api/v1/media/{loose['id']}") == 404
    assert (await fetched(client, loose["url"])).status_code == 404
    assert (await fetched(client, kept["url"])).status_code == 200
    assert len(files_of(engine)) == 2


async def test_a_followers_only_picture_is_in_no_shared_cache(people: People, client: httpx.AsyncClient) -> None:
    alice = await people("alice")
    made = await alice.posts("x", visibility="private", media_ids=[(await uploaded(alice))["id"]])
    answer = await fetched(client, made["media_attachments"][0]["url"])
    assert answer.headers["cache-control"].startswith("private")


async def test_pictures_are_found_and_have_timelines(people: People) -> None:
    alice, bob = await people("alice"), await people("bob")
    await alice.posts("words")
    made = await alice.posts("a barn", media_ids=[(await uploaded(alice))["id"]])
    for query in ("has:image", "has:media", "barn has:image"):
        found = await bob.get("/api/v2/search", q=query, type="statuses")
        assert [one["id"] for one in found["statuses"]] == [made["id"]], query
    assert (await bob.get("/api/v2/search", q="has:video", type="statuses"))["statuses"] == []
    for path in ("/api/v1/timelines/public", f"/api/v1/accounts/{alice.id}/statuses"):
        assert [one["id"] for one in await bob.get(path, only_media="true")] == [made["id"]]
    await alice.ask("PUT", f"/api/v1/statuses/{made['id']}", json={"status": "a barn"})
    assert (await bob.get("/api/v2/search", q="has:image", type="statuses"))["statuses"] == []
    assert await bob.get("/api/v1/timelines/public", only_media="true") == []


async def test_a_page_loads_all_its_pictures_in_one_statement(
    people: People, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harken.store import media

    alice = await people("alice")
    calls: list[list[int]] = []
    real = media.by_ids

    async def counted(reader: Any, ids: Any) -> Any:
        calls.append(list(ids))
        return await real(reader, ids)

    await alice.posts("words")
    await people.world.settle()
    monkeypatch.setattr(media, "by_ids", counted)
    await alice.get("/api/v1/timelines/home")
    assert calls == []
    for n in range(3):
        await alice.posts(f"{n}", media_ids=[(await uploaded(alice))["id"], (await uploaded(alice))["id"]])
    await people.world.settle()
    calls.clear()
    assert len(await alice.get("/api/v1/timelines/home")) == 4
    assert [len(ids) for ids in calls] == [6]


async def test_a_still_gif_is_a_picture(people: People) -> None:
    alice = await people("alice")
    assert (await uploaded(alice, moving_gif(1), "a.gif"))["type"] == "image"


async def test_without_ffmpeg_a_gif_goes_on_moving_and_films_are_refused(
    people: People, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harken.media import ffmpeg

    monkeypatch.setattr(ffmpeg, "available", lambda: False)
    alice = await people("alice")
    made = await uploaded(alice, moving_gif(5), "a.gif")
    assert made["type"] == "image"
    with Image.open(io.BytesIO((await fetched(client, made["url"])).content)) as kept:
        assert (kept.format, getattr(kept, "n_frames", 1)) == ("GIF", 5)
    answer = await upload(alice, b"OggS" + bytes(100), "a.ogg")
    assert answer.status_code == 422
    assert "ffmpeg" in answer.json()["error"]
    limits = (await client.get("/api/v2/instance")).json()["configuration"]["media_attachments"]
    assert limits["video_size_limit"] == 0
    assert not any(kind.startswith(("video", "audio")) for kind in limits["supported_mime_types"])


async def test_a_gif_without_end_is_refused(people: People) -> None:
    answer = await upload(await people("alice"), moving_gif(1300, 4, 4), "a.gif")
    assert (answer.status_code, answer.json()["error"]) == (
        422, "Validation failed: A moving picture has at most 1200 frames")


async def test_the_instance_says_the_true_limits(client: httpx.AsyncClient) -> None:
    made = (await client.get("/api/v2/instance")).json()["configuration"]
    assert made["statuses"]["max_media_attachments"] == 4
    assert made["media_attachments"]["image_size_limit"] == 16_000_000
    assert made["media_attachments"]["image_matrix_limit"] == 33_177_600
    assert made["media_attachments"]["description_limit"] == 1500
    assert "image/avif" in made["media_attachments"]["supported_mime_types"]


async def test_a_planned_post_holds_its_pictures_until_it_is_published(people: People, engine: Engine) -> None:
    from harken.actions.schedule_post import publish_scheduled_post

    alice = await people("alice")
    ids = [(await uploaded(alice))["id"] for _ in range(2)]
    at = (clock.now() + timedelta(minutes=10)).isoformat()
    plans = [await alice.do("/api/v1/statuses", status="later", scheduled_at=at, media_ids=[i]) for i in ids]
    assert [p["media_attachments"][0]["id"] for p in plans] == ids
    assert await alice.status_of("POST", "/api/v1/statuses", json={"status": "now", "media_ids": ids[:1]}) == 422
    assert await alice.status_of("DELETE", f"/api/v1/media/{ids[0]}") == 422
    assert await alice.status_of("DELETE", f"/api/v1/scheduled_statuses/{plans[1]['id']}") == 200
    assert (await alice.posts("now", media_ids=[ids[1]]))["media_attachments"][0]["id"] == ids[1]
    made = await publish_scheduled_post(engine.db, int(plans[0]["id"]), clock.now() + timedelta(hours=1))
    assert made is not None
    assert [m["id"] for m in (await alice.get(f"/api/v1/statuses/{made.id}"))["media_attachments"]] == [ids[0]]


async def test_feeds_and_the_archive_carry_the_files(
    people: People, client: httpx.AsyncClient, engine: Engine, tmp_path: Path
) -> None:
    alice = await people("alice")
    made = await alice.posts("a barn", media_ids=[(await uploaded(alice, description="A <barn>."))["id"]])
    url = made["media_attachments"][0]["url"]
    atom = (await client.get("/@alice.atom")).text
    assert 'rel="enclosure"' in atom
    assert f'href="{url}"' in atom
    assert f'<enclosure url="{url}"' in (await client.get("/@alice.rss")).text
    [item] = (await client.get("/@alice.json")).json()["items"]
    size = len((await fetched(client, url)).content)
    assert item["attachments"] == [
        {"url": url, "mime_type": "image/jpeg", "title": "A <barn>.", "size_in_bytes": size}]
    await export_account(engine.house, "alice", tmp_path / "alice.zip")
    with zipfile.ZipFile(tmp_path / "alice.zip") as archive:
        [told] = json.loads(archive.read("outbox.json"))["orderedItems"]
        [attachment] = told["object"]["attachment"]
        assert (attachment["name"], attachment["mediaType"]) == ("A <barn>.", "image/jpeg")
        assert len(archive.read(attachment["url"])) == size
