"""What the admin's first page says about the help centre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.db.models import Count, Q
from django.utils import timezone

from supportapp.knowledge.models import Article, PassageEmbedding

register = template.Library()
State = Article.State


@dataclass(frozen=True)
class Overview:
    """Figures with a place to go to from each."""

    published: int
    drafts: int
    archived: int
    overdue: int
    waiting: int
    failed: int


@register.simple_tag
def knowledge_overview() -> Overview:
    """Count articles and vectors, in two queries."""
    articles = Article.objects.aggregate(
        published=Count("pk", filter=Q(state=State.PUBLISHED)),
        drafts=Count("pk", filter=Q(draft__isnull=False) & ~Q(state=State.ARCHIVED)),
        archived=Count("pk", filter=Q(state=State.ARCHIVED)),
        overdue=Count("pk", filter=Q(review_by__lt=timezone.localdate(), state=State.PUBLISHED)),
    )
    unready = PassageEmbedding.objects.exclude(state=PassageEmbedding.State.READY).filter(
        passage__generation_removed__isnull=True
    )
    vectors = unready.aggregate(
        waiting=Count("pk", filter=Q(state=PassageEmbedding.State.PENDING)),
        failed=Count("pk", filter=Q(state=PassageEmbedding.State.FAILED)),
    )
    return Overview(**articles, **vectors)


FIRST = ("knowledge", "conversations", "review", "evals", "outbox", "auth")


@register.filter
def ours_first(apps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort the admin's list of apps: what staff use daily before what guards the house."""
    places = {label: place for place, label in enumerate(FIRST)}
    return sorted(apps, key=lambda app: places.get(app["app_label"], len(FIRST)))
