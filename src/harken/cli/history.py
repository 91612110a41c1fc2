"""Being written."""

from ..errors import NotYet


def command() -> None:
    """Being written."""
    raise NotYet("This command is being written.")
