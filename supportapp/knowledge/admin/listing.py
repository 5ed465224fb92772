"""What the list of articles shows: vectors' state, overdue reviews, filters."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from supportapp.knowledge.models import Article, PassageEmbedding

State = PassageEmbedding.State
KINDS = {
    Article.State.PUBLISHED: "ok",
    Article.State.DRAFT: "accent",
    Article.State.ARCHIVED: "",
}


def with_vectors(articles: QuerySet[Article]) -> QuerySet[Article]:
    """Add how many vectors of each article's live passages there are, are ready and failed."""
    live = PassageEmbedding.objects.filter(
        passage__article=OuterRef("pk"), passage__generation_removed__isnull=True
    ).order_by()

    def count(rows: QuerySet[PassageEmbedding]) -> Coalesce:
        counted = rows.values("passage__article").annotate(count=Count("pk")).values("count")
        return Coalesce(Subquery(counted, output_field=IntegerField()), 0)

    return articles.annotate(
        vectors=count(live),
        vectors_ready=count(live.filter(state=State.READY)),
        vectors_failed=count(live.filter(state=State.FAILED)),
    )


def badge(text: str, kind: str = "") -> SafeString:
    """Draw a word as a badge."""
    return format_html('<span class="badge{}">{}</span>', f" badge-{kind}" if kind else "", text)


def vectors(total: int, ready: int, failed: int) -> SafeString:
    """Say how many vectors are there, wait or failed."""
    if not total:
        return badge("none")
    if failed:
        return badge(f"{failed} failed", "danger")
    if ready < total:
        return badge(f"{total - ready} waiting", "warning")
    return badge(f"{ready}/{total}", "ok")


def is_overdue(review_by: date | None) -> bool:
    """Say whether an article should have been looked at before today."""
    return review_by is not None and review_by < timezone.localdate()


class OverdueFilter(admin.SimpleListFilter):
    """Articles whose review date has passed."""

    title = "review"
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("overdue", "Overdue"), ("none", "No date")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        if self.value() == "overdue":
            return queryset.filter(review_by__lt=timezone.localdate())
        if self.value() == "none":
            return queryset.filter(review_by__isnull=True)
        return queryset


class VectorsFilter(admin.SimpleListFilter):
    """Articles with vectors that wait or failed."""

    title = "vectors"
    parameter_name = "vectors"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("failed", "Failed"), ("waiting", "Waiting")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        states = {"failed": State.FAILED, "waiting": State.PENDING}
        state = states.get(self.value() or "")
        if state is None:
            return queryset
        rows = PassageEmbedding.objects.filter(
            passage__generation_removed__isnull=True, state=state
        )
        return queryset.filter(pk__in=rows.values("passage__article"))


class DraftFilter(admin.SimpleListFilter):
    """Published articles that someone is changing."""

    title = "draft"
    parameter_name = "draft"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "With a draft"), ("no", "Without")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        if self.value() in ("yes", "no"):
            return queryset.filter(Q(draft__isnull=self.value() == "no"))
        return queryset
