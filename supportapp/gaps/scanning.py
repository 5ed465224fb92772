"""One pass of the worker over a workspace's questions. Going on where it stopped, it never adds
a question twice; two workers don't do the same workspace at once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from supportapp.gaps import grouping, reading, solving, titling
from supportapp.gaps.models import AskedQuestion, Gap, Scan, Topic
from supportapp.gaps.reading import worth_reading
from supportapp.knowledge.embeddings import ensure_current_model
from supportapp.knowledge.models import Workspace
from supportapp.llm.errors import EmbeddingUnavailable
from supportapp.review import intake
from supportapp.review.models import ReviewItem

logger = logging.getLogger(__name__)
READ = "supportapp.gaps.tasks.read_workspace"
# A worker that was silent for so long is dead, and another goes on.
QUIET = timedelta(minutes=10)
# Before so many questions are known, every topic is new, which says nothing.
KNOWN_BEFORE = 100
MOST_NEW_TOPICS = 5


def read_all(now: datetime) -> int:
    """Read what is new in every workspace; returns how many questions."""
    return sum(read(workspace, now) for workspace in Workspace.objects.order_by("pk"))


def read(workspace: Workspace, now: datetime) -> int:
    """Read, judge and group what is new in one workspace."""
    with at_it(workspace, Scan.Kind.QUESTIONS, now) as scan:
        if scan is None:
            return 0
        known = AskedQuestion.objects.filter(workspace=workspace).count()
        shrunk, left = reading.forget_deleted(workspace)
        try:
            _follow_model(workspace, now)
            count = reading.read_new(workspace, scan)
        except EmbeddingUnavailable as error:
            scan.message = f"Questions can't be embedded now ({error.code}). They wait."
            return 0
        scan.message = ""
        left |= reading.judge_again(workspace, scan.finished_at)
        grouping.recount((), shrunk, now)
        _group(workspace, left, known, now)
        if scan.finished_at is None or scan.finished_at.date() < now.date():
            _fade(workspace, now)
        scan.total += count
        scan.finished_at = now
    return count


def _group(workspace: Workspace, left: set[int], known: int, now: datetime) -> None:
    changed = grouping.group(workspace, ensure_current_model(), now)
    grouping.recount(changed.gaps | left, changed.topics, now)
    titling.name_groups(workspace, Topic, changed.topics)
    titling.name_groups(workspace, Gap, changed.gaps | left)
    grouping.wake(workspace, now)
    solving.close_solved(workspace, now)
    if known >= KNOWN_BEFORE:
        _queue_new(changed.new_topics)


def _fade(workspace: Workspace, now: datetime) -> None:
    """Let scores fade with time, also where nothing is asked any more: once a day."""
    gaps = Gap.objects.filter(workspace=workspace, merged_into=None, state=Gap.State.OPEN)
    grouping.recount(gaps.values_list("pk", flat=True), (), now)


def _follow_model(workspace: Workspace, now: datetime) -> None:
    """Read questions and groups by the embedding model that is active now."""
    model = ensure_current_model()
    if reading.embed_anew(workspace, model):
        for kind in (Topic, Gap):
            kind.objects.filter(workspace=workspace).update(model=model)
        gaps = Gap.objects.filter(workspace=workspace, merged_into=None)
        topics = Topic.objects.filter(workspace=workspace, merged_into=None)
        grouping.recount(
            gaps.values_list("pk", flat=True), topics.values_list("pk", flat=True), now
        )


def _queue_new(topics: frozenset[int]) -> None:
    """Have a person look at the first question about something that nobody asked before."""
    for topic in Topic.objects.filter(pk__in=topics).order_by("-questions")[:MOST_NEW_TOPICS]:
        row = topic.asked_questions.order_by("asked_at").first()
        turn = None if row is None else worth_reading().filter(pk=row.turn_id).first()
        if turn is not None:
            intake.enqueue(turn, ReviewItem.Reason.NEW_TOPIC)


@contextmanager
def at_it(workspace: Workspace, kind: Scan.Kind, now: datetime) -> Iterator[Scan | None]:
    """Take a scan for this worker; None where another is at it. What is changed in it is kept."""
    scan, _ = Scan.objects.get_or_create(workspace=workspace, kind=kind)
    free = Q(busy_since=None) | Q(busy_since__lt=now - QUIET)
    if not Scan.objects.filter(free, pk=scan.pk).update(busy_since=now):
        yield None
        return
    scan.refresh_from_db()
    try:
        yield scan
    finally:
        with transaction.atomic():
            scan.busy_since = None
            scan.save()
    logger.info(
        "gaps.scanned", extra={"fields": {"workspace": workspace.pk, "kind": str(scan.kind)}}
    )
