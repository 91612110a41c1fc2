"""The `harken` command: one file per group, errors in one sentence, `--json` for programs."""

from __future__ import annotations

import os
import sys

import typer

from ..errors import Invalid, Refused, TryLater
from ..store.database import NewerDatabase
from . import account, bench, community, demo, history, keeping, looking, moderation, serve, token

app = typer.Typer(
    name="harken", help="Harken, a microblog server that listens.", no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serve.command)
app.add_typer(account.group, name="account")
app.add_typer(moderation.group, name="moderation")
app.add_typer(token.group, name="token")
app.add_typer(community.emoji, name="emoji")
app.add_typer(community.announce, name="announce")
app.add_typer(community.rule, name="rule")
app.add_typer(community.paper, name="paper")
app.command("import")(history.command)
app.command("search")(looking.command)
app.command("export")(keeping.export)
app.command("backup")(keeping.backup)
app.command("restore")(keeping.restore)
app.command("rebuild")(keeping.rebuild)
app.command("check")(keeping.check)
app.command("migrate")(keeping.migrate)
app.command("bench")(bench.command)
app.command("demo")(demo.command)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 refused or wrong, 2 not understood, 130 interrupted."""
    code = 1
    try:
        app()
    except Invalid as error:
        code = 2
        _complain(error)
    except (Refused, TryLater, NewerDatabase) as error:
        _complain(error)
    except BrokenPipeError:
        # Whoever read our output (`| head`) has enough. Python would complain once more when it
        # flushes at exit, so give it somewhere to flush to (docs.python.org/3/library/signal.html).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _complain(f"{where}{error.strerror or error}")
    except Exception as error:
        # psycopg takes a tenth of a second to import, so it is asked only by name.
        if type(error).__module__.partition(".")[0] not in ("psycopg", "psycopg_pool") or not _unreachable(error):
            raise
        _complain(f"The database cannot be used: {str(error).strip()}")
    sys.exit(code)


def _unreachable(error: Exception) -> bool:
    import psycopg

    return isinstance(error, (psycopg.OperationalError, psycopg.ProgrammingError))


def _complain(error: object) -> None:
    text = error.message if isinstance(error, Refused) else str(error)
    print(f"harken: {' '.join(text.split())}", file=sys.stderr)
