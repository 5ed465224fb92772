"""What was embedded a moment ago isn't embedded again."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from supportapp.llm.recent import MOST_AT_ONCE, Recent


class Counting:
    """Embeds a text as its length, and counts."""

    name, dimension = "counting", 2

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)


def test_only_new_texts_are_asked_for_and_the_order_stays():
    model = Counting()
    recent = Recent(model)
    recent.embed(["a", "bb"])
    vectors = recent.embed(["bb", "ccc", "a", "bb"])
    assert model.asked == ["a", "bb", "ccc"]
    assert vectors[:, 0].tolist() == [2.0, 3.0, 1.0, 2.0]


def test_the_oldest_go_first():
    model = Counting()
    recent = Recent(model, kept=2)
    for text in ("a", "b", "c", "a"):
        recent.embed([text])
    assert model.asked == ["a", "b", "c", "a"]


def test_many_texts_at_once_are_passed_on():
    model = Counting()
    recent = Recent(model)
    many = [str(number) for number in range(MOST_AT_ONCE + 1)]
    recent.embed(many)
    recent.embed(many)
    assert len(model.asked) == 2 * len(many)
