"""E-mail through a real SMTP server on loopback."""

from __future__ import annotations

import socket
from email import message_from_bytes
from email.policy import SMTP
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from harken import mail
from harken.settings import Settings


class Box:
    """Keeps what arrives."""

    def __init__(self) -> None:
        self.got: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.got.append((envelope.rcpt_tos, envelope.content))
        return "250 OK"


async def test_a_message_arrives() -> None:
    box = Box()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        mail.send_soon(Settings(smtp_url=f"smtp://127.0.0.1:{port}"), "ana@example.org", "Grüße", "ein Link\n")
        await mail.finish()
    finally:
        controller.stop()
    ((to, content),) = box.got
    assert to == ["ana@example.org"]
    received = message_from_bytes(content, policy=SMTP)
    assert received["Subject"] == "Grüße"
    assert received["Auto-Submitted"] == "auto-generated"
    assert "ein Link" in received.get_content()


async def test_a_server_that_is_away_breaks_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    mail.send_soon(Settings(smtp_url="smtp://127.0.0.1:1"), "ana@example.org", "x", "y")
    await mail.finish()
    assert "ana@example.org" not in capsys.readouterr().out


async def test_without_a_server_nothing_is_sent() -> None:
    assert not mail.can_send(Settings())
    mail.send_soon(Settings(), "ana@example.org", "x", "y")
