"""A follow-up question with a model that makes it stand alone, from the question to the record."""

from pytest_django.fixtures import Settings

from supportapp.conversations.models import Conversation, Turn
from tests.fakes.model_server import ModelServer
from tests.integration.conversations.test_turns import QUESTION, answer, open_turn

FOLLOW_UP = "and how is that asked for?"
ALONE = "How is a refund of a yearly plan asked for?"


def ask(talk: Conversation) -> Turn:
    answer(open_turn(talk, QUESTION))
    return answer(open_turn(talk, FOLLOW_UP))


def test_the_turn_keeps_the_customers_words_and_how_the_rewriting_went(
    talk: Conversation, model: ModelServer
) -> None:
    model.rewrite(ALONE)
    turn = ask(talk)
    assert (turn.state, turn.kind) == ("answered", "generated")
    assert turn.question == FOLLOW_UP
    assert turn.receipt["rewrite"]["outcome"] == "used"
    (span,) = turn.spans.filter(name="rewriting")
    assert span.attributes["characters"] == len(ALONE)
    (request,) = model.rewrites()
    assert QUESTION in request.question
    kept = f"{turn.receipt} {[each.attributes for each in turn.spans.all()]}"
    assert "yearly" not in kept


def test_what_fails_is_noted_and_the_question_is_answered(
    talk: Conversation, model: ModelServer
) -> None:
    model.fault("500", on="rewrite")
    turn = ask(talk)
    assert (turn.state, turn.kind) == ("answered", "generated")
    assert turn.receipt["degraded"] == ["rewrite"]
    assert turn.receipt["rewrite"]["outcome"] == "model_unavailable"


def test_a_silent_model_is_waited_for_no_longer_than_the_setting_says(
    talk: Conversation, model: ModelServer, settings: Settings
) -> None:
    settings.ANSWERING_REWRITE_SECONDS = 0.2
    model.fault("hang", on="rewrite")
    turn = ask(talk)
    assert turn.state == "answered"
    assert turn.receipt["rewrite"]["outcome"] == "deadline"
    (span,) = turn.spans.filter(name="rewriting")
    assert 200 <= span.duration_ms < 1500


def test_switched_off_nothing_is_rewritten(
    talk: Conversation, model: ModelServer, settings: Settings
) -> None:
    settings.ANSWERING_REWRITE = False
    assert ask(talk).receipt["rewrite"] is None
    assert model.rewrites() == []


def test_without_a_model_nothing_is_rewritten(talk: Conversation) -> None:
    turn = ask(talk)
    assert turn.state == "answered"
    assert turn.receipt["rewrite"] is None
    assert not turn.spans.filter(name="rewriting").exists()
