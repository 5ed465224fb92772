"""HTTP to the outside, for addresses that staff or settings name: public hosts only. Pure.

A host is looked up once, every address that it has must be public, and the connection goes to
the address that was looked at, so a name that changes its mind in between gains nothing.
Redirects aren't followed, proxies of the environment aren't used, size and time are bounded.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx2

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class NetworkFault(Exception):
    """A request that wasn't made or didn't work; `reason` is a short code."""

    def __init__(self, reason: str, *, may_help_to_repeat: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.may_help_to_repeat = may_help_to_repeat


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    content_type: str
    body: bytes


Resolve = Callable[[str, int], Sequence[str]]


def is_public(address: Address) -> bool:
    """Say whether an address is on the open internet, whatever it hides in."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address.teredo is not None:
            return False
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def looked_up(host: str, port: int) -> Sequence[str]:
    """Return every address of a host."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NetworkFault("host_unknown", may_help_to_repeat=True) from None
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True, slots=True)
class Network:
    """The rules of going out. Only tests have others."""

    schemes: tuple[str, ...] = ("https",)
    is_allowed: Callable[[Address], bool] = is_public
    resolve: Resolve = looked_up
    seconds: float = 8.0
    longest: int = 200_000

    async def request(
        self,
        method: str,
        url: str,
        *,
        hosts: frozenset[str],
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
    ) -> Answer:
        """Send one request to an allow-listed host; raises NetworkFault."""
        try:
            target = httpx2.URL(url, params=dict(params)) if params else httpx2.URL(url)
        except (httpx2.InvalidURL, ValueError):
            raise NetworkFault("bad_address") from None
        self._check(target, hosts)
        try:
            async with asyncio.timeout(self.seconds):
                address, tls = await asyncio.to_thread(self._prepared, target)
                return await self._sent(method, target, address, tls, dict(headers or {}), json)
        except TimeoutError:
            raise NetworkFault("timeout") from None
        except httpx2.ConnectError:
            raise NetworkFault("unreachable", may_help_to_repeat=True) from None
        except httpx2.HTTPError:
            raise NetworkFault("connection_broke", may_help_to_repeat=True) from None

    def _check(self, target: httpx2.URL, hosts: frozenset[str]) -> None:
        if target.scheme not in self.schemes:
            raise NetworkFault("scheme_not_allowed")
        if target.userinfo:
            raise NetworkFault("bad_address")
        if target.host.lower().rstrip(".") not in hosts:
            raise NetworkFault("host_not_allowed")

    def _prepared(self, target: httpx2.URL) -> tuple[str, ssl.SSLContext]:
        return self._address(target), _tls()

    def _address(self, target: httpx2.URL) -> str:
        port = target.port or (443 if target.scheme == "https" else 80)
        found = [
            ipaddress.ip_address(each.split("%")[0]) for each in self.resolve(target.host, port)
        ]
        # One private address among public ones is how a name is made to point inside.
        if not found or not all(self.is_allowed(each) for each in found):
            raise NetworkFault("address_not_public")
        return str(found[0])

    async def _sent(
        self,
        method: str,
        target: httpx2.URL,
        address: str,
        tls: ssl.SSLContext,
        headers: dict[str, str],
        json: Any,
    ) -> Answer:
        async with (
            httpx2.AsyncClient(
                timeout=self.seconds, follow_redirects=False, trust_env=False, verify=tls
            ) as client,
            client.stream(
                method,
                target.copy_with(host=address),
                headers={**headers, "Host": target.netloc.decode("ascii")},
                extensions={"sni_hostname": target.host},
                json=json,
            ) as response,
        ):
            if response.is_redirect:
                raise NetworkFault("redirect")
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > self.longest:
                    raise NetworkFault("too_large")
            kind = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
            return Answer(response.status_code, kind, bytes(body))


@cache
def _tls() -> ssl.SSLContext:
    """Read the certificates once: that takes tens of milliseconds, in which nothing else runs."""
    return httpx2.create_ssl_context(trust_env=False)


PUBLIC = Network()
