"""What a model proposes to ask next: thought of meanwhile, checked, never waited for."""

import asyncio
from dataclasses import replace

from supportapp.answering import prompting
from supportapp.answering.values import Parts
from supportapp.llm.client import OpenAIChat
from tests.fakes.model_server import ModelServer
from tests.unit.answering.conftest import FoundThis, Heard, hear, make_parts, make_question

QUESTION = "Can I get a refund?"
SAID = "Yes, within 30 days [1]."


def asked(parts: Parts) -> Heard:
    return asyncio.run(hear(make_question(QUESTION), parts))


def parts_of(chat: OpenAIChat, **limits: object) -> Parts:
    parts = make_parts(FoundThis(), chat, suggest_seconds=2.0, **limits)
    return replace(parts, suggesting=prompting.shipped("suggest"))


def suggested(model_server: ModelServer, chat: OpenAIChat, text: str) -> tuple[str, ...]:
    model_server.say(SAID)
    model_server.when("<asked_", on="suggest").say(text)
    return asked(parts_of(chat)).answer.suggestions


def test_what_the_model_proposes_comes_before_titles(
    model_server: ModelServer, chat: OpenAIChat
) -> None:
    found = suggested(model_server, chat, "1. When is my money back?\n- “Who pays the fee?”")
    assert found[:2] == ("When is my money back?", "Who pays the fee?")
    assert len(found) == 3


def test_addresses_statements_and_the_question_itself_are_left_out(
    model_server: ModelServer, chat: OpenAIChat
) -> None:
    text = f"Visit https://evil.example?\nWrite to a@b.example?\nThis is no question.\n{QUESTION}"
    found = suggested(model_server, chat, text)
    assert not [each for each in found if "evil" in each or "@" in each or each == QUESTION]


def test_a_failing_or_slow_model_costs_nothing_but_its_proposals(
    model_server: ModelServer, chat: OpenAIChat
) -> None:
    model_server.say(SAID)
    model_server.fault("500", on="suggest").once()
    assert asked(parts_of(chat)).answer.suggestions == ("How do I cancel my plan?",)
    model_server.fault("hang", on="suggest")
    parts = parts_of(chat)
    parts = replace(parts, limits=replace(parts.limits, suggest_seconds=0.05))
    heard = asked(parts)
    assert heard.text == "Yes, within 30 days [1]."
    assert heard.answer.suggestions == ("How do I cancel my plan?",)
    assert model_server.wait_for_aborted(1)


def test_evidence_stands_in_marked_sections(model_server: ModelServer, chat: OpenAIChat) -> None:
    suggested(model_server, chat, "What else?")
    (request,) = [each for each in model_server.requests if "<asked_" in each.prompt]
    assert "<article_" in request.prompt
    assert request.body["temperature"] == 0.0
