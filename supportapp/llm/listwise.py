"""A chat model as reranker: it reads all texts at once and replies with an order of numbers."""

import asyncio
import re
from collections.abc import Callable, Sequence
from contextlib import aclosing

from supportapp.llm.errors import ModelProtocolError, ModelTimeout
from supportapp.llm.protocols import ChatModel
from supportapp.llm.reranking import UNLISTED
from supportapp.llm.values import ChatOptions, Message

# "[3] > [1] > [2]", "3, 1, 2" and the like, maybe fenced; words in between are no order.
_ORDER = re.compile(r"(?:```\w*)?[\s\d,>;\[\]().]*(?:```)?\s*")
_TOKENS_EACH = 6
_TOKENS_BESIDE = 64

Asking = Callable[[str, Sequence[str]], Sequence[Message]]
Reserving = Callable[[Sequence[Message], ChatOptions], None]


class ListwiseReranker:
    """A `Reranker`. `messages` puts the question and the numbered texts into a prompt."""

    def __init__(
        self,
        *,
        chat: ChatModel,
        model: str,
        messages: Asking,
        deadline: float,
        reserve: Reserving | None = None,
    ) -> None:
        self.name = model
        self._reserve = reserve
        self._chat = chat
        self._messages = messages
        self._deadline = deadline

    def rerank(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """The higher, the earlier it was named; -inf where it wasn't. Raises `ModelError`.

        Call it from a thread that runs no event loop.
        """
        if not texts:
            return []
        options = ChatOptions(
            model=self.name, max_tokens=_TOKENS_EACH * len(texts) + _TOKENS_BESIDE
        )
        messages = self._messages(question, texts)
        if self._reserve is not None:
            self._reserve(messages, options)
        reply = asyncio.run(self._reply(messages, options))
        order = _places(reply, len(texts))
        scores = [UNLISTED] * len(texts)
        for rank, place in enumerate(order):
            scores[place] = 1.0 - rank / len(texts)
        return scores

    async def _reply(self, messages: Sequence[Message], options: ChatOptions) -> str:
        try:
            async with (
                asyncio.timeout(self._deadline),
                aclosing(self._chat.stream(messages, options)) as stream,
            ):
                return "".join([delta.text async for delta in stream])
        except TimeoutError:
            raise ModelTimeout("total") from None


def _places(reply: str, count: int) -> list[int]:
    """Places from 0, best first; an order that isn't one is refused whole."""
    places = [int(number) - 1 for number in re.findall(r"\d{1,4}", reply)]
    is_order = _ORDER.fullmatch(reply.strip()) and places
    if not is_order or len(set(places)) < len(places) or not set(places) <= set(range(count)):
        raise ModelProtocolError("no_order")
    return places
