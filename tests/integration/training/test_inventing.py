"""Synthetic questions: few pass, each with its reason, and a killed worker goes on behind."""

import json

from django.contrib.auth.models import User
from django.utils import timezone

from supportapp.gateway.models import ModelConfig
from supportapp.knowledge.models import Article, Workspace
from supportapp.training import collecting, inventing
from supportapp.training.models import SyntheticBatch, SyntheticQuestion
from tests.fakes.model_server import ModelServer
from tests.integration.retrieval.conftest import publish_article

Fate, State = SyntheticQuestion.Fate, SyntheticBatch.State
MADE = {
    "questions": [
        {
            "question": "How can I cancel my plan?",
            "answer": "Open Billing and choose Cancel plan.",
        },
        {"question": "How can I cancel my plan ?", "answer": "Choose Cancel plan."},
        {"question": "What does cancelling cost?", "answer": "Cancelling costs 40 euros."},
        {
            "question": "How do I cancel as ada@example.com?",
            "answer": "Open Billing and choose Cancel plan.",
        },
        {"question": "How do I feed a cat?", "answer": "Open Billing and choose Cancel plan."},
    ]
}


def run(workspace: Workspace, author: User, **wanted: int) -> SyntheticBatch:
    given = {"per_passage": 5, "most_passages": 10} | wanted
    batch = inventing.start(workspace, author, **given)
    assert inventing.run(batch.pk, timezone.now())
    batch.refresh_from_db()
    return batch


def test_only_what_is_found_supported_and_new_is_kept(
    workspace: Workspace, plan: Article, model: ModelConfig, server: ModelServer, admin: User
):
    publish_article(workspace, "cats", "Feed a cat", "Staff feed cats.", audience="staff")
    server.say(json.dumps(MADE))
    batch = run(workspace, admin)
    assert (batch.state, batch.done, batch.message) == (State.DONE, 1, "")
    fates = dict(batch.questions.values_list("question", "fate"))
    assert fates["How can I cancel my plan?"] == Fate.KEPT
    assert fates["How can I cancel my plan ?"] == Fate.DUPLICATE
    assert fates["What does cancelling cost?"] == Fate.UNSUPPORTED
    assert fates["How do I cancel as ada@example.com?"] == Fate.PERSONAL
    assert fates["How do I feed a cat?"] != Fate.KEPT
    assert [each.is_synthetic for each in collecting.synthetic(workspace)] == [True]
    inventing.dismiss(batch.questions.get(fate=Fate.KEPT))
    assert list(collecting.synthetic(workspace)) == []


def test_a_broken_off_batch_goes_on_behind_the_last_passage(
    workspace: Workspace, plan: Article, model: ModelConfig, server: ModelServer, admin: User
):
    publish_article(workspace, "cats", "Feed a cat", "Put the food into the bowl.")
    server.say(json.dumps({"questions": []}))
    batch = run(workspace, admin, most_passages=1)
    SyntheticBatch.objects.filter(pk=batch.pk).update(state=State.WAITING, most_passages=2)
    assert inventing.run(batch.pk, timezone.now())
    batch.refresh_from_db()
    assert batch.done == 2
    assert len(server.chats()) == 2


def test_without_a_model_it_says_so_and_a_cancelled_one_stops(
    workspace: Workspace, plan: Article, admin: User
):
    assert "No model is configured" in run(workspace, admin).message
    batch = inventing.start(workspace, admin, per_passage=1, most_passages=1)
    assert inventing.cancel(batch)
    assert inventing.run(batch.pk, timezone.now())
    batch.refresh_from_db()
    assert batch.state == State.CANCELLED
