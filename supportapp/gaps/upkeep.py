"""Articles that need a writer's eye: past their day, behind low ratings, or never used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from supportapp.conversations.models import Citation
from supportapp.knowledge.models import Article, Workspace
from supportapp.review.models import Feedback

RATED_DAYS = 90
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Upkeep:
    """The lists of one workspace."""

    overdue: list[Article]
    low_rated: list[LowRated]
    unused: list[Article]
    unused_days: int


@dataclass(frozen=True, slots=True)
class LowRated:
    """An article behind answers that customers rated down."""

    article: Article
    ratings: int
    latest: datetime
    changed_since: bool


def of(workspace: Workspace, now: datetime) -> Upkeep:
    """Return what a writer should look at."""
    days = settings.GAPS_UNUSED_DAYS
    return Upkeep(
        overdue(workspace, now.date()), low_rated(workspace, now), unused(workspace, now), days
    )


def overdue(workspace: Workspace, today: date) -> list[Article]:
    """Return published articles whose day of review is over, the longest first."""
    return list(_published(workspace).filter(review_by__lt=today).order_by("review_by")[:SHOWN])


def low_rated(workspace: Workspace, now: datetime) -> list[LowRated]:
    """Return articles cited by answers that were rated down lately, the most often first."""
    down = Feedback.objects.filter(
        value=Feedback.Value.DOWN,
        updated_at__gte=now - timedelta(days=RATED_DAYS),
        turn__conversation__deleted_at=None,
        turn__conversation__workspace=workspace,
        turn__superseded_by=None,
    )
    rows = (
        Citation.objects.filter(turn__in=down.values("turn_id"))
        .values("article_id")
        .annotate(ratings=Count("turn", distinct=True), latest=Max("turn__created_at"))
        .order_by("-ratings", "-latest")[:SHOWN]
    )
    articles = _published(workspace).in_bulk([row["article_id"] for row in rows])
    return [
        LowRated(
            article=article,
            ratings=row["ratings"],
            latest=row["latest"],
            changed_since=bool(
                article.published
                and article.published.published_at
                and article.published.published_at > row["latest"]
            ),
        )
        for row in rows
        if (article := articles.get(row["article_id"])) is not None
    ]


def unused(workspace: Workspace, now: datetime) -> list[Article]:
    """Return articles that stood ready for so long and that no answer has cited meanwhile."""
    since = now - timedelta(days=settings.GAPS_UNUSED_DAYS)
    used = Citation.objects.filter(
        article=OuterRef("pk"), turn__created_at__gte=since, turn__conversation__deleted_at=None
    )
    return list(
        _published(workspace)
        .filter(Q(published__published_at__lt=since) & ~Exists(used))
        .order_by("published__published_at")[:SHOWN]
    )


def _published(workspace: Workspace) -> QuerySet[Article]:
    return Article.objects.filter(
        workspace=workspace, state=Article.State.PUBLISHED
    ).select_related("published")
