"""How one endpoint wants its request worded.

"OpenAI-compatible" servers differ in what they refuse. We begin with everything; when a server
says no to a parameter, the request is worded again without it, and that wording is remembered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

import openai
from openai import AsyncOpenAI, AsyncStream, omit
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

from supportapp.llm.values import ChatOptions, Message

Refusal = openai.BadRequestError | openai.UnprocessableEntityError
REFUSALS = (openai.BadRequestError, openai.UnprocessableEntityError)


@dataclass(frozen=True, slots=True)
class Dialect:
    """Which parameters an endpoint takes for a model."""

    usage: bool = True
    temperature: bool = True
    seed: bool = True
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"

    def without(self, refusal: Refusal, *, proven: bool) -> "Dialect | None":
        """The next wording to try, or None when the refusal is about something else.

        A server that has never accepted this wording may refuse `stream_options` in words that we
        can't foresee, so that parameter alone is dropped on suspicion.
        """
        complaint = f"{refusal.param} {refusal.message}"
        if self.limit == "max_tokens" and "max_completion_tokens" in complaint:
            return replace(self, limit="max_completion_tokens")
        if self.usage and ("stream_options" in complaint or "include_usage" in complaint):
            return replace(self, usage=False)
        if self.temperature and "temperature" in complaint:
            return replace(self, temperature=False)
        if self.seed and "seed" in complaint:
            return replace(self, seed=False)
        return replace(self, usage=False) if self.usage and not proven else None

    async def send(
        self, client: AsyncOpenAI, messages: Sequence[Message], options: ChatOptions
    ) -> AsyncStream[ChatCompletionChunk]:
        """Start a streamed answer. Its length is limited in every dialect."""
        completion_limit = self.limit == "max_completion_tokens"
        temperature, seed = options.temperature, options.seed
        return await client.chat.completions.create(
            model=options.model,
            messages=[_wire(message) for message in messages],
            stream=True,
            stream_options={"include_usage": True} if self.usage else omit,
            max_tokens=omit if completion_limit else options.max_tokens,
            max_completion_tokens=options.max_tokens if completion_limit else omit,
            temperature=temperature if self.temperature and temperature is not None else omit,
            seed=seed if self.seed and seed is not None else omit,
        )


def _wire(message: Message) -> ChatCompletionMessageParam:
    return cast(ChatCompletionMessageParam, {"role": message.role, "content": message.content})
