"""What second opinions say of the labels: kappa for each question, and for each two people."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Count, Q

from supportapp.evals.agreement import Agreement, Pair, kappa
from supportapp.review.models import Annotation, Label, RotaPlace

PERIOD = timedelta(days=180)
MOST = 5000
MOST_PAIRS = 30
WEEK = timedelta(days=7)
_95 = 1.96


@dataclass(frozen=True, slots=True)
class Row:
    """Agreement about one thing."""

    label: str
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Work:
    """What one reviewer did."""

    reviewer: str
    today: int
    week: int
    goal: int


def twice_judged(now: datetime, workspace: int | None = None) -> list[list[Annotation]]:
    """Return the opinions of each item that two people judged, in the order of their accounts."""
    opinions = Annotation.objects.live().filter(
        role=Annotation.Role.OPINION,
        created_at__gte=now - PERIOD,
        item__wanted__gt=1,
        item__turn__conversation__deleted_at=None,
    )
    if workspace is not None:
        opinions = opinions.filter(item__turn__conversation__workspace=workspace)
    rows = opinions.select_related("reviewer").prefetch_related("labels").order_by("-pk")[:MOST]
    by_item: dict[int, list[Annotation]] = defaultdict(list)
    for row in rows:
        by_item[row.item_id].append(row)
    ordered = (sorted(each, key=lambda row: row.reviewer_id) for each in by_item.values())
    return [each[:2] for each in ordered if len(each) > 1]


def by_question(judged: Sequence[Sequence[Annotation]]) -> list[Row]:
    """Return kappa of the verdict, of good or not, and of each yes-or-no question."""
    good = Annotation.Verdict.GOOD
    rows = [
        Row("Verdict", measured([(one.verdict, other.verdict) for one, other in judged])),
        Row(
            "Good, or not", measured([(_is(good, one), _is(good, other)) for one, other in judged])
        ),
    ]
    for question in Label.Question:
        said = [(_answer(one, question), _answer(other, question)) for one, other in judged]
        both = [pair for pair in said if "" not in pair]
        rows.append(Row(str(question.label), measured(both)))
    return rows


def measured(pairs: Sequence[Pair]) -> Agreement:
    """Return Cohen's kappa with its large-sample interval: a page can't wait for resampling."""
    count = len(pairs)
    if not count:
        return Agreement(0, 0.0, None)
    observed, found = sum(one == other for one, other in pairs) / count, kappa(pairs)
    if found is None or found >= 1:
        return Agreement(count, observed, found, found, found)
    expected = (observed - found) / (1 - found)
    spread = _95 * math.sqrt(observed * (1 - observed) / count) / (1 - expected)
    return Agreement(count, observed, found, max(-1.0, found - spread), min(1.0, found + spread))


def by_people(judged: Sequence[Sequence[Annotation]]) -> list[Row]:
    """Return kappa of the verdict for each two people, who judged most together first."""
    together: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for one, other in judged:
        names = (one.reviewer.get_username(), other.reviewer.get_username())
        together[names].append((one.verdict, other.verdict))
    rows = [Row(f"{a} and {b}", measured(said)) for (a, b), said in together.items()]
    return sorted(rows, key=lambda row: -row.agreement.count)[:MOST_PAIRS]


def work(now: datetime) -> list[Work]:
    """Return what each reviewer did today and in the last week, beside what they mean to do."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    recent = Annotation.objects.live().filter(created_at__gte=now - WEEK)
    rows = recent.values("reviewer").annotate(
        week=Count("pk"), today=Count("pk", filter=Q(created_at__gte=midnight))
    )
    done = {row["reviewer"]: (row["today"], row["week"]) for row in rows}
    goals = dict(RotaPlace.objects.filter(is_on=True).values_list("user", "goal"))
    people = User.objects.filter(pk__in={*done, *goals}).order_by("username")
    return [
        Work(each.get_username(), *done.get(each.pk, (0, 0)), goals.get(each.pk, 0))
        for each in people
    ]


def _is(verdict: str, annotation: Annotation) -> str:
    return "yes" if annotation.verdict == verdict else "no"


def _answer(annotation: Annotation, question: str) -> str:
    said = (
        "yes" if label.value else "no"
        for label in annotation.labels.all()
        if label.question == question and label.sentence is None
    )
    return next(said, "")
