"""What is kept out: servers, e-mail addresses and networks."""

from __future__ import annotations

import enum
import hashlib
from datetime import datetime

import msgspec

from .account import Severity


class DomainBlock(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided about a server and all below it."""

    id: int
    domain: str
    severity: Severity = Severity.SILENCE
    reject_media: bool = False
    reject_reports: bool = False
    private_comment: str | None = None
    public_comment: str | None = None
    obfuscate: bool = False
    created_at: datetime

    @property
    def name(self) -> str:
        """What it is about, for the record."""
        return self.domain

    @property
    def shown_domain(self) -> str:
        """The name as everybody is shown it; of an obfuscated one the middle is stars (Mastodon's way)."""
        if not self.obfuscate:
            return self.domain
        ends = len(self.domain) // 4
        return "".join(
            "*" if ends < at < len(self.domain) - ends and letter != "." else letter
            for at, letter in enumerate(self.domain))


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A server that is allowed, or a domain of e-mail addresses that is blocked."""

    id: int
    domain: str
    created_at: datetime

    @property
    def name(self) -> str:
        """What it is about, for the record."""
        return self.domain


class CanonicalBlock(msgspec.Struct, frozen=True, kw_only=True):
    """An e-mail address that nobody joins with; only its hash is kept."""

    id: int
    hash: str
    account_id: int | None = None
    created_at: datetime

    @property
    def name(self) -> str:
        """What it is about, for the record."""
        return self.hash


class Keeping(enum.StrEnum):
    """What a network is kept from."""

    APPROVAL = "sign_up_requires_approval"
    SIGN_UP = "sign_up_block"
    ACCESS = "no_access"


class IpBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A network that is kept from something, for a while or for good."""

    id: int
    network: str
    severity: Keeping
    comment: str = ""
    created_at: datetime
    expires_at: datetime | None = None

    @property
    def name(self) -> str:
        """What it is about, for the record."""
        return self.network


def canonical_hash(email: str) -> str:
    """SHA-256 of an address as its owner means it: lower case, without dots and what follows a plus (Mastodon's rule).

    `Jane.Doe+news@Example.org` and `janedoe@example.org` are one.
    """
    name, _, domain = email.strip().lower().rpartition("@")
    name = name.replace(".", "").partition("+")[0]
    return hashlib.sha256(f"{name}@{domain}".encode()).hexdigest()


def and_above(domain: str) -> list[str]:
    """`a.b.example`, `b.example`, `example`: the names under which a decision about a domain may stand."""
    parts = domain.lower().split(".")
    return [".".join(parts[at:]) for at in range(len(parts))]
