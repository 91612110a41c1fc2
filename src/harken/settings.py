"""Every setting: type, unit, default, why. Each is an environment variable `HARKEN_` + NAME in capitals."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import msgspec

from .errors import Invalid

PREFIX = "HARKEN_"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One server's settings. A field's annotation ends with the sentence that documents it."""

    data: Annotated[Path, "Directory with everything of the embedded profile: database, media, keys."] = Path("data")
    database: Annotated[str, "PostgreSQL URL; empty means SQLite in the data directory."] = ""
    nats: Annotated[str, "NATS URL of the cluster profile; empty means wake-ups inside one machine."] = ""
    url: Annotated[str, "Public base URL, such as https://example.org; empty follows the address served."] = ""
    host: Annotated[str, "Address to listen on."] = "127.0.0.1"
    port: Annotated[int, "Port to listen on; 0 takes a free one."] = 8008
    workers: Annotated[int, "Serving processes; 1 to 16."] = 1
    trusted_proxies: Annotated[str, "Comma-separated addresses whose X-Forwarded-* headers are believed."] = ""
    open_registration: Annotated[bool, "Whether anybody may sign up."] = True
    approve_sign_ups: Annotated[bool, "Whether a moderator looks at everybody who joins without an invitation."] = False
    invites: Annotated[str, "Who may invite people: members, moderators, administrators or nobody."] = "moderators"
    confirm_email: Annotated[bool, "Whether a new member must follow a link in an e-mail before posting."] = False
    session_days: Annotated[int, "Days without use after which a browser is signed out."] = 180
    password_grant: Annotated[bool, "Whether OAuth clients may send name and password (old clients do)."] = False
    allow_private_addresses: Annotated[bool, "For tests: outgoing HTTP may reach private addresses."] = False
    rate_limit: Annotated[str, "`on` or `off`; `off` is for tests and benchmarks."] = "on"
    rate_limit_account: Annotated[int, "Requests an account may make in five minutes (Mastodon allows 300)."] = 1500
    rate_limit_address: Annotated[int, "Requests an address may make in five minutes without signing in."] = 1500
    rate_limit_posts: Annotated[int, "Posts an account may publish in three hours (Mastodon allows 300)."] = 300
    rate_limit_sign_in: Annotated[int, "Failed sign-ins for one name or address in fifteen minutes."] = 10
    live_searches_account: Annotated[int, "Searches an account may have open as streams, in one process."] = 50
    live_searches_address: Annotated[int, "Searches an address may have open as streams without signing in."] = 50
    live_searches: Annotated[int, "Searches that may be open as streams in one process, of everybody."] = 5000
    max_post_characters: Annotated[int, "Characters a post may have, as Mastodon counts them."] = 500
    max_body_bytes: Annotated[int, "Largest request body, except uploads, in bytes."] = 1_000_000
    max_upload_bytes: Annotated[int, "Largest picture that may be uploaded, in bytes."] = 16_000_000
    max_video_bytes: Annotated[int, "Largest film or sound that may be uploaded, in bytes."] = 99_000_000
    max_file_bytes: Annotated[int, "Largest file of any other type that a post may carry, in bytes."] = 100_000_000
    file_quota_bytes: Annotated[int, "Bytes that the files of one member may have together."] = 2_000_000_000
    file_scanner: Annotated[
        str, "What looks for viruses: clamd://host:port, clamd:///path/of/socket, or a command that is given a path "
        "and ends with 0 (clean) or 1 (infected); empty for nothing."] = ""
    title: Annotated[str, "The server's name, shown on its pages."] = "Harken"
    description: Annotated[str, "One sentence about this community."] = "A place to ask, to answer, and to be heard."
    contact_email: Annotated[str, "Where people reach the operator."] = ""
    contact_account: Annotated[str, "Name of the member who speaks for this server, shown by clients."] = ""
    languages: Annotated[str, "Comma-separated languages this community speaks (ISO 639-1)."] = "en"
    smtp_url: Annotated[str, "smtp://user:password@host:port or smtps://…; empty prints links to the operator."] = ""
    mail_from: Annotated[str, "Sender of e-mails."] = "Harken <harken@localhost>"
    log_days: Annotated[int, "Days that log entries are kept after every consumer has passed them."] = 7
    merge_followers: Annotated[int, "Accounts with more local followers are merged on reading, not fanned out."] = 5000
    home_entries: Annotated[int, "Entries a stored home timeline keeps; older pages come from the facts."] = 2000
    desk_openers: Annotated[str, "Who may open a desk: members, moderators or administrators."] = "moderators"
    karma: Annotated[bool, "Whether members can see their karma, each their own."] = True
    whispers: Annotated[
        bool, "Whether members may post without their name, as “Somebody”; everybody but a moderator with a reason is "
        "kept from knowing who. Whoever runs the server answers for what is said so: see /moderation/whispers."] = False
    log_level: Annotated[str, "debug, info, warning or error."] = "info"

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
        """Settings from `given` (None means not given), then the environment, then the defaults.

        Raises Invalid with the variable's name when a value cannot be read, and
        for variables that begin with HARKEN_ and mean nothing: a typo must not
        pass silently.
        """
        environment = os.environ if environment is None else environment
        values: dict[str, Any] = {}
        for key, text in environment.items():
            if not key.startswith(PREFIX):
                continue
            name = key[len(PREFIX) :].lower()
            if name not in cls.__struct_fields__:
                raise Invalid(f"{key} is not a setting of Harken; see docs/settings.md", key)
            values[name] = text
        values |= {name: value for name, value in given.items() if value is not None}
        try:
            return msgspec.convert(values, cls, strict=False, dec_hook=lambda kind, value: kind(value))
        except msgspec.ValidationError as error:
            raise Invalid(f"A setting cannot be used: {error}", "settings") from error


def documented() -> list[tuple[str, str, str]]:
    """(environment variable, default, sentence) of every setting, in order of declaration."""
    hints = get_type_hints(Settings, include_extras=True)
    defaults = Settings()
    return [(PREFIX + n.upper(), str(getattr(defaults, n)), get_args(hints[n])[1]) for n in Settings.__struct_fields__]


if __name__ == "__main__":
    print("# Settings\n\nEach is an environment variable. `make docs` writes this page.\n")
    print("| variable | default | meaning |\n|---|---|---|")
    for variable, default, sentence in documented():
        print(f"| `{variable}` | {default or 'empty'} | {sentence} |")
