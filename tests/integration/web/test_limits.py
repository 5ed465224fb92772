"""Rates, shared through Redis; each process counts for itself while Redis is away."""

import socket

import pytest

from supportapp.web import limits
from supportapp.web.limits import RetryAfter

pytestmark = pytest.mark.usefixtures("valkey")


@pytest.fixture(autouse=True)
def low(settings):
    settings.RATE_ASK_VISITOR = "2/minute"
    settings.RATE_ASK_ADDRESS = "3/minute"


@pytest.fixture
def redis_away(settings):
    """Point at a port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.REDIS_URL = f"redis://127.0.0.1:{free.getsockname()[1]}/0"
    limits._shared.cache_clear()
    limits._own.cache_clear()
    yield
    limits._shared.cache_clear()
    limits._own.cache_clear()


def test_a_visitor_is_held_and_told_for_how_long():
    assert [limits.may_ask("v", "a") for _ in range(2)] == [None, None]
    held = limits.may_ask("v", "a")
    assert isinstance(held, RetryAfter)
    assert 0 < held.seconds <= 60


def test_new_cookies_do_not_get_around_the_address():
    answers = [limits.may_ask(f"visitor {number}", "a") for number in range(4)]
    assert answers[:3] == [None] * 3
    assert answers[3]
    assert limits.may_ask("visitor 4", "another") is None


def test_one_who_is_held_does_not_use_up_what_neighbours_may_ask():
    for _ in range(10):
        limits.may_ask("greedy", "a")
    assert limits.may_ask("neighbour", "a") is None


def test_kinds_are_counted_apart():
    for _ in range(3):
        limits.may_ask("v", "a")
    assert limits.may_write("v") is None


def test_while_redis_is_away_asking_goes_on_and_a_flood_is_held(redis_away):
    answers = [limits.may_ask("v", "a") for _ in range(3)]
    assert answers[:2] == [None, None]
    assert answers[2]
