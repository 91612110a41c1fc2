"""`harken demo`: a small community to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .running import Data, Url, load, run

if TYPE_CHECKING:
    from ..demo.load import Loaded
    from ..engine import Engine


def command(data: Data = None, database: Url = None) -> None:
    """Fill a fresh server with the demo community, and say how to sign in; does nothing when people are there."""
    from .. import clock
    from ..demo.load import NEWCOMER, PASSWORD
    from ..demo.load import load as fill

    async def work(engine: Engine) -> Loaded | None:
        return await fill(engine, clock.now())

    loaded = run(load(data, database), work)
    if loaded is None:
        print("There are accounts already; the demo community is left out.")
        return
    print(f"Fernmouth has moved in: {loaded.accounts} accounts, {loaded.posts} posts.")
    print(f"Sign in as {NEWCOMER}@example.org with the password {PASSWORD} (so does everybody else there).")
