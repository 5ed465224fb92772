"""One configured model: asked under its own name, held back while it fails, every call recorded."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from decimal import Decimal

from supportapp.llm import tokens
from supportapp.llm.breaker import Breaker
from supportapp.llm.dialect import Dialect, JsonSupport
from supportapp.llm.errors import (
    ModelError,
    ModelIncomplete,
    ModelRejected,
    ModelTimeout,
    ModelUnavailable,
)
from supportapp.llm.prices import Price
from supportapp.llm.protocols import ChatModel
from supportapp.llm.values import ChatOptions, Delta, Message, Usage
from supportapp.tracing import Attribute, child, identifier

CANCELLED = "cancelled"
CIRCUIT_OPEN = "circuit_open"
# A server that writes so many times more than it may has no limit. Our count is rough.
OVERRUN = 3


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a model's endpoint can do."""

    tools: bool = True
    json: JsonSupport = "schema"
    streaming: bool = True
    seed: bool = True

    def dialect(self) -> Dialect:
        """Return how requests are worded from the beginning."""
        return Dialect(seed=self.seed, json=self.json, stream=self.streaming)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model and where it is served. `wire_name` is what the server calls it."""

    name: str
    base_url: str
    wire_name: str
    api_key: str = field(default="", repr=False)
    provider: str = "openai"
    context_tokens: int = 0
    price: Price | None = None
    capabilities: Capabilities = Capabilities()


@dataclass(frozen=True, slots=True)
class Call:
    """What is kept of one call: numbers, names and codes, no text."""

    purpose: str
    endpoint: str
    provider: str
    requested: str
    model: str
    fingerprint: str
    seed: int | None
    temperature: float | None
    usage: Usage
    is_estimated: bool
    cost: Decimal | None
    first_token_ms: float | None
    total_ms: float
    finish_reason: str
    error: str

    @property
    def tokens_per_second(self) -> float | None:
        """Return how fast it wrote, once it had begun."""
        if self.first_token_ms is None or self.total_ms <= self.first_token_ms:
            return None
        return self.usage.completion_tokens / (self.total_ms - self.first_token_ms) * 1000


@dataclass(slots=True)
class _Heard:
    """What a stream has said about itself so far."""

    began: float
    prompt_tokens: int
    written: int = 0
    last: Delta = field(default_factory=Delta)
    first_token_ms: float | None = None
    error: str = CANCELLED
    is_asked: bool = True

    def note(self, delta: Delta) -> None:
        said = delta.text or delta.tool_calls
        if said and self.first_token_ms is None:
            self.first_token_ms = self.elapsed_ms()
        self.written += tokens.of_text(delta.text)
        self.last = Delta(
            usage=delta.usage or self.last.usage,
            finish_reason=delta.finish_reason or self.last.finish_reason,
            fingerprint=delta.fingerprint or self.last.fingerprint,
            model=delta.model or self.last.model,
        )

    def elapsed_ms(self) -> float:
        return (time.monotonic() - self.began) * 1000

    def usage(self) -> Usage:
        """Return the server's count; where it gives none, ours."""
        if self.last.usage is not None:
            return self.last.usage
        return Usage(self.prompt_tokens if self.is_asked else 0, self.written)


