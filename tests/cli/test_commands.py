"""The command line as operators and scripts use it: real processes on a real data directory."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

DATA = Path(__file__).parents[3] / "shared" / "data" / "import"


class Harken:
    """Runs `harken` on one data directory."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "harken", *arguments, "--data", str(self.data)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """Standard output; standard error where another exit code than 0 is expected."""
        with self.start(*arguments) as process:
            output, errors = process.communicate(timeout=300)
        assert process.returncode == code, errors or output
        assert "Traceback" not in errors
        return output if code == 0 else errors or output


@pytest.fixture
def harken(tmp_path: Path) -> Harken:
    return Harken(tmp_path / "data")


def lines(number: int) -> str:
    return "".join(
        json.dumps({"id": n, "author": f"author{n % 50}", "created_at": f"2009-04-07T05:{n // 60 % 60:02}:{n % 60:02}Z",
                    "text": f"breakfast number {n}"} | ({"in_reply_to": n - 1} if n % 3 else {})) + "\n"
        for n in range(number))


def test_a_role_is_given_and_the_record_says_so(harken: Harken) -> None:
    harken("account", "create", "bob", "--email", "bob@example.org")
    assert "moderator" in harken("account", "role", "bob", "moderator")
    assert json.loads(harken("account", "show", "bob", "--json"))["role"] == "moderator"
    assert "no role" in harken("account", "role", "bob", "king", code=2)
    harken("account", "limit", "bob")
    told = json.loads(harken("moderation", "log", "--about", "@bob", "--json"))
    assert [(one["by"], one["act"], one["why"]) for one in told] == [
        ("operator", "silence", ""), ("operator", "change_role", "moderator")]
    assert "change role" in harken("moderation", "log")


def test_an_account_is_made_shown_limited_and_deleted(harken: Harken) -> None:
    harken("account", "create", "ann", "--email", "ann@example.org", "--password", "a long password", "--admin")
    shown = json.loads(harken("account", "show", "ann", "--json"))
    assert shown["role"] == "administrator"
    assert shown["confirmed"]
    assert shown["state"] == "active"
    token = harken("token", "create", "ann")
    assert len(token.splitlines()) == 1
    assert len(token.strip()) == 43
    assert "limited" in harken("account", "limit", "ann")
    assert "active" in harken("account", "restore", "ann")
    assert "ann" in harken("account", "list")
    harken("account", "delete", "ann", "--yes")
    assert json.loads(harken("account", "show", "ann", "--json"))["state"] == "deleted"
    assert "has this name" in harken("account", "create", "ann", "--email", "b@example.org", code=1)


@pytest.mark.parametrize("arguments, code, said", [
    (["account", "show", "nobody"], 1, "no account called nobody"),
    (["account", "create", "a b", "--email", "a@example.org"], 2, "letters"),
    (["account", "create", "ann", "--email", "nonsense"], 2, "not an e-mail address"),
    (["token", "create", "ann", "--scopes", "everything"], 2, "everything is no scope"),
    (["search", "a OR"], 2, "OR"),
    (["rebuild", "breakfast"], 2, "cannot be rebuilt"),
    (["import", "/dev/null/x"], 2, "does not exist"),
    (["check", "--database", "mysql://x"], 2, "postgresql://"),
    (["check", "--database", "postgresql://nobody@127.0.0.1:1/x"], 1, "database cannot be used"),
])
def test_what_goes_wrong_is_said_in_a_sentence(harken: Harken, arguments: list[str], code: int, said: str) -> None:
    harken("migrate")
    assert said in harken(*arguments, code=code)


def test_a_look_does_not_found_a_server(harken: Harken) -> None:
    for command in (["check"], ["search", "x"], ["account", "list"], ["backup", "x.tar.zst"]):
        assert "There is no Harken in" in harken(*command, code=2)
    assert not harken.data.exists()


def test_a_newer_database_is_refused(harken: Harken) -> None:
    import apsw

    harken("migrate")
    with apsw.Connection(str(harken.data / "harken.sqlite")) as connection:
        connection.execute("INSERT INTO migration VALUES ('9999_later.sql', 0)")
    assert "9999_later.sql" in harken("check", code=1)


def test_history_comes_once_and_is_found(harken: Harken, tmp_path: Path) -> None:
    file = tmp_path / "old.jsonl"
    file.write_text(lines(1200) + "{broken\n")
    first = harken("import", str(file))
    assert "1,200 imported, 0 already there, 1 skipped" in first
    assert "skipped 1: not JSON" in first
    (again,) = json.loads(harken("import", str(file), "--json"))
    assert (again["imported"], again["known"], again["skipped"]) == (0, 1200, 1)
    found = json.loads(harken("search", "number", "from:author7", "--limit", "3", "--json"))
    assert [p["text"] for p in found["posts"]] == [f"breakfast number {n}" for n in (1157, 1107, 1057)]
    assert "All is well" in harken("check")
    harken("rebuild", "all")
    assert "All is well" in harken("check")


def test_search_names_the_people_who_know(harken: Harken, tmp_path: Path) -> None:
    file = tmp_path / "talk.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in (
        {"id": 1, "author": "asker", "created_at": "2009-04-07T05:00:00Z", "text": "Who mends bicycles?"},
        {"id": 2, "author": "helper", "created_at": "2009-04-07T06:00:00Z", "text": "The bicycles man in Mill Lane",
         "in_reply_to": 1})))
    harken("import", str(file))
    told = harken("search", "--people", "bicycles").splitlines()
    assert told[0].startswith("@helper  answered 1 question, wrote on 1 day")
    assert told[1].endswith("The bicycles man in Mill Lane")
    assert told[-1] == "1 person, from the 2 posts that match"
    found = json.loads(harken("search", "--people", "bicycles", "--json"))
    assert [(one["account"], one["reasons"][0]["kind"]) for one in found["people"]] == [("helper", "answered")]
    assert "no account called nobody" in harken("search", "--people", "bicycles", "--as", "nobody", code=1)



@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_import_that_is_killed_goes_on(harken: Harken, tmp_path: Path, how: signal.Signals) -> None:
    import apsw

    file = tmp_path / "old.jsonl"
    file.write_text(lines(9000))
    harken("migrate")
    database = apsw.Connection(str(harken.data / "harken.sqlite"), flags=apsw.SQLITE_OPEN_READONLY)
    for _ in range(3):
        before = database.execute("SELECT count(*) FROM post").get
        with harken.start("import", str(file)) as process:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and process.poll() is None:
                if database.execute("SELECT count(*) FROM post").get > before + 500:
                    break
                time.sleep(0.01)
            process.send_signal(how)
            process.wait()
        if how is signal.SIGINT and process.returncode:
            assert process.returncode == 130
    database.close()
    harken("import", str(file))
    (again,) = json.loads(harken("import", str(file), "--json"))
    assert (again["imported"], again["known"]) == (0, 9000)
    with apsw.Connection(str(harken.data / "harken.sqlite")) as database:
        assert database.execute("SELECT count(*), count(DISTINCT text) FROM post").get == (9000, 9000)
        assert database.execute("SELECT count(DISTINCT conversation_id) FROM post").get == 3000
    assert "All is well" in harken("check")


def test_no_process_outlives_a_killed_import(harken: Harken, tmp_path: Path) -> None:
    file = tmp_path / "old.jsonl"
    file.write_text(lines(9000))
    with harken.start("import", str(file)) as process:
        children: list[int] = []
        while not children and process.poll() is None:
            time.sleep(0.02)
            children = _children(process.pid)
        time.sleep(0.5)
        children = _children(process.pid)
        process.kill()
        process.wait()
    assert children
    deadline = time.monotonic() + 60
    while any(_runs(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [child for child in children if _runs(child)]


def _runs(pid: int) -> bool:
    """Whether a process works still; one that has ended and waits for its parent does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task")
    if not tasks.exists():
        pytest.skip("this system has no /proc")
    children: list[int] = []
    for task in tasks.iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread that has ended since it was listed
            children += map(int, (task / "children").read_text().split())
    return children


