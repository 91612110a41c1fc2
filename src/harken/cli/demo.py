"""`harken demo`: a small community to look at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .running import Data, Url, load, run

if TYPE_CHECKING:
    from ..engine import Engine


def command(data: Data = None, database: Url = None) -> None:
    """Fill a fresh server with a small demo community; a server that has accounts is left as it is."""
    from .. import clock
    from ..demo.load import HOST, PASSWORD
    from ..demo.load import load as fill

    settings = load(data, database)
    marker = Path(settings.data) / "demo"

    async def work(engine: Engine) -> bool:
        made = await fill(engine, clock.now())
        if made:
            marker.write_text("This data directory holds the demo community.\n", encoding="utf-8")
        return made

    made = run(settings, work)
    if made or marker.exists():
        print(f"A small demo community is here. Sign in as {HOST} with the password {PASSWORD}.")
    else:
        print("This server has people of its own already, so the demo community stays away.")
