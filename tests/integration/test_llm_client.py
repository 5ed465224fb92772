"""OpenAIChat against a real server on a real socket, with every fault that we know of.

Each fault ends in a whole answer or in one type of supportapp.llm.errors.
"""

import asyncio
import json
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace

import pytest
from asgiref.sync import async_to_sync

from supportapp.llm.client import OpenAIChat
from supportapp.llm.errors import (
    ModelError,
    ModelIncomplete,
    ModelProtocolError,
    ModelRateLimited,
    ModelRejected,
    ModelTimeout,
    ModelUnavailable,
)
from supportapp.llm.values import ChatOptions, Delta, Message, Retries, Timeouts
from tests.fakes.model_server import ModelServer

SAID = "Hold the reset button for ten seconds [1]"
PROMPT = (
    Message("system", "Answer from the passages and cite them."),
    Message("user", "[1] Reset\nHold the reset button. It blinks twice.\n\nHow do I reset it?"),
)
OPTIONS = ChatOptions(model="fake-model", max_tokens=200, temperature=0.0, seed=7)
QUICK = Timeouts(connect=0.5, first_token=0.6, between_tokens=0.3, total=3.0)
NO_WAIT = Retries(attempts=1, first_wait=0.01, longest_wait=0.2)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        server.say(SAID)
        yield server


@pytest.fixture
def chat(server: ModelServer) -> OpenAIChat:
    return OpenAIChat(base_url=server.base_url, api_key="key", timeouts=QUICK, retries=NO_WAIT)


def ask(chat: OpenAIChat, messages: Sequence[Message] = PROMPT) -> list[Delta]:
    return asyncio.run(collect(chat, messages, []))


def ask_until_it_fails(chat: OpenAIChat) -> tuple[str, ModelError]:
    """The text that arrived, and the error that ended it."""
    deltas: list[Delta] = []
    with pytest.raises(ModelError) as raised:
        asyncio.run(collect(chat, PROMPT, deltas))
    return text_of(deltas), raised.value


async def collect(
    chat: OpenAIChat, messages: Sequence[Message], deltas: list[Delta]
) -> list[Delta]:
    async with aclosing(chat.stream(messages, OPTIONS)) as stream:
        async for delta in stream:
            deltas.append(delta)  # noqa: PERF401 - what came before a fault is kept
    return deltas


