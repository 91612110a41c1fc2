"""Being written."""

from ..errors import NotYet


def export() -> None:
    """Being written."""
    raise NotYet("This command is being written.")


backup = restore = rebuild = check = export


def migrate() -> None:
    """Being written."""
    raise NotYet("This command is being written.")
