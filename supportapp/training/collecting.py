"""Gather what people approved: good answers, better ones of two, and labels. Reads the database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.db.models import QuerySet

from supportapp.answering import assemble
from supportapp.answering.models import Judgement
from supportapp.answering.profiles import profile
from supportapp.answering.prompting import Prompt, PromptLimits
from supportapp.answering.values import Question
from supportapp.caching.models import RememberedAnswer
from supportapp.conversations.models import Turn
from supportapp.conversations.questions import question_of
from supportapp.conversations.receipts import evidence_of
from supportapp.knowledge import access
from supportapp.knowledge.models import Passage, Workspace
from supportapp.retrieval.values import Evidence, Scope
from supportapp.review.models import Annotation, TrainingMark
from supportapp.training import rows
from supportapp.training.models import SyntheticQuestion, TrainingSet
from supportapp.training.rows import Example

MARKED, GOOD, APPROVED, PAIR, LABELLED, SYNTHETIC = (
    "marked for training",
    "judged right and complete",
    "approved answers",
    "compared blind",
    "labelled by people",
    "synthetic",
)
ANSWERED = "answered"
Kind = TrainingSet.Kind


@dataclass(frozen=True, slots=True)
class Wording:
    """By which prompt, and within which limits, production asks for answers."""

    prompt: Prompt
    limits: PromptLimits

    @classmethod
    def of(cls, workspace: Workspace) -> Wording:
        parts = assemble.parts(workspace.pk)
        known = parts.limits
        return cls(
            parts.prompt,
            PromptLimits(
                words=known.quoted_words + known.quoted_words // 2,
                evidence_characters=known.prompt_characters,
                context_characters=known.context_characters,
            ),
        )


def examples(made: TrainingSet) -> Iterator[Example]:
    """Yield every example that there is for a training set, the best vouched for first."""
    workspace = made.workspace
    if made.kind == Kind.PREFERENCES:
        yield from preferences(workspace)
    elif made.kind == Kind.JUDGING:
        yield from judgements(workspace)
    else:
        yield from answers(workspace)
        if made.with_synthetic:
            yield from synthetic(workspace)


def answers(workspace: Workspace) -> Iterator[Example]:
    """Yield good answers: marked ones, approved ones, those that were judged right."""
    wording = Wording.of(workspace)
    marks = TrainingMark.objects.filter(
        undone_at=None,
        kind=TrainingMark.Kind.ANSWER,
        turn__conversation__workspace=workspace,
    )
    good = Annotation.objects.standing().filter(
        verdict=Annotation.Verdict.GOOD, item__turn__conversation__workspace=workspace
    )
    seen = set()
    for source, keys in (
        (MARKED, list(marks.values_list("turn_id", flat=True))),
        (GOOD, list(good.values_list("item__turn_id", flat=True))),
    ):
        for turn in _turns(workspace).filter(pk__in=keys, outcome=ANSWERED).iterator(200):
            if turn.pk not in seen:
                seen.add(turn.pk)
                yield _of_turn(turn, source, wording)
    for kept in _approved(workspace):
        if kept.source_turn not in seen:
            yield _of_approved(kept, workspace, wording)


def preferences(workspace: Workspace) -> Iterator[Example]:
    """Yield pairs of answers of which people, blind, called one the better."""
    wording = Wording.of(workspace)
    verdicts = Judgement.Verdict
    found = (
        Judgement.objects.filter(
            judge__isnull=False,
            shadow__error="",
            shadow__turn__conversation__workspace=workspace,
            shadow__turn__conversation__deleted_at=None,
            shadow__turn__state=Turn.State.ANSWERED,
        )
        .exclude(verdict=verdicts.TIE)
        .select_related("shadow__turn__conversation__workspace")
        .prefetch_related("shadow__turn__citations")
        .order_by("pk")
    )
    by_shadow: dict[int, list[Judgement]] = {}
    for judgement in found:
        by_shadow.setdefault(judgement.shadow_id, []).append(judgement)
    for judged in by_shadow.values():
        # Who disagrees teaches nothing.
        if len({each.verdict for each in judged}) > 1:
            continue
        shadow = judged[0].shadow
        pair = (shadow.turn.answer, shadow.text)
        if judged[0].verdict == verdicts.CANDIDATE:
            pair = (shadow.text, shadow.turn.answer)
        question = _question(shadow.turn)
        evidence = evidence_of(shadow.turn.receipt, shadow.receipt)
        row = rows.preference_row(wording.prompt, question, evidence, pair, wording.limits)
        yield _example(shadow.turn, PAIR, f"pair-{shadow.pk}", question, row)


def judgements(workspace: Workspace) -> Iterator[Example]:
    """Yield answers with people's yes-or-no labels of the whole answer."""
    labelled = (
        Annotation.objects.standing()
        .filter(
            labels__sentence=None,
            labels__isnull=False,
            item__turn__conversation__workspace=workspace,
        )
        .select_related("item__turn__conversation__workspace")
        .prefetch_related("labels", "item__turn__citations")
        .order_by("pk")
        .distinct()
    )
    for annotation in labelled:
        turn = annotation.item.turn
        given = {
            label.question: label.value
            for label in annotation.labels.all()
            if label.sentence is None
        }
        if turn.answer and given:
            question = _question(turn)
            row = rows.judging_row(question, evidence_of(turn.receipt), turn.answer, given)
            yield _example(turn, LABELLED, f"label-{annotation.pk}", question, row)