def text_of(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# A good answer


def test_a_whole_answer_streams_in_pieces(chat: OpenAIChat) -> None:
    deltas = ask(chat)

    assert text_of(deltas) == SAID
    assert len([delta for delta in deltas if delta.text]) > 5


def test_the_answer_carries_model_fingerprint_finish_and_usage(chat: OpenAIChat) -> None:
    deltas = ask(chat)

    assert deltas[0].model == "fake-model-2025-01-01"
    assert deltas[0].fingerprint == "fp_fake"
    assert [delta.finish_reason for delta in deltas if delta.finish_reason] == ["stop"]
    assert deltas[-1].usage is not None
    assert deltas[-1].usage.completion_tokens == 8


def test_every_request_is_bounded_and_reproducible_on_the_wire(
    server: ModelServer, chat: OpenAIChat
) -> None:
    ask(chat)

    body = server.requests[-1].body
    assert body["max_tokens"] == 200
    assert body["temperature"] == 0.0
    assert body["seed"] == 7
    assert body["stream_options"] == {"include_usage": True}
    assert server.requests[-1].headers["authorization"] == "Bearer key"


def test_an_answer_in_one_chunk_is_whole(server: ModelServer, chat: OpenAIChat) -> None:
    server.say("Yes.")

    assert text_of(ask(chat)) == "Yes."


def test_an_open_stream_after_the_last_word_doesnt_spoil_the_answer(
    server: ModelServer, chat: OpenAIChat
) -> None:
    server.fault("no_done")

    deltas = ask(chat)

    assert deltas[-1].finish_reason == "stop"
    assert deltas[-1].usage is None


def test_a_server_without_a_key_is_served(server: ModelServer) -> None:
    chat = OpenAIChat(base_url=server.base_url, api_key="", timeouts=QUICK)

    assert text_of(ask(chat)) == SAID


# Wording that servers refuse


def test_a_server_that_refuses_usage_is_asked_without_it_and_remembered(
    server: ModelServer, chat: OpenAIChat
) -> None:
    server.say(SAID).fault("refuse_usage")

    assert text_of(ask(chat)) == SAID
    assert text_of(ask(chat)) == SAID
    sent = ["stream_options" in request.body for request in server.requests]
    assert sent == [True, False, False]


def test_a_model_that_wants_the_newer_limit_still_gets_a_limit(
    server: ModelServer, chat: OpenAIChat
) -> None:
    server.say(SAID).fault("refuse_limit")

    assert text_of(ask(chat)) == SAID
    assert server.requests[-1].body["max_completion_tokens"] == 200
    assert "max_tokens" not in server.requests[-1].body


def test_a_request_that_is_refused_in_any_wording_is_rejected(
    server: ModelServer, chat: OpenAIChat
) -> None:
    server.fault("400")

    _, error = ask_until_it_fails(chat)

    assert isinstance(error, ModelRejected)
    assert len(server.requests) == 2


def test_a_proven_wording_is_not_doubted_again(server: ModelServer, chat: OpenAIChat) -> None:
    ask(chat)
    server.fault("400")

    ask_until_it_fails(chat)

    assert len(server.requests) == 2


# Faults before the first token


@pytest.mark.parametrize(
    ("fault", "kind", "reason", "requests"),
    [
        ("429", ModelRateLimited, "status_429", 2),
        ("500", ModelUnavailable, "status_500", 2),
        ("503", ModelUnavailable, "status_503", 2),
        ("401", ModelRejected, "status_401", 1),
        ("404", ModelRejected, "status_404", 1),
        ("hang", ModelTimeout, "first_token", 1),
        ("stall", ModelTimeout, "first_token", 1),
        ("drip", ModelTimeout, "first_token", 1),
        ("cut", ModelUnavailable, "connection", 2),
        ("close", ModelProtocolError, "empty_stream", 2),
        ("empty", ModelProtocolError, "empty_stream", 2),
        ("html", ModelProtocolError, "empty_stream", 2),
        ("bad_json", ModelProtocolError, "bad_json", 2),
        ("error_event", ModelUnavailable, "error_event", 2),
    ],
)
def test_a_fault_before_the_first_token_delivers_nothing(
    server: ModelServer,
    chat: OpenAIChat,
    fault: str,
    kind: type[ModelError],
    reason: str,
    requests: int,
) -> None:
    server.say(SAID).fault(fault)

    text, error = ask_until_it_fails(chat)

    assert text == ""
    assert type(error) is kind
    assert error.reason == reason
    assert len(server.requests) == requests


@pytest.mark.parametrize("fault", ["429", "500", "cut", "close", "empty", "html", "bad_json"])
def test_a_passing_fault_is_retried_once_and_answered(
    server: ModelServer, chat: OpenAIChat, fault: str
) -> None:
    server.fault(fault).once()

    assert text_of(ask(chat)) == SAID
    assert len(server.requests) == 2


def test_nobody_listening_is_unavailable() -> None:
    chat = OpenAIChat(
        base_url=f"http://127.0.0.1:{free_port()}/v1",
        api_key="key",
        timeouts=QUICK,
        retries=NO_WAIT,
    )

    _, error = ask_until_it_fails(chat)

    assert type(error) is ModelUnavailable
    assert error.reason == "connection"


def test_a_short_retry_after_is_kept(server: ModelServer, chat: OpenAIChat) -> None:
    server.fault("429", retry_after=0.1).once()
    started = time.monotonic()

    assert text_of(ask(chat)) == SAID
    assert time.monotonic() - started >= 0.1


def test_a_long_retry_after_is_told_at_once_and_not_waited_for(
    server: ModelServer, chat: OpenAIChat
) -> None:
    server.fault("429", retry_after=90)
    started = time.monotonic()

    _, error = ask_until_it_fails(chat)

    assert isinstance(error, ModelRateLimited)
    assert error.retry_after == 90
    assert len(server.requests) == 1
    assert time.monotonic() - started < 1


def test_a_silent_server_costs_one_deadline_only(server: ModelServer, chat: OpenAIChat) -> None:
    server.fault("hang")
    started = time.monotonic()

    ask_until_it_fails(chat)

    assert QUICK.first_token <= time.monotonic() - started < QUICK.first_token + 0.5


def test_a_retry_shares_the_first_tokens_deadline(server: ModelServer, chat: OpenAIChat) -> None:
    server.fault("500").delay_first(0.4).once()
    server.fault("hang")
    started = time.monotonic()

    _, error = ask_until_it_fails(chat)

    assert error.reason == "first_token"
    assert time.monotonic() - started < QUICK.first_token + 0.3


# Faults after the first token


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("stall", "between_tokens"),
        ("cut", "connection"),
        ("close", "no_finish_reason"),
        ("no_finish", "no_finish_reason"),
        ("length", "length"),
        ("bad_json", "bad_json"),
        ("error_event", "error_event"),
    ],
)
def test_a_fault_after_the_first_token_is_never_a_whole_answer(
    server: ModelServer, chat: OpenAIChat, fault: str, reason: str
) -> None:
    server.say(SAID).fault(fault, after=2)

    text, error = ask_until_it_fails(chat)

    assert type(error) is ModelIncomplete
    assert error.reason == reason
    assert text
    assert SAID.startswith(text)
    assert len(server.requests) == 1


