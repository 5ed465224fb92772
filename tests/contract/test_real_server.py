"""The openai client, and all that stands on it, against llama.cpp's server and a small model.

What the model says is of no account: it invents. How it is said is what is tested.
"""

import asyncio
import json
import time
import urllib.request
import uuid
from contextlib import aclosing
from typing import Literal

import numpy as np
import pytest
from asgiref.sync import async_to_sync
from pydantic import BaseModel
from pytest_django.fixtures import Settings

from supportapp.conversations import turns
from supportapp.conversations.models import Conversation
from supportapp.conversations.running import Running, run
from supportapp.gateway.models import ModelCall
from supportapp.llm import structured
from supportapp.llm.client import OpenAIChat
from supportapp.llm.embedding import RemoteEmbedder
from supportapp.llm.errors import ModelIncomplete, ModelRejected
from supportapp.llm.values import ChatOptions, Delta, Message, ResponseFormat
from tests.contract.conftest import KEY, MODEL, PATIENT
from tests.integration.conversations.conftest import VISITOR, make_help_centre

# A small model is slow on a busy machine.
pytestmark = pytest.mark.timeout(600)
DIMENSION = 576
HELLO = (Message("user", "Say hello."),)
ONE_WORD = ResponseFormat(
    {
        "type": "object",
        "properties": {"word": {"type": "string", "enum": ["hello"]}},
        "required": ["word"],
        "additionalProperties": False,
    },
    "word",
)
SHORT = ChatOptions(MODEL, max_tokens=40, seed=7, response_format=ONE_WORD)


class Answer(BaseModel):
    """A shape that a model can't miss by accident alone."""

    colour: Literal["red", "green"]
    count: int


async def heard(chat: OpenAIChat, options: ChatOptions) -> list[Delta]:
    async with aclosing(chat.stream(HELLO, options)) as stream:
        return [delta async for delta in stream]


def test_an_answer_is_streamed_in_pieces_with_its_usage_and_its_end(chat: OpenAIChat) -> None:
    deltas = asyncio.run(heard(chat, SHORT))
    said = [each for each in deltas if each.text]
    assert len(said) > 1
    assert json.loads("".join(each.text for each in said)) == {"word": "hello"}
    assert [each.finish_reason for each in deltas if each.finish_reason] == ["stop"]
    (usage,) = [each.usage for each in deltas if each.usage]
    assert usage.prompt_tokens > 5
    assert usage.completion_tokens >= len(said) - 1
    assert {each.model for each in said} == {MODEL}
    assert any(each.fingerprint for each in deltas)


def test_the_same_seed_at_temperature_zero_says_the_same(chat: OpenAIChat) -> None:
    one, other = (asyncio.run(heard(chat, SHORT)) for _ in range(2))
    assert "".join(each.text for each in one) == "".join(each.text for each in other)


def test_an_answer_that_reaches_its_limit_is_incomplete(chat: OpenAIChat) -> None:
    with pytest.raises(ModelIncomplete):
        asyncio.run(heard(chat, ChatOptions(MODEL, max_tokens=4)))


def test_a_reply_fits_its_json_schema(chat: OpenAIChat) -> None:
    messages = (Message("user", "How many apples are there, and which colour are they?"),)
    options = ChatOptions(MODEL, max_tokens=60)
    answer = asyncio.run(structured.ask(chat, messages, options, Answer))
    assert answer.colour in {"red", "green"}


def test_stopping_stops_the_server_too(chat: OpenAIChat, address: str) -> None:
    async def begun() -> None:
        options = ChatOptions(MODEL, max_tokens=2_000, temperature=1.0)
        story = (Message("user", "Tell a very long story about a ship."),)
        async with aclosing(chat.stream(story, options)) as stream:
            async for delta in stream:
                if delta.text:
                    assert busy(address)
                    return

    asyncio.run(begun())
    end = time.monotonic() + 20
    while busy(address) and time.monotonic() < end:
        time.sleep(0.05)
    assert not busy(address)


def busy(address: str) -> bool:
    """Whether the server is writing anything."""
    request = urllib.request.Request(
        f"{address.removesuffix('/v1')}/slots", headers={"Authorization": f"Bearer {KEY}"}
    )
    with urllib.request.urlopen(request, timeout=60) as reply:
        return any(each["is_processing"] for each in json.load(reply))


def test_a_wrong_key_is_refused(address: str) -> None:
    stranger = OpenAIChat(base_url=address, api_key="another", timeouts=PATIENT)
    with pytest.raises(ModelRejected) as refused:
        asyncio.run(heard(stranger, SHORT))
    assert refused.value.reason.startswith("status_401")


def test_a_prompt_that_is_too_long_is_refused(chat: OpenAIChat) -> None:
    async def asked() -> None:
        long = (Message("user", "word " * 9_000),)
        async with aclosing(chat.stream(long, SHORT)) as stream:
            async for _ in stream:
                pass

    with pytest.raises(ModelRejected):
        asyncio.run(asked())


def test_texts_are_embedded_in_their_order(embeddings_address: str) -> None:
    embedder = RemoteEmbedder(
        base_url=embeddings_address, api_key=KEY, model=MODEL, dimension=DIMENSION, deadline=120
    )
    texts = ["A refund is paid within 30 days.", "The moon is far away."]
    both, alone = embedder.embed(texts), embedder.embed(texts[1:])
    assert both.shape == (2, DIMENSION)
    assert np.allclose(np.linalg.norm(both, axis=1), 1.0, atol=1e-4)
    assert float(both[1] @ alone[0]) > float(both[0] @ alone[0])


def test_a_question_walks_through_the_whole_pipeline(
    db: None, address: str, settings: Settings
) -> None:
    settings.OPENAI_BASE_URL = address
    settings.OPENAI_API_KEY = KEY
    settings.CHAT_MODEL = MODEL
    settings.GUARDRAILS_OFF = []
    settings.ANSWERING_MAX_TOKENS = 80
    settings.ANSWERING_SUGGESTIONS = 0
    settings.ANSWERING_EVIDENCE = 1
    settings.ANSWERING_PROMPT_CHARACTERS = 600
    settings.ANSWERING_FIRST_TOKEN_SECONDS = 200
    settings.ANSWERING_TOTAL_SECONDS = 300
    settings.TURN_DEADLINE_SECONDS = 400
    talk = Conversation.objects.create(workspace=make_help_centre(), visitor=VISITOR)
    turn = turns.open(talk, "Are yearly plans refunded?", uuid.uuid4())
    async_to_sync(run)(Running(turn.pk))
    turn.refresh_from_db()
    assert (turn.state, turn.receipt["route"]["route"]) == ("answered", "large")
    (call,) = ModelCall.objects.filter(turn_id=turn.pk, purpose="answer")
    assert call.tokens_in > 100
    # A model this small says what no article does: then the articles are quoted, and it says so.
    assert turn.kind == "generated" or turn.notices or turn.outcome == "no_evidence"
    assert turn.kind != "generated" or turn.citations.exists()
