"""The whole pipeline without Django: every way a question can end."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportapp.answering.values import (
    AnswerKind,
    Notice,
    Outcome,
    Stage,
    Token,
)
from supportapp.llm.client import OpenAIChat
from supportapp.llm.values import Retries, Timeouts
from supportapp.retrieval.values import Evidence, Scope, SearchQuery, SearchResult, Utterance
from supportapp.tracing import Trace
from tests.fakes.model_server import ModelServer
from tests.unit.answering.conftest import (
    SCOPE,
    FoundThis,
    Heard,
    hear,
    make_parts,
    make_question,
)

QUESTION = "Are yearly plans refunded?"


def ask(text: str = QUESTION, **parts: object) -> Heard:
    return asyncio.run(hear(make_question(text), make_parts(**parts)))  # type: ignore[arg-type]


def test_without_a_model_the_articles_are_quoted() -> None:
    heard = ask()
    assert heard.answer.outcome is Outcome.ANSWERED
    assert heard.answer.kind is AnswerKind.QUOTED
    assert heard.answer.citations[0].slug == "refunds"
    assert [event.name for event in heard.events if isinstance(event, Stage)] == [
        "searching",
        "reading",
        "writing",
    ]


def test_a_quoted_answer_streams_word_groups() -> None:
    heard = ask()
    tokens = [event for event in heard.events if isinstance(event, Token)]
    assert len(tokens) > 1
    assert heard.text.startswith("Yearly plans are refunded in full within 30 days. [1]")


def test_weak_evidence_is_declined_with_the_closest_articles() -> None:
    answer = ask(search=FoundThis(confidence=0.2)).answer
    assert answer.outcome is Outcome.NO_EVIDENCE
    assert [each.slug for each in answer.closest] == ["refunds", "cancel"]
    assert Notice.OFFER_PERSON in answer.notices
    assert answer.citations == ()


def test_nothing_found_is_declined_too() -> None:
    answer = ask(search=FoundThis(evidence=(), confidence=0.0)).answer
    assert answer.outcome is Outcome.NO_EVIDENCE
    assert answer.closest == ()


def test_small_talk_asks_no_search() -> None:
    search = FoundThis()
    answer = ask("Are you a robot?", search=search).answer
    assert answer.outcome is Outcome.SMALLTALK
    assert "an AI assistant, not a person" in answer.text
    assert search.asked == []


def test_asking_for_a_person_offers_one() -> None:
    answer = ask("can I talk to a person?").answer
    assert answer.notices == (Notice.OFFER_PERSON,)
    assert "help@tally.example" in answer.text


def test_distress_gets_words_for_people_and_a_person() -> None:
    answer = ask("I want to kill myself over this refund").answer
    assert set(answer.notices) == {Notice.SELF_HARM, Notice.OFFER_PERSON}
    assert "findahelpline" in answer.text


def test_a_chinese_question_gets_chinese_words() -> None:
    answer = ask("今天天气怎么样？", search=FoundThis(confidence=0.1)).answer
    assert "帮助文章" in answer.text


def test_words_without_vectors_are_said_to_be_so() -> None:
    answer = ask(search=FoundThis(degraded=frozenset({"vectors"}))).answer
    assert answer.notices == (Notice.VECTORS_UNAVAILABLE,)


def test_the_conversation_goes_to_the_search() -> None:
    search = FoundThis()
    context = (Utterance("U", "What about Plus?"), Utterance("S", "It is yearly."))
    asyncio.run(hear(make_question("Is it refunded?", context), make_parts(search)))
    assert search.asked[0].context == context


def test_the_opening_of_the_best_article_joins_the_evidence() -> None:
    later, opening = FoundThis().evidence[1], FoundThis().evidence[0]

    async def openings(evidence: Sequence[Evidence], scope: Scope) -> Mapping[int, Evidence]:
        assert ([each.passage_id for each in evidence], scope) == ([later.passage_id], SCOPE)
        return {later.article_id: opening}

    parts = replace(make_parts(FoundThis(evidence=(later,))), openings=openings)
    answer = asyncio.run(hear(make_question(QUESTION), parts)).answer
    assert "Yearly plans are refunded in full" in answer.text
    assert [each["passage"] for each in answer.receipt["evidence"]] == [102, 101]


def test_the_article_whose_opening_is_nearest_comes_first() -> None:
    refund, _, cancel = FoundThis().evidence

    async def openings(evidence: Sequence[Evidence], scope: Scope) -> Mapping[int, Evidence]:
        return {refund.article_id: refund, cancel.article_id: cancel}

    async def similarity(question: str, texts: Sequence[str]) -> Sequence[float]:
        return [0.9 if "To cancel" in text else 0.1 for text in texts]

    found = FoundThis(evidence=(replace(refund, score=1.0), replace(cancel, score=0.9)))
    parts = replace(make_parts(found), openings=openings, similarity=similarity)
    answer = asyncio.run(hear(make_question("How do I cancel?"), parts)).answer
    assert answer.citations[0].slug == "cancel"
    assert [each["number"] for each in answer.receipt["evidence"]] == [1, 2]


def test_suggestions_are_asked_of_the_search_first() -> None:
    search = FoundThis()
    answer = ask(search=search).answer
    assert answer.suggestions == ("How do I cancel my plan?", "How do I ask for a refund?")
    assert tuple(query.text for query in search.asked[1:]) == answer.suggestions


def test_what_the_search_cannot_answer_is_not_suggested() -> None:
    class OnlyTheQuestion(FoundThis):
        async def __call__(self, query: SearchQuery, scope: Scope) -> SearchResult:
            self.confidence = 0.9 if query.text == QUESTION else 0.1
            return await super().__call__(query, scope)

    assert ask(search=OnlyTheQuestion()).answer.suggestions == ()


def test_the_receipt_holds_ids_and_no_text() -> None:
    receipt = ask().answer.receipt
    assert receipt["generation"] == 7
    assert [each["passage"] for each in receipt["evidence"]] == [101, 102, 103]
    assert "refunded" not in str(receipt)


def test_steps_are_timed() -> None:
    trace = Trace()
    asyncio.run(hear(make_question(QUESTION), make_parts(), trace))
    assert {"guardrails.input", "retrieval", "quoting"} <= {each.name for each in trace.records()}


# With a model


def test_a_model_writes_a_cited_answer(model_server: ModelServer, chat: OpenAIChat) -> None:
    model_server.say("Yes, within 30 days [1]. Open Billing [2].")
    heard = ask(chat=chat)
    assert heard.answer.kind is AnswerKind.GENERATED
    assert heard.answer.text == heard.text == "Yes, within 30 days [1]. Open Billing [2]."
    assert [each.passage_id for each in heard.answer.citations] == [101, 102]
    assert heard.answer.prompt is not None
    assert heard.answer.receipt["usage"]["completion_tokens"] > 0
    assert heard.answer.receipt["fingerprint"] == "fp_fake"


def test_evidence_goes_to_the_model_between_marks(
    model_server: ModelServer, chat: OpenAIChat
) -> None:
    ask(chat=chat)
    (request,) = model_server.chats()
    assert 'number="1" title="Refund policy"' in request.prompt
    assert request.body["max_tokens"] == 700


def test_an_invented_citation_is_dropped(model_server: ModelServer, chat: OpenAIChat) -> None:
    model_server.fault("invented_citation")
    answer = ask(chat=chat).answer
    assert "[9]" not in answer.text
    assert [each.number for each in answer.citations] == [1]
    assert answer.receipt["unknown_citations"] == 1


def test_an_answer_without_citations_is_replaced_by_quotes(
    model_server: ModelServer, chat: OpenAIChat
) -> None:
    model_server.say("Everything is refunded for ever [9].")
    answer = ask(chat=chat).answer
    assert answer.kind is AnswerKind.QUOTED
    assert Notice.UNGROUNDED in answer.notices
    assert "for ever" not in answer.text


def test_an_answer_of_numbers_alone_is_replaced_by_quotes(
    model_server: ModelServer, chat: OpenAIChat
) -> None:
    model_server.say("[1] [2]")
    answer = ask(chat=chat).answer
    assert answer.kind is AnswerKind.QUOTED
    assert Notice.UNGROUNDED in answer.notices


@pytest.mark.parametrize(
    "text", ["NO_ANSWER", "NO_ANSWER.", "**NO_ANSWER**", "I don't know.", "我不知道。"]
)
def test_a_model_that_does_not_know_ends_without_evidence(
    model_server: ModelServer, chat: OpenAIChat, text: str
) -> None:
    model_server.say(text)
    heard = ask(chat=chat)
    assert heard.answer.outcome is Outcome.NO_EVIDENCE
    assert "NO_ANSWER" not in heard.text + heard.answer.text
    assert heard.answer.closest


def test_a_leaked_prompt_is_withheld(model_server: ModelServer, chat: OpenAIChat) -> None:
    model_server.fault("leaked_prompt").delay(0.01)
    heard = ask(chat=chat)
    assert heard.answer.outcome is Outcome.BLOCKED
    assert Notice.WITHHELD in heard.answer.notices
    assert "ref-canary" not in heard.text
    assert "quoted help articles" not in heard.text
    assert model_server.wait_for_aborted(1)


@pytest.mark.parametrize("fault", ["500", "503", "429", "401", "404", "hang", "html", "empty"])
def test_a_model_that_is_away_is_replaced_by_quotes(
    model_server: ModelServer, chat: OpenAIChat, fault: str
) -> None:
    model_server.fault(fault)
    answer = ask(chat=chat).answer
    assert answer.kind is AnswerKind.QUOTED
    assert Notice.MODEL_UNAVAILABLE in answer.notices


def test_a_server_that_is_not_there_is_replaced_by_quotes() -> None:
    nobody = OpenAIChat(
        base_url="http://127.0.0.1:9/v1",
        api_key="",
        timeouts=Timeouts(connect=0.3, first_token=0.5),
        retries=Retries(attempts=0),
    )
    assert Notice.MODEL_UNAVAILABLE in ask(chat=nobody).answer.notices


@pytest.mark.parametrize(
    "fault", ["cut", "close", "stall", "no_finish", "length", "bad_json", "error_event"]
)
def test_a_stream_that_breaks_off_is_never_an_answer(
    model_server: ModelServer, chat: OpenAIChat, fault: str
) -> None:
    model_server.say("Yes, within thirty days of the payment [1].").fault(fault, after=4)
    heard = ask(chat=chat)
    assert heard.error is not None
    assert heard.error.code == "model_incomplete"
    assert heard.endings == []
    assert heard.text.startswith("Yes, within")


def test_closing_the_pipeline_stops_the_model(model_server: ModelServer, chat: OpenAIChat) -> None:
    model_server.say("word " * 200).delay(0.05)

    async def leave_after_the_first_token() -> None:
        from supportapp.answering.pipeline import answer

        events = answer(make_question(QUESTION), parts=make_parts(chat=chat), trace=Trace())
        async for event in events:
            if isinstance(event, Token):
                break
        await events.aclose()

    asyncio.run(leave_after_the_first_token())
    assert model_server.wait_for_aborted(1)


faults = st.sampled_from(
    ["500", "429", "html", "empty", "cut", "close", "no_finish", "length", "bad_json",
     "error_event", "invented_citation", "leaked_prompt"]
)  # fmt: skip
replies = st.text(alphabet="Ye sno.[]129NO_ANSWER\n", max_size=60)


@settings(max_examples=60, deadline=None)
@given(fault=st.none() | faults, text=replies, after=st.integers(0, 8))
def test_every_run_ends_once(
    started_server: ModelServer, fault: str | None, text: str, after: int
) -> None:
    """Exactly one Finished, or one model error after text was shown."""
    started_server.reset()
    reply = started_server.say(text)
    if fault:
        reply.fault(fault, after=after)
    chat = OpenAIChat(
        base_url=started_server.base_url,
        api_key="key",
        timeouts=Timeouts(connect=2, first_token=3, between_tokens=2, total=6),
        retries=Retries(attempts=0),
    )
    heard = ask(chat=chat)
    assert len(heard.endings) == (0 if heard.error else 1)
    if heard.error:
        assert heard.text
    else:
        known = {each.number for each in heard.answer.citations}
        assert known == set(range(1, len(known) + 1))
        assert heard.answer.outcome is not Outcome.ANSWERED or known
