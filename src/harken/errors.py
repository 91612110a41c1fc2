"""What can go wrong, in facts. HTTP is added by the one table in `app.py`.

Refused
├── NotFound            also when hidden: existence is not revealed
│   ├── Gone            it was here, was public, and was deleted
│   └── RelatedNotFound what the input refers to; the text says what
├── NotAllowed          you are known, and may not
├── NotSignedIn         nobody is signed in, or the token is dead
├── Invalid             the input cannot be used; `field` says which part
│   ├── TextTooLong
│   └── BadQuery        (search.query) with a position
├── Conflict            somebody else was first
├── TooMany             rate limit; `retry_after` seconds
├── TooLarge            a body or file above the limit
└── NotYet              understood, and not built yet
TryLater                peer down, database busy; consumers back off
"""

from __future__ import annotations


class Refused(Exception):
    """The request is understood; the answer is no. The text is for people."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or self.__class__.__doc__ or "Refused")
        self.message = str(self.args[0])


class NotFound(Refused):
    """There is nothing here that you can see."""


class Gone(NotFound):
    """This was here, and was deleted."""


class RelatedNotFound(NotFound):
    """What your input refers to is not there, or hidden from you."""


class NotAllowed(Refused):
    """You may not do this."""


class NotSignedIn(Refused):
    """Sign in first."""


class Invalid(Refused):
    """The input cannot be used."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class TextTooLong(Invalid):
    """The text is longer than this server allows."""


class Conflict(Refused):
    """Somebody else was first."""


class TooMany(Refused):
    """Too many requests; wait a little."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooLarge(Refused):
    """This is larger than the server accepts."""


class NotYet(Refused):
    """Harken understands this, and cannot do it yet."""


class TryLater(Exception):
    """Something that we need is busy or away; trying again makes sense."""