def test_a_check_tells_what_is_wrong_and_what_helps(harken: Harken, tmp_path: Path) -> None:
    import apsw

    file = tmp_path / "old.jsonl"
    file.write_text(lines(30))
    harken("import", str(file))
    with apsw.Connection(str(harken.data / "harken.sqlite")) as database:
        database.execute("DELETE FROM search WHERE rowid = (SELECT max(id) FROM post)")
        database.execute(
            "UPDATE post_stats SET replies = replies + 1 WHERE post_id = (SELECT min(post_id) FROM post_stats)")
    report = json.loads(harken("check", "--json", code=1))
    remedies = {fault["remedy"] for fault in report["faults"]}
    assert remedies == {"harken rebuild search", "harken rebuild counts"}
    assert not report["good"]
    harken("rebuild", "search", "counts")
    assert json.loads(harken("check", "--json"))["good"]


def test_a_backup_comes_back_without_what_was_deleted_since(harken: Harken, tmp_path: Path) -> None:
    harken("demo")
    file, copy = tmp_path / "backup.tar.zst", Harken(tmp_path / "copy")
    harken("backup", str(file))
    assert "exists already" in harken("backup", str(file), code=1)
    harken("account", "delete", "tom", "--yes")
    copy("restore", str(file), "--tombstones", str(harken.data))
    assert json.loads(copy("account", "show", "tom", "--json"))["state"] == "deleted"
    assert json.loads(copy("account", "show", "nell", "--json"))["state"] == "active"
    assert json.loads(copy("search", "from:nell", "--json"))["posts"] == json.loads(
        harken("search", "from:nell", "--json"))["posts"]
    assert json.loads(copy("check", "--json"))["good"]
    assert "is not empty" in copy("restore", str(file), code=1)
    assert "no backup" in Harken(tmp_path / "third")("restore", __file__, code=2)


