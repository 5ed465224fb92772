"""What the admin's first page says about the help centre."""

from __future__ import annotations

from dataclasses import dataclass

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
