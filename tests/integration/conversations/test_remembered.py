"""An answer given once is given again: from the question to the page, the receipt and the check."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from supportapp.caching import keeping
from supportapp.caching.models import RememberedAnswer, ShadowAnswer
from supportapp.caching.values import Approval, ReadPassage
from supportapp.conversations import presenting, remembered
from supportapp.conversations.models import Conversation, Turn
from supportapp.knowledge import publishing
from supportapp.knowledge.models import Article, Passage
from supportapp.outbox.models import OutboxEvent
from supportapp.retrieval.values import Scope
from tests.fakes.model_server import ModelServer
from tests.integration.conversations.test_turns import QUESTION, answer, open_turn


def another(talk: Conversation) -> Conversation:
    return Conversation.objects.create(workspace=talk.workspace, visitor=uuid4())


def test_the_next_customer_gets_it_at_once_and_the_page_says_so(
    talk: Conversation, model: ModelServer
):
    first = answer(open_turn(talk, QUESTION))
    assert first.receipt["memory"]["outcome"] == "miss"
    asked = len(model.requests)
    turn = answer(open_turn(another(talk), QUESTION))
    assert len(model.requests) == asked
    assert (turn.state, turn.kind, turn.answer) == ("answered", "generated", first.answer)
    assert turn.receipt["memory"]["outcome"] == "hit"
    assert list(turn.citations.values_list("passage", "number")) == list(
        first.citations.values_list("passage", "number")
    )
    assert "for the same question asked before" in presenting.turn_html(turn)
    assert RememberedAnswer.objects.get().source_turn == first.pk


def test_whoever_wants_another_answer_gets_one(talk: Conversation, model: ModelServer):
    answer(open_turn(talk, QUESTION))
    again = answer(open_turn(another(talk), QUESTION))
    asked = len(model.requests)
    anew = open_turn(again.conversation, QUESTION, cause="regenerate", supersedes=again)
    turn = answer(anew)
    assert len(model.requests) > asked
    assert turn.receipt["memory"] == {"outcome": "passed", "reason": "asked_anew"}
    assert RememberedAnswer.objects.get().regenerated == 1


def test_a_follow_up_is_answered_for_itself(talk: Conversation, model: ModelServer):
    answer(open_turn(talk, QUESTION))
    model.fault("500", on="rewrite")
    turn = answer(open_turn(talk, QUESTION))
    assert turn.receipt["memory"] == {"outcome": "passed", "reason": "follow_up"}


def test_what_was_written_with_a_tools_result_is_nobody_elses(
    talk: Conversation, model: ModelServer
):
    model.call("get_order_status")
    turn = answer(open_turn(talk, QUESTION))
    assert turn.receipt["tools"][0]["tool"] == "get_order_status"
    assert (turn.kind, turn.notices, turn.citations.exists()) == ("generated", [], True)
    assert not RememberedAnswer.objects.exists()


def test_what_was_written_in_the_middle_of_a_conversation_is_nobody_elses(
    talk: Conversation, model: ModelServer
):
    first = answer(open_turn(talk, "How do I cancel my plan?"))
    model.rewrite(QUESTION)
    turn = answer(open_turn(talk, "And how do I get it back for a yearly one?"))
    assert turn.receipt["memory"]["outcome"] == "miss"
    assert (turn.kind, turn.notices, turn.citations.exists()) == ("generated", [], True)
    assert RememberedAnswer.objects.get().source_turn == first.pk


def test_a_publication_ends_it_in_its_own_transaction(talk: Conversation, model: ModelServer):
    first = answer(open_turn(talk, QUESTION))
    citation = first.citations.get(number=1)
    publishing.archive(Article.objects.get(pk=citation.article_id))
    turn = answer(open_turn(another(talk), QUESTION))
    assert turn.receipt.get("memory", {}).get("outcome") != "hit"
    assert not turn.citations.filter(passage=citation.passage_id).exists()


def test_an_approved_answer_is_given_without_a_model_too(talk: Conversation):
    passage = Passage.objects.filter(article__slug="refund-policy").first()
    assert passage is not None
    scope = Scope(talk.workspace_id, frozenset({"public"}))
    read = (ReadPassage(passage.pk, 1, "30 days"),)
    given = Approval(QUESTION, "Within 30 days. [1]", scope, "en", read)
    keeping.approve(given, User.objects.create_user("ann"))
    turn = answer(open_turn(talk, QUESTION))
    assert turn.answer == "Within 30 days. [1]"
    assert turn.receipt["memory"]["outcome"] == "approved"
    assert "checked by our team" in presenting.turn_html(turn)


@pytest.mark.parametrize(
    ("said", "state"),
    [("", ShadowAnswer.State.AGREES), ("Bring a lamp. [3]", ShadowAnswer.State.DIFFERS)],
)
def test_a_sample_of_hits_is_answered_anew_beside(
    talk: Conversation, model: ModelServer, settings: Settings, said: str, state: str
):
    settings.CACHE_SHADOW_SHARE = 1.0
    answer(open_turn(talk, QUESTION))
    turn = answer(open_turn(another(talk), QUESTION))
    assert OutboxEvent.objects.filter(task=remembered.TASK).count() == 1
    if said:
        model.say(said)
    assert remembered.check(turn.pk) == state
    assert remembered.check(turn.pk) == ""
    live = RememberedAnswer.objects.filter(state=RememberedAnswer.State.LIVE).exists()
    assert live == (state == ShadowAnswer.State.AGREES)


def test_deleting_the_conversation_forgets_what_came_from_it(
    talk: Conversation, model: ModelServer
):
    first: Turn = answer(open_turn(talk, QUESTION))
    assert keeping.forget([first.pk]) > 0
    assert not RememberedAnswer.objects.exists()


def test_deleting_a_conversation_forgets_what_was_compared_for_it(
    talk: Conversation, model: ModelServer, settings: Settings
):
    settings.CACHE_SHADOW_SHARE = 1.0
    answer(open_turn(talk, QUESTION))
    turn = answer(open_turn(another(talk), QUESTION))
    remembered.check(turn.pk)
    assert ShadowAnswer.objects.get().question == QUESTION
    keeping.forget([turn.pk])
    assert not ShadowAnswer.objects.exists()
    assert RememberedAnswer.objects.exists()