def synthetic(workspace: Workspace) -> Iterator[Example]:
    """Yield questions that a model made up and that passed every filter."""
    wording = Wording.of(workspace)
    kept = SyntheticQuestion.objects.filter(
        batch__workspace=workspace,
        fate=SyntheticQuestion.Fate.KEPT,
        passage__generation_removed=None,
    ).exclude(answer="")
    for each in kept.select_related("passage__article").order_by("pk"):
        question = _plain(workspace, each.question, each.passage.language)
        evidence = [_evidence(each.passage, 1)]
        answer = f"{each.answer.rstrip()} [1]"
        row = rows.chat_row(wording.prompt, question, evidence, answer, wording.limits)
        yield Example(
            SYNTHETIC, f"synthetic-{each.pk}", f"{each.question} {answer}", row, is_synthetic=True
        )


def _turns(workspace: Workspace) -> QuerySet[Turn]:
    return (
        Turn.objects.filter(
            conversation__workspace=workspace,
            conversation__deleted_at=None,
            state=Turn.State.ANSWERED,
            tool_calls__isnull=True,
        )
        .select_related("conversation__workspace")
        .prefetch_related("citations")
        .order_by("created_at", "pk")
    )


def _of_turn(turn: Turn, source: str, wording: Wording) -> Example:
    """Return a turn's answer over the evidence that it cites, by the numbers by which it does."""
    question = _question(turn)
    row = rows.chat_row(wording.prompt, question, _cited(turn), turn.answer, wording.limits)
    return _example(turn, source, f"turn-{turn.pk}", question, row)


def _example(
    turn: Turn, source: str, key: str, question: Question, row: dict[str, object]
) -> Example:
    clean = rows.asked(question)
    text = " ".join([*(each.text for each in clean.context if each.speaker == "U"), clean.text])
    return Example(source, key, text, row, turn=turn.pk, visitor=turn.conversation.visitor)


def _cited(turn: Turn) -> list[Evidence]:
    """Return the cited passages first, so that [1] is the first, then the rest that was there."""
    cited = [
        replace(_evidence_of(each.passage_id), number=each.number) for each in turn.citations.all()
    ]
    known = {each.passage_id for each in cited}
    taken = {each.number for each in cited}
    others = (each for each in evidence_of(turn.receipt) if each.passage_id not in known)
    free = (number for number in range(1, 100) if number not in taken)
    return sorted(
        [
            *cited,
            *(replace(each, number=number) for each, number in zip(others, free, strict=False)),
        ],
        key=lambda each: each.number,
    )


def _of_approved(kept: RememberedAnswer, workspace: Workspace, wording: Wording) -> Example:
    """Return an approved answer. Its question is the customer's, unless staff reworded it."""
    sources = Turn.objects.filter(pk__in=[kept.source_turn] if kept.source_turn else [])
    turn = sources.select_related("conversation").first()
    question = _plain(workspace, kept.question, kept.language)
    cited = [each for each in kept.passages.all() if each.number is not None]
    evidence = [_evidence(each.passage, each.number or 0) for each in cited]
    row = rows.chat_row(wording.prompt, question, evidence, kept.answer, wording.limits)
    is_customers = turn is not None and _same(turn.question, kept.question)
    return Example(
        APPROVED,
        f"approved-{kept.pk}",
        rows.asked(question).text,
        row,
        turn=turn.pk if turn is not None and is_customers else None,
        visitor=turn.conversation.visitor if turn is not None and is_customers else None,
    )


def _approved(workspace: Workspace) -> Iterator[RememberedAnswer]:
    found = (
        RememberedAnswer.objects.filter(
            workspace=workspace, approved_at__isnull=False, state=RememberedAnswer.State.LIVE
        )
        .prefetch_related("passages__passage__article")
        .order_by("pk")
    )
    sources = [each.source_turn for each in found if each.source_turn is not None]
    deleted = set(
        Turn.objects.filter(pk__in=sources, conversation__deleted_at__isnull=False).values_list(
            "pk", flat=True
        )
    )
    return (each for each in found if each.source_turn not in deleted)


def _question(turn: Turn) -> Question:
    if "asker" not in turn.receipt:
        turn.receipt = {**turn.receipt, "asker": {"audiences": [*access.EVERYONE], "language": ""}}
    return question_of(turn)


def _plain(workspace: Workspace, text: str, language: str) -> Question:
    scope = Scope(workspace.pk, frozenset(access.EVERYONE))
    return Question(text=text, scope=scope, assistant=profile(workspace), language=language or "en")


def _evidence_of(passage_id: int) -> Evidence:
    passage = Passage.objects.select_related("article").get(pk=passage_id)
    return _evidence(passage, 0)


def _evidence(passage: Passage, number: int) -> Evidence:
    return Evidence(
        number=number,
        passage_id=passage.pk,
        revision_id=passage.revision_id,
        article_id=passage.article_id,
        slug=passage.article.slug,
        title=passage.title,
        headings=tuple(passage.headings),
        text=passage.text,
        score=0.0,
    )


def _same(one: str, other: str) -> bool:
    return " ".join(one.lower().split()) == " ".join(other.lower().split())
