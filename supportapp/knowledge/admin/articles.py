"""The list of articles, and the pages of one: edit, revisions, passages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from supportapp.admin_base import ModelAdmin
from supportapp.knowledge import publishing
from supportapp.knowledge.admin import editing, inspecting, listing
from supportapp.knowledge.models import Article


@admin.register(Article)
class ArticleAdmin(ModelAdmin[Article]):
    list_display = (
        "title",
        "state_badge",
        "audience_badge",
        "language",
        "subject",
        "vectors_badge",
        "review_badge",
    )
    list_filter = (
        "state",
        listing.DraftFilter,
        "audience",
        "language",
        listing.VectorsFilter,
        listing.OverdueFilter,
        "workspace",
    )
    search_fields = ("title", "slug", "subject", "published__body", "draft__body")
    search_help_text = "Title, address, subject and text"
    list_select_related = ("workspace",)
    list_per_page = 50
    show_full_result_count = False
    date_hierarchy = None
    actions = ("archive_selected", "restore_selected", "retry_vectors")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        return listing.with_vectors(super().get_queryset(request))

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        """Articles are archived: past answers rest on them."""
        return False

    def has_publish_permission(self, request: HttpRequest) -> bool:
        """Say whether this user may publish, archive and restore."""
        return request.user.has_perm("knowledge.publish_article")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view

        def page(function: Any) -> Any:
            def bound(request: HttpRequest, **kwargs: Any) -> HttpResponse:
                response: HttpResponse = function(self, request, **kwargs)
                return response

            return view(bound)

        own = [
            path("preview/", page(editing.preview), name="knowledge_article_preview"),
            path("<int:pk>/revisions/", page(inspecting.revisions), name="knowledge_revisions"),
            path(
                "<int:pk>/revisions/<int:number>/",
                page(inspecting.revision),
                name="knowledge_revision",
            ),
            path("<int:pk>/passages/", page(inspecting.passages), name="knowledge_passages"),
        ]
        return own + super().get_urls()

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return editing.add(self, request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return editing.change(self, request, object_id)

    @admin.display(description="State", ordering="state")
    def state_badge(self, article: Article) -> SafeString:
        state = Article.State(article.state)
        label = str(state.label)
        if article.draft_id and state != Article.State.DRAFT:
            label += " + draft"
        return listing.badge(label, listing.KINDS[state])

    @admin.display(description="Audience", ordering="audience")
    def audience_badge(self, article: Article) -> SafeString:
        kind = {"staff": "warning", "customers": "accent"}.get(article.audience, "")
        return listing.badge(article.get_audience_display(), kind)

    @admin.display(description="Vectors")
    def vectors_badge(self, article: Article) -> SafeString:
        row: Any = article
        return listing.vectors(row.vectors, row.vectors_ready, row.vectors_failed)

    @admin.display(description="Review by", ordering="review_by")
    def review_badge(self, article: Article) -> SafeString | str:
        if article.review_by is None:
            return "–"
        if listing.is_overdue(article.review_by):
            return listing.badge(f"overdue since {article.review_by:%Y-%m-%d}", "danger")
        return f"{article.review_by:%Y-%m-%d}"

    @admin.action(description="Archive", permissions=["publish"])
    def archive_selected(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        chosen = list(queryset.exclude(state=Article.State.ARCHIVED))
        for article in chosen:
            publishing.archive(article)
            self.log_change(request, article, "Archived.")
        self.message_user(
            request, f"{len(chosen)} archived. “Restore” undoes it.", messages.SUCCESS
        )

    @admin.action(description="Restore from the archive", permissions=["publish"])
    def restore_selected(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        chosen = list(queryset.filter(state=Article.State.ARCHIVED))
        for article in chosen:
            publishing.restore(article)
            self.log_change(request, article, "Restored from the archive.")
        self.message_user(request, f"{len(chosen)} restored.", messages.SUCCESS)

    @admin.action(description="Try failed vectors again", permissions=["change"])
    def retry_vectors(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        count = sum(publishing.retry_vectors(article) for article in queryset)
        self.message_user(request, f"{count} vectors will be tried again within seconds.")
