"""The seams at which one kind of model may take another's place."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from supportapp.llm.values import ChatOptions, Delta, Message


class ChatModel(Protocol):
    """Answers messages piece by piece."""

    @property
    def name(self) -> str: ...

    def stream(
        self, messages: Sequence[Message], options: ChatOptions
    ) -> AsyncGenerator[Delta, None]:
        """Yield deltas, or raise a `ModelError`: `ModelIncomplete` after text, others before it.

        Returning normally means that the answer is whole. Use `contextlib.aclosing` around it:
        closing the generator stops the model at once.
        """
        ...


class Embedder(Protocol):
    """Turns texts into directions: similar texts point in similar directions."""

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One L2-normalised row per text, in order, or raise `EmbeddingUnavailable`."""
        ...


class Reranker(Protocol):
    """Scores texts against a question; higher is better, scores compare within one call only."""

    @property
    def name(self) -> str: ...

    def rerank(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """One score per text, in order, or raise a `ModelError`."""
        ...
