"""The rows of the budget table, one function each."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import msgspec

from .. import clock
from ..engine import opened
from ..ids import AccountId
from ..search.search import oldest_post
from ..settings import Settings
from . import filling
from .client import Connection, load, request
from .corpus import Corpus
from .percolation import percolate
from .searching import BLOCKED, BLOCKER, COUNTED, FOLLOWED, MIX, MUTED, MUTER, QUIET, READER, adversarial
from .server import Served

FOLLOWS = 50
MANY = 200_000  # posts; more are filled in by `filling`


class Figure(msgspec.Struct, frozen=True):
    """One row of the table."""

    what: str
    measured: str
    budget: str
    met: bool | None
    note: str = ""


class Bench:
    """Fills a scratch directory and measures."""

    def __init__(
        self, data: Path, posts: int, database: str, seconds: float, say: Callable[[str], None],
        sample: Sequence[Path] = (),
    ) -> None:
        self.data = data
        self.sample = sample
        self.posts = posts
        self.database = database
        self.seconds = seconds
        self.say = say
        self.figures: list[Figure] = []

    def add(self, what: str, measured: str, budget: str, met: bool | None, note: str = "") -> None:
        self.figures.append(Figure(what, measured, budget, met, note))
        self.say(f"{what}: {measured}")

    def settings(self) -> Settings:
        return Settings(data=self.data, database=self.database, rate_limit="off")

    def command(self, *arguments: str) -> str:
        extra = ["--database", self.database] if self.database else []
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HARKEN_")}
        done = subprocess.run(
            [sys.executable, "-m", "harken", *arguments, "--data", str(self.data), *extra],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout

    # ---- filling -------------------------------------------------------------

    @property
    def authors(self) -> int:
        return max(60, self.posts // 200)

    def fill(self) -> None:
        """Make the posts, then people who follow each other. A directory that was filled before is taken as it is."""
        corpus = Corpus(sample=self.sample)
        real = f"spliced from {corpus.real:,} real posts" if corpus.real else "of made-up words by Zipf's law"
        if self.posts > MANY and not self.database:
            plan = asyncio.run(filling.fill(self.settings(), self.posts, self.sample, self.say))
            self.posts = plan.posts
            self.add(
                "filling", f"{plan.seconds:,.0f} s", "stated", None,
                f"{plan.posts:,} posts {real}, by {self.authors:,} authors; {plan.posts / plan.seconds:,.0f} posts/s; "
                f"of {plan.posts // filling.CHECKED:,} checked {plan.differences} read otherwise than in one piece")
        else:
            self._import(corpus, self.posts, "bench", real)
        asyncio.run(self._people())
        if not self.database:
            size = (self.data / "harken.sqlite").stat().st_size
            self.add("disk", f"{size / 1e6:,.0f} MB", "stated", None, f"{size / self.posts:,.0f} bytes a post")

    def _import(self, corpus: Corpus, posts: int, source: str, real: str) -> None:
        file = self.data / "corpus.jsonl"
        self.data.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as out:
            out.writelines(corpus.jsonl(posts, self.authors, clock.now() - timedelta(minutes=1)))
        started = time.perf_counter()
        self.command("import", str(file), "--source", source)
        taken = time.perf_counter() - started
        file.unlink()
        rate = posts / taken
        self.add(
            "import with analysis and indexing",
            f"{rate:,.0f} posts/s",
            "15,000 posts/s on two cores",
            rate >= 15_000,
            f"{posts:,} posts {real}, in {taken:.1f} s, start of the command included",
        )

    async def _people(self) -> None:
        from ..actions.block import block
        from ..actions.create_account import create_account
        from ..actions.follow import follow
        from ..actions.publish_post import publish_post
        from ..ids import new_id
        from ..model.account import Account
        from ..model.post import Draft
        from ..store import accounts, bulk, tokens

        self.tokens: list[str] = []
        self.special: dict[str, str] = {}
        async with opened(self.settings()) as engine:

            async def known(name: str) -> tuple[Account, str, bool]:
                """(account, a new token of theirs, whether they are new)."""
                account = await accounts.find_by_name(engine.db, name)
                new = account is None
                if account is None:
                    account = await create_account(
                        engine.db, username=name, email=f"{name}@example.org", now=clock.now(), indexable=True)
                secret = tokens.new_secret()
                async with engine.db.transaction() as tx:
                    await tokens.insert_token(
                        tx, new_id(clock.now()), secret, account.id, None, "read write follow", clock.now())
                return account, secret, new

            numbers = [author.id for number in range(self.authors)
                       if number < BLOCKED or number >= self.authors - 10 * FOLLOWED
                       if (author := await accounts.find_by_name(engine.db, f"author{number}"))]
            quiet, self.special[QUIET], new = await known(QUIET)
            for target in numbers[-10 * FOLLOWED + 1 :: 10] if new else []:  # not those who are not to be found
                await follow(engine.db, quiet, AccountId(target), clock.now())
            blocker, self.special[BLOCKER], new = await known(BLOCKER)
            for target in numbers[:BLOCKED] if new else []:
                await block(engine.db, blocker, AccountId(target), clock.now())
            muter, self.special[MUTER], new = await known(MUTER)
            if new:
                async with engine.db.transaction() as tx:
                    await bulk.mute(tx, muter.id, MUTED)
            first: Account | None = None
            for number in range(17):
                account, secret, new = await known(f"bench{number}")
                self.tokens.append(secret)
                for target in numbers[:FOLLOWS] if new else []:
                    await follow(engine.db, account, AccountId(target), clock.now())
                if first and new:
                    await follow(engine.db, account, first.id, clock.now())
                first = first or account
            writer = await accounts.find_by_name(engine.db, "bench0")
            assert writer
            self.writer_id = writer.id
            root = await publish_post(engine.db, writer, Draft(text="the root of fifty replies"), clock.now())
            for number in range(50):
                await publish_post(
                    engine.db, writer, Draft(text=f"reply {number}", in_reply_to_id=root.id), clock.now()
                )
                await publish_post(engine.db, writer, Draft(text=f"@bench1 are you there? {number}"), clock.now())
            self.root = root.id
            self.oldest = await oldest_post(engine.db) or clock.now()
            await engine.runner.settle()

    # ---- measuring ------------------------------------------------------------

    async def reads(self, served: Served, workers: int) -> None:
        """The pages that people read."""
        token = self.tokens[1]
        pages = [
            ("home timeline, 20 posts", lambda i: request("GET", "/api/v1/timelines/home", self.tokens[1 + i % 16])),
            ("public timeline", lambda i: request("GET", "/api/v1/timelines/public", token)),
            ("account timeline", lambda i: request("GET", f"/api/v1/accounts/{self.writer_id}/statuses", token)),
            ("50-reply context", lambda i: request("GET", f"/api/v1/statuses/{self.root}/context", token)),
            ("notifications, 20", lambda i: request("GET", "/api/v1/notifications?limit=20", token)),
            ("search for a word, 20 posts", lambda i: self._asked("coffee")),
        ]
        for what, make in pages:
            cpu = served.cpu_seconds()
            single = await load(served.host, served.port, make, 1, self.seconds)
            busy = await load(served.host, served.port, make, 16, self.seconds)
            share = (served.cpu_seconds() - cpu) / (single.seconds + busy.seconds)
            soon, wanted = (1.5, 1000) if what.startswith("home") else (2, 1000)
            if workers > 1:
                wanted = 1800
            told = workers == 1 or what.startswith("home")
            budget = f"p50 {soon} ms, {wanted:,}/s with {workers} worker{'s' if workers > 1 else ''}" if told else ""
            met = single.p50 < soon and busy.per_second > wanted if told else None
            self.add(
                f"{what}, {workers} worker{'s' if workers > 1 else ''}",
                f"p50 {single.p50:.2f} ms, {busy.per_second:,.0f}/s",
                budget,
                met,
                f"p99 of 16 clients {busy.p99:.1f} ms; server {share:.2f} cores, client {busy.client_cpu:.2f}",
            )

    async def search(self, served: Served) -> None:
        """The published mix of queries, newest first, then what hurts, and a home timeline beside that."""
        taken, each = [], self.seconds / 6
        for query in MIX:
            run = await load(served.host, served.port, _always(self._asked(query)), 1, each)
            taken.append((run.p99, run.p50, query))
        number = iter(range(1 << 60))
        mixed = await load(
            served.host, served.port, lambda _: self._asked(MIX[next(number) % len(MIX)]), 1, 4 * self.seconds)
        worst = max(taken)
        self.add(
            f"newest-first search at {self.posts:,} posts, {len(MIX)} queries in turn",
            f"p50 {mixed.p50:.1f} ms, p99 {mixed.p99:.1f} ms",
            "p99 10 ms at 10 million",
            mixed.p99 < 10,
            f"worst alone {worst[2]}: p99 {worst[0]:.1f} ms; p50 " + ", ".join(f"{q} {p50:.1f}" for _, p50, q in taken),
        )
        home = request("GET", "/api/v1/timelines/home", self.tokens[2])
        alone = await load(served.host, served.port, _always(home), 1, self.seconds)
        cases = adversarial(self.oldest, self.authors)
        slow: list[tuple[float, float, str]] = []
        for what, who, query in cases:
            run = await load(served.host, served.port, _always(self._asked(query, who)), 1, each)
            slow.append((run.p99, run.p50, what))
        worst = max(slow)
        self.add(
            f"adversarial searches at {self.posts:,} posts, {len(cases)} of them",
            f"p99 {worst[0]:.0f} ms at the worst",
            "p99 500 ms",
            worst[0] < 500,
            f"{worst[2]}; p50 " + ", ".join(f"{what} {p50:.0f}" for _, p50, what in slow),
        )
        counted = [
            (run.p99, query) for query in COUNTED
            for run in [await load(served.host, served.port, _always(request(
                "GET", f"/fragments/over-time?q={quote(query)}", self.tokens[1])), 1, each)]]
        self.add(
            "counting and bars over time", f"p99 {max(counted)[0]:.0f} ms at the worst", "stated", None,
            ", ".join(f"{query} {p99:.0f}" for p99, query in counted))
        until = time.perf_counter() + 4 * self.seconds
        beside = asyncio.create_task(load(served.host, served.port, _always(home), 1, 4 * self.seconds))
        hurting = 0

        async def hurt(client: int) -> None:
            nonlocal hurting
            connection = Connection(served.host, served.port)
            while time.perf_counter() < until:
                _, who, query = cases[(client * 7 + hurting) % len(cases)]
                hurting += 1
                await connection.ask(self._asked(query, who))
            connection.close()

        await asyncio.gather(*(hurt(client) for client in range(4)))
        run = await beside
        self.add(
            "home timeline beside four clients with adversarial searches",
            f"p50 {run.p50:.2f} ms, p99 {run.p99:.1f} ms",
            "nobody is held up",
            None,
            f"alone p50 {alone.p50:.2f} ms, p99 {alone.p99:.1f} ms; {hurting} searches meanwhile, all on shared cores",
        )

    def _asked(self, query: str, who: str = READER) -> bytes:
        token = self.special.get(who, self.tokens[1])
        return request("GET", f"/api/v2/search?type=statuses&limit=20&q={quote(query)}", token)

    async def writes(self, served: Served) -> None:
        """Acknowledged, durable, searchable posts."""
        corpus = Corpus(7)

        def make(number: int) -> bytes:
            text = " ".join(corpus.said(0.5)[0])[:400]
            body = msgspec.json.encode({"status": f"{text} n{number}"})
            return request("POST", "/api/v1/statuses", self.tokens[number % 16], body)

        fsync = fsync_ms(self.data)
        single = await load(served.host, served.port, make, 1, self.seconds)
        busy = await load(served.host, served.port, make, 16, self.seconds)
        self.add(
            "acknowledged, durable, searchable post",
            f"p50 {single.p50:.2f} ms, {busy.per_second:,.0f}/s from 16 clients",
            f"one fsync ({fsync:.1f} ms) + 2 ms; 1,000/s",
            single.p50 < fsync + 2 and busy.per_second > 1000,
            f"p99 of 16 clients {busy.p99:.1f} ms; client {busy.client_cpu:.2f} cores",
        )

    async def writes_while_importing(self, served: Served) -> None:
        """People post, twenty times a second, while an import runs beside them."""
        file = self.data / "meanwhile.jsonl"
        with file.open("wb") as out:
            out.writelines(Corpus(11).jsonl(20_000, 500, clock.now() - timedelta(days=4000)))
        importing = asyncio.create_task(asyncio.to_thread(self.command, "import", str(file), "--source", "meanwhile"))
        asking = Connection(served.host, served.port)
        taken: list[float] = []
        while not importing.done():
            body = msgspec.json.encode({"status": f"meanwhile {len(taken)}"})
            started = time.perf_counter()
            status, _ = await asking.ask(request("POST", "/api/v1/statuses", self.tokens[2], body))
            assert status == 200
            taken.append(1000 * (time.perf_counter() - started))
            await asyncio.sleep(0.05)
        await importing
        asking.close()
        file.unlink()
        taken.sort()
        p99 = taken[int(len(taken) * 0.99)]
        self.add(
            "posting while an import runs",
            f"p50 {statistics.median(taken):.1f} ms, p99 {p99:.0f} ms",
            "p99 100 ms",
            p99 < 100,
            f"{len(taken)} posts during an import of 20,000; the longest {taken[-1]:.0f} ms",
        )

    async def streams(self, served: Served, count: int = 2000) -> None:
        """From the request to the open stream; and what a stream costs."""
        before = served.memory_mb()
        open_streams = []
        prepared = request("GET", "/api/v1/streaming/user", self.tokens[1])
        for _ in range(count):
            connection = Connection(served.host, served.port)
            await connection.stream(prepared)
            open_streams.append(connection)
        await asyncio.sleep(1)
        above = served.memory_mb() - before
        self.add(
            f"memory of {count:,} open streams", f"{above:.0f} MB, {above * 1024 / count:.0f} KB each",
            "150 MB, 50 KB each", above < 150 and above * 1024 / count < 50, "of one member")
        for connection in open_streams[1:]:
            connection.close()
        await asyncio.sleep(0.5)
        reader = open_streams[0]._reader
        assert reader is not None
        delays = []
        asking = Connection(served.host, served.port)
        for number in range(60):
            marker = f"streamed{number}x"
            started = time.perf_counter()
            posting = asyncio.create_task(
                asking.ask(request("POST", "/api/v1/statuses", self.tokens[0], msgspec.json.encode({"status": marker})))
            )
            async with asyncio.timeout(5):
                while marker.encode() not in await reader.readline():
                    pass
            delays.append(1000 * (time.perf_counter() - started))
            await posting
        delays.sort()
        self.add(
            "post to open stream",
            f"p50 {delays[30]:.1f} ms, p99 {delays[-1]:.1f} ms",
            "p99 25 ms",
            delays[-1] < 25,
            "from sending the request to reading the event",
        )
        started = time.perf_counter()
        connections = [Connection(served.host, served.port) for _ in range(16)]

        async def burst(part: int) -> None:
            for number in range(part, 500, 16):
                status, _ = await connections[part].ask(
                    request(
                        "POST", "/api/v1/statuses", self.tokens[0], msgspec.json.encode({"status": f"burst {number}"})
                    )
                )
                assert status == 200

        await asyncio.gather(*(burst(part) for part in range(16)))
        acknowledged = time.perf_counter()
        seen = 0
        while seen < 500:
            seen, before_id = 0, ""
            while True:
                _, body = await asking.ask(
                    request("GET", f"/api/v1/timelines/home?limit=40{before_id}", self.tokens[1])
                )
                page = [p for p in json.loads(body) if "burst" in p["content"]]
                seen += len(page)
                if len(page) < 40:
                    break
                before_id = f"&max_id={page[-1]['id']}"
        delay = time.perf_counter() - acknowledged
        self.add(
            "last of a burst of 500 posts in a follower's home",
            f"{delay:.2f} s after its acknowledgement",
            "0.5 s",
            delay < 0.5,
            f"500 posts acknowledged in {acknowledged - started:.2f} s; reading the 13 pages included",
        )
        open_streams[0].close()
        asking.close()

    def percolation(self) -> None:
        """New posts against very many ears, on one core of this process."""
        few, many = percolate(100), percolate(100_000)
        self.add(
            "percolation, 100,000 ears",
            f"{many.per_second:,.0f} posts/s",
            "5,000 posts/s on one core",
            many.per_second > 5000,
            f"analysis of the texts included; {many.candidates:.1f} candidates and {many.matches:.1f} matches a post; "
            f"{few.per_second:,.0f}/s with 100 ears; {many.megabytes:.0f} MB; filed in {many.put_seconds:.1f} s",
        )

    async def inside(self) -> None:
        """What the same work costs without HTTP: the limit."""
        from ..model.paging import Window
        from ..store import accounts, posts, timelines

        async with opened(self.settings()) as engine:
            viewer = await accounts.find_by_name(engine.db, "bench1")
            assert viewer
            taken = []
            for _ in range(200):
                started = time.perf_counter()
                page = await timelines.home(engine.db, viewer.id, Window(limit=20), clock.now())
                await posts.bundle(engine.db, page, viewer.id)
                taken.append(1000 * (time.perf_counter() - started))
            self.add(
                "inside the process: home timeline without HTTP and JSON",
                f"p50 {statistics.median(taken):.2f} ms",
                "the limit",
                None,
            )


def _always(prepared: bytes) -> Callable[[int], bytes]:
    """Something for `load` to ask again and again."""
    return lambda _: prepared


def fsync_ms(directory: Path) -> float:
    """The median time of an fsync of 4 KB in this directory."""
    taken = []
    with (directory / "fsync.probe").open("wb") as file:
        for _ in range(50):
            file.write(b"x" * 4096)
            file.flush()
            started = time.perf_counter()
            os.fsync(file.fileno())
            taken.append(1000 * (time.perf_counter() - started))
    (directory / "fsync.probe").unlink()
    return statistics.median(taken)


async def measure(bench: Bench) -> None:
    """Everything, in an order in which nothing disturbs what comes after."""
    with Served(bench.data, 1, bench.database):
        pass  # the very first start after an installation may still compile
    with Served(bench.data, 1, bench.database) as served:
        bench.add("start to first answer", f"{served.start_seconds:.2f} s", "1.5 s", served.start_seconds < 1.5)
        connection = Connection(served.host, served.port)
        await connection.ask(request("GET", "/health"))
        memory = served.memory_mb()
        bench.add(
            f"memory (PSS) with {bench.posts:,} posts, just started", f"{memory:.0f} MB", "130 MB idle", memory < 130)
        await bench.reads(served, 1)
        await bench.search(served)
        await bench.writes(served)
        await bench.writes_while_importing(served)
        await bench.streams(served)
        bench.add(
            "memory (PSS) after all this",
            f"{served.memory_mb():.0f} MB",
            "400 MB with 10 million posts",
            served.memory_mb() < 400,
        )
        waiting = [Connection(served.host, served.port) for _ in range(20)]
        for stream in waiting:
            await stream.stream(request("GET", "/api/v1/streaming/user", bench.tokens[1]))
        stopped = await asyncio.to_thread(served.stop)
        bench.add("stop with 20 open streams", f"{stopped:.2f} s", "3 s", stopped < 3)
    with Served(bench.data, 2, bench.database) as served:
        await bench.reads(served, 2)
    await bench.inside()
    bench.percolation()
