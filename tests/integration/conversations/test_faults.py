"""Whatever a model server does: one honest answer or one clear error, and nothing is lost."""

import socket
import time
import uuid
from collections.abc import Iterator

import pytest
from asgiref.sync import async_to_sync
from pytest_django.fixtures import Settings

from supportapp.conversations import turns
from supportapp.conversations.models import Conversation, Turn
from supportapp.conversations.presenting import view
from supportapp.conversations.running import Running, run
from supportapp.gateway import sealing, wires
from supportapp.gateway.models import Allowance, ModelCall, ModelConfig, Reservation, Spending
from tests.fakes.model_server import ModelServer

QUESTION = "Are yearly plans refunded?"
SAID = "Yes, yearly plans are refunded in full within 30 days of payment [1]."
BEFORE_A_WORD = ["429", "500", "503", "401", "404", "hang", "html", "empty", "bad_json"]
AFTER_A_WORD = ["stall", "cut", "close", "bad_json", "error_event", "no_finish", "length"]


@pytest.fixture(autouse=True)
def quick(settings: Settings) -> Iterator[None]:
    """Short deadlines, and servers of which nothing is known yet."""
    wires.forget()
    settings.MODEL_BETWEEN_TOKENS_SECONDS = 0.3
    settings.ANSWERING_SUGGESTIONS = 0
    settings.MODEL_RETRIES = 1
    yield
    wires.forget()


@pytest.fixture
def impatient(model: ModelServer, settings: Settings) -> ModelServer:
    """The model of the settings, which has three seconds to begin."""
    settings.ANSWERING_FIRST_TOKEN_SECONDS = 3
    model.say(SAID)
    return model


@pytest.fixture
def spare(talk: Conversation) -> Iterator[ModelServer]:
    """A second model, which staff configured."""
    with ModelServer() as server:
        server.say("Within 30 days, says the spare one [1].")
        ModelConfig.objects.create(
            name="spare",
            base_url=server.base_url,
            wire_name="spare-wire",
            sealed_key=sealing.seal("sk-spare"),
            price_in=1,
            price_out=2,
        )
        yield server


def ask(talk: Conversation, **more: object) -> Turn:
    """Ask, and see that the turn ended in one final state with its question kept."""
    turn = turns.open(talk, QUESTION, uuid.uuid4(), **more)  # type: ignore[arg-type]
    running = Running(turn.pk)
    async_to_sync(run)(running)
    turn.refresh_from_db()
    assert running.transcript.ended
    assert turn.question == QUESTION
    assert not turn.is_running
    assert turn.finished_at is not None
    assert Reservation.objects.count() == 0
    return turn


def calls_of(turn: Turn) -> list[str]:
    return list(
        ModelCall.objects.filter(turn_id=turn.pk, purpose="answer")
        .order_by("pk")
        .values_list("error", flat=True)
    )


def fault(server: ModelServer, name: str, **details: object) -> None:
    server.say(SAID).fault(name, **details)  # type: ignore[arg-type]


# Before the first word: the articles are quoted, and the answer says so


@pytest.mark.parametrize("name", BEFORE_A_WORD)
def test_a_model_that_says_nothing_is_replaced_by_the_articles_own_words(
    talk: Conversation, impatient: ModelServer, name: str
) -> None:
    fault(impatient, name)
    began = time.monotonic()

    turn = ask(talk)

    assert time.monotonic() - began < 4
    assert (turn.state, turn.kind) == ("answered", "quoted")
    assert "model_unavailable" in turn.notices
    assert turn.answer.startswith("Yearly plans are refunded")
    assert turn.citations.count() >= 1
    assert len(impatient.chats()) <= 2
    assert [bool(error) for error in calls_of(turn)] == [True]


def test_a_server_that_asks_for_ninety_seconds_is_not_waited_for_nor_asked_again(
    talk: Conversation, impatient: ModelServer
) -> None:
    fault(impatient, "429", retry_after=90)
    began = time.monotonic()
    first, second = ask(talk), ask(talk)
    assert time.monotonic() - began < 4
    assert {first.kind, second.kind} == {"quoted"}
    assert len(impatient.chats()) == 1


def test_a_server_that_asks_for_a_moment_gets_it(
    talk: Conversation, impatient: ModelServer
) -> None:
    impatient.fault("429", retry_after=0.2).once()
    turn = ask(talk)
    assert (turn.kind, turn.answer) == ("generated", SAID)


