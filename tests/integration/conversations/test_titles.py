"""A model names a conversation after its first answer, unless its visitor did."""

import uuid

import pytest
from django.utils import timezone

from supportapp.conversations import titles
from supportapp.conversations.models import Conversation
from supportapp.outbox.models import OutboxEvent
from tests.fakes.model_server import ModelServer
from tests.integration.conversations.test_turns import QUESTION, answer, open_turn

TASK = "supportapp.conversations.tasks.name_conversation"


def named(talk: Conversation) -> str:
    """Let the worker do what was promised."""
    for event in OutboxEvent.objects.filter(task=TASK):
        titles.name(uuid.UUID(event.payload["turn_id"]))
    talk.refresh_from_db()
    return talk.title


def test_the_first_answer_names_it_once(talk: Conversation, model: ModelServer) -> None:
    model.when("<asked_", on="title").say("“Refund of a yearly plan”.")
    answer(open_turn(talk))
    assert named(talk) == "Refund of a yearly plan"
    answer(open_turn(talk, "And monthly ones?"))
    assert OutboxEvent.objects.filter(task=TASK).count() == 1


def test_a_name_of_the_visitors_stays(talk: Conversation, model: ModelServer) -> None:
    answer(open_turn(talk))
    Conversation.objects.update(title="Mine")
    assert named(talk) == "Mine"


def test_a_deleted_conversation_is_shown_to_no_model(
    talk: Conversation, model: ModelServer
) -> None:
    answer(open_turn(talk))
    asked = len(model.requests)
    Conversation.objects.update(deleted_at=timezone.now())
    assert named(talk) == QUESTION
    assert len(model.requests) == asked


def test_without_a_model_the_question_names_it(talk: Conversation) -> None:
    answer(open_turn(talk))
    assert named(talk) == QUESTION
    assert not OutboxEvent.objects.filter(task=TASK).exists()


def test_a_model_that_fails_changes_nothing(talk: Conversation, model: ModelServer) -> None:
    answer(open_turn(talk))
    model.fault("500", on="title")
    assert named(talk) == QUESTION


def test_personal_data_stays_here(talk: Conversation, model: ModelServer) -> None:
    answer(open_turn(talk, f"{QUESTION} My mail is ada@example.com"))
    named(talk)
    (asked,) = [
        each for each in model.requests if "<asked_" in each.prompt and "article" not in each.prompt
    ]
    assert "ada@example.com" not in asked.prompt


@pytest.mark.parametrize(
    "said", ["", "a" * 61, "Mail ada@example.com", "See https://example.com", "[EMAIL_1] asks"]
)
def test_what_can_be_no_name_is_none(said: str) -> None:
    assert titles.tidied(said) == ""


def test_quotes_and_further_lines_are_taken_off() -> None:
    assert titles.tidied("**Refund of a plan.**\nMore") == "Refund of a plan"
