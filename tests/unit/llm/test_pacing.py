"""Requests are spread evenly over the minute."""

from supportapp.llm.pacing import Pace


def test_requests_beyond_the_rate_wait_for_their_turn() -> None:
    slept: list[float] = []
    pace = Pace(120, clock=lambda: 100.0, sleep=slept.append)

    for _ in range(3):
        pace.wait()

    assert slept == [0.5, 1.0]


def test_a_pause_before_a_request_counts() -> None:
    now = [100.0]
    slept: list[float] = []
    pace = Pace(60, clock=lambda: now[0], sleep=slept.append)

    pace.wait()
    now[0] += 5
    pace.wait()

    assert slept == []
