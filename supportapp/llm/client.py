"""Chat with any OpenAI-compatible server: every retry, deadline and fault is handled here.

The openai client is told not to retry. We retry, before the first token only, and never beyond
the deadline for that token; after it, any fault ends in `ModelIncomplete`.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing

import httpx2
from openai import AsyncOpenAI, AsyncStream

from supportapp.llm import chunks
from supportapp.llm.chunks import Upstream, Whole
from supportapp.llm.dialect import REFUSALS, Dialect
from supportapp.llm.errors import (
    ModelError,
    ModelIncomplete,
    ModelProtocolError,
    ModelRateLimited,
    ModelRejected,
    ModelTimeout,
    ModelUnavailable,
)
from supportapp.llm.faults import told_as_model_errors
from supportapp.llm.loops import ClientPerLoop
from supportapp.llm.values import ChatOptions, Delta, Message, Retries, Timeouts

# Other servers' words for "stop", and the one for "now call these tools". A reason that isn't
# here, such as "length" or "content_filter", means that the answer was cut off.
WHOLE = frozenset({"stop", "eos", "eos_token", "end_turn", "stop_sequence", "tool_calls"})
# Once the answer is whole, its token count is worth this many seconds of waiting.
USAGE_WAIT = 1.0
REACHABLE = frozenset({"status_404", "status_405"})
DEFAULT_BASE_URL = "https://api.openai.com/v1"


class OpenAIChat:
    """A `ChatModel`. One instance serves all threads and event loops of a process."""

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str = DEFAULT_BASE_URL,
        timeouts: Timeouts | None = None,
        retries: Retries | None = None,
        name: str = "openai",
        dialect: Dialect | None = None,
    ) -> None:
        self.name = name
        self._first_dialect = dialect or Dialect()
        self._base_url = base_url
        self._api_key = api_key
        self._timeouts = timeouts or Timeouts()
        self._retries = retries or Retries()
        self._clients = ClientPerLoop(self._make_client)
        self._dialects: dict[str, Dialect] = {}

    async def stream(
        self, messages: Sequence[Message], options: ChatOptions
    ) -> AsyncGenerator[Delta, None]:
        """Yield the answer as it is made; see `ChatModel.stream` for what the errors promise."""
        started = asyncio.get_running_loop().time()
        upstream, first = await self._open(messages, options, started)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(upstream.close)
            yield first
            rest = self._rest(upstream, first, started + self._timeouts.total)
            async for delta in await stack.enter_async_context(aclosing(rest)):
                yield delta

    async def warm(self) -> bool:
        """Pay for imports, DNS and TLS before a customer does. False when the server is no use."""
        client = await self._clients.get()
        # Imported by the openai client at first use.
        assert client.chat.completions
        try:
            async with asyncio.timeout(self._timeouts.connect + self._timeouts.between_tokens):
                with told_as_model_errors():
                    await client.models.list()
        except ModelRejected as error:
            return error.reason.split()[0] in REACHABLE
        except (ModelError, TimeoutError):
            return False
        return True

    def _make_client(self) -> AsyncOpenAI:
        return AsyncOpenAI(
            base_url=self._base_url,
            # The client insists on a key; servers of one's own often have none.
            api_key=self._api_key or "none",
            max_retries=0,
            timeout=httpx2.Timeout(self._timeouts.total, connect=self._timeouts.connect),
        )

    async def _open(
        self, messages: Sequence[Message], options: ChatOptions, started: float
    ) -> tuple[Upstream | Whole, Delta]:
        """A stream that has begun to talk, and what it said first."""
        dialect = self._dialects.get(options.model, self._first_dialect)
        # Who can't stream says the first word with the last.
        first_token = self._timeouts.first_token if dialect.stream else self._timeouts.total
        deadline = started + min(first_token, self._timeouts.total)
        attempt = 0
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    return await self._begin(messages, options)
            except TimeoutError:
                raise ModelTimeout("first_token") from None
            except ModelError as error:
                wait = self._wait(error, attempt)
                if wait is None or asyncio.get_running_loop().time() + wait >= deadline:
                    raise
            await asyncio.sleep(wait)
            attempt += 1

    def _wait(self, error: ModelError, attempt: int) -> float | None:
        match error:
            case ModelRejected() | ModelTimeout():
                return None
            case ModelRateLimited():
                return self._retries.wait(attempt, error.retry_after)
            case ModelUnavailable() | ModelProtocolError():
                return self._retries.wait(attempt, None)
        return None

    async def _begin(
        self, messages: Sequence[Message], options: ChatOptions
    ) -> tuple[Upstream | Whole, Delta]:
        with told_as_model_errors():
            async with AsyncExitStack() as stack:
                upstream = await self._send(messages, options)
                stack.push_async_callback(upstream.close)
                first = await _first_said(upstream)
                stack.pop_all()
                return upstream, first

    async def _send(self, messages: Sequence[Message], options: ChatOptions) -> Upstream | Whole:
        client = await self._clients.get()
        proven = options.model in self._dialects
        dialect = self._dialects.get(options.model, self._first_dialect)
        while True:
            try:
                reply = await dialect.send(client, messages, options)
            except REFUSALS as refusal:
                reworded = dialect.without(refusal, proven=proven)
                if reworded is None:
                    raise
                dialect = reworded
            else:
                self._dialects[options.model] = dialect
                return Upstream(reply) if isinstance(reply, AsyncStream) else Whole(reply)

    async def _rest(
        self, upstream: Upstream | Whole, first: Delta, end: float
    ) -> AsyncGenerator[Delta, None]:
        finished = first.finish_reason
        while True:
            try:
                delta = await self._next(upstream, end, whole=finished in WHOLE)
            except ModelError as error:
                if finished in WHOLE:
                    return
                raise ModelIncomplete(finished or error.reason) from None
            if delta is None:
                break
            finished = delta.finish_reason or finished
            yield delta
        if finished not in WHOLE:
            raise ModelIncomplete(finished or "no_finish_reason")

    async def _next(self, upstream: Upstream | Whole, end: float, *, whole: bool) -> Delta | None:
        """The next delta that says something, or None at the end of the stream."""
        patience = USAGE_WAIT if whole else self._timeouts.between_tokens
        soonest = min(asyncio.get_running_loop().time() + patience, end)
        try:
            async with asyncio.timeout_at(soonest):
                with told_as_model_errors():
                    return await upstream.following()
        except TimeoutError:
            raise ModelTimeout("total" if soonest == end else "between_tokens") from None


async def _first_said(upstream: Upstream | Whole) -> Delta:
    opening = Delta()
    while True:
        delta = await upstream.following()
        if delta is None:
            raise ModelProtocolError(f"empty_{opening.finish_reason or 'stream'}")
        opening = chunks.merged(opening, delta)
        if opening.text or upstream.has_calls:
            return opening
