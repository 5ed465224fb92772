"""A breaker opens after failures in a row, lets one try after a rest, and closes on success."""

import pytest

from supportapp.llm.breaker import Breaker
from supportapp.llm.errors import (
    ModelError,
    ModelIncomplete,
    ModelRateLimited,
    ModelRejected,
    ModelTimeout,
    ModelUnavailable,
)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(failures=3, rest=20.0, longest_rest=60.0, clock=clock)


def fail(breaker: Breaker, *, times: int = 3) -> None:
    for _ in range(times):
        breaker.failed(ModelUnavailable("status_500"))


def test_it_opens_after_failures_in_a_row_only(breaker: Breaker) -> None:
    fail(breaker, times=2)
    breaker.succeeded()
    fail(breaker, times=2)
    assert breaker.admit()

    fail(breaker, times=1)
    assert not breaker.admit()
    assert breaker.is_open


def test_after_a_rest_one_request_tries_for_all(breaker: Breaker, clock: Clock) -> None:
    fail(breaker)
    clock.now = 20.0

    assert [breaker.admit() for _ in range(3)] == [True, False, False]

    breaker.succeeded()
    assert [breaker.admit() for _ in range(3)] == [True, True, True]


def test_a_trial_that_never_tells_is_followed_by_another(breaker: Breaker, clock: Clock) -> None:
    fail(breaker)
    clock.now = 20.0
    assert breaker.admit()
    clock.now = 40.0
    assert breaker.admit()


def test_a_server_that_asks_for_time_gets_it_within_reason(breaker: Breaker, clock: Clock) -> None:
    breaker.failed(ModelRateLimited("status_429", retry_after=30.0))
    clock.now = 29.0
    assert not breaker.admit()
    clock.now = 30.0
    assert breaker.admit()

    breaker.failed(ModelRateLimited("status_429", retry_after=86_400.0))
    clock.now = 91.0
    assert breaker.admit()


@pytest.mark.parametrize(
    ("error", "opens"),
    [
        (ModelRejected("status_400"), False),
        (ModelRejected("context_size"), False),
        (ModelRejected("status_401"), True),
        (ModelRejected("status_404 model_not_found"), True),
        (ModelTimeout("first_token"), True),
        (ModelIncomplete("connection"), False),
    ],
)
def test_only_what_is_about_the_endpoint_counts(
    breaker: Breaker, error: ModelError, opens: bool
) -> None:
    for _ in range(3):
        breaker.failed(error)
    assert breaker.is_open is opens
