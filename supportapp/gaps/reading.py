"""Read customers' questions: their vectors and shapes, and what speaks against their answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from django.db.models import Q, QuerySet

from supportapp.conversations.models import Handoff, Turn
from supportapp.gaps import badness
from supportapp.gaps.clustering import Matrix
from supportapp.gaps.models import AskedQuestion, Scan
from supportapp.guardrails import personal
from supportapp.knowledge.embeddings import current_embedder, ensure_current_model
from supportapp.knowledge.models import EmbeddingModel, Workspace
from supportapp.retrieval import sentences
from supportapp.review import rules
from supportapp.review.models import Annotation, Feedback, ReviewItem, Signal

BATCH = 256
# A turn is stored before it is finished, and its row becomes visible after that.
OVERLAP = timedelta(minutes=30)
LONGEST_READ = 600
# So few words rarely say by themselves what they are about.
SHORT = 4
ANSWERED, DECLINED = "answered", "no_evidence"
Values = dict[UUID, set[str]]


def worth_reading() -> QuerySet[Turn]:
    """Return the turns that say what is asked: finished, standing, of no deleted conversation."""
    return Turn.objects.filter(
        state=Turn.State.ANSWERED,
        outcome__in=(ANSWERED, DECLINED),
        superseded_by=None,
        conversation__deleted_at=None,
    )


def read_new(workspace: Workspace, scan: Scan, most: int = 2000) -> int:
    """Read the questions that came since; returns how many. Raises EmbeddingUnavailable."""
    model = ensure_current_model()
    waiting = worth_reading().filter(conversation__workspace=workspace, asked_question=None)
    if scan.read_to is not None:
        waiting = waiting.filter(created_at__gte=scan.read_to - OVERLAP)
    turns = list(waiting.select_related("conversation").order_by("created_at", "pk")[:most])
    for start in range(0, len(turns), BATCH):
        _store(workspace, model, turns[start : start + BATCH])
    if turns:
        scan.read_to = turns[-1].created_at
        scan.save(update_fields=["read_to"])
    return len(turns)


def forget_deleted(workspace: Workspace) -> tuple[set[int], set[int]]:
    """Forget questions of deleted conversations, and those asked anew; returns topics and gaps."""
    deleted = Q(turn__conversation__deleted_at__isnull=False)
    rows = AskedQuestion.objects.filter(
        deleted | Q(turn__superseded_by__isnull=False), workspace=workspace
    )
    left = list(rows.values_list("topic_id", "gap_id"))
    rows.delete()
    topics, gaps = ({each[at] for each in left} - {None} for at in (0, 1))
    return topics, gaps


def embed_anew(workspace: Workspace, model: EmbeddingModel) -> bool:
    """Give questions read by another embedding model this one's vectors; they keep their groups.

    Raises EmbeddingUnavailable. Says whether there were any.
    """
    rows = AskedQuestion.objects.filter(workspace=workspace).exclude(model=model)
    found = False
    while batch := list(rows.select_related("turn").order_by("pk")[:BATCH]):
        found = True
        for row, vector in zip(batch, vectors(said([row.turn for row in batch])), strict=True):
            row.model, row.vector = model, vector
        AskedQuestion.objects.bulk_update(batch, ["model", "vector"])
    return found


def judge_again(workspace: Workspace, since: datetime | None) -> set[int]:
    """Weigh anew what was said of since; returns the gaps that a question may have left."""
    rows = AskedQuestion.objects.filter(workspace=workspace)
    if since is not None:
        rows = rows.filter(turn__in=_spoken_of(since - OVERLAP))
    rows |= _no_longer_rated_down(workspace)
    changed: list[AskedQuestion] = []
    left: set[int] = set()
    asked = list(rows.select_related("turn"))
    reasons = reasons_of([row.turn for row in asked])
    for row in asked:
        now = sorted(reasons[row.turn_id] - {badness.GOOD})
        bad = badness.badness(reasons[row.turn_id])
        if (row.reasons, row.badness) == (now, bad):
            continue
        row.reasons, row.badness = now, bad
        if row.gap_id is not None:
            left.add(row.gap_id)
            row.gap_id = row.gap_id if bad else None
        changed.append(row)
    AskedQuestion.objects.bulk_update(changed, ["reasons", "badness", "gap"], batch_size=500)
    return left


def reasons_of(turns: Sequence[Turn]) -> Values:
    """Return what speaks against each turn's answer, and "good" where a person called it so."""
    keys = [turn.pk for turn in turns]
    found: Values = {turn.pk: set(_own_reasons(turn)) for turn in turns}
    verdicts = Annotation.objects.standing().filter(item__turn__in=keys)
    for turn_id, verdict in verdicts.values_list("item__turn_id", "verdict"):
        found[turn_id].add(verdict)
    rated = Feedback.objects.filter(turn__in=keys, value=Feedback.Value.DOWN)
    asked = Signal.objects.filter(turn__in=keys, kind=Signal.Kind.ASKED_PERSON)
    requests = Handoff.objects.filter(turn__in=keys)
    for reason, rows in (
        (badness.LOW_RATED, rated.values_list("turn_id", flat=True)),
        (badness.HANDED_OVER, asked.values_list("turn_id", flat=True)),
        (badness.HANDED_OVER, requests.values_list("turn_id", flat=True)),
    ):
        for turn_id in rows:
            if turn_id is not None:
                found[turn_id].add(reason)
    return found


