"""Several endpoints behave as one model: breaker, chain, hedge, shapes, moderation, records."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from decimal import Decimal

import pytest
from pydantic import BaseModel

from supportapp.llm import structured
from supportapp.llm.breaker import Breaker
from supportapp.llm.chain import Chain
from supportapp.llm.client import OpenAIChat
from supportapp.llm.endpoints import Call, Capabilities, Endpoint, ServedModel
from supportapp.llm.errors import (
    ModelError,
    ModelIncomplete,
    ModelProtocolError,
    ModelRateLimited,
    ModelRejected,
    ModelTimeout,
    ModelUnavailable,
    ModelWrongShape,
)
from supportapp.llm.hedging import Hedge
from supportapp.llm.moderation import Moderator
from supportapp.llm.prices import Price
from supportapp.llm.protocols import ChatModel
from supportapp.llm.values import ChatOptions, Delta, Message, Retries, Timeouts, ToolSchema
from supportapp.tracing import Trace
from tests.fakes.model_server import ModelServer

PROMPT = (Message("user", "[1] Hold the button. It blinks.\n\nHow do I reset it?"),)
OPTIONS = ChatOptions(model="ignored", max_tokens=100, temperature=0.0, seed=7)
PRICE = Price(Decimal(10), Decimal(20), Decimal(1))
Make = Callable[..., ServedModel]


@pytest.fixture
def servers() -> Iterator[tuple[ModelServer, ModelServer]]:
    with ModelServer() as one, ModelServer() as other:
        one.say("One says so.")
        other.say("The other says so.")
        yield one, other


@pytest.fixture
def one(servers: tuple[ModelServer, ModelServer]) -> ModelServer:
    return servers[0]


@pytest.fixture
def other(servers: tuple[ModelServer, ModelServer]) -> ModelServer:
    return servers[1]


@pytest.fixture
def calls() -> list[Call]:
    return []


@pytest.fixture
def make(calls: list[Call]) -> Make:
    def made(server: ModelServer, name: str, **more: object) -> ServedModel:
        capabilities = more.pop("capabilities", Capabilities())
        assert isinstance(capabilities, Capabilities)
        endpoint = Endpoint(
            name,
            server.base_url,
            f"{name}-wire",
            price=PRICE,
            capabilities=capabilities,
            context_tokens=int(str(more.pop("context_tokens", 0))),
        )
        wire = OpenAIChat(
            base_url=server.base_url,
            api_key="key",
            timeouts=Timeouts(connect=3.0, first_token=1.0, between_tokens=0.3, total=3.0),
            retries=Retries(attempts=0),
            dialect=capabilities.dialect(),
        )
        breaker = more.pop("breaker", None) or Breaker(failures=2, rest=60.0)
        assert isinstance(breaker, Breaker)
        return ServedModel(endpoint, wire, purpose="answer", breaker=breaker, sink=calls.append)

    return made


def ask(
    chat: ChatModel, options: ChatOptions = OPTIONS, messages: Sequence[Message] = PROMPT
) -> list[Delta]:
    async def collect() -> list[Delta]:
        async with aclosing(chat.stream(messages, options)) as stream:
            return [delta async for delta in stream]

    return asyncio.run(collect())


def text_of(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas)


# One endpoint


def test_a_call_is_recorded_with_everything_but_its_text(
    one: ModelServer, make: Make, calls: list[Call]
) -> None:
    deltas = ask(make(one, "main"))

    assert (text_of(deltas), deltas[0].endpoint) == ("One says so.", "main")
    assert one.requests[-1].body["model"] == "main-wire"
    call = calls[0]
    assert (call.purpose, call.endpoint, call.requested) == ("answer", "main", "main-wire")
    assert (call.model, call.fingerprint) == ("fake-model-2025-01-01", "fp_fake")
    assert (call.seed, call.temperature, call.finish_reason) == (7, 0.0, "stop")
    assert call.cost == PRICE.cost(call.usage)
    assert call.first_token_ms is not None
    assert call.first_token_ms <= call.total_ms
    assert call.error == ""
    assert "says" not in repr(call)


def test_a_call_leaves_a_span_in_the_trace_that_is_open(one: ModelServer, make: Make) -> None:
    trace = Trace()

    async def asked() -> None:
        with trace.span("generation"):
            async with aclosing(make(one, "main").stream(PROMPT, OPTIONS)) as stream:
                assert [delta async for delta in stream]

    asyncio.run(asked())
    outer, inner = trace.records()
    assert (inner.name, inner.parent) == ("model.call", 0)
    assert inner.attributes["fingerprint"] == "fp_fake"
    assert outer.duration_ms >= inner.duration_ms


def test_a_server_that_counts_nothing_is_counted_for(
    one: ModelServer, make: Make, calls: list[Call]
) -> None:
    one.say("One says so.").fault("refuse_usage")
    ask(make(one, "main"))
    assert calls[0].is_estimated
    assert calls[0].usage.completion_tokens > 0


def test_a_caller_that_leaves_is_recorded_as_cancelled(
    one: ModelServer, make: Make, calls: list[Call]
) -> None:
    async def left() -> None:
        async with aclosing(make(one, "main").stream(PROMPT, OPTIONS)) as stream:
            assert await anext(stream)

    asyncio.run(left())
    assert (calls[0].error, calls[0].usage.completion_tokens) == ("cancelled", 1)


def test_what_an_endpoint_cannot_do_is_not_asked_of_it(one: ModelServer, make: Make) -> None:
    tool = ToolSchema("rates", "Rates.", {"type": "object"})
    without_tools = make(one, "main", capabilities=Capabilities(tools=False))
    small = make(one, "small", context_tokens=50)
    for chat, options in (
        (without_tools, ChatOptions(model="m", max_tokens=10, tools=(tool,))),
        (small, OPTIONS),
    ):
        with pytest.raises(ModelRejected):
            ask(chat, options)
    assert one.requests == []


def test_a_server_that_knows_no_limit_is_hung_up_on(
    one: ModelServer, make: Make, calls: list[Call]
) -> None:
    one.say(" ".join(["And so on."] * 1000))
    with pytest.raises(ModelIncomplete, match="over_long"):
        ask(make(one, "main"), ChatOptions(model="m", max_tokens=50))
    assert calls[0].usage.completion_tokens < 200
    assert one.wait_for_aborted(1)


def test_a_failing_endpoint_is_left_alone(one: ModelServer, make: Make, calls: list[Call]) -> None:
    one.fault("500")
    chat = make(one, "main")
    for _ in range(5):
        with pytest.raises(ModelUnavailable):
            ask(chat)
    assert (len(one.requests), len(calls)) == (2, 2)


def test_a_server_without_streams_answers_in_one_piece(
    one: ModelServer, make: Make, calls: list[Call]
) -> None:
    chat = make(one, "main", capabilities=Capabilities(streaming=False, seed=False))
    assert text_of(ask(chat)) == "One says so."
    assert not one.requests[-1].body.get("stream")
    assert "seed" not in one.requests[-1].body
    assert not calls[0].is_estimated

    one.call("rates", day=1)
    tool = ToolSchema("rates", "Rates.", {"type": "object"})
    called = ask(chat, ChatOptions(model="m", max_tokens=10, tools=(tool,)))
    assert [(call.name, call.arguments) for call in called[0].tool_calls] == [
        ("rates", '{"day": 1}')
    ]


def test_a_server_that_refuses_to_stream_is_found_out(one: ModelServer, make: Make) -> None:
    one.say("One says so.").fault("refuse_stream")
    assert text_of(ask(make(one, "main"))) == "One says so."
    streamed = [bool(each.body.get("stream")) for each in one.requests]
    assert streamed[-1] is False
    assert len(streamed) <= 3


# A chain


@pytest.mark.parametrize("fault", ["429", "500", "401", "hang", "html", "empty", "bad_json"])
def test_the_next_model_answers_for_one_that_fails_before_its_first_word(
    one: ModelServer, other: ModelServer, make: Make, calls: list[Call], fault: str
) -> None:
    one.fault(fault, retry_after=90 if fault == "429" else None)
    chat = Chain([make(one, "main"), make(other, "spare")], first_token=1.0)

    deltas = ask(chat)

    assert (text_of(deltas), deltas[0].endpoint) == ("The other says so.", "spare")
    assert [call.endpoint for call in calls] == ["main", "spare"]
    assert calls[0].error
    assert not calls[1].error


def test_after_the_first_word_nobody_else_goes_on(
    one: ModelServer, other: ModelServer, make: Make
) -> None:
    one.fault("cut", after=1)
    with pytest.raises(ModelIncomplete):
        ask(Chain([make(one, "main"), make(other, "spare")], first_token=1.0))
    assert other.requests == []


def test_with_every_model_away_the_last_ones_error_is_told(
    one: ModelServer, other: ModelServer, make: Make
) -> None:
    one.fault("500")
    other.fault("429")
    with pytest.raises(ModelRateLimited):
        ask(Chain([make(one, "main"), make(other, "spare")], first_token=1.0))


def test_silence_everywhere_costs_no_more_than_the_deadline(
    one: ModelServer, other: ModelServer, make: Make
) -> None:
    one.fault("hang")
    other.fault("hang")
    with pytest.raises(ModelTimeout):
        ask(Chain([make(one, "main"), make(other, "spare")], first_token=0.4))
    assert one.wait_for_aborted(1)
    assert other.wait_for_aborted(1)


def test_a_silent_first_model_is_left_alone_after_some_times(
    one: ModelServer, other: ModelServer, make: Make, calls: list[Call]
) -> None:
    one.fault("hang")
    chat = Chain([make(one, "main"), make(other, "spare")], first_token=2.0)
    said = [text_of(ask(chat)) for _ in range(3)]
    assert said == ["The other says so."] * 3
    assert len(one.requests) == 2
    assert calls[0].error == "model_timeout"


def test_a_call_cut_before_its_first_word_has_cost_its_prompt(
    one: ModelServer, other: ModelServer, make: Make, calls: list[Call]
) -> None:
    one.fault("hang")
    ask(Chain([make(one, "main"), make(other, "spare")], first_token=2.0))
    assert calls[0].usage.prompt_tokens > 0
    assert calls[0].is_estimated
    assert calls[0].cost


def test_a_call_that_was_refused_has_cost_nothing(
    one: ModelServer, other: ModelServer, make: Make, calls: list[Call]
) -> None:
    one.fault("429")
    ask(Chain([make(one, "main"), make(other, "spare")], first_token=1.0))
    assert (calls[0].usage.prompt_tokens, calls[0].is_estimated) == (0, False)


def test_tools_go_to_the_model_that_knows_them(
    one: ModelServer, other: ModelServer, make: Make
) -> None:
    tool = ToolSchema("rates", "Rates.", {"type": "object"})
    links = [make(one, "main", capabilities=Capabilities(tools=False)), make(other, "spare")]
    ask(Chain(links, first_token=1.0), ChatOptions(model="m", max_tokens=9, tools=(tool,)))
    assert (len(one.requests), other.requests[-1].tools) == (0, ["rates"])


# A hedge


def test_a_slow_first_word_is_overtaken(one: ModelServer, other: ModelServer, make: Make) -> None:
    one.fault("hang")
    deltas = ask(Hedge(make(one, "main"), make(other, "spare"), seconds=0.05))
    assert (text_of(deltas), deltas[0].endpoint) == ("The other says so.", "spare")
    assert one.wait_for_aborted(1)


def test_a_quick_first_word_is_not_hedged(one: ModelServer, other: ModelServer, make: Make) -> None:
    warm = make(one, "main")
    ask(warm)
    assert text_of(ask(Hedge(warm, make(other, "spare"), seconds=2.0))) == "One says so."
    assert other.requests == []


def test_a_hedge_whose_runners_both_fail_raises_once(
    one: ModelServer, other: ModelServer, make: Make
) -> None:
    one.say("Late.").delay_first(0.2).fault("500")
    other.fault("429")
    with pytest.raises(ModelError):
        ask(Hedge(make(one, "main"), make(other, "spare"), seconds=0.05))


def test_a_hedge_that_is_left_hangs_up_on_both(
    one: ModelServer, other: ModelServer, make: Make
) -> None:
    one.fault("hang")
    other.fault("hang")

    async def left() -> None:
        chat = Hedge(make(one, "main"), make(other, "spare"), seconds=0.05)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3), aclosing(chat.stream(PROMPT, OPTIONS)) as stream:
                await anext(stream)

    asyncio.run(left())
    assert one.wait_for_aborted(1)
    assert other.wait_for_aborted(1)


# Shapes


class Judgement(BaseModel):
    verdict: str
    reasons: list[str]


def judge(chat: ChatModel) -> Judgement:
    return asyncio.run(structured.ask(chat, PROMPT, OPTIONS, Judgement))


def test_a_reply_of_the_right_shape_is_read(one: ModelServer, make: Make) -> None:
    one.say('```json\n{"verdict": "yes", "reasons": ["it says so"]}\n```')
    assert judge(make(one, "main")) == Judgement(verdict="yes", reasons=["it says so"])
    wanted = one.requests[-1].json_schema
    assert wanted is not None
    assert (wanted["additionalProperties"], wanted["required"]) == (False, ["verdict", "reasons"])


@pytest.mark.parametrize("fault", ["broken_object", "wrong_schema"])
def test_a_wrong_shape_is_repaired_once(one: ModelServer, make: Make, fault: str) -> None:
    one.reset()
    one.fault(fault).once()
    assert judge(make(one, "main")) == Judgement(verdict="text", reasons=[])
    complaint = one.requests[-1].question
    assert "doesn't fit the schema" in complaint


@pytest.mark.parametrize("fault", ["broken_object", "wrong_schema"])
def test_a_shape_that_stays_wrong_is_one_clear_error(
    one: ModelServer, make: Make, fault: str
) -> None:
    one.reset()
    one.fault(fault)
    with pytest.raises(ModelWrongShape):
        judge(make(one, "main"))
    assert len(one.requests) == 2


def test_where_json_mode_is_all_there_is_the_prompt_holds_the_schema(
    one: ModelServer, make: Make
) -> None:
    one.say('{"verdict": "no", "reasons": []}')
    judge(make(one, "main", capabilities=Capabilities(json="mode")))
    request = one.requests[-1]
    assert request.body["response_format"] == {"type": "json_object"}
    assert json.dumps(["verdict", "reasons"]) in request.prompt


# Moderation


def test_texts_are_moderated_in_order(one: ModelServer) -> None:
    moderator = Moderator(base_url=one.base_url, api_key="", model="moderation")
    calm, angry = asyncio.run(moderator.judge(["hello", "an attack"]))
    assert (calm.is_flagged, angry.is_flagged, angry.categories) == (False, True, ("violence",))


def test_a_moderator_that_is_away_raises_a_model_error(one: ModelServer) -> None:
    one.fault("500", on="moderations")
    moderator = Moderator(base_url=one.base_url, api_key="", model="moderation")
    with pytest.raises(ModelUnavailable):
        asyncio.run(moderator.judge(["hello"]))


def test_a_moderation_of_another_shape_is_a_protocol_error(one: ModelServer) -> None:
    one.fault("html", on="moderations")
    moderator = Moderator(base_url=one.base_url, api_key="", model="moderation")
    with pytest.raises(ModelProtocolError):
        asyncio.run(moderator.judge(["hello"]))
