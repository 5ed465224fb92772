"""Approved answers become examples for prompts: safe ones, spread over topics, in their share."""

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from supportapp.answering import examples, setups
from supportapp.answering.models import AnswerExample
from supportapp.conversations.models import Turn
from supportapp.knowledge.models import Article, Revision, Workspace
from supportapp.outbox.models import OutboxEvent
from supportapp.review import approvals, decisions
from supportapp.review.decisions import Judgement
from supportapp.review.models import Annotation, ReviewItem
from tests.factories import UserFactory
from tests.integration.review.conftest import cite, make_turn

TOPICS = ("Refunds", "Scanner", "Invoices", "Sign-in", "Export", "Sharing", "Rates")


def judged(turn: Turn, verdict: str = "good") -> Annotation:
    item = ReviewItem.objects.create(turn=turn, reason=ReviewItem.Reason.SAMPLED)
    judgement = Judgement(verdict)
    annotation = decisions.annotate(item, UserFactory(reviewer=True), judgement, timezone.now())
    assert isinstance(annotation, Annotation)
    for event in OutboxEvent.objects.filter(task=approvals.TASK):
        approvals.take_up(event.payload["annotation_id"])
    return annotation


def shown(workspace: Workspace) -> list[str]:
    prompt = setups.standing(workspace.pk).choice.prompt("answer")
    return [each.question for each in prompt.examples]


def about(workspace: Workspace, subject: str, question: str = "") -> Turn:
    turn = make_turn(workspace, question=question or f"What about {subject}?")
    citation = cite(turn)
    Article.objects.filter(pk=citation.article_id).update(subject=subject)
    return turn


def test_a_good_answer_is_shown_from_the_next_question_on(turn: Turn) -> None:
    workspace = turn.conversation.workspace
    assert shown(workspace) == []
    annotation = judged(turn)
    assert shown(workspace) == [turn.question]
    decisions.undo(annotation.pk, annotation.reviewer, timezone.now())
    assert shown(workspace) == []


@pytest.mark.parametrize("verdict", ["wrong", "incomplete", "bad_tone"])
def test_another_verdict_makes_no_example(turn: Turn, verdict: str) -> None:
    judged(turn, verdict)
    assert not AnswerExample.objects.exists()


def test_personal_data_makes_no_example(workspace: Workspace) -> None:
    judged(about(workspace, "Refunds", "Why was ada@example.com charged twice?"))
    assert not AnswerExample.objects.exists()


def test_what_not_everyone_may_read_makes_no_example(turn: Turn) -> None:
    Article.objects.update(audience="customers")
    judged(turn)
    assert not AnswerExample.objects.exists()


def test_a_question_that_follows_others_makes_no_example(turn: Turn) -> None:
    make_turn(turn.conversation.workspace)
    Turn.objects.filter(pk=turn.pk).update(position=2)
    earlier = make_turn(turn.conversation.workspace)
    Turn.objects.filter(pk=earlier.pk).update(conversation=turn.conversation, position=1)
    judged(Turn.objects.get(pk=turn.pk))
    assert not AnswerExample.objects.exists()


def test_a_changed_article_takes_its_examples_out_at_once(turn: Turn) -> None:
    workspace = turn.conversation.workspace
    judged(turn)
    article = Article.objects.get()
    newer = Revision.objects.create(
        article=article, number=2, title="Cancel", body="Otherwise.", content_hash="2"
    )
    Article.objects.update(published=newer)
    Workspace.objects.filter(pk=workspace.pk).update(generation=workspace.generation + 1)
    assert shown(workspace) == []


def test_examples_are_spread_over_topics(workspace: Workspace) -> None:
    for subject in TOPICS:
        for number in range(2):
            judged(about(workspace, subject, f"What about {subject}, number {number}?"))
    found = shown(workspace)
    assert len(found) == 6
    assert len({question.split(",")[0] for question in found}) == 6


def test_examples_keep_to_their_share_of_the_prompt(
    workspace: Workspace, settings: Settings
) -> None:
    settings.ANSWERING_PROMPT_CHARACTERS = 500
    for subject in TOPICS[:3]:
        judged(about(workspace, subject))
    assert len(shown(workspace)) == 1


def test_an_example_can_be_left_out(turn: Turn) -> None:
    judged(turn)
    examples.switch(AnswerExample.objects.get(), is_used=False)
    assert shown(turn.conversation.workspace) == []