def shape(question: str) -> tuple[str, int]:
    """Return a question's language, where its script tells, and its number of words."""
    return sentences.language_of(question) or "en", sentences.count_words(question)


def vectors(texts: Sequence[str]) -> Matrix:
    """Return the vectors of questions, what is personal in them said in general words."""
    read = [personal.spoken(personal.masked(text))[:LONGEST_READ] or text[:50] for text in texts]
    return np.asarray(current_embedder().embed(read), dtype=np.float32)


def said(turns: Sequence[Turn]) -> list[str]:
    """Return the questions as they are read: a short one that follows others, after the last."""
    follow = [turn for turn in turns if turn.position > 1 and _is_short(turn.question)]
    earlier = Turn.objects.filter(
        conversation__in={turn.conversation_id for turn in follow}, superseded_by=None
    ).values_list("conversation_id", "position", "question")
    asked = {(conversation, position): question for conversation, position, question in earlier}
    shown = []
    for turn in turns:
        before = asked.get((turn.conversation_id, turn.position - 1), "") if turn in follow else ""
        shown.append(f"{before} {turn.question}".strip())
    return shown


def _is_short(question: str) -> bool:
    return sentences.count_words(question) <= SHORT


def _own_reasons(turn: Turn) -> Iterable[str]:
    if turn.outcome == DECLINED:
        yield badness.DECLINED
        return
    facts = rules.facts_of(turn)
    met = rules.matching(facts, rules.SHIPPED)
    if any(rule.reason == ReviewItem.Reason.LOW_SUPPORT for rule in met):
        yield badness.LOW_SUPPORT


def _store(workspace: Workspace, model: EmbeddingModel, turns: Sequence[Turn]) -> None:
    made = vectors(said(turns))
    reasons = reasons_of(turns)
    rows = []
    for turn, vector in zip(turns, made, strict=True):
        language, length = shape(turn.question)
        rows.append(
            AskedQuestion(
                turn=turn,
                workspace=workspace,
                model=model,
                vector=vector,
                language=language,
                length=length,
                follows_others=turn.position > 1,
                badness=badness.badness(reasons[turn.pk]),
                reasons=sorted(reasons[turn.pk] - {badness.GOOD}),
                asked_at=turn.created_at,
            )
        )
    # A second worker that read the same turns adds nothing.
    AskedQuestion.objects.bulk_create(rows, ignore_conflicts=True)


def _spoken_of(since: datetime) -> QuerySet[Turn, UUID]:
    """Return the turns about which something was said since."""
    verdicts = Annotation.objects.filter(Q(created_at__gte=since) | Q(undone_at__gte=since))
    return Turn.objects.filter(
        Q(pk__in=Feedback.objects.filter(updated_at__gte=since).values("turn_id"))
        | Q(pk__in=Signal.objects.filter(created_at__gte=since).values("turn_id"))
        | Q(pk__in=Handoff.objects.filter(created_at__gte=since).values("turn_id"))
        | Q(pk__in=verdicts.values("item__turn_id"))
    ).values_list("pk", flat=True)


def _no_longer_rated_down(workspace: Workspace) -> QuerySet[AskedQuestion]:
    """A rating that is taken back leaves no trace but this."""
    rated = Feedback.objects.filter(value=Feedback.Value.DOWN).values("turn_id")
    rows = AskedQuestion.objects.filter(
        workspace=workspace, reasons__contains=[badness.LOW_RATED], gap__isnull=False
    )
    return rows.exclude(turn__in=rated)
