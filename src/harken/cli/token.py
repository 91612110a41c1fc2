"""`harken token`: bearer tokens for scripts and bots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import Invalid, NotAllowed, NotFound
from .running import Data, Url, existing, load, run

if TYPE_CHECKING:
    from ..engine import Engine

group = typer.Typer(help="Access tokens.", no_args_is_help=True)
_ROOTS = ("read", "write", "follow", "push", "profile", "admin:read", "admin:write")


@group.callback()
def _only() -> None:
    """Access tokens."""


@group.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose token it is.")],
    scopes: Annotated[str, typer.Option(help="What it allows, separated by spaces.")] = "read write follow push",
    data: Data = None, database: Url = None,
) -> None:
    """Print a new bearer token, alone on a line. It is stored as a hash only, so it is shown this once."""
    from .. import clock
    from ..ids import new_id
    from ..model.account import State
    from ..store import accounts, tokens

    wanted = list(dict.fromkeys(scopes.split()))
    for scope in wanted:
        if scope not in _ROOTS and scope.partition(":")[0] not in _ROOTS[:2] and not scope.startswith("admin:"):
            raise Invalid(
                f"{scope} is no scope; the scopes are {' '.join(_ROOTS)} and finer ones such as read:statuses",
                "scopes")
    if not wanted:
        raise Invalid("A token needs at least one scope", "scopes")

    async def work(engine: Engine) -> str:
        account = await accounts.find_by_name(engine.db, name.removeprefix("@"))
        if account is None:
            raise NotFound(f"There is no account called {name.removeprefix('@')}.")
        if account.state not in (State.ACTIVE, State.LIMITED) or account.disabled:
            raise NotAllowed(f"@{account.username} is {account.state.name.lower()} and cannot have a token.")
        secret = tokens.new_secret()
        now = clock.now()
        async with engine.db.transaction() as tx:
            await tokens.insert_token(tx, new_id(now), secret, account.id, None, " ".join(wanted), now)
        return secret

    print(run(existing(load(data, database)), work))
