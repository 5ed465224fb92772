"""Reviewers' verdicts as labelled questions: what each says about answering at all.

Only the verdict that stands on a turn counts, after second opinions and their settling.

good and incomplete: the cited articles answer the question, or nothing does where the assistant
said so. should_decline and wrong: nothing that was found answers it. should_answer: one of the
articles that were offered as closest does. bad_tone says nothing about it, unless the reviewer
answered beside it that the question should, or shouldn't, have been answered.
"""

from __future__ import annotations

from collections.abc import Iterator

from supportapp.answering.searching import query
from supportapp.conversations.models import Turn
from supportapp.conversations.questions import question_of
from supportapp.evals.labelled import Labelled, LabelledSet
from supportapp.knowledge import access
from supportapp.knowledge.models import Workspace
from supportapp.review.models import Annotation, Label

ANSWERED, NO_EVIDENCE = "answered", "no_evidence"
Verdict = Annotation.Verdict


def of(workspace: Workspace) -> LabelledSet:
    """Return the workspace's standing labels as questions."""
    return LabelledSet(workspace, list(_questions(workspace)))


def _questions(workspace: Workspace) -> Iterator[Labelled]:
    annotations = (
        Annotation.objects.standing()
        .filter(
            item__turn__conversation__workspace=workspace,
            item__turn__outcome__in=[ANSWERED, NO_EVIDENCE],
        )
        .select_related("item__turn__conversation__workspace")
        .prefetch_related("item__turn__citations__article", "labels")
        .order_by("pk")
    )
    for annotation in annotations:
        turn = annotation.item.turn
        answers = answers_of(_telling(annotation), turn)
        if answers is not None:
            yield _labelled(turn, answers)


def _telling(annotation: Annotation) -> str:
    """Return the verdict, or the one that a label beside it amounts to, where it says nothing."""
    if annotation.verdict != Verdict.BAD_TONE:
        return annotation.verdict
    said = {
        label.value
        for label in annotation.labels.all()
        if label.question == Label.Question.SHOULD_ANSWER and label.sentence is None
    }
    if not said:
        return annotation.verdict
    return Verdict.SHOULD_DECLINE if False in said else Verdict.SHOULD_ANSWER


def answers_of(verdict: str, turn: Turn) -> frozenset[str] | None:
    """Return the slugs of what answers the turn's question; None where the verdict doesn't say."""
    declined = turn.outcome == NO_EVIDENCE
    if verdict in (Verdict.GOOD, Verdict.INCOMPLETE):
        if declined:
            return frozenset() if verdict == Verdict.GOOD else None
        return frozenset(citation.article.slug for citation in turn.citations.all()) or None
    if verdict == Verdict.SHOULD_DECLINE or (verdict == Verdict.WRONG and not declined):
        return frozenset()
    if verdict == Verdict.SHOULD_ANSWER and declined:
        return frozenset(str(each["slug"]) for each in turn.closest) or None
    return None


def _labelled(turn: Turn, answers: frozenset[str]) -> Labelled:
    if "asker" not in turn.receipt:
        turn.receipt = {**turn.receipt, "asker": {"audiences": [*access.EVERYONE], "language": ""}}
    question = question_of(turn)
    return Labelled(query(question), answers, str(turn.conversation_id), question.scope.audiences)
