"""Tools and JSON on the wire: fragments become whole calls, wishes are worded to fit."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import aclosing

import pytest

from supportapp.llm.client import OpenAIChat
from supportapp.llm.errors import ModelIncomplete, ModelRejected
from supportapp.llm.values import (
    ChatOptions,
    Delta,
    Message,
    ResponseFormat,
    Retries,
    Timeouts,
    ToolCall,
    ToolSchema,
)
from tests.fakes.model_server import ModelServer

ORDER = ToolSchema(
    "get_order_status",
    "Where an order is.",
    {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]},
)
WITH_TOOLS = ChatOptions(model="fake-model", max_tokens=200, tools=(ORDER,))
SCHEMA = {"type": "object", "properties": {"verdict": {"enum": ["yes", "no"]}}}
WITH_SCHEMA = ChatOptions(
    model="fake-model", max_tokens=200, response_format=ResponseFormat(SCHEMA, "verdict")
)
ASKED = (Message("system", "Help."), Message("user", "Where is order A-1?"))


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def chat(server: ModelServer) -> OpenAIChat:
    return OpenAIChat(
        base_url=server.base_url,
        api_key="key",
        timeouts=Timeouts(connect=0.5, first_token=1.0, between_tokens=0.3, total=3.0),
        retries=Retries(attempts=0),
    )


def ask(chat: OpenAIChat, options: ChatOptions, messages: Sequence[Message] = ASKED) -> list[Delta]:
    async def collect() -> list[Delta]:
        async with aclosing(chat.stream(messages, options)) as stream:
            return [delta async for delta in stream]

    return asyncio.run(collect())


def calls(deltas: list[Delta]) -> tuple[ToolCall, ...]:
    return tuple(call for delta in deltas for call in delta.tool_calls)


def test_fragments_of_several_calls_arrive_as_whole_calls(
    server: ModelServer, chat: OpenAIChat
) -> None:
    server.call("get_order_status", order="A-1").call("get_order_status", order="Ü-2")

    deltas = ask(chat, WITH_TOOLS)

    assert [(call.name, json.loads(call.arguments)) for call in calls(deltas)] == [
        ("get_order_status", {"order": "A-1"}),
        ("get_order_status", {"order": "Ü-2"}),
    ]
    assert len({call.id for call in calls(deltas)}) == 2
    assert [delta.finish_reason for delta in deltas if delta.finish_reason] == ["tool_calls"]
    assert server.requests[-1].tools == ["get_order_status"]


def test_the_result_of_a_call_goes_back_under_its_id(server: ModelServer, chat: OpenAIChat) -> None:
    call = ToolCall("call_7", "get_order_status", '{"order": "A-1"}')
    server.call("get_order_status", order="A-1")
    told = (
        *ASKED,
        Message("assistant", "", tool_calls=(call,)),
        Message("tool", "[1] Order A-1 is on its way.", tool_call_id="call_7"),
    )

    deltas = ask(chat, WITH_TOOLS, told)

    assert "".join(delta.text for delta in deltas) == "Order A-1 is on its way. [1]"
    assistant, tool = server.requests[-1].messages[-2:]
    assert assistant["tool_calls"][0]["id"] == tool["tool_call_id"] == "call_7"
    assert assistant["content"] is None


def test_a_call_that_is_cut_off_is_never_made(server: ModelServer, chat: OpenAIChat) -> None:
    server.call("get_order_status", order="A-1").cut_after(tokens=2)

    with pytest.raises(ModelIncomplete):
        ask(chat, WITH_TOOLS)


def test_broken_arguments_are_delivered_as_they_are(server: ModelServer, chat: OpenAIChat) -> None:
    server.call("get_order_status").fault("broken_arguments")

    assert [call.arguments for call in calls(ask(chat, WITH_TOOLS))] == ['{"broken": ']


def test_without_tools_no_request_speaks_of_them(server: ModelServer, chat: OpenAIChat) -> None:
    ask(chat, ChatOptions(model="fake-model", max_tokens=20))

    assert not {"tools", "tool_choice", "response_format"} & set(server.requests[-1].body)


def test_a_schema_is_asked_for_strictly(server: ModelServer, chat: OpenAIChat) -> None:
    deltas = ask(chat, WITH_SCHEMA)

    assert json.loads("".join(delta.text for delta in deltas)) == {"verdict": "yes"}
    wanted = server.requests[-1].body["response_format"]["json_schema"]
    assert wanted == {"name": "verdict", "schema": SCHEMA, "strict": True}


@pytest.mark.parametrize(
    ("fault", "wordings"),
    [
        ("refuse_schema", ["json_schema", "json_object"]),
        ("refuse_format", ["json_schema", "json_object", None]),
    ],
)
def test_a_server_that_knows_less_of_json_is_asked_for_less_and_remembered(
    server: ModelServer, chat: OpenAIChat, fault: str, wordings: list[str | None]
) -> None:
    server.fault(fault)

    ask(chat, WITH_SCHEMA)
    ask(chat, WITH_SCHEMA)

    asked = [(each.body.get("response_format") or {}).get("type") for each in server.requests]
    assert asked == [*wordings, wordings[-1]]


def test_a_server_that_refuses_tools_is_rejected(server: ModelServer, chat: OpenAIChat) -> None:
    server.fault("400")

    with pytest.raises(ModelRejected):
        ask(chat, WITH_TOOLS)
