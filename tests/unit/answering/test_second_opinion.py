"""A model may say that a sentence in other words is supported; anything else means no."""

import asyncio
from dataclasses import replace

import pytest

from supportapp.answering.second_opinion import opinion
from supportapp.guardrails import support
from supportapp.guardrails.grounds import Grounds
from supportapp.llm.client import OpenAIChat
from tests.fakes.model_server import ModelServer
from tests.unit.answering.conftest import FoundThis, hear, make_question
from tests.unit.answering.test_guarding import guarded_parts

OPEN = "Yearly plans are handed back in full to every customer."
WEIGHED = support.weigh(OPEN, Grounds.of(FoundThis().evidence))


def asked(chat: OpenAIChat) -> bool:
    return asyncio.run(opinion(chat, "fake", seconds=1.0)(WEIGHED))


@pytest.mark.parametrize(
    ("said", "supports"), [("yes", True), ("Yes.", True), ("no", False), ("maybe yes", False)]
)
def test_only_a_plain_yes_counts(
    model_server: ModelServer, chat: OpenAIChat, said: str, supports: bool
) -> None:
    model_server.say(said)
    assert asked(chat) is supports
    (request,) = model_server.requests
    assert OPEN in request.prompt
    assert "Yearly plans are refunded in full within 30 days." in request.prompt


@pytest.mark.parametrize("fault", ["500", "hang", "cut", "empty"])
def test_a_model_that_fails_confirms_nothing(
    model_server: ModelServer, chat: OpenAIChat, fault: str
) -> None:
    model_server.fault(fault)
    assert asked(chat) is False


def test_a_confirmed_sentence_is_shown(model_server: ModelServer, chat: OpenAIChat) -> None:
    assert WEIGHED.is_open
    model_server.when("<sentence_").say("yes")
    model_server.say(f"Yearly plans are refunded in full within 30 days [1]. {OPEN} [1]")
    parts = replace(guarded_parts(chat), second_opinion=opinion(chat, "fake"))
    answer = asyncio.run(hear(make_question("Are yearly plans refunded?"), parts)).answer
    assert OPEN in answer.text
    assert "second_opinion" in {each["code"] for each in answer.receipt["guards"]}
