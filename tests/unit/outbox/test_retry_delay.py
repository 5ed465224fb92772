"""How long the outbox waits between failed runs."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from supportapp.outbox.events import LONGEST_DELAY, retry_delay


def test_the_wait_doubles():
    assert [retry_delay(n).seconds for n in (1, 2, 3, 4)] == [2, 4, 8, 16]


@given(st.integers(min_value=0, max_value=10_000))
def test_the_wait_never_shrinks_and_has_an_end(attempts: int):
    assert timedelta(seconds=2) <= retry_delay(attempts) <= retry_delay(attempts + 1)
    assert retry_delay(attempts + 1) <= LONGEST_DELAY