def test_a_cut_stream_delivers_what_came_before_the_cut(
    server: ModelServer, chat: OpenAIChat
) -> None:
    server.say(SAID).cut_after(tokens=2)

    text, _ = ask_until_it_fails(chat)

    assert text == "Hold the"


def test_slow_tokens_end_at_the_total_deadline(server: ModelServer) -> None:
    server.say(SAID).delay(0.2)
    timeouts = replace(QUICK, total=0.7)
    chat = OpenAIChat(base_url=server.base_url, api_key="key", timeouts=timeouts)

    text, error = ask_until_it_fails(chat)

    assert type(error) is ModelIncomplete
    assert error.reason == "total"
    assert text.startswith("Hold")


def test_faulty_content_is_delivered_as_it_is(server: ModelServer, chat: OpenAIChat) -> None:
    server.reset()
    server.fault("invented_citation").once()
    server.fault("leaked_prompt").once()

    assert text_of(ask(chat)).endswith("[9].")
    assert text_of(ask(chat)) == PROMPT[0].content


# Hanging up


def test_closing_the_generator_aborts_the_request_at_once(
    server: ModelServer, chat: OpenAIChat
) -> None:
    server.say("word " * 1000).delay(0.02)

    async def take_one() -> None:
        async with aclosing(chat.stream(PROMPT, OPTIONS)) as stream:
            await anext(stream)
        aborted = await asyncio.to_thread(server.wait_for_aborted, 1)
        assert aborted

    asyncio.run(take_one())


def arrived(server: ModelServer) -> None:
    """Wait until the server has a request: on a busy machine it takes its time."""
    ends = time.monotonic() + 5
    while not server.requests and time.monotonic() < ends:
        time.sleep(0.005)


@pytest.mark.parametrize("fault", ["hang", "stall"])
def test_cancelling_the_task_aborts_the_request_at_once(
    server: ModelServer, chat: OpenAIChat, fault: str
) -> None:
    server.say(SAID).fault(fault, after=1)

    async def cancel() -> None:
        task = asyncio.create_task(collect(chat, PROMPT, []))
        await asyncio.to_thread(arrived, server)
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        aborted = await asyncio.to_thread(server.wait_for_aborted, 1)
        assert aborted

    asyncio.run(cancel())


def test_a_missed_deadline_aborts_the_request(server: ModelServer, chat: OpenAIChat) -> None:
    server.fault("hang")

    ask_until_it_fails(chat)

    assert server.wait_for_aborted(1)


# Event loops and warming


def test_one_instance_serves_many_event_loops_and_leaves_no_client_behind(
    server: ModelServer, chat: OpenAIChat
) -> None:
    texts = [text_of(async_to_sync(collect)(chat, PROMPT, [])) for _ in range(5)]

    assert texts == [SAID] * 5
    assert len(chat._clients) == 0


def test_fifty_answers_at_once_share_one_client(server: ModelServer) -> None:
    chat = OpenAIChat(base_url=server.base_url, api_key="key")

    async def fifty() -> set[str]:
        answers = await asyncio.gather(*(collect(chat, PROMPT, []) for _ in range(50)))
        assert len(chat._clients) == 1
        return {text_of(deltas) for deltas in answers}

    assert asyncio.run(fifty()) == {SAID}


def test_warming_reaches_the_server_without_a_question(
    server: ModelServer, chat: OpenAIChat
) -> None:
    assert asyncio.run(chat.warm())
    assert [request.path for request in server.requests] == ["/v1/models"]


def test_a_server_without_a_list_of_models_is_warm(server: ModelServer, chat: OpenAIChat) -> None:
    server.fault("404", on="models")

    assert asyncio.run(chat.warm())


@pytest.mark.parametrize("fault", ["401", "500", "hang"])
def test_warming_a_useless_server_says_so_without_raising(
    server: ModelServer, chat: OpenAIChat, fault: str
) -> None:
    server.fault(fault, on="models")

    assert not asyncio.run(chat.warm())


def test_errors_repeat_neither_prompts_nor_keys(server: ModelServer, chat: OpenAIChat) -> None:
    server.fault("401")

    _, error = ask_until_it_fails(chat)

    told = f"{error} {error!r} {json.dumps(vars(error))}"
    assert "fake server says" not in told
    assert "key" not in told
