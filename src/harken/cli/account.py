"""`harken account`: create, list, show, role, disable, delete, suspend, limit, restore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import NotFound
from .running import Data, Json, Url, existing, load, run, say_json, table

if TYPE_CHECKING:
    from ..engine import Engine
    from ..model.account import Account
    from ..settings import Settings
    from ..store.database import Reader

group = typer.Typer(help="Accounts of this server.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The account's name, with or without @.")]


@group.command()
def create(
    name: Name,
    email: Annotated[str, typer.Option(help="Where the member gets mail.")],
    password: Annotated[str | None, typer.Option(help="Left out, a random one is made and printed.")] = None,
    admin: Annotated[bool, typer.Option("--admin", help="May do everything on this server.")] = False,
    data: Data = None, database: Url = None, json: Json = False,
) -> None:
    """Create an account that can sign in at once; an imported account of that name is given to its owner."""
    import secrets

    from .. import clock
    from ..actions.create_account import claim_account, create_account
    from ..model.account import Role
    from ..store import accounts, members

    chosen = password or secrets.token_urlsafe(12)
    username = name.removeprefix("@")

    async def work(engine: Engine) -> Account:
        known = await accounts.find_by_name(engine.db, username)
        if known is not None and known.state == 0 and await members.find(engine.db, known.id) is None:
            made = await claim_account(engine.db, known.id, email=email, password=chosen, now=clock.now())
            if admin:
                async with engine.db.transaction() as tx:
                    await members.set_role(tx, made.id, Role.ADMINISTRATOR)
            return made
        return await create_account(
            engine.db, username=username, email=email, password=chosen, now=clock.now(),
            role=Role.ADMINISTRATOR if admin else Role.MEMBER)

    made = run(load(data, database), work)
    if json:
        shown = {"id": str(made.id), "username": made.username, "email": email}
        say_json(shown if password else shown | {"password": chosen})
        return
    print(f"Created @{made.username}; sign in with {email}" + ("" if password else f" and the password {chosen}"))


@group.command("list")
def list_accounts(data: Data = None, database: Url = None, json: Json = False) -> None:
    """List the accounts of this server, those who sign in first."""
    from ..model.account import Role, State

    async def work(engine: Engine) -> list[tuple[Any, ...]]:
        return await engine.db.rows(
            """SELECT a.id, a.username, a.state, m.email, m.role, coalesce(s.posts, 0), a.created_at
               FROM account a LEFT JOIN member m ON m.account_id = a.id LEFT JOIN account_stats s ON s.account_id = a.id
               WHERE a.domain = '' ORDER BY (m.email IS NULL), a.id""")

    rows = run(existing(load(data, database)), work)
    found = [
        {"id": str(r[0]), "username": r[1], "state": State(r[2]).name.lower(), "email": r[3],
         "role": None if r[4] is None else Role(r[4]).name.lower(), "posts": r[5], "created_at": _iso(r[6])}
        for r in rows]
    if json:
        say_json(found)
        return
    table(["name", "state", "e-mail", "role", "posts", "since"], [
        [r["username"], r["state"], r["email"] or "(nobody signs in)", r["role"] or "", str(r["posts"]),
         r["created_at"][:10]]
        for r in found])


@group.command()
def show(name: Name, data: Data = None, database: Url = None, json: Json = False) -> None:
    """Show one account: state, switches, counts."""
    from ..store import members

    async def work(engine: Engine) -> dict[str, Any]:
        account = await _named(engine.db, name)
        member = await members.find(engine.db, account.id)
        return {
            "id": str(account.id), "username": account.username, "display_name": account.display_name,
            "state": account.state.name.lower(), "email": member.email if member else None,
            "role": member.role.name.lower() if member else None, "confirmed": bool(member and member.confirmed_at),
            "two_factor": bool(member and member.totp_secret), "protected": account.protected, "bot": account.bot,
            "discoverable": account.discoverable, "indexable": account.indexable, "noindex": account.noindex,
            "hearable": account.hearable, "posts": account.posts, "followers": account.followers,
            "following": account.following, "created_at": account.created_at.isoformat(),
            "last_post_at": account.last_post_at.isoformat() if account.last_post_at else None,
        }

    found = run(existing(load(data, database)), work)
    if json:
        say_json(found)
        return
    for key, value in found.items():
        if value is None or isinstance(value, bool):
            value = {True: "yes", False: "no", None: "-"}[value]
        print(f"{key.replace('_', ' '):14} {value}".rstrip())


@group.command()
def disable(name: Name, data: Data = None, database: Url = None) -> None:
    """Hide an account and sign it out everywhere; `restore` undoes it."""
    _change(name, "disable", data, database)


@group.command()
def suspend(name: Name, data: Data = None, database: Url = None) -> None:
    """Hide an account and all its posts everywhere; `restore` undoes it."""
    _change(name, "suspend", data, database)


@group.command()
def limit(name: Name, data: Data = None, database: Url = None) -> None:
    """Let only followers, and those who have the link, see an account."""
    _change(name, "limit", data, database)


@group.command()
def restore(name: Name, data: Data = None, database: Url = None) -> None:
    """Undo `disable`, `suspend` and `limit`."""
    _change(name, "restore", data, database)


@group.command()
def role(
    name: Name,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="member, moderator, administrator or owner.")],
    data: Data = None, database: Url = None,
) -> None:
    """Say what somebody may do for this server."""
    from .. import clock
    from ..actions import change_state
    from ..errors import Invalid
    from ..model.account import Role

    chosen = next((one for one in Role if one.name.lower() == role.lower()), None)
    if chosen is None:
        raise Invalid(f"{role} is no role; the roles are {', '.join(one.name.lower() for one in Role)}", "role")

    async def work(engine: Engine) -> Account:
        account = await _named(engine.db, name)
        await change_state.change_role(engine.db, None, account.id, chosen, clock.now())
        return account

    print(f"@{run(existing(load(data, database)), work).username} is {chosen.name.lower()} now")


@group.command()
def delete(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: Data = None, database: Url = None,
) -> None:
    """Delete an account with everything it wrote. This cannot be undone; the name stays reserved."""
    settings = existing(load(data, database))
    if not yes:
        typer.confirm(f"Delete @{name.removeprefix('@')} and everything they wrote, for ever?", abort=True)
    _delete(settings, name)


def _iso(ms: int) -> str:
    from .. import clock

    return clock.from_ms(ms).isoformat()


async def _named(reader: Reader, name: str) -> Account:
    from ..store import accounts

    account = await accounts.find_by_name(reader, name.removeprefix("@"))
    if account is None:
        raise NotFound(f"There is no account called {name.removeprefix('@')}.")
    return account


def _change(name: str, what: str, data: Path | None, database: str | None) -> None:
    from .. import clock
    from ..actions import change_state

    async def work(engine: Engine) -> Account:
        account = await _named(engine.db, name)
        return await getattr(change_state, what)(engine.db, account.id, clock.now())  # type: ignore[no-any-return]

    changed = run(existing(load(data, database)), work)
    print(f"@{changed.username} is {changed.state.name.lower()} now")


def _delete(settings: Settings, name: str) -> None:
    from .. import clock
    from ..actions.delete_account import delete_account
    from ..media.store import FileStore

    async def work(engine: Engine) -> Account:
        account = await _named(engine.db, name)
        await delete_account(engine.db, FileStore(engine.media_directory), account.id, clock.now())
        await engine.runner.settle()  # so that homes and tombstones.jsonl know it, whether a server runs or not
        return account

    print(f"@{run(settings, work).username} is deleted; the name stays reserved")
