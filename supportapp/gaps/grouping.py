"""Put questions into topics and gaps, which keep their ids; count, weigh and name them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import numpy as np
from django.db import transaction
from django.db.models import Avg, Count, Max, Min, Q, QuerySet

from supportapp.gaps import badness, clustering, naming
from supportapp.gaps.clustering import NEAR, SAME, Ground, Matrix
from supportapp.gaps.models import AskedQuestion, Gap, Topic
from supportapp.knowledge.models import EmbeddingModel, PassageEmbedding, Workspace

State = Gap.State
WAITS = (State.OPEN, State.SNOOZED)
DECIDED = (State.DISMISSED, State.SOLVED)
# Of many passages, each so-many-th says where their middle is.
SAMPLED_PASSAGES = 1000
G = TypeVar("G", Topic, Gap)


@dataclass(frozen=True, slots=True)
class Changed:
    """Which groups have other questions than before, and which topics are new."""

    topics: frozenset[int]
    gaps: frozenset[int]
    new_topics: frozenset[int] = frozenset()


def group(workspace: Workspace, model: EmbeddingModel, now: datetime) -> Changed:
    """Put every question that has no topic, or no gap where it needs one, into one."""
    asked = AskedQuestion.objects.filter(workspace=workspace, model=model)
    before = Topic.objects.filter(workspace=workspace, merged_into=None)
    first = set(before.values_list("pk", flat=True))
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=workspace.pk)
        fresh = list(asked.filter(topic=None).order_by("asked_at", "pk"))
        seen = ground(workspace, model, fresh)
        topics = _grow(Topic, workspace, model, fresh, before, NEAR, seen)
        seen = ground(workspace, model)
        bad = list(asked.filter(gap=None, badness__gt=0).order_by("asked_at", "pk"))
        gaps = _join_decided(workspace, model, bad, seen)
        waiting = Gap.objects.filter(workspace=workspace, merged_into=None, state__in=WAITS)
        left = [row for row in bad if row.gap_id is None]
        gaps |= _grow(Gap, workspace, model, left, waiting, SAME, seen)
    return Changed(frozenset(topics), frozenset(gaps), frozenset(topics - first))


def ground(
    workspace: Workspace, model: EmbeddingModel, fresh: Sequence[AskedQuestion] = ()
) -> Ground:
    """Return from where likeness is measured in this workspace.

    Where more questions are new than there are topics, they are grouped once to see what there is.
    """
    topics = Topic.objects.filter(workspace=workspace, model=model, merged_into=None)
    means = _matrix(topics.values_list("mean", flat=True), model)
    articles = _articles(workspace, model)
    if len(fresh) > len(means):
        vectors = _matrix((row.vector for row in fresh), model)
        placed = Ground.of(means, articles).placed(vectors)
        owners = np.array(clustering.link(placed, [1] * len(fresh), SAME).groups)
        first = [vectors[owners == owner].mean(axis=0) for owner in np.unique(owners)]
        means = np.vstack([means, np.array(first, dtype=np.float32)])
    return Ground.of(means, articles)


def recount(gaps: Collection[int], topics: Collection[int], now: datetime) -> None:
    """Bring counts, means and scores of groups in line with the questions that they have."""
    for topic in Topic.objects.filter(pk__in=topics):
        _renew(topic, topic.asked_questions.all())
    for gap in Gap.objects.filter(pk__in=gaps):
        _weigh(gap, now)
        _renew(gap, gap.asked_questions.all())


def wake(workspace: Workspace, now: datetime) -> int:
    """Open what was put off until today, and what was solved but is asked badly again."""
    gaps = Gap.objects.filter(workspace=workspace, merged_into=None)
    due = gaps.filter(state=State.SNOOZED, snoozed_until__lte=now.date())
    woken = due.update(state=State.OPEN, snoozed_until=None)
    for gap in gaps.filter(state=State.SOLVED):
        if gap.asked_questions.filter(badness__gt=0, asked_at__gt=gap.decided_at).exists():
            woken += gaps.filter(pk=gap.pk, state=State.SOLVED).update(
                state=State.OPEN, solved_by=None
            )
    return woken


def _grow(
    kind: type[G],
    workspace: Workspace,
    model: EmbeddingModel,
    fresh: Sequence[AskedQuestion],
    groups: Iterable[G],
    threshold: float,
    seen: Ground,
) -> set[int]:
    """Link new questions with the groups that there are; returns the groups that changed."""
    if not fresh:
        return set()
    known: list[G] = [each for each in groups if each.model_id == model.pk and each.questions]
    means = _matrix([*(each.mean for each in known), *(row.vector for row in fresh)], model)
    sizes = [*(each.questions for each in known), *(1 for _ in fresh)]
    linked = clustering.link(seen.placed(means), sizes, threshold)
    made = dict(enumerate(known))
    changed: set[int] = set()
    for place, owner in enumerate(linked.groups):
        if owner not in made:
            made[owner] = _begun(kind, workspace, model, fresh[owner - len(known)])
        into = made[owner]
        if place < len(known):
            changed |= _merged(known[place], into)
        else:
            _put(fresh[place - len(known)], into)
            changed.add(into.pk)
    AskedQuestion.objects.bulk_update(fresh, ["topic" if kind is Topic else "gap"], batch_size=500)
    return changed


def _join_decided(
    workspace: Workspace, model: EmbeddingModel, bad: Sequence[AskedQuestion], seen: Ground
) -> set[int]:
    """Let questions join the gaps that somebody decided about, where none that waits is nearer."""
    gaps = list(
        Gap.objects.filter(workspace=workspace, model=model, merged_into=None, questions__gt=0)
    )
    if not bad or not any(gap.state in DECIDED for gap in gaps):
        return set()
    placed = seen.placed(_matrix([row.vector for row in bad], model))
    means = seen.placed(_matrix([gap.mean for gap in gaps], model))
    joined = []
    for row, place in zip(bad, clustering.nearest_of(placed, means, SAME), strict=True):
        if place >= 0 and gaps[place].state in DECIDED:
            row.gap = gaps[place]
            joined.append(row)
    AskedQuestion.objects.bulk_update(joined, ["gap"], batch_size=500)
    return {row.gap_id for row in joined if row.gap_id is not None}


def _begun(kind: type[G], workspace: Workspace, model: EmbeddingModel, row: AskedQuestion) -> G:
    return kind.objects.create(
        workspace=workspace,
        model=model,
        mean=row.vector,
        name="…",
        first_asked_at=row.asked_at,
        last_asked_at=row.asked_at,
    )


def _put(row: AskedQuestion, into: Topic | Gap) -> None:
    if isinstance(into, Topic):
        row.topic = into
    else:
        row.gap = into


def _merged(away: G, into: G) -> set[int]:
    """Let a group become part of a larger one; its address leads there from now on."""
    if away.pk == into.pk:
        return set()
    kind = type(away)
    if isinstance(away, Topic):
        AskedQuestion.objects.filter(topic=away).update(topic=into)
    else:
        AskedQuestion.objects.filter(gap=away).update(gap=into)
    kind.objects.filter(Q(pk=away.pk) | Q(merged_into=away)).update(merged_into=into, questions=0)
    if isinstance(away, Gap) and isinstance(into, Gap) and away.article_id and not into.article_id:
        Gap.objects.filter(pk=into.pk).update(article=away.article_id)
    return {into.pk}


def _renew(group: Topic | Gap, rows: QuerySet[AskedQuestion]) -> None:
    """Count in the database: a topic may have more questions than a worker should hold."""
    found = rows.aggregate(
        count=Count("pk"), mean=Avg("vector"), first=Min("asked_at"), last=Max("asked_at")
    )
    group.questions = found["count"]
    if found["count"]:
        group.mean = found["mean"]
        group.first_asked_at, group.last_asked_at = found["first"], found["last"]
    elif group.named_by == "question":
        # Its questions were deleted, and their words with them.
        group.name, group.words = naming.NAMELESS, []
    group.save()


def _weigh(gap: Gap, now: datetime) -> None:
    rows = list(
        gap.asked_questions.values_list(
            "turn__conversation__visitor", "badness", "asked_at", "reasons"
        )
    )
    gap.customers = len({visitor for visitor, *_ in rows})
    gap.reasons = dict(Counter(reason for *_, each in rows for reason in each).most_common())
    gap.score = badness.score(
        (visitor, bad, (now - asked_at).total_seconds() / 86_400)
        for visitor, bad, asked_at, _ in rows
    )


def _articles(workspace: Workspace, model: EmbeddingModel) -> clustering.Vector | None:
    """Return the middle of what is written; None where nothing is."""
    live = PassageEmbedding.objects.filter(
        model=model,
        state=PassageEmbedding.State.READY,
        passage__workspace=workspace,
        passage__generation_removed=None,
    )
    some = live.order_by("pk").values("pk")[:SAMPLED_PASSAGES]
    found = PassageEmbedding.objects.filter(pk__in=some).aggregate(middle=Avg("vector"))
    middle = found["middle"]
    return None if middle is None else np.asarray(middle, dtype=np.float32)


def _matrix(vectors: Iterable[object], model: EmbeddingModel) -> Matrix:
    rows = [np.asarray(vector, dtype=np.float32) for vector in vectors]
    return np.array(rows, dtype=np.float32).reshape(len(rows), model.dimension)
