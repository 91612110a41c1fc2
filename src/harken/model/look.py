"""How pages look to one reader."""

from __future__ import annotations

import msgspec

CHOICES: dict[str, tuple[str, ...]] = {
    "theme": ("light", "dark", "contrast"),
    "size": ("small", "large", "larger"),
    "motion": ("still",),
    "links": ("lined",),
    "play": ("moving",),
    "media": ("hidden",),
    "density": ("close",),
}
"""What each may be besides "", which is: as the device says, or as usual. Every word belongs to one of them."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody chose; each is one of its `CHOICES`, or ""."""

    theme: str = ""
    size: str = ""  # of the text
    motion: str = ""
    links: str = ""  # whether all are underlined
    play: str = ""  # whether short films without sound play by themselves
    media: str = ""  # whether pictures and films are shown only when somebody opens them
    density: str = ""

    @classmethod
    def read(cls, words: str) -> Look:
        """From `words` as `__str__` writes them. Unknown words, a browser's or an older version's, are left."""
        given = set(words[:200].split("."))
        return cls(**{name: word for name, known in CHOICES.items() for word in known if word in given})

    def __str__(self) -> str:
        return ".".join(word for word in msgspec.structs.astuple(self) if word)
