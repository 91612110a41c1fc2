"""Films and sounds through the real ffmpeg: what clients are told, what is refused, what survives a restart."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from harken import clock
from harken.actions import convert_media
from harken.engine import Engine
from harken.media import ffmpeg
from harken.store import media
from tests.api.mastodon.conftest import People, Person
from tests.api.mastodon.test_media import files_of, upload
from tests.media.files import drawn, film, films, made_by_ffmpeg, moving_gif, sound

pytestmark = films


async def converted(by: Person, engine: Engine, content: bytes, name: str, **form: Any) -> httpx.Response:
    """The attachment when all is done: 200, or 422 where it cannot be."""
    answer = await upload(by, content, name, **form)
    assert answer.status_code == 202, answer.text
    waiting = answer.json()
    assert waiting["url"] is None
    path = f"/api/v1/media/{waiting['id']}"
    assert await by.status_of("GET", path) == 206
    early = await by.ask("POST", "/api/v1/statuses", json={"status": "x", "media_ids": [waiting["id"]]})
    assert (early.status_code, early.json()["error"]) == (
        422, "Cannot attach files that have not finished processing. Try again in a moment!")
    await engine.converting.settle()
    return await by.ask("GET", path)


async def test_a_film_becomes_one_that_every_browser_plays(
    people: People, engine: Engine, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    alice = await people("alice")
    content = film(tmp_path, "film.webm", 1.0, "321x181", "-metadata", "location=Secret", "-metadata", "title=Secret")
    answer = await converted(alice, engine, content, "film.webm", description="A test.")
    made = answer.json()
    assert (answer.status_code, made["type"], made["description"]) == (200, "video", "A test.")
    assert made["preview_url"].endswith(".png")
    assert len(made["blurhash"]) == 36
    meta = made["meta"]
    assert meta["original"]["frame_rate"] == "25/1"
    assert meta["original"]["size" if "size" in meta["original"] else "width"] in (320, "320x180")
    assert 0.8 < meta["original"]["duration"] < 1.3
    assert meta["original"]["bitrate"] > 1000
    assert meta["length"].startswith("0:00:0")
    assert (meta["fps"], meta["audio_encode"], meta["audio_channels"]) == (25.0, "aac", "stereo")
    assert (await client.get(made["preview_url"])).headers["content-type"] == "image/png"
    played = await client.get(made["url"])
    assert played.headers["content-type"] == "video/mp4"
    assert b"Secret" not in played.content
    file = tmp_path / "played.mp4"
    file.write_bytes(played.content)
    found = await ffmpeg.probe(file, "mov")
    assert found.picture is not None
    assert found.sound is not None
    assert (found.picture.codec_name, found.picture.pix_fmt, found.sound.codec_name) == ("h264", "yuv420p", "aac")
    posted = await alice.posts("Look.", media_ids=[made["id"]])
    assert posted["media_attachments"][0]["type"] == "video"
    assert [path.split("/")[0] for path in files_of(engine)] == ["post", "small"]
    found_posts = await alice.get("/api/v2/search", q="has:video", type="statuses")
    assert [one["id"] for one in found_posts["statuses"]] == [posted["id"]]


async def test_an_mp4_that_plays_already_is_copied_without_its_place(
    people: People, engine: Engine, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    content = film(
        tmp_path, "phone.mp4", 1.0, "320x180", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-c:a", "aac", "-metadata",
        "location=+48.2+16.3/", "-metadata:s:v", "handler_name=SecretPhone", "-movflags", "use_metadata_tags")
    assert b"SecretPhone" in content
    made = (await converted(await people("alice"), engine, content, "phone.mp4")).json()
    played = (await client.get(made["url"])).content
    assert b"SecretPhone" not in played
    assert b"+48.2+16.3" not in played


async def test_a_moving_gif_becomes_a_film_that_counts_as_a_picture(people: People, engine: Engine) -> None:
    alice = await people("alice")
    made = (await converted(alice, engine, moving_gif(), "a.gif")).json()
    assert made["type"] == "gifv"
    assert made["url"].endswith(".mp4")
    other = (await upload(alice, drawn())).json()
    both = await alice.posts("x", media_ids=[made["id"], other["id"]])
    assert [m["type"] for m in both["media_attachments"]] == ["gifv", "image"]
    assert (await alice.get("/api/v2/search", q="has:video", type="statuses"))["statuses"] == []


@pytest.mark.parametrize("name", ["a.ogg", "a.mp3", "a.wav", "a.flac", "a.m4a", "a.opus"])
async def test_a_sound_becomes_an_mp3(people: People, engine: Engine, tmp_path: Path, name: str) -> None:
    alice = await people("alice")
    made = (await converted(alice, engine, sound(tmp_path, name, 1.0, "-metadata", "artist=Secret"), name)).json()
    assert (made["type"], made["preview_url"]) == ("audio", None)
    assert made["url"].endswith(".mp3")
    assert 0.8 < made["meta"]["original"]["duration"] < 1.3
    assert made["meta"]["audio_encode"] == "mp3"
    [path] = files_of(engine)
    assert b"Secret" not in (engine.media_directory / path).read_bytes()
    picture = (await upload(alice, drawn())).json()
    mixed = await alice.ask("POST", "/api/v1/statuses", json={"status": "x", "media_ids": [made["id"], picture["id"]]})
    assert (mixed.status_code, mixed.json()["error"]) == (
        422, "Cannot attach a video to a post that already contains images")


async def test_a_sound_can_have_a_cover(people: People, engine: Engine, tmp_path: Path) -> None:
    alice = await people("alice")
    cover = {"thumbnail": ("c.png", drawn(90, 90, "PNG"), "image/png")}
    files = {"file": ("a.ogg", sound(tmp_path), "audio/ogg")} | cover
    answer = await alice.ask("POST", "/api/v2/media", files=files)
    await engine.converting.settle()
    made = (await alice.ask("GET", f"/api/v1/media/{answer.json()['id']}")).json()
    assert made["meta"]["small"]["size"] == "90x90"
    assert made["preview_url"]


async def test_what_cannot_be_played_is_refused_at_once(people: People, engine: Engine, tmp_path: Path) -> None:
    alice = await people("alice")
    whole = film(tmp_path, "film.mp4", 1.0, "320x180", "-pix_fmt", "yuv420p")
    (tmp_path / "other.mp4").write_bytes(whole)
    playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n"
    concat = b"ffconcat version 1.0\nfile /etc/passwd\n"
    wide = film(tmp_path, "wide.mp4", 0.1, "4096x2304", "-pix_fmt", "yuv420p", "-preset", "ultrafast")
    for content, name, message in (
        (whole[: len(whole) // 2], "cut.mp4", "cannot be read"),  # its index stands at the end
        (b"OggS" + bytes(5000), "noise.ogg", ""), (b"\x1aE\xdf\xa3" + bytes(5000), "noise.webm", ""),
        (b"ID3" + bytes(5000), "noise.mp3", ""), (whole[:30] + bytes(5000), "head.mp4", ""),
        (playlist, "list.m3u8", "could not be verified"), (concat, "list.ffconcat", "could not be verified"),
        (b"\0\0\0\x18ftypisom" + playlist, "list.mp4", ""), (wide, "wide.mp4", "4096x2304 videos are not supported"),
    ):
        answer = await upload(alice, content, name)
        assert answer.status_code == 422, name
        assert message in answer.json()["error"], name
    assert files_of(engine) == []


async def test_a_film_that_is_cut_off_fails_plainly(people: People, engine: Engine, tmp_path: Path) -> None:
    alice = await people("alice")
    whole = film(
        tmp_path, "film.mp4", 4.0, "320x180", "-pix_fmt", "yuv420p", "-movflags", "+faststart")
    answer = await converted(alice, engine, whole[: len(whole) // 2], "cut.mp4")
    assert (answer.status_code, answer.json()["error"]) == (422, "Error processing thumbnail for uploaded media")
    assert files_of(engine) == []


async def test_a_sound_that_never_ends_is_refused(
    people: People, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = await people("alice")
    monkeypatch.setattr(ffmpeg, "MAX_SECONDS", 2)
    long = sound(tmp_path, "long.ogg", 4.0)
    answer = await upload(alice, long, "long.ogg")
    assert answer.status_code == 422
    # A stream that does not say how long it is: what is made of it is cut, and then refused.
    endless = made_by_ffmpeg(tmp_path, "endless.webm", "-f", "lavfi", "-i", "sine=duration=4", "-live", "1")
    answer = await converted(alice, engine, endless, "endless.webm")
    assert answer.status_code == 422
    assert files_of(engine) == []


async def test_ffmpeg_that_takes_too_long_is_stopped(
    people: People, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ffmpeg, "CONVERTING_SECONDS", 0)
    answer = await converted(await people("alice"), engine, film(tmp_path), "a.webm")
    assert answer.status_code == 422
    assert files_of(engine) == []


async def test_the_old_endpoint_answers_when_all_is_done(people: People, engine: Engine, tmp_path: Path) -> None:
    alice = await people("alice")
    stop = asyncio.Event()
    working = asyncio.create_task(engine.converting.run(stop))
    answer = await upload(alice, sound(tmp_path), "a.ogg", "/api/v1/media")
    stop.set()
    await working
    assert answer.status_code == 200
    assert answer.json()["url"].endswith(".mp3")


async def test_what_a_server_left_is_taken_up_by_the_next_one_and_not_for_ever(
    people: People, engine: Engine, tmp_path: Path
) -> None:
    alice = await people("alice")
    made = (await upload(alice, sound(tmp_path), "a.ogg")).json()
    now = clock.now()
    async with engine.db.transaction() as tx:  # a server took it and died
        assert await media.claim(tx, now, now + convert_media._CLAIM)
    assert not await convert_media.convert_next(engine.db, engine.media, now, 10_000_000)
    later = now + 2 * convert_media._CLAIM
    assert await convert_media.convert_next(engine.db, engine.media, later, 10_000_000)
    assert await alice.status_of("GET", f"/api/v1/media/{made['id']}") == 200
    other = (await upload(alice, sound(tmp_path), "a.ogg")).json()
    for times in range(convert_media.MAX_TRIES):
        async with engine.db.transaction() as tx:
            assert await media.claim(tx, later + 9 * times * convert_media._CLAIM, later + 8 * convert_media._CLAIM)
    assert await convert_media.convert_next(engine.db, engine.media, later + 99 * convert_media._CLAIM, 10_000_000)
    assert await alice.status_of("GET", f"/api/v1/media/{other['id']}") == 422


async def test_an_upload_that_is_thrown_away_while_it_waits_leaves_nothing(
    people: People, engine: Engine, tmp_path: Path
) -> None:
    alice = await people("alice")
    made = (await upload(alice, sound(tmp_path), "a.ogg")).json()
    assert await alice.status_of("DELETE", f"/api/v1/media/{made['id']}") == 200
    await engine.converting.settle()
    assert files_of(engine) == []


async def test_an_account_has_only_so_many_uploads_waiting(people: People, tmp_path: Path) -> None:
    alice = await people("alice")
    content = sound(tmp_path, "a.ogg", 0.3)
    answers = [(await upload(alice, content, "a.ogg")).status_code for _ in range(9)]
    assert answers == [202] * 8 + [429]


async def test_the_limits_name_films(client: httpx.AsyncClient) -> None:
    limits = (await client.get("/api/v2/instance")).json()["configuration"]["media_attachments"]
    assert limits["video_size_limit"] == 99_000_000
    assert limits["video_frame_rate_limit"] == 120
    assert limits["video_matrix_limit"] == 8_294_400
    assert "video/webm" in limits["supported_mime_types"]
