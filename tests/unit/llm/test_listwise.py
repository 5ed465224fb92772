"""What counts as an order, and what doesn't."""

from collections.abc import AsyncGenerator, Sequence

import pytest

from supportapp.llm.errors import ModelProtocolError
from supportapp.llm.listwise import ListwiseReranker
from supportapp.llm.reranking import UNLISTED
from supportapp.llm.values import ChatOptions, Delta, Message


class Says:
    """A chat model with one answer."""

    name = "says"

    def __init__(self, text: str) -> None:
        self.text = text

    async def stream(
        self, messages: Sequence[Message], options: ChatOptions
    ) -> AsyncGenerator[Delta, None]:
        for piece in self.text:
            yield Delta(piece)


def scores(reply: str, count: int = 3) -> list[float]:
    reranker = ListwiseReranker(
        chat=Says(reply),
        model="m",
        messages=lambda question, texts: [Message("user", question)],
        deadline=2.0,
    )
    return list(reranker.rerank("where?", ["text"] * count))


@pytest.mark.parametrize("reply", ["2, 3, 1", "[2] > [3] > [1]", "2\n3\n1\n", "```\n2, 3, 1\n```"])
def test_an_order_becomes_scores(reply: str):
    first, second, third = scores(reply)

    assert second > third > first


def test_what_is_left_out_comes_last():
    assert scores("3") == [UNLISTED, UNLISTED, 1.0]


@pytest.mark.parametrize(
    "reply", ["", "2, 2, 1", "0, 1, 2", "4, 1, 2", "The best is 2.", "none", "{}", "99999"]
)
def test_anything_else_is_refused_whole(reply: str):
    with pytest.raises(ModelProtocolError):
        scores(reply)


def test_no_texts_need_no_model():
    assert scores("1", count=0) == []