def test_an_export_can_be_imported_elsewhere(harken: Harken, tmp_path: Path) -> None:
    harken("demo")
    file, other = tmp_path / "nell.zip", Harken(tmp_path / "other")
    harken("export", "nell", "--output", str(file))
    with zipfile.ZipFile(file) as packed:
        assert {"actor.json", "outbox.json", "following.csv", "likes.json"} <= set(packed.namelist())
        notes = [a for a in json.loads(packed.read("outbox.json"))["orderedItems"] if a["type"] == "Create"]
    (outcome,) = json.loads(other("import", str(file), "--json"))
    assert outcome["imported"] == len(notes) > 5
    other("account", "create", "moved", "--email", "moved@example.org", "--password", "a long enough password")
    (whole,) = [json.loads(other("import", str(file), "--into", "moved", "--json"))]
    assert whole["stored"]["posts"] >= len(notes)
    assert "posts" not in whole["refused"]
    assert "nobody who signs in" in other("import", str(file), "--into", "stranger", code=2).lower()
    texts = {note["object"]["source"]["content"] for note in notes if "Public" in "".join(note["object"]["to"])}
    found = {p["text"] for p in json.loads(other("search", "from:nell", "--limit", "1000", "--json"))["posts"]}
    assert texts == found


def test_the_demo_moves_in_once(harken: Harken) -> None:
    assert "amber@example.org" in harken("demo")
    assert "left out" in harken("demo")
    accounts = json.loads(harken("account", "list", "--json"))
    assert len(accounts) >= 25
    assert sum(a["posts"] for a in accounts) >= 300
    assert json.loads(harken("check", "--json"))["good"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["care", "rumours"])
def test_real_conversations_are_imported_whole(harken: Harken, name: str) -> None:
    file = DATA / f"{name}.jsonl.zst"
    if not file.exists():
        pytest.skip(f"{file} is not here; the data sets are no part of the project")
    (outcome,) = json.loads(harken("import", str(file), "--json"))
    assert outcome["imported"] + outcome["known"] + outcome["skipped"] == outcome["lines"]
    assert set(outcome["reasons"]) <= {"no author"}
    assert "All is well" in harken("check")


def test_the_command_starts_fast() -> None:
    """That is: without what only a server needs."""
    asked = "import sys, harken.cli; print(*{'litestar', 'psycopg', 'uvicorn', 'PIL', 'apsw'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""