class ServedModel:
    """A `ChatModel` for one purpose. `sink` is given each call when it is over."""

    def __init__(
        self,
        endpoint: Endpoint,
        chat: ChatModel,
        *,
        purpose: str,
        breaker: Breaker,
        sink: Callable[[Call], None],
    ) -> None:
        self.name = endpoint.name
        self._endpoint = endpoint
        self._chat = chat
        self._purpose = purpose
        self._breaker = breaker
        self._sink = sink

    async def stream(
        self, messages: Sequence[Message], options: ChatOptions
    ) -> AsyncGenerator[Delta, None]:
        """Ask the endpoint. What it is known not to be able to do isn't asked of it."""
        options = replace(options, model=self._endpoint.wire_name)
        prompt_tokens = tokens.of_prompt(messages, options)
        self._refuse_what_is_vain(options, prompt_tokens)
        if not self._breaker.admit():
            raise ModelUnavailable(CIRCUIT_OPEN)
        heard = _Heard(time.monotonic(), prompt_tokens)
        with child("model.call", **self._asked(options)) as span:
            try:
                async with (
                    aclosing(self._chat.stream(messages, options)) as stream,
                    aclosing(_in_time(stream, options.first_token)) as timely,
                ):
                    async for delta in timely:
                        if heard.first_token_ms is None:
                            delta = replace(delta, endpoint=self.name)
                        heard.note(delta)
                        if heard.written > OVERRUN * options.max_tokens:
                            raise ModelIncomplete("over_long")
                        yield delta
                heard.error = ""
                self._breaker.succeeded()
            except ModelError as error:
                heard.error = error.code
                heard.is_asked = heard.first_token_ms is not None or _has_read(error)
                self._breaker.failed(error)
                raise
            finally:
                call = self._call(options, heard)
                span.set(**_told(call))
                self._sink(call)

    def _refuse_what_is_vain(self, options: ChatOptions, prompt_tokens: int) -> None:
        if options.tools and not self._endpoint.capabilities.tools:
            raise ModelRejected("no_tools")
        room = self._endpoint.context_tokens
        if room and prompt_tokens + options.max_tokens > room:
            raise ModelRejected("context_size")

    def _asked(self, options: ChatOptions) -> dict[str, Attribute]:
        asked: dict[str, Attribute] = {
            "endpoint": identifier(self.name),
            "provider": identifier(self._endpoint.provider),
            "purpose": self._purpose,
            "requested": identifier(options.model),
            "max_tokens": options.max_tokens,
        }
        if options.temperature is not None:
            asked["temperature"] = options.temperature
        if options.seed is not None:
            asked["seed"] = options.seed
        return asked

    def _call(self, options: ChatOptions, heard: _Heard) -> Call:
        usage, price = heard.usage(), self._endpoint.price
        return Call(
            purpose=self._purpose,
            endpoint=self.name,
            provider=self._endpoint.provider,
            requested=options.model,
            model=heard.last.model or "",
            fingerprint=heard.last.fingerprint or "",
            seed=options.seed,
            temperature=options.temperature,
            usage=usage,
            is_estimated=heard.last.usage is None and heard.is_asked,
            cost=None if price is None else price.cost(usage),
            first_token_ms=heard.first_token_ms,
            total_ms=heard.elapsed_ms(),
            finish_reason=heard.last.finish_reason or "",
            error=heard.error,
        )


def _has_read(error: ModelError) -> bool:
    """Return whether a server that said nothing has read the prompt all the same, and counts it."""
    return isinstance(error, ModelTimeout) and error.reason != "connect"


async def _in_time(
    stream: AsyncGenerator[Delta, None], seconds: float | None
) -> AsyncGenerator[Delta, None]:
    """Yield what comes; raise ModelTimeout where nothing has come in so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            first = await anext(stream, None)
    except TimeoutError:
        raise ModelTimeout("first_token") from None
    if first is not None:
        yield first
        async for delta in stream:
            yield delta


def _told(call: Call) -> dict[str, Attribute]:
    """Return what the span keeps of the end of a call."""
    told: dict[str, Attribute] = {
        "prompt_tokens": call.usage.prompt_tokens,
        "completion_tokens": call.usage.completion_tokens,
        "cached_tokens": call.usage.cached_tokens,
    }
    words = {
        "model": call.model,
        "fingerprint": call.fingerprint,
        "finish_reason": call.finish_reason,
        "error_code": call.error,
    }
    told |= {name: identifier(word) for name, word in words.items() if word}
    if call.first_token_ms is not None:
        told["first_token_ms"] = round(call.first_token_ms, 1)
    if call.cost is not None:
        told["cost"] = float(call.cost)
    return told
