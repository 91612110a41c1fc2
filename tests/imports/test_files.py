"""Formats and compressions: every file becomes the same lines."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

import msgspec
import pytest
import zstandard

from harken.errors import Invalid
from harken.imports import archives, files
from harken.imports.line import Unusable, read, read_author
from harken.imports.ready import key_of, low_bits, moment, written_key

LINE = {"author": "ann", "created_at": "2009-04-07T05:19:45Z", "text": "breakfast"}


@pytest.mark.parametrize(
    "pack", [lambda raw: raw, gzip.compress, zstandard.compress, lambda raw: zstandard.compress(raw) * 2])
def test_lines_are_the_same_however_they_are_packed(tmp_path: Path, pack: object) -> None:
    raw = msgspec.json.encode(LINE) + b"\n"
    file = tmp_path / "posts"
    file.write_bytes(pack(raw))  # type: ignore[operator]
    assert files.recognised(file) == "jsonl"
    found = list(files.lines(file, "jsonl"))
    assert found[0] == raw.rstrip()
    assert set(found) == {raw.rstrip()}


def test_a_line_ends_with_a_newline_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "posts.jsonl"
    texts = ["one\u2028two", "three\u0085four\x0bfive", "six\r"]
    file.write_bytes(b"\n".join(json.dumps(LINE | {"text": t}, ensure_ascii=False).encode() for t in texts))
    assert [read(raw).text for raw in files.lines(file, "jsonl")] == texts


def test_a_line_without_end_is_never_held_whole(tmp_path: Path) -> None:
    file = tmp_path / "endless.jsonl"
    file.write_bytes(b"x" * 5_000_000 + b"\n" + msgspec.json.encode(LINE))
    long, good = files.lines(file, "jsonl")
    assert len(long) < 3_000_000
    assert read(good).author == "ann"
    with pytest.raises(Unusable, match="longer than a million bytes"):
        read(long)


def test_damage_is_told_after_what_came_before_it(tmp_path: Path) -> None:
    file = tmp_path / "posts.gz"
    file.write_bytes(gzip.compress(b"\n".join(msgspec.json.encode(LINE) for _ in range(90_000)))[:-40])
    with pytest.raises(Invalid, match="damaged"):
        list(files.lines(file, "jsonl"))


def test_columns_have_the_names_of_the_keys(tmp_path: Path) -> None:
    file = tmp_path / "posts.csv"
    file.write_text('id,author,created_at,text,lang,sensitive\n1,ann,2009-04-07T05:19:45Z,"two\nlines, one comma",,1\n')
    assert files.recognised(file) == "csv"
    (line,) = [read(raw) for raw in files.lines(file, "csv")]
    assert (line.id, line.text, line.lang, line.sensitive) == ("1", "two\nlines, one comma", None, True)
    file.write_text("author,text\nann,hello\n")
    with pytest.raises(Invalid, match="no column created_at"):
        list(files.lines(file, "csv"))


TWEETS = """window.YTD.tweets.part0 = [ { "tweet" : {
  "id_str" : "840", "created_at" : "Wed Oct 10 20:19:24 +0000 2018", "lang" : "en",
  "full_text" : "fish &amp; chips https://t.co/x #lunch", "in_reply_to_status_id_str" : "839",
  "source" : "<a href=\\"https://example.org\\">An App</a>",
  "entities" : { "urls" : [ { "url" : "https://t.co/x", "expanded_url" : "https://example.org/chips" } ] } } } ]"""
ACCOUNT = 'window.YTD.account.part0 = [ { "account" : { "username" : "ann" } } ]'


def test_a_twitter_archive_says_whose_it_is(tmp_path: Path) -> None:
    packed = tmp_path / "twitter.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("data/account.js", ACCOUNT)
        archive.writestr("data/tweets.js", TWEETS)
        archive.writestr("data/tweets_media/840.jpg", b"\xff\xd8")
    assert files.recognised(packed) == "twitter-archive"
    (line,) = [read(raw) for raw in files.lines(packed, "twitter-archive")]
    assert line.author == "ann"
    assert line.id == "840"
    assert line.in_reply_to == "839"
    assert line.source == "An App"
    assert line.text == "fish & chips https://example.org/chips #lunch"
    assert line.created_at == "2018-10-10T20:19:24+00:00"


def test_a_lone_tweets_file_needs_an_author(tmp_path: Path) -> None:
    file = tmp_path / "tweets.js"
    file.write_text(TWEETS)
    assert files.recognised(file) == "twitter-archive"
    with pytest.raises(Invalid, match="--author"):
        list(files.lines(file, "twitter-archive"))
    assert read(next(files.lines(file, "twitter-archive", "ben"))).author == "ben"


OUTBOX = {"type": "OrderedCollection", "orderedItems": [
    {"type": "Announce", "id": "https://a.example/boost", "object": "https://b.example/1"},
    {"type": "Create", "actor": "https://a.example/users/ann", "object": {
        "id": "https://a.example/users/ann/statuses/2", "type": "Note", "published": "2022-11-05T10:00:00Z",
        "attributedTo": "https://a.example/users/ann", "summary": "food", "sensitive": True,
        "inReplyTo": "https://b.example/1", "to": ["https://a.example/users/ann/followers"],
        "cc": ["https://www.w3.org/ns/activitystreams#Public"], "contentMap": {"de": "…"},
        "content": '<p>Suppe &lt;3<br />mit <a href="https://a.example/tags/lauch" class="mention hashtag" rel="tag">'
                   '#<span>lauch</span></a></p><p><a href="https://example.org/rezept"><span class="invisible">https://'
                   "</span>example.org/rez…</a></p>"}}]}


@pytest.mark.parametrize("kind", ["json", "zip", "tar.gz"])
def test_an_outbox_is_read_packed_or_not(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"archive.{kind}"
    content = json.dumps(OUTBOX).encode()
    if kind == "json":
        file.write_bytes(content)
    elif kind == "zip":
        with zipfile.ZipFile(file, "w") as packed:
            packed.writestr("outbox.json", content)
    else:
        with tarfile.open(file, "w:gz") as tar:
            header = tarfile.TarInfo("outbox.json")
            header.size = len(content)
            tar.addfile(header, io.BytesIO(content))
    assert files.recognised(file) == "mastodon-archive"
    boost, note = files.lines(file, "mastodon-archive")
    with pytest.raises(Unusable, match="no author"):
        read(boost)
    line = read(note)
    assert line.text == "Suppe <3\nmit #lauch\n\nhttps://example.org/rezept"
    assert (line.author, line.visibility, line.lang, line.spoiler) == ("ann", "unlisted", "de", "food")
    assert line.in_reply_to == "https://b.example/1"
    assert line.sensitive


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    packed = tmp_path / "photos.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.jpg", b"x")
    with pytest.raises(Invalid, match=r"neither tweets\.js nor outbox\.json"):
        files.recognised(packed)
    other = tmp_path / "poem.txt"
    other.write_text("roses are red")
    with pytest.raises(Invalid, match="--format"):
        files.recognised(other)


def test_the_first_pass_reads_what_the_second_does() -> None:
    for raw in (b'{"author":"a","created_at":"2009","text":"x"}', b'{"author":"a","created_at":"x","text":"\\ud83d"}'):
        author = read_author(raw)
        assert author is not None
        assert author.author == read(raw).author
    assert read_author(b'{"author":"a"}') is None
    assert read_author(b"{") is None


def test_a_key_without_an_id_is_author_time_and_text() -> None:
    raw = msgspec.json.encode(LINE)
    assert key_of(read(raw)) == key_of(read(raw))
    for name, other in (("author", "ben"), ("created_at", "2009-04-07T05:19:46Z"), ("text", "lunch")):
        assert key_of(read(msgspec.json.encode(LINE | {name: other}))) != key_of(read(raw))
    assert key_of(read(msgspec.json.encode(LINE | {"id": 12}))) == "12" == written_key("12")
    assert len(written_key("x" * 10_000) or "") < 100
    assert 0 <= low_bits("x") < 65_536


def test_times_are_read_as_people_write_them() -> None:
    for text in ("2009-04-07T05:19:45Z", "2009-04-07 05:19:45", "2009-04-07T07:19:45+02:00", "20090407T051945Z"):
        assert moment(text) == 1_239_081_585_000, text
    assert moment("2009-04-07") == 1_239_062_400_000


def test_markup_becomes_text() -> None:
    assert archives.plain("<p>a</p><p>b<br>c</p>") == "a\n\nb\nc"
