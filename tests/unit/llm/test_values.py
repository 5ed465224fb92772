"""Values refuse what can't be, and the retry policy never waits too long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportapp.llm.values import ChatOptions, Retries


def test_an_unbounded_answer_cannot_be_asked_for() -> None:
    with pytest.raises(ValueError, match="max_tokens"):
        ChatOptions(model="m", max_tokens=0)


def test_waits_double_up_to_the_longest() -> None:
    retries = Retries(attempts=4, first_wait=0.5, longest_wait=1.5)

    assert [retries.wait(attempt, None) for attempt in range(5)] == [0.5, 1.0, 1.5, 1.5, None]


def test_a_wish_beyond_the_longest_wait_ends_the_retries() -> None:
    assert Retries(longest_wait=2.0).wait(0, 90.0) is None


@given(st.integers(0, 2000), st.none() | st.floats(0, 1e9))
def test_no_wait_is_longer_than_the_longest(attempt: int, retry_after: float | None) -> None:
    wait = Retries(attempts=3000, longest_wait=2.0).wait(attempt, retry_after)

    assert wait is None or 0 <= wait <= 2.0
