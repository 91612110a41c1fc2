"""Send e-mail through the server that `smtp_url` names. Without one, operators hand links out themselves."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

import msgspec
import structlog

from .errors import TryLater
from .model.moderation import Measure
from .settings import Settings
from .text.catalogues import translations

TIMEOUT_SECONDS = 20

_log = structlog.get_logger("harken.mail")
_under_way: set[asyncio.Task[None]] = set()


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """An e-mail; `html` may say the same as `text` with more beauty. `headers` are further ones, in ASCII."""

    to: str
    subject: str
    text: str
    html: str = ""
    headers: dict[str, str] = {}


def can_send(settings: Settings) -> bool:
    """Whether this server sends e-mail at all."""
    return bool(settings.smtp_url)


def send_soon(settings: Settings, to: str, subject: str, text: str) -> None:
    """Send in the background: whoever asks cannot tell by the time it takes whether an address is known."""
    if not can_send(settings):
        _log.info("a link waits for the operator, because no SMTP server is set; see `harken account show NAME`")
        return
    task = asyncio.get_running_loop().create_task(_sending(settings, to, subject, text))
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)


def send_link(settings: Settings, base_url: str, to: str, kind: str, path: str, language: str) -> None:
    """Tell somebody of a link (of kind confirm, password or email), in the background and in their language."""
    _ = translations(language).gettext
    address = base_url + path
    subject, text = {
        "confirm": (_("Welcome to %(site)s"), _(
            "Somebody, we hope you, joined %(site)s with this e-mail address. Open this page to confirm it:\n\n"
            "%(address)s\n\nIf it was not you, you need do nothing.\n")),
        "password": (_("A new password for %(site)s"), _(
            "Somebody, we hope you, asked for a new password. Open this page within a day to choose one:\n\n"
            "%(address)s\n\nIf it was not you, you need do nothing: your password is as it was.\n")),
        "email": (_("Your new e-mail address at %(site)s"), _(
            "Open this page to use this e-mail address for your account:\n\n%(address)s\n\n"
            "If you did not ask for that, you need do nothing.\n")),
    }[kind]
    named = {"site": settings.title, "address": address}
    send_soon(settings, to, subject % named, text % named)


def send_decision(
    settings: Settings, base_url: str, to: str, language: str, measure: Measure, text: str, path: str = ""
) -> None:
    """Tell somebody what the moderators did, why, and (`path`) where to read it and say something against it."""
    _ = translations(language).gettext
    done = {
        Measure.NONE: _("The moderators of %(site)s have written to you."),
        Measure.REMOVE: _("The moderators of %(site)s have removed something you posted."),
        Measure.SENSITIVE: _("The moderators of %(site)s have marked all your media as sensitive."),
        Measure.DISABLE: _("The moderators of %(site)s have closed your account to signing in. Your posts stay."),
        Measure.SILENCE: _("The moderators of %(site)s have limited who finds your posts: only those who follow you "
                           "and those who have a link see them."),
        Measure.SUSPEND: _("The moderators of %(site)s have suspended your account. Nobody sees it now."),
    }[measure]
    where = _("Here you can read this again, and say so if you see it otherwise. Somebody else will look at it "
              "then:\n\n%(address)s") % {"address": base_url + path} if path else ""
    send_soon(
        settings, to, _("About your account at %(site)s") % {"site": settings.title},
        "\n\n".join(part for part in (done % {"site": settings.title}, text, where) if part) + "\n")


def send_judgement(
    settings: Settings, base_url: str, to: str, language: str, accepted: bool, text: str, path: str
) -> None:
    """Tell somebody what became of their appeal."""
    _ = translations(language).gettext
    done = (_("The moderators of %(site)s have looked again, and you were right: the decision does not hold any more.")
            if accepted else
            _("The moderators of %(site)s have looked again. The decision about your account stays as it is."))
    send_soon(
        settings, to, _("Your appeal at %(site)s") % {"site": settings.title},
        "\n\n".join(part for part in (done % {"site": settings.title}, text, base_url + path) if part) + "\n")


def send_admission(settings: Settings, base_url: str, to: str, language: str) -> None:
    """Tell somebody who waited that they are in."""
    _ = translations(language).gettext
    send_soon(
        settings, to, _("You can sign in to %(site)s now") % {"site": settings.title},
        _("A moderator has let you in. Welcome!\n\n%(address)s\n") % {"address": f"{base_url}/sign-in"})


def send_refusal(settings: Settings, to: str, language: str, text: str) -> None:
    """Tell somebody who waited that they are not let in; what they gave has been deleted."""
    _ = translations(language).gettext
    said = _("The moderators of %(site)s have decided not to let you in. What you gave has been deleted.")
    send_soon(
        settings, to, _("Your request to join %(site)s") % {"site": settings.title},
        "\n\n".join(part for part in (said % {"site": settings.title}, text) if part) + "\n")


async def send(settings: Settings, letter: Letter) -> None:
    """Send now, and return when the server has taken it. Raises TryLater; the reason never names the address."""
    message = _message(settings, letter)
    try:
        await asyncio.get_running_loop().run_in_executor(None, _deliver, settings.smtp_url, message, letter.headers)
    except smtplib.SMTPRecipientsRefused:
        raise TryLater("The mail server refuses your e-mail address.") from None
    except (OSError, smtplib.SMTPException) as error:
        raise TryLater(f"The mail server did not take the e-mail ({type(error).__name__}).") from error


async def finish() -> None:
    """Wait for what is being sent."""
    await asyncio.gather(*_under_way, return_exceptions=True)


async def _sending(settings: Settings, to: str, subject: str, text: str) -> None:
    try:
        await send(settings, Letter(to=to, subject=subject, text=text))
    except TryLater as error:
        # The address stays out of the log.
        _log.error("an e-mail could not be sent", reason=str(error))


def _message(settings: Settings, letter: Letter) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.mail_from
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain="harken.invalid")
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes in answer
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    return message


def _deliver(smtp_url: str, message: EmailMessage, headers: dict[str, str]) -> None:
    parts = urlsplit(smtp_url)
    host = parts.hostname or "localhost"
    secure = parts.scheme == "smtps"
    context = ssl.create_default_context()
    connection = (
        smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT_SECONDS, context=context)
        if secure
        else smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT_SECONDS)
    )
    with connection as smtp:
        smtp.ehlo()
        if not secure and smtp.has_extn("starttls"):
            smtp.starttls(context=context)
            smtp.ehlo()
        if parts.username:
            smtp.login(unquote(parts.username), unquote(parts.password or ""))
        # Written as they are: EmailMessage would fold a long address, or even encode it, and no reader finds it then.
        more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        sender, to = message["From"].addresses[0].addr_spec, [one.addr_spec for one in message["To"].addresses]
        smtp.sendmail(sender, to, more.encode("ascii") + message.as_bytes())
