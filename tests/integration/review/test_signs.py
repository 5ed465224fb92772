"""Signs: inferred once, weighed, and never changing what is found."""

import uuid
from datetime import timedelta

import pytest
from django.db import models
from django.urls import reverse
from django.utils import timezone

from supportapp.conversations.models import Conversation, Handoff, Turn
from supportapp.knowledge import embeddings
from supportapp.knowledge.embeddings import current_embedder
from supportapp.outbox.models import OutboxEvent
from supportapp.retrieval.search import search
from supportapp.retrieval.values import Limits, Scope, SearchQuery
from supportapp.review import decisions, intake, labels, leaving, lookback, tasks
from supportapp.review.decisions import Judgement
from supportapp.review.models import Annotation, Feedback, ReviewItem, Signal
from tests.factories import ArticleFactory
from tests.integration.review.conftest import VISITOR, make_turn
from tests.integration.review.test_feedback import run_promised, say

Kind = Signal.Kind


def kinds(turn: Turn) -> list[str]:
    return sorted(turn.signals.values_list("kind", flat=True))


def next_turn(before: Turn, question: str) -> Turn:
    return Turn.objects.create(
        conversation=before.conversation,
        position=before.position + 1,
        client_id=uuid.uuid4(),
        question=question,
        state=Turn.State.ANSWERED,
        outcome="answered",
        finished_at=timezone.now(),
    )


def aged(turn: Turn, **ago: int) -> Turn:
    then = timezone.now() - timedelta(**ago)
    Turn.objects.filter(pk=turn.pk).update(created_at=then, finished_at=then)
    turn.refresh_from_db()
    return turn


@pytest.mark.parametrize(
    ("question", "found"),
    [("Where do I see my invoices?", 0), ("How could I cancel the plan I have?", 1)],
)
def test_asking_again_in_other_words_is_found_by_likeness(turn, question, found):
    again = next_turn(turn, question)
    assert len(lookback.look_back(again.pk)) == found
    assert kinds(turn) == ["asked_again"] * found


def test_where_no_vector_can_be_had_words_are_compared(turn, settings):
    settings.EMBEDDINGS = "remote"
    settings.EMBEDDING_BASE_URL = "http://127.0.0.1:9/v1"
    again = next_turn(turn, "How may I cancel my plan?")
    lookback.look_back(again.pk)
    assert kinds(turn) == ["asked_again"]


def test_coming_back_about_the_same_within_a_week_is_found(turn, workspace):
    before = aged(turn, days=6)
    later = make_turn(workspace, question="How can I cancel my plan?")
    lookback.look_back(later.pk)
    assert kinds(before) == ["came_back"]


@pytest.mark.parametrize("difference", ["older", "stranger", "other question", "deleted"])
def test_others_and_other_times_are_no_coming_back(turn, workspace, difference):
    aged(turn, days=8 if difference == "older" else 1)
    if difference == "deleted":
        Conversation.objects.filter(pk=turn.conversation_id).update(deleted_at=timezone.now())
    words = "Where are my invoices?" if difference == "other question" else "Cancel my plan, how?"
    later = make_turn(workspace, question=words)
    if difference == "stranger":
        Conversation.objects.filter(pk=later.conversation_id).update(visitor=uuid.uuid4())
    lookback.look_back(later.pk)
    assert kinds(turn) == []


def test_an_account_is_known_on_another_device(turn, workspace, customer):
    Conversation.objects.update(user=customer)
    later = make_turn(workspace, question="How can I cancel my plan?")
    Conversation.objects.filter(pk=later.conversation_id).update(
        visitor=uuid.uuid4(), user=customer
    )
    lookback.look_back(later.pk)
    assert kinds(turn) == ["came_back"]


def test_whatever_is_delivered_twice_counts_once(turn, workspace):
    again = next_turn(turn, "How can I cancel my plan?")
    event = OutboxEvent.objects.create(task="x", payload={})
    for _ in range(2):
        tasks.look_back(turn_id=str(again.pk), event_id=str(event.pk))
        lookback.look_back(again.pk)
        leaving.find(timezone.now() + timedelta(hours=1))
    assert Signal.objects.filter(turn=turn).count() == 1
    assert Signal.objects.filter(turn=again, kind=Kind.LEFT).count() == 1


def test_silence_after_an_answer_is_leaving(turn):
    assert leaving.find(timezone.now() + timedelta(minutes=29)) == 0
    assert leaving.find(timezone.now() + timedelta(minutes=31)) == 1
    assert kinds(turn) == ["left"]


