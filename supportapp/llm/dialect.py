"""How one endpoint wants its request worded.

"OpenAI-compatible" servers differ in what they refuse. We begin with everything; when a server
says no to a parameter, the request is worded again without it, and that wording is remembered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import openai
from openai import AsyncOpenAI, AsyncStream, omit
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessageParam

from supportapp.llm.values import ChatOptions, Message, ResponseFormat, ToolSchema

JsonSupport = Literal["schema", "mode", "none"]
_LESS: dict[JsonSupport, JsonSupport] = {"schema": "mode", "mode": "none"}

Refusal = openai.BadRequestError | openai.UnprocessableEntityError
REFUSALS = (openai.BadRequestError, openai.UnprocessableEntityError)


@dataclass(frozen=True, slots=True)
class Dialect:
    """Which parameters an endpoint takes for a model."""

    usage: bool = True
    temperature: bool = True
    seed: bool = True
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    json: JsonSupport = "schema"
    stream: bool = True

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
        if self.json != "none" and ("response_format" in complaint or "json_schema" in complaint):
            return replace(self, json=_LESS[self.json])
        if self.seed and "seed" in complaint:
            return replace(self, seed=False)
        if self.stream and "stream" in complaint:
            return replace(self, stream=False)
        return replace(self, usage=False) if self.usage and not proven else None

    async def send(
        self, client: AsyncOpenAI, messages: Sequence[Message], options: ChatOptions
    ) -> AsyncStream[ChatCompletionChunk] | ChatCompletion:
        """Start an answer, streamed where possible. Its length is limited in every dialect."""
        completion_limit = self.limit == "max_completion_tokens"
        temperature, seed = options.temperature, options.seed
        extra: dict[str, Any] = _tools(options) | self._format(options.response_format)
        upstream: (
            AsyncStream[ChatCompletionChunk] | ChatCompletion
        ) = await client.chat.completions.create(
            model=options.model,
            messages=[_wire(message) for message in messages],
            stream=self.stream,
            stream_options={"include_usage": True} if self.usage and self.stream else omit,
            max_tokens=omit if completion_limit else options.max_tokens,
            max_completion_tokens=options.max_tokens if completion_limit else omit,
            temperature=temperature if self.temperature and temperature is not None else omit,
            seed=seed if self.seed and seed is not None else omit,
            **extra,
        )
        return upstream

    def _format(self, asked: ResponseFormat | None) -> dict[str, Any]:
        """The wish for JSON, as far as the endpoint knows such wishes."""
        if asked is None or self.json == "none":
            return {}
        if asked.schema is None or self.json == "mode":
            return {"response_format": {"type": "json_object"}}
        schema = {"name": asked.name, "schema": dict(asked.schema), "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": schema}}


def _tools(options: ChatOptions) -> dict[str, Any]:
    if not options.tools:
        return {}
    return {"tools": [_tool(each) for each in options.tools], "tool_choice": options.tool_choice}


def _tool(tool: ToolSchema) -> dict[str, Any]:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters),
    }
    return {"type": "function", "function": function}


def _wire(message: Message) -> ChatCompletionMessageParam:
    wired: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        wired["content"] = message.content or None
        wired["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in message.tool_calls
        ]
    if message.role == "tool":
        wired["tool_call_id"] = message.tool_call_id
    return cast(ChatCompletionMessageParam, wired)