def test_nobody_listening_is_replaced_by_the_articles_own_words(
    talk: Conversation, settings: Settings
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings.OPENAI_BASE_URL = f"http://127.0.0.1:{probe.getsockname()[1]}/v1"
        turn = ask(talk)
    assert (turn.state, turn.kind) == ("answered", "quoted")
    assert "model_unavailable" in turn.notices


# Before the first word, with a second model


@pytest.mark.parametrize("name", BEFORE_A_WORD)
def test_a_second_model_answers_and_the_answer_says_so(
    talk: Conversation, impatient: ModelServer, spare: ModelServer, name: str
) -> None:
    fault(impatient, name)

    turn = ask(talk)

    assert (turn.kind, turn.answer) == ("generated", "Within 30 days, says the spare one [1].")
    assert turn.notices == ["other_model"]
    assert turn.receipt["endpoint"] == "spare"
    assert [bool(error) for error in calls_of(turn)] == [True, False]
    assert [each["endpoint"] for each in turn.receipt["calls"]][-1] == "spare"


def test_with_both_models_away_the_articles_are_quoted(
    talk: Conversation, impatient: ModelServer, spare: ModelServer
) -> None:
    fault(impatient, "500")
    fault(spare, "503")
    turn = ask(talk)
    assert (turn.kind, turn.notices) == ("quoted", ["model_unavailable"])


# After the first word: one clear error, the text so far, and another try


@pytest.mark.parametrize("name", AFTER_A_WORD)
def test_an_answer_that_breaks_off_is_never_taken_for_a_whole_one(
    talk: Conversation, impatient: ModelServer, spare: ModelServer, name: str
) -> None:
    fault(impatient, name, after=8)

    turn = ask(talk)

    assert (turn.state, turn.error_code) == ("failed", "model_incomplete")
    assert turn.answer
    assert SAID.startswith(turn.answer.rstrip()) or name in {"no_finish", "length"}
    assert turn.citations.count() == 0
    assert spare.chats() == []
    shown = view(turn)
    assert shown.is_partial
    assert shown.can_regenerate
    assert shown.offer_person
    assert calls_of(turn) == ["model_incomplete"]


def test_after_a_break_the_same_question_can_be_asked_again(
    talk: Conversation, impatient: ModelServer
) -> None:
    fault(impatient, "cut", after=8)
    broken = ask(talk)
    impatient.reset()
    impatient.say(SAID)

    again = ask(talk, supersedes=broken, cause=Turn.Cause.REGENERATE)

    assert (again.state, again.answer) == ("answered", SAID)
    broken.refresh_from_db()
    assert broken.state == "failed"


def test_an_answer_without_end_is_cut_and_says_so(
    talk: Conversation, impatient: ModelServer, settings: Settings
) -> None:
    settings.ANSWERING_MAX_TOKENS = 60
    impatient.reset()
    impatient.fault("over_long")
    turn = ask(talk)
    assert (turn.state, turn.error_code) == ("failed", "model_incomplete")
    assert len(turn.answer) < 3000


# Whole, but not to be trusted


def test_an_invented_citation_is_not_shown(talk: Conversation, impatient: ModelServer) -> None:
    impatient.reset()
    impatient.fault("invented_citation")
    turn = ask(talk)
    assert turn.state == "answered"
    assert "[9]" not in turn.answer
    assert 9 not in turn.citations.values_list("number", flat=True)


def test_a_leaked_prompt_is_not_shown(
    talk: Conversation, impatient: ModelServer, settings: Settings
) -> None:
    settings.GUARDRAILS_OFF = []
    impatient.reset()
    impatient.fault("leaked_prompt")
    turn = ask(talk)
    assert (turn.state, turn.outcome) == ("answered", "blocked")
    assert "withheld" in turn.notices
    assert "Rules:" not in turn.answer
    assert impatient.chats()[0].messages[0]["content"][:40] not in turn.answer


# Budgets


@pytest.mark.parametrize(
    ("limit", "notice"),
    [
        ({"tokens_per_day": 100}, "budget_spent"),
        ({"visitor_tokens_per_day": 100}, "budget_spent"),
        ({"concurrent": 1}, "model_busy"),
    ],
)
def test_what_is_used_up_is_said_and_the_articles_are_quoted(
    talk: Conversation, impatient: ModelServer, limit: dict[str, int], notice: str
) -> None:
    Allowance.objects.create(workspace=talk.workspace, **limit)
    other = Reservation.objects.create(
        workspace=talk.workspace, tokens=1, expires_at="2999-01-01T00:00:00Z"
    )
    turn = turns.open(talk, QUESTION, uuid.uuid4())
    async_to_sync(run)(Running(turn.pk))
    turn.refresh_from_db()
    assert (turn.state, turn.kind, turn.notices) == ("answered", "quoted", [notice])
    assert impatient.requests == []
    assert list(Reservation.objects.all()) == [other]


def test_an_answer_within_the_budget_is_settled(talk: Conversation, impatient: ModelServer) -> None:
    Allowance.objects.create(workspace=talk.workspace, tokens_per_day=100_000)
    turn = ask(talk)
    assert turn.kind == "generated"
    used = sum(
        each.tokens_in + each.tokens_out for each in ModelCall.objects.filter(turn_id=turn.pk)
    )
    assert Spending.objects.get(visitor=None).tokens == used
    assert Spending.objects.get(visitor=talk.visitor).tokens == used


def test_models_that_are_switched_off_are_not_asked(
    talk: Conversation, impatient: ModelServer
) -> None:
    Allowance.objects.create(workspace=talk.workspace, are_models_on=False)
    turn = ask(talk)
    assert (turn.kind, turn.notices) == ("quoted", [])
    assert impatient.requests == []


def test_no_record_of_a_call_holds_text(talk: Conversation, impatient: ModelServer) -> None:
    turn = ask(talk)
    rows = str(list(ModelCall.objects.filter(turn_id=turn.pk).values()))
    assert "refunded" not in rows + str(turn.receipt["calls"])
