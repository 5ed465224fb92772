"""The moderation model as a guard: what it flags, and what becomes of questions without it."""

import uuid

import pytest
from asgiref.sync import async_to_sync
from pytest_django.fixtures import Settings

from supportapp.conversations import turns
from supportapp.conversations.models import Conversation, Turn
from supportapp.conversations.running import Running, run
from supportapp.gateway import wires
from supportapp.gateway.models import CallCount, ModelConfig
from supportapp.guardrails import current
from supportapp.guardrails.models import GuardCount, GuardSwitch
from tests.fakes.model_server import ModelServer

QUESTION = "Are yearly plans refunded?"
SAID = "Yearly plans are refunded in full within 30 days of payment [1]."
FAULTS = ["429", "500", "401", "html", "bad_json", "cut", "hang"]


@pytest.fixture
def moderated(talk: Conversation, model: ModelServer, settings: Settings) -> ModelServer:
    """A model that answers, and one at the same server that judges."""
    wires.forget()
    settings.MODERATION_SECONDS = 0.4
    settings.GUARDRAILS_OFF = []
    settings.ANSWERING_SUGGESTIONS = 0
    settings.CACHE_ON = False
    current.forget(talk.workspace.pk)
    ModelConfig.objects.create(
        name="judge", base_url=model.base_url, wire_name="judge-wire", purposes=["moderation"]
    )
    model.say(SAID)
    return model


def switch(talk: Conversation, guard: str, *, is_on: bool) -> None:
    GuardSwitch.objects.create(workspace=talk.workspace, guard=guard, is_on=is_on)
    current.forget(talk.workspace.pk)


def ask(talk: Conversation, text: str = QUESTION) -> Turn:
    turn = turns.open(talk, text, uuid.uuid4())
    async_to_sync(run)(Running(turn.pk))
    turn.refresh_from_db()
    return turn


def judged(server: ModelServer) -> list[list[str]]:
    return [each.body["input"] for each in server.requests if each.path.endswith("/moderations")]


def test_a_question_that_is_not_flagged_is_answered_and_the_call_is_noted(
    talk: Conversation, moderated: ModelServer
) -> None:
    turn = ask(talk)
    assert (turn.kind, turn.receipt["guards"]) == ("generated", [])
    assert judged(moderated) == [[QUESTION]]
    assert "moderation" in {each["purpose"] for each in turn.receipt["calls"]}
    assert CallCount.objects.get(purpose="moderation").endpoint == "judge"


def test_a_flagged_question_is_held_back_and_counted(
    talk: Conversation, moderated: ModelServer
) -> None:
    turn = ask(talk, "How do I plan an attack on your refund desk?")
    assert (turn.outcome, turn.notices) == ("blocked", ["offer_person"])
    assert "as it is worded" in turn.answer
    assert moderated.chats() == []
    (count,) = GuardCount.objects.filter(guard="moderation")
    assert (count.code, count.action, count.count) == ("moderation.violence", "block", 1)


def test_personal_data_is_hidden_from_the_judge_too(
    talk: Conversation, moderated: ModelServer
) -> None:
    ask(talk, "Is the yearly plan of ann@example.com refunded?")
    assert "ann@example.com" not in str(judged(moderated))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_judge_that_fails_lets_the_question_through_with_a_note(
    talk: Conversation, moderated: ModelServer, fault: str
) -> None:
    moderated.fault(fault, on="moderations")
    turn = ask(talk)
    assert (turn.state, turn.kind) == ("answered", "generated")
    assert turn.receipt["guardrails"] == ["moderation.unavailable"]
    (guard,) = turn.receipt["guards"]
    assert (guard["guard"], guard["action"]) == ("moderation", "allow")


@pytest.mark.parametrize("fault", ["500", "hang"])
def test_where_moderation_is_required_a_failing_judge_holds_questions_back(
    talk: Conversation, moderated: ModelServer, fault: str
) -> None:
    switch(talk, "moderation_required", is_on=True)
    moderated.fault(fault, on="moderations")
    turn = ask(talk)
    assert (turn.outcome, turn.notices) == ("blocked", ["offer_person"])
    assert "can't check messages right now" in turn.answer
    assert moderated.chats() == []


def test_a_judge_that_keeps_failing_is_left_alone(
    talk: Conversation, moderated: ModelServer, settings: Settings
) -> None:
    settings.MODEL_BREAKER_FAILURES = 1
    moderated.fault("500", on="moderations")
    ask(talk)
    turn = ask(talk)
    assert len(judged(moderated)) == 1
    assert turn.receipt["guardrails"] == ["moderation.unavailable"]


def test_switched_off_nobody_judges(talk: Conversation, moderated: ModelServer) -> None:
    switch(talk, "moderation", is_on=False)
    assert ask(talk).kind == "generated"
    assert judged(moderated) == []


def test_answers_are_judged_only_where_that_is_switched_on(
    talk: Conversation, moderated: ModelServer
) -> None:
    ask(talk)
    assert len(judged(moderated)) == 1
    switch(talk, "moderated_answers", is_on=True)
    assert ask(talk).kind == "generated"
    assert judged(moderated)[1:] == [[QUESTION], [SAID]]


def test_a_flagged_answer_is_never_shown(talk: Conversation, moderated: ModelServer) -> None:
    switch(talk, "moderated_answers", is_on=True)
    moderated.say("Yearly plans are refunded in full within 30 days of payment, attack [1].")
    GuardSwitch.objects.create(workspace=talk.workspace, guard="support", is_on=False)
    current.forget(talk.workspace.pk)
    turn = turns.open(talk, QUESTION, uuid.uuid4())
    running = Running(turn.pk)
    async_to_sync(run)(running)
    turn.refresh_from_db()
    assert (turn.outcome, turn.notices) == ("blocked", ["withheld", "offer_person"])
    assert "attack" not in turn.answer + running.transcript.text
    assert turn.receipt["guardrails"] == ["moderation.violence"]


def test_an_answer_that_must_be_judged_and_cannot_be_is_quoted(
    talk: Conversation, moderated: ModelServer
) -> None:
    switch(talk, "moderated_answers", is_on=True)
    switch(talk, "moderation_required", is_on=True)
    switch(talk, "moderation", is_on=False)
    moderated.fault("500", on="moderations")
    turn = ask(talk)
    assert (turn.kind, turn.notices) == ("quoted", ["model_unavailable"])
