"""Going out: which addresses are public, and what is refused before anything is sent."""

import asyncio
import ipaddress

import pytest

from supportapp.tools.network import Network, NetworkFault, is_public
from tests.fakes.http_server import HttpServer, reply

PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.5.4",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
]
EXAMPLE = frozenset({"api.tallybird.example"})


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111"])
def test_an_address_outside_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def refused(network: Network, url: str, hosts: frozenset[str] = EXAMPLE) -> str:
    with pytest.raises(NetworkFault) as fault:
        asyncio.run(network.request("GET", url, hosts=hosts))
    return fault.value.reason


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://api.tallybird.example/", "scheme_not_allowed"),
        ("file:///etc/passwd", "scheme_not_allowed"),
        ("https://other.example/", "host_not_allowed"),
        ("https://api.tallybird.example.evil.test/", "host_not_allowed"),
        ("https://api.tallybird.example@evil.test/", "bad_address"),
        ("https://user:pass@api.tallybird.example/", "bad_address"),
        ("https://[::1]/", "host_not_allowed"),
        ("https://2130706433/", "host_not_allowed"),
    ],
)
def test_a_bad_address_is_refused_before_any_look_up(url: str, reason: str) -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise AssertionError("looked up")

    assert refused(Network(resolve=nobody), url) == reason


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["1.1.1.1", "10.0.0.1"], ["::1"], []])
def test_a_name_that_leads_inside_is_refused(addresses: list[str]) -> None:
    network = Network(resolve=lambda host, port: addresses)
    assert refused(network, "https://api.tallybird.example/") == "address_not_public"


def test_an_allowed_host_that_is_a_private_address_is_refused() -> None:
    assert (
        refused(Network(), "https://127.0.0.1/", frozenset({"127.0.0.1"})) == "address_not_public"
    )


def near(server: HttpServer, **rules: object) -> Network:
    """Rules under which a server on this machine may be asked by a public name."""
    return Network(
        schemes=("http",),
        is_allowed=lambda address: True,
        resolve=lambda host, port: ["127.0.0.1"],
        **rules,  # type: ignore[arg-type]
    )


def test_the_connection_goes_to_the_address_that_was_looked_at() -> None:
    with HttpServer(lambda request: reply('{"ok": true}')) as server:
        url = f"http://api.tallybird.example:{server.port}/v1"
        answer = asyncio.run(near(server).request("GET", url, hosts=EXAMPLE))
        assert (answer.status, answer.body) == (200, b'{"ok": true}')
        assert server.requests[0].headers["host"] == f"api.tallybird.example:{server.port}"


def test_a_redirect_is_not_followed() -> None:
    with HttpServer(lambda request: reply("", 302, Location="http://127.0.0.1/")) as server:
        url = f"http://api.tallybird.example:{server.port}/"
        assert refused(near(server), url) == "redirect"
        assert len(server.requests) == 1


def test_an_answer_that_is_too_large_is_left() -> None:
    with HttpServer(lambda request: reply("x" * 50_000)) as server:
        url = f"http://api.tallybird.example:{server.port}/"
        assert refused(near(server, longest=10_000), url) == "too_large"


def test_an_answer_that_does_not_come_is_left() -> None:
    with HttpServer(lambda request: None) as server:
        url = f"http://api.tallybird.example:{server.port}/"
        assert refused(near(server, seconds=0.1), url) == "timeout"
