"""Outgoing HTTP trusts no address: private ones are refused, and the one that was checked is the one used."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Any

import pytest

from harken.errors import Refused, TryLater
from harken.federation import fetch
from tests.alerting.outside import web


@pytest.mark.parametrize("address, public", [
    ("93.184.216.34", True), ("2606:2800:220:1::1", True),
    ("127.0.0.1", False), ("127.8.8.8", False), ("0.0.0.0", False), ("10.1.2.3", False), ("172.16.0.1", False),
    ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("224.0.0.1", False),
    ("255.255.255.255", False), ("192.0.2.1", False), ("198.18.0.1", False), ("240.0.0.1", False),
    ("::", False), ("::1", False), ("fe80::1", False), ("fc00::1", False), ("fec0::1", False), ("ff02::1", False),
    ("2001:db8::1", False), ("::ffff:127.0.0.1", False), ("::ffff:10.0.0.1", False), ("::ffff:93.184.216.34", True),
    ("64:ff9b::7f00:1", False), ("64:ff9b::a00:1", False), ("2002:7f00:1::", False), ("2002:a00:1::1", False),
])
def test_what_is_public(address: str, public: bool) -> None:
    assert fetch.is_public(ipaddress.ip_address(address)) is public


@pytest.mark.parametrize("host", [
    "127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1", "0", "[::]"])
async def test_no_way_of_writing_loopback_gets_through(host: str) -> None:
    async with web() as outside:
        with pytest.raises((Refused, TryLater)):
            await fetch.send("POST", f"http://{host}:{outside.port}/")
        assert outside.got == []
        answer = await fetch.send("POST", f"http://127.0.0.1:{outside.port}/", private=True)
        assert answer.status == 200


async def test_a_name_that_changes_its_address_after_the_check_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with web() as outside:
        asked: list[str] = []

        async def resolve(self: Any, host: str, port: int, **given: Any) -> list[Any]:
            asked.append(host)
            address = "127.0.0.1" if len(asked) == 1 else "10.0.0.1"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", resolve, raising=False)
        monkeypatch.setattr(fetch, "is_public", lambda address: str(address) == "127.0.0.1")
        answer = await fetch.send("POST", f"http://rebind.example:{outside.port}/x", body=b"hello")
        assert answer.status == 200
        assert asked[0] == "rebind.example"
        assert outside.got[0].headers["host"] == f"rebind.example:{outside.port}"
        assert outside.got[0].body == b"hello"


async def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(self: Any, host: str, port: int, **given: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in ("93.184.216.34", "10.0.0.1")]

    monkeypatch.setattr(type(asyncio.get_running_loop()), "getaddrinfo", resolve, raising=False)
    with pytest.raises(fetch.ForbiddenAddress):
        await fetch.send("GET", "http://two.example/")


async def test_an_answer_is_bounded_in_size_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async with web() as outside:
        outside.body = b"x" * 1_000_000
        answer = await fetch.send("GET", outside.url, private=True)
        assert len(answer.body) == fetch.MAX_ANSWER_BYTES
        outside.hang = True
        monkeypatch.setattr(fetch, "TIMEOUT_SECONDS", 0.2)
        with pytest.raises(TryLater, match="did not answer"):
            await fetch.send("GET", outside.url, private=True)


@pytest.mark.parametrize("url", ["ftp://example.org/", "http://", "http://a:b@example.org/", "file:///etc/passwd", "x"])
async def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        await fetch.send("GET", url)


async def test_nobody_there_means_later() -> None:
    with pytest.raises(TryLater):
        await fetch.send("GET", "http://127.0.0.1:1/", private=True)