@pytest.mark.parametrize("sign", ["copied", "rated", "asked on", "asked for a person"])
def test_who_gave_a_sign_did_not_just_leave(turn, sign):
    if sign == "copied":
        intake.record_signal(turn.pk, Kind.COPIED, uuid.uuid4())
    elif sign == "rated":
        Feedback.objects.create(turn=turn, visitor=VISITOR, value="up")
    elif sign == "asked on":
        Turn.objects.filter(pk=next_turn(turn, "And?").pk).update(state=Turn.State.FAILED)
    else:
        Handoff.objects.create(
            conversation=turn.conversation, client_id=uuid.uuid4(), contact="a@example.com"
        )
    assert leaving.find(timezone.now() + timedelta(hours=1)) == 0


def test_saying_what_it_should_have_been_and_that_it_is_solved_are_signs(visitor_client, turn):
    say(visitor_client, turn, value="down", correction="It takes\x00 30 days.")
    run_promised()
    assert kinds(turn) == ["corrected"]
    assert Feedback.objects.get().correction == "It takes 30 days."
    say(visitor_client, turn, solved="1")
    run_promised()
    stored = Feedback.objects.get()
    assert (stored.value, stored.solved, kinds(turn)) == ("up", True, ["solved"])
    say(visitor_client, turn, value="")
    assert kinds(turn) == []


def test_signs_that_weigh_enough_together_bring_a_person(turn):
    intake.record_signal(turn.pk, Kind.EDITED, uuid.uuid4())
    assert not ReviewItem.objects.exists()
    intake.record_signal(turn.pk, Kind.ASKED_AGAIN, uuid.uuid4())
    assert ReviewItem.objects.get().reason == "signals"


def test_a_customers_deleted_conversation_is_used_for_nothing(turn, reviewer):
    item = ReviewItem.objects.create(turn=turn, reason="sampled")
    decisions.annotate(item, reviewer, Judgement("should_decline"), timezone.now())
    workspace = turn.conversation.workspace
    assert len(labels.of(workspace).questions) == 1
    Conversation.objects.update(deleted_at=timezone.now())
    assert not labels.of(workspace).questions
    assert leaving.find(timezone.now() + timedelta(hours=1)) == 0


def state_of_knowledge() -> dict[str, list[object]]:
    """All rows but those that hold what people said."""
    from django.apps import apps

    rooms = ("knowledge", "retrieval", "answering", "caching", "evals", "gaps")
    tables: list[type[models.Model]] = [
        model for room in rooms for model in apps.get_app_config(room).get_models()
    ]
    return {table.__name__: [*table.objects.order_by("pk").values_list("pk")] for table in tables}


def test_thumbs_and_signs_change_no_ranking_and_no_answer_only_labels_do(turn, reviewer):
    embeddings.ensure_current_model()
    for topic in ("refunds", "invoices"):
        article = ArticleFactory(slug=topic, title=topic, body=f"See {topic}.", is_published=True)
        assert article.published is not None
        embeddings.embed_revision(article.published.pk)
    scope = Scope(turn.conversation.workspace_id, frozenset({"public"}))

    def found() -> list[tuple[int, float]]:
        query = SearchQuery("Where are my invoices?")
        result = search(query, scope, limits=Limits(), embedder=current_embedder())
        return [(each.passage_id, each.fused_score) for each in result.candidates]

    before, rows = found(), state_of_knowledge()
    for value in ("down", "up", "down"):
        feedback = intake.give_feedback(turn, VISITOR, {"value": value, "comment": "Bad."})
        intake.take_in_feedback(feedback)
    for kind in Kind:
        intake.record_signal(turn.pk, kind, uuid.uuid4())
    assert (found(), state_of_knowledge()) == (before, rows)
    assert not labels.of(turn.conversation.workspace).questions
    item = ReviewItem.objects.get(turn=turn)
    decisions.annotate(item, reviewer, Judgement("should_decline"), timezone.now())
    assert Annotation.objects.standing().count() == 1
    assert len(labels.of(turn.conversation.workspace).questions) == 1


def test_the_customers_page_shows_what_they_said(visitor_client, turn):
    say(visitor_client, turn, solved="1")
    page = visitor_client.get(reverse("chat:conversation", args=[turn.conversation_id])).text
    assert 'id="solved-' in page
    assert 'name="value" value="up" id="solved' in page
