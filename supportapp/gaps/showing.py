"""What the pages of this room show, each part by one query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count

from supportapp.gaps import badness, decisions
from supportapp.gaps.models import AskedQuestion, Gap, Scan
from supportapp.guardrails import personal
from supportapp.knowledge.models import Article, Workspace
from supportapp.review.models import ReviewItem

READ_WORDS = "conversations.view_turn"
LISTED = 50
SHOWN_QUESTIONS = 40
NEARBY = 5
TABS = (
    (Gap.State.OPEN.value, "Open"),
    (Gap.State.SNOOZED.value, "Put off"),
    (Gap.State.DISMISSED.value, "Dismissed"),
    (Gap.State.SOLVED.value, "Solved"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One gap in the list."""

    gap: Gap
    reasons: list[tuple[str, int]]
    percent: int


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a gap, as this member of staff may see it."""

    row: AskedQuestion
    text: str
    reasons: list[str]
    item_id: int | None


@dataclass(frozen=True, slots=True)
class GapView:
    """A gap with all that is needed to decide about it."""

    gap: Gap
    reasons: list[tuple[str, int]]
    questions: list[Question]
    left_out: int
    nearby: list[Article]
    with_words: bool


def tabs(workspace: Workspace, current: str) -> list[tuple[str, str, int, bool]]:
    """Return the states with how many gaps each has."""
    gaps = Gap.objects.filter(workspace=workspace, merged_into=None, questions__gt=0)
    counts = dict(gaps.values_list("state").annotate(count=Count("pk")).order_by())
    return [(value, label, counts.get(value, 0), value == current) for value, label in TABS]


def rows(workspace: Workspace, state: str) -> list[Row]:
    """Return the gaps of one state, the worst first."""
    gaps = Gap.objects.filter(
        workspace=workspace, merged_into=None, questions__gt=0, state=state
    ).select_related("article", "solved_by__published", "decided_by")
    found = list(gaps.order_by("-score", "pk")[:LISTED])
    most = max((gap.score for gap in found), default=0.0) or 1.0
    return [Row(gap, reasons_of(gap), round(100 * gap.score / most)) for gap in found]


def gap_view(gap: Gap, user: User) -> GapView:
    """Gather one gap's page."""
    with_words = user.has_perm(READ_WORDS)
    asked = decisions.typical(gap, SHOWN_QUESTIONS)
    items = dict(
        ReviewItem.objects.filter(turn__in=[row.turn_id for row in asked]).values_list(
            "turn_id", "pk"
        )
    )
    questions = [
        Question(
            row=row,
            text=row.turn.question if with_words else personal.masked(row.turn.question),
            reasons=[badness.LABELS.get(reason, reason) for reason in row.reasons],
            item_id=items.get(row.turn_id),
        )
        for row in asked
    ]
    return GapView(
        gap=gap,
        reasons=reasons_of(gap),
        questions=questions,
        left_out=gap.questions - len(questions),
        nearby=_nearby(gap, asked),
        with_words=with_words,
    )


def reasons_of(gap: Gap) -> list[tuple[str, int]]:
    """Return what speaks against the answers, in words, the most frequent first."""
    known = ((badness.LABELS.get(name, name), count) for name, count in gap.reasons.items())
    return sorted(known, key=lambda each: -each[1])


def scan_of(workspace: Workspace, kind: Scan.Kind) -> Scan | None:
    """Return how far the worker has read."""
    return Scan.objects.filter(workspace=workspace, kind=kind).first()


def _nearby(gap: Gap, asked: Sequence[AskedQuestion]) -> list[Article]:
    """Return the articles that came nearest to answering, by how many questions they did for."""
    slugs = Counter(
        str(each["slug"]) for row in asked for each in row.turn.closest if each.get("slug")
    )
    cited = Counter(
        article
        for row in asked
        for article in row.turn.citations.values_list("article__slug", flat=True)
    )
    best = [slug for slug, _ in (slugs + cited).most_common(NEARBY)]
    known = {
        article.slug: article
        for article in Article.objects.filter(
            workspace=gap.workspace_id, slug__in=best
        ).select_related("published", "draft")
    }
    return [known[slug] for slug in best if slug in known]
