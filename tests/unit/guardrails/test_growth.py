"""Long texts take as long as they are long, not as long as that squared."""

import time
from collections.abc import Callable

import pytest

from supportapp.guardrails import instructions, personal

LONG = 4_000
# Four times the text may take eight times as long; what is quadratic takes sixteen times.
MOST = 8


def spent(act: Callable[[str], object], text: str) -> float:
    def once() -> float:
        began = time.process_time()
        act(text)
        return time.process_time() - began

    return min(once() for _ in range(3))


@pytest.mark.parametrize(
    "act", [instructions.find, personal.find], ids=lambda each: each.__module__
)
@pytest.mark.parametrize(
    "piece",
    ["<p hidden>", "<p hidden ", "<!--", "1", "_", "A", " ", "\n", "\t\n", "[", "a@"],
    ids=repr,
)
def test_time_grows_with_the_length(act: Callable[[str], object], piece: str) -> None:
    short, long = (piece * (length // len(piece)) + "." for length in (LONG, 4 * LONG))
    assert spent(act, long) <= MOST * spent(act, short) + 0.02
