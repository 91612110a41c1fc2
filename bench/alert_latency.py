"""How long after a post is acknowledged its alert is written and shown: DESIGN.md allows 250 ms at the 99th percentile.

    python bench/alert_latency.py [--ears 10000] [--posts 500] [--rate 20]

A whole server but for its surfaces, embedded profile, a fresh database. Measured up to the moment an open page
hears that an ear of its owner heard something, which comes after the commit of the alert and of its entry among
the notifications.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from pathlib import Path

from harken import clock
from harken.actions.create_account import create_account
from harken.actions.keep_ear import keep_ear
from harken.actions.publish_post import publish_post
from harken.actions.set_alert import set_alert
from harken.engine import Engine, opened
from harken.model.account import Account
from harken.model.alert import EarAlert, Mode
from harken.model.post import Draft
from harken.settings import Settings
from harken.store import accounts

EARS_OF_ONE = 100


async def person(engine: Engine, name: str) -> Account:
    made = await create_account(
        engine.db, username=name, email=f"{name}@example.org", now=clock.now(), indexable=True, discoverable=True)
    return await accounts.get(engine.db, made.id)


async def measure(ears: int, posts: int, rate: float) -> list[float]:
    """Milliseconds from the answer to the sign on an open page, one for each post."""
    with tempfile.TemporaryDirectory() as directory:
        async with opened(Settings(data=Path(directory), rate_limit="off")) as engine:
            author = await person(engine, "author")
            owner = author
            for number in range(ears):
                if number % EARS_OF_ONE == 0:
                    owner = await person(engine, f"owner{number // EARS_OF_ONE}")
                ear = await keep_ear(engine.db, owner, f"word{number}", "UTC", clock.now())
                chosen = EarAlert(ear_id=ear.id, owner_id=owner.id, mode=Mode.AT_ONCE, cool_down=0)
                await set_alert(engine.db, owner, chosen, clock.now())
            listener = await person(engine, "listener")
            ear = await keep_ear(engine.db, listener, "clinic", "UTC", clock.now())
            await set_alert(
                engine.db, listener, EarAlert(ear_id=ear.id, owner_id=listener.id, mode=Mode.AT_ONCE, cool_down=0),
                clock.now())
            await engine.runner.settle()
            engine.start()
            subscriber = engine.streaming.subscribe(listener.id, {"ears"})
            await asyncio.sleep(1)
            taken = []
            for number in range(posts):
                text = f"a clinic {number} word{number % max(ears, 1)} word{number * 7 % max(ears, 1)}"
                await publish_post(engine.db, author, Draft(text=text), clock.now())
                acknowledged = clock.monotonic()
                if await subscriber.next(10) is None:
                    raise RuntimeError("the stream ended")
                taken.append((clock.monotonic() - acknowledged) * 1000)
                await asyncio.sleep(1 / rate)
            written = await engine.db.value("SELECT count(*) FROM notification WHERE owner_id = :id", id=listener.id)
            if written != posts:
                raise RuntimeError(f"{written} of {posts} alerts were written")
            await engine.stop()
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--ears", type=int, default=10_000)
    parser.add_argument("--posts", type=int, default=500)
    parser.add_argument("--rate", type=float, default=20.0, help="pause between two posts is 1/rate seconds")
    given = parser.parse_args()
    taken = sorted(asyncio.run(measure(given.ears, given.posts, given.rate)))
    p99 = taken[min(len(taken) - 1, int(len(taken) * 0.99))]
    print(f"{given.posts} posts, {given.ears} ears: p50 {statistics.median(taken):.1f} ms, p99 {p99:.1f} ms, "
          f"slowest {taken[-1]:.1f} ms (budget: p99 under 250 ms)")


if __name__ == "__main__":
    main()
