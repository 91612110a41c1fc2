"""The only outgoing HTTP: to addresses that others chose, so it trusts none of them.

A name is resolved once, every address it has is checked, and the connection
goes to the address that was checked, so a name that changes its mind between
check and use gains nothing (DNS rebinding). Redirects are not followed,
proxies of the environment not used, and time and size are bounded.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from functools import cache
from urllib.parse import urlsplit

import httpx
import msgspec

from ..errors import Refused, TryLater

TIMEOUT_SECONDS = 10.0
MAX_ANSWER_BYTES = 64 * 1024
USER_AGENT = "Harken"
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last 32 bits

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ForbiddenAddress(Refused):
    """This address is not on the public internet."""


class Answer(msgspec.Struct, frozen=True):
    """What came back: at most `max_bytes` of it, as sent (perhaps compressed)."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def send(
    method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None, private: bool = False,
    max_bytes: int = MAX_ANSWER_BYTES,
) -> Answer:
    """One request, whatever its status. `private` (tests) lets it go to addresses that are not public.

    Raises ForbiddenAddress, Refused (the URL cannot be used), TryLater (no
    answer in time, or none that is HTTP); the text says why, for people.
    """
    parts = urlsplit(url)
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise Refused("The address must begin with https:// or http:// and hold no password.")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            address = await _checked_address(host, port, private)
            return await _exchange(method, url, host, address, body, dict(headers or {}), max_bytes)
    except TimeoutError:
        raise TryLater(f"{host} did not answer within {TIMEOUT_SECONDS:g} seconds.") from None
    except httpx.InvalidURL as error:
        raise Refused(f"The address cannot be used: {error}") from error
    except httpx.HTTPError as error:
        raise TryLater(f"{host} could not be reached: {_reason(error)}.") from error


def _reason(error: httpx.HTTPError) -> str:
    """Never what a foreign server wrote: only which way it failed."""
    cause = error.__cause__ or error
    text = str(cause)
    if "CERTIFICATE_VERIFY_FAILED" in text or "certificate verify failed" in text:
        return "its certificate is not valid"
    if isinstance(error, httpx.ConnectError):
        return "no connection"
    return "it does not speak HTTP" if isinstance(error, httpx.RemoteProtocolError) else type(error).__name__


async def _checked_address(host: str, port: int, private: bool) -> Address:
    """The address to connect to. Raises ForbiddenAddress when any of the host's addresses is not public."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TryLater(f"{host} is not known: its name has no address.") from error
    addresses = [ipaddress.ip_address(str(one[4][0]).split("%")[0]) for one in found]
    if not addresses:
        raise TryLater(f"{host} is not known: its name has no address.")
    if not private and not all(map(is_public, addresses)):
        raise ForbiddenAddress(f"{host} is not on the public internet, and requests to private addresses are refused.")
    return addresses[0]


def is_public(address: Address) -> bool:
    """Whether an address is on the public internet, looked at through every way of writing IPv4 inside IPv6."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


@cache
def _authorities() -> ssl.SSLContext:
    """Whom TLS is believed. Reading them takes some 70 ms, so it is done once."""
    return httpx.create_ssl_context(trust_env=False)


async def _exchange(
    method: str, url: str, host: str, address: Address, body: bytes, headers: dict[str, str],
    max_bytes: int,
) -> Answer:
    """The request itself, to `address`, with the name in Host and in the TLS handshake."""
    parts = httpx.URL(url)
    pinned = parts.copy_with(host=str(address))
    headers = {"User-Agent": USER_AGENT, **headers, "Host": parts.netloc.decode("ascii")}
    async with httpx.AsyncClient(
        follow_redirects=False, trust_env=False, timeout=TIMEOUT_SECONDS, verify=_authorities()
    ) as client:
        request = client.build_request(
            method, pinned, content=body, headers=headers, extensions={"sni_hostname": parts.raw_host.decode("ascii")})
        answer = await client.send(request, stream=True)
        try:
            read = bytearray()
            async for piece in answer.aiter_raw():
                read += piece
                if len(read) >= max_bytes:
                    break
        finally:
            await answer.aclose()
    return Answer(answer.status_code, dict(answer.headers), bytes(read[:max_bytes]))
