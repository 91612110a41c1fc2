"""Load very many rows into an empty embedded database: indexes are made when all is there. For benchmarks."""

from __future__ import annotations

from .database import Reader, Transaction

# What an import asks while it runs goes by primary keys; these are not missed until the end.
_TABLES = ["post", "post_tag", "mention", "imported"]
# The search index: terms of a whole transaction in memory, and its pieces left as they are. Merged once at the end,
# every byte is written twice instead of five times.
_LOADING = {"hashsize": 96 << 20, "automerge": 0, "crisismerge": 1999}
_USUAL = {"hashsize": 1 << 20, "automerge": 4, "crisismerge": 16}  # sqlite.org/fts5.html, 6


async def indexes(reader: Reader) -> list[str]:
    """The statements that made the indexes of the large tables."""
    return await reader.values(
        """SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
           AND tbl_name IN (SELECT value FROM json_each(:tables))""",
        tables=_TABLES,
    )


async def begin(tx: Transaction) -> None:
    """Drop those indexes, and let the search index take large pieces."""
    for name in await tx.values(
        """SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
           AND tbl_name IN (SELECT value FROM json_each(:tables))""",
        tables=_TABLES,
    ):
        await tx.execute(f"DROP INDEX {name}")
    await _configure(tx, _LOADING)


async def make_index(tx: Transaction, statement: str) -> None:
    """Make one of `indexes` again."""
    await tx.execute(statement)


async def end(tx: Transaction) -> None:
    """The search index takes pieces as usual again."""
    await _configure(tx, _USUAL)


async def _configure(tx: Transaction, options: dict[str, int]) -> None:
    for name, value in options.items():
        await tx.execute("INSERT INTO search (search, rank) VALUES (:name, :value)", name=name, value=value)


async def make_quiet(tx: Transaction, accounts: list[int]) -> None:
    """Switch `indexable` off for these accounts."""
    await tx.execute("UPDATE account SET indexable = 0 WHERE id IN (SELECT value FROM json_each(:ids))", ids=accounts)


async def mute(tx: Transaction, account_id: int, percent: int) -> None:
    """Let one account mute so many of a hundred others."""
    await tx.execute(
        """INSERT INTO mute (id, account_id, target_id, notifications)
           SELECT id, :account, id, 0 FROM account WHERE id / 16 % 100 < :percent AND id <> :account
           ON CONFLICT DO NOTHING""",
        account=account_id,
        percent=percent,
    )
