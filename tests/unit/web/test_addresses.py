"""Whose address counts, and how many sockets it may hold."""

import pytest
from django.test import RequestFactory

from supportapp.web import limits


@pytest.mark.parametrize(
    ("proxies", "forwarded", "counted"),
    [
        (0, "", "203.0.113.7"),
        (0, "198.51.100.1", "203.0.113.7"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (2, "6.6.6.6, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        (2, "198.51.100.1", "203.0.113.7"),
        (1, "", "203.0.113.7"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, "::ffff:198.51.100.1", "198.51.100.1"),
        (1, "not an address" * 20, ("not an address" * 20)[:64]),
    ],
)
def test_only_what_trusted_proxies_appended_counts(settings, proxies, forwarded, counted):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get(
        "/", REMOTE_ADDR="203.0.113.7", headers={"X-Forwarded-For": forwarded}
    )
    scope = {
        "client": ("203.0.113.7", 5000),
        "headers": [(b"x-forwarded-for", forwarded.encode())] if forwarded else [],
    }
    assert limits.request_address(request) == counted
    assert limits.scope_address(scope) == counted


def test_a_forged_header_before_the_proxys_own_changes_nothing(settings):
    settings.TRUSTED_PROXIES = 1
    headers = [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"198.51.100.1")]
    assert limits.scope_address({"client": ("10.0.0.1", 1), "headers": headers}) == "198.51.100.1"


def test_an_address_has_its_fill_of_sockets_and_others_are_still_served(settings):
    settings.MAX_SOCKETS_PER_ADDRESS = 2
    sockets = limits.SocketCount()
    assert [sockets.enter("a") for _ in range(3)] == [True, True, False]
    assert sockets.enter("b")
    sockets.leave("a")
    assert sockets.enter("a")
