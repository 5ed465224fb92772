"""The route of a question in the pipeline: chosen, taken, noted, and said where it matters."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from supportapp.answering.routes import RouteModel, Routes
from supportapp.answering.routing import Means, Route
from supportapp.answering.values import AnswerKind, Notice, Parts, Question, Stage
from supportapp.llm.client import OpenAIChat
from supportapp.retrieval.values import Utterance
from tests.fakes.model_server import ModelServer
from tests.unit.answering.conftest import FoundThis, Heard, hear, make_parts, make_question

ANSWER = "Yearly plans are refunded in full within 30 days [1]."
OTHER = "To cancel, open Settings > Billing > Cancel plan [3]."
REFUND = "Are yearly plans refunded?"


def routed(chat: OpenAIChat, search: FoundThis | None = None, **means: object) -> Parts:
    given = {"has_small": True, "has_large": True} | means
    models = {
        Route.SMALL: RouteModel(chat, "small-wire"),
        Route.LARGE: RouteModel(chat, "large-wire"),
    }
    routes = Routes(Means(**given), models)  # type: ignore[arg-type]
    return replace(make_parts(search, chat), routes=routes)


def ask(parts: Parts, question: Question | None = None) -> Heard:
    return asyncio.run(hear(question or make_question(REFUND), parts))


def asked_models(server: ModelServer) -> list[str]:
    return [request.body["model"] for request in server.chats()]


@pytest.mark.parametrize(
    ("confidence", "policy", "model"),
    [
        (0.999, "balanced", "small-wire"),
        (0.51, "quality", "large-wire"),
        (0.999, "cheap", None),
    ],
)
def test_a_question_is_answered_by_the_cheapest_that_its_policy_lets_do(
    chat: OpenAIChat,
    model_server: ModelServer,
    confidence: float,
    policy: str,
    model: str | None,
):
    model_server.say(ANSWER)
    answer = ask(routed(chat, FoundThis(confidence=confidence), policy=policy)).answer
    assert asked_models(model_server) == ([model] if model else [])
    assert answer.receipt["route"]["route"] == (model or "quoting").removesuffix("-wire")
    assert answer.receipt["route"]["clues"]["confidence"] == confidence
    assert answer.notices == ()


def test_a_spent_budget_quotes_and_says_so(chat: OpenAIChat, model_server: ModelServer):
    said = (Utterance("U", "Can I cancel?"),)
    answer = ask(routed(chat, budget_left=0.0), make_question(REFUND, said)).answer
    assert (answer.kind, answer.notices) == (AnswerKind.QUOTED, (Notice.BUDGET_SPENT,))
    assert answer.receipt["route"]["reasons"] == ["budget_spent"]
    assert model_server.requests == []


def test_a_policy_that_asks_no_model_quotes_without_an_excuse(
    chat: OpenAIChat, model_server: ModelServer
):
    answer = ask(routed(chat, policy="quoting")).answer
    assert (answer.kind, answer.notices) == (AnswerKind.QUOTED, ())
    assert answer.receipt["route"]["reasons"] == ["policy"]
    assert model_server.requests == []


def test_a_failed_answer_before_brings_the_large_model(chat: OpenAIChat, model_server: ModelServer):
    model_server.say(ANSWER)
    parts = routed(chat, FoundThis(confidence=0.999))
    receipt = ask(parts, replace(make_question(REFUND), failures=1)).answer.receipt
    assert asked_models(model_server) == ["large-wire"]
    assert receipt["route"]["reasons"] == ["failed_before"]


def test_a_message_that_no_model_shall_see_is_quoted_with_its_reason(chat: OpenAIChat):
    parts = replace(routed(chat), chat=None)
    receipt = ask(parts).answer.receipt
    assert (receipt["route"]["route"], receipt["route"]["reasons"]) == ("quoting", ["no_model"])


def test_a_model_that_is_on_no_route_answers_whatever_is_asked(
    chat: OpenAIChat, model_server: ModelServer
):
    model_server.say(ANSWER)
    parts = replace(make_parts(None, chat), routes=Routes(Means(has_large=False)))
    assert ask(parts).answer.kind is AnswerKind.GENERATED


def test_nothing_takes_a_route_where_nothing_was_found(chat: OpenAIChat):
    answer = ask(routed(chat, FoundThis(confidence=0.1))).answer
    assert "route" not in answer.receipt


def near(likeness: float):  # type: ignore[no-untyped-def]
    async def similarity(text: str, texts: Sequence[str]) -> Sequence[float]:
        return [1.0 if each == text else likeness for each in texts]

    return similarity


def voted(chat: OpenAIChat, likeness: float = 0.95) -> Parts:
    parts = routed(chat, critical=("refunded",), votes=3)
    return replace(parts, similarity=near(likeness))


def test_a_critical_answer_is_written_several_times_and_the_majority_is_shown(
    chat: OpenAIChat, model_server: ModelServer
):
    model_server.say(OTHER).once()
    model_server.say(ANSWER)
    heard = ask(voted(chat))
    assert asked_models(model_server) == ["large-wire"] * 3
    assert heard.answer.text == ANSWER
    votes = heard.answer.receipt["route"]["votes"]
    assert (votes["samples"], votes["agreed"], votes["failed"]) == (3, True, 0)
    assert heard.text == ANSWER
    assert [each.name for each in heard.events if isinstance(each, Stage)].count("comparing") == 1


def test_drafts_that_cite_the_same_but_give_other_figures_do_not_agree(
    chat: OpenAIChat, model_server: ModelServer
):
    for days in ("30", "60", "90"):
        model_server.say(f"Yearly plans are refunded in full within {days} days [1].").once()
    answer = ask(voted(chat)).answer
    assert (answer.kind, answer.notices) == (AnswerKind.QUOTED, (Notice.DISAGREED,))
    assert answer.receipt["route"]["votes"]["agreed"] is False


def test_a_draft_that_fails_leaves_the_vote_to_the_others(
    chat: OpenAIChat, model_server: ModelServer
):
    model_server.fault("500").once()
    model_server.say(ANSWER)
    answer = ask(voted(chat)).answer
    assert answer.text == ANSWER
    assert answer.receipt["route"]["votes"]["failed"] == 1


def test_where_every_draft_fails_it_is_quoted(chat: OpenAIChat, model_server: ModelServer):
    model_server.fault("500")
    answer = ask(voted(chat)).answer
    assert (answer.kind, answer.notices) == (AnswerKind.QUOTED, (Notice.MODEL_UNAVAILABLE,))


def test_drafts_that_all_decline_say_that_nothing_is_known(
    chat: OpenAIChat, model_server: ModelServer
):
    model_server.say("I don't know.")
    answer = ask(voted(chat)).answer
    assert answer.outcome == "no_evidence"
    assert answer.receipt["route"]["votes"]["agreement"] == 1.0


def test_without_vectors_drafts_are_compared_by_their_words(
    chat: OpenAIChat, model_server: ModelServer
):
    model_server.say(ANSWER)
    parts = routed(chat, critical=("refunded",), votes=2)
    assert ask(parts).answer.receipt["route"]["votes"]["agreement"] == 1.0


def wait_for_chats(server: ModelServer, count: int) -> None:
    end = time.monotonic() + 5
    while len(server.chats()) < count and time.monotonic() < end:
        time.sleep(0.01)


def test_stopping_the_answer_stops_every_draft(chat: OpenAIChat, model_server: ModelServer):
    model_server.fault("stall", after=2)

    async def stopped() -> None:
        task = asyncio.create_task(hear(make_question(REFUND), voted(chat)))
        await asyncio.to_thread(wait_for_chats, model_server, 3)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(stopped())
    assert model_server.wait_for_aborted(3)
