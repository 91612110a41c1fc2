"""Whatever is sent to the admin API, it answers, and never with a 500."""

from __future__ import annotations

from typing import Any

from harken.model.account import Role
from tests.api.mastodon.conftest import People

HOSTILE: list[Any] = [
    "\x00", "a\x00b", "\ud800".encode("utf-8", "replace").decode(), "%", "\\", "x" * 20_000, "-1", "9" * 30, -1, 10**30,
    1.5, True, [], ["\x00"], [[1]], {}, {"id": "\x00", "domain": "\x00"}, {"id": [1], "domain": {"a": 1}}, "2026-02-30",
    "0.0.0.0/0", "::/200", "@", "a@b@c", "..", "xn--\x00", "İ" * 300,
]
NAMES = {
    "GET": {
        "accounts": ("local", "username", "display_name", "by_domain", "email", "ip", "limit", "max_id", "min_id"),
        "reports": ("resolved", "account_id", "target_account_id", "by_target_domain", "limit", "since_id"),
        "domain_blocks": ("limit", "max_id"),
    },
    "POST": {
        "accounts/{bob}/action": ("type", "report_id", "text", "send_email_notification", "warning_preset_id"),
        "domain_blocks": ("domain", "severity", "private_comment", "obfuscate"),
        "domain_allows": ("domain",),
        "email_domain_blocks": ("domain",),
        "canonical_email_blocks": ("email", "canonical_email_hash"),
        "canonical_email_blocks/test": ("email",),
        "ip_blocks": ("ip", "severity", "comment", "expires_in"),
        "measures": ("keys", "start_at", "end_at", "tag_uses", "instance_accounts"),
        "dimensions": ("keys", "limit", "tag_servers", "instance_languages"),
        "retention": ("start_at", "frequency"),
    },
}
BESIDE: dict[str, dict[str, Any]] = {
    "accounts/{bob}/action": {"type": "none"},
    "ip_blocks": {"ip": "192.0.2.9", "severity": "sign_up_block"},
    "measures": {"keys": ["tag_uses", "instance_accounts"], "tag_uses": {"id": "a"},
                 "instance_accounts": {"domain": "b"}},
    "dimensions": {"keys": ["tag_servers", "instance_languages"], "tag_servers": {"id": "a"},
                   "instance_languages": {"domain": "b"}},
}


async def test_no_parameter_breaks_anything(people: People) -> None:
    owner, bob = await people("vera", "read admin:read admin:write", role=Role.OWNER), await people("bob")
    broken = []
    for method, paths in NAMES.items():
        for path, names in paths.items():
            for name in names:
                for value in HOSTILE:
                    where = f"/api/v1/admin/{path.format(bob=bob.id)}"
                    if method == "GET":
                        answer = await owner.ask("GET", where, params={name: str(value)})
                    else:
                        answer = await owner.ask("POST", where, json=BESIDE.get(path, {}) | {name: value})
                    if answer.status_code >= 500:
                        broken.append((method, path, name, repr(value)[:40]))
    for method, path in (
        ("GET", "accounts/%00"), ("GET", "reports/x"), ("PUT", "reports/-1"), ("DELETE", "ip_blocks/9")):
        answer = await owner.ask(method, f"/api/v1/admin/{path}")
        assert answer.status_code == 404, path
    assert not broken
