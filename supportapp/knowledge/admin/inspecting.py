"""An article's revisions, what differs between them, and the passages it is split into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from supportapp import row_numbers
from supportapp.admin_base import signed_in
from supportapp.knowledge import diffing, publishing, rendering
from supportapp.knowledge import passages as splitting
from supportapp.knowledge.admin.editing import context, find
from supportapp.knowledge.models import Article, Passage, PassageEmbedding, Revision
from supportapp.knowledge.sizes import tokens
from supportapp.knowledge.values import ArticleText

if TYPE_CHECKING:
    from supportapp.knowledge.admin.articles import ArticleAdmin

MOST_REVISIONS = 200


@dataclass(frozen=True)
class ShownPassage:
    """A passage as staff see it, with what became of its vector."""

    number: int
    path: str
    html: str
    size: int
    state: str
    error: str


def revisions(site: ArticleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """List an article's revisions."""
    article = _readable(site, request, pk)
    listed = article.revisions.select_related("author")[:MOST_REVISIONS]
    page = context(site, request, article, "revisions") | {"revisions": listed}
    return render(request, "admin/knowledge/article/revisions.html", page)


def revision(site: ArticleAdmin, request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Show one revision and what changed since another; POST makes a draft of it."""
    article = _readable(site, request, pk)
    shown = article.revisions.select_related("author").filter(number=number).first()
    if shown is None:
        raise Http404
    if request.method == "POST":
        return _restored(site, request, article, shown)
    against = _against(request, article, shown)
    before = ArticleText.of(against) if against else ArticleText("", "")
    page = context(site, request, article, "revisions") | {
        "revision": shown,
        "against": against,
        "diff": diffing.diff(before, ArticleText.of(shown)) if against else None,
        "html": rendering.to_html(shown.body),
        "others": article.revisions.exclude(pk=shown.pk)[:MOST_REVISIONS],
    }
    return render(request, "admin/knowledge/article/revision.html", page)


def _restored(
    site: ArticleAdmin, request: HttpRequest, article: Article, chosen: Revision
) -> HttpResponse:
    if not site.has_change_permission(request, article):
        raise PermissionDenied
    draft = publishing.restore_revision(chosen, author=signed_in(request))
    site.log_change(request, article, f"Revision {chosen.number} restored as a draft.")
    messages.success(
        request,
        f"Revision {chosen.number} is now the draft (revision {draft.number}). "
        "Publish it to make it live.",
    )
    return redirect(reverse("admin:knowledge_article_change", args=[article.pk]))


def _against(request: HttpRequest, article: Article, shown: Revision) -> Revision | None:
    """Return the revision to compare with: the one asked for, else the one before."""
    number = row_numbers.parse(request.GET.get("against", ""))
    if number is not None:
        return article.revisions.filter(number=number).first()
    return article.revisions.filter(number__lt=shown.number).order_by("-number").first()


def passages(site: ArticleAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    """Show how the article is split: live passages with their vectors, and the draft's."""
    article = _readable(site, request, pk)
    if request.method == "POST":
        return _retried(site, request, article)
    live = publishing.live_passages(article)
    page = context(site, request, article, "passages") | {
        "live": [_shown(passage, *_vector(passage)) for passage in live],
        "failed": PassageEmbedding.objects.filter(
            passage__in=live, state=PassageEmbedding.State.FAILED
        ).count(),
        "draft_passages": _draft(article, {passage.content_hash for passage in live}),
    }
    return render(request, "admin/knowledge/article/passages.html", page)


def _retried(site: ArticleAdmin, request: HttpRequest, article: Article) -> HttpResponse:
    if not site.has_change_permission(request, article):
        raise PermissionDenied
    count = publishing.retry_vectors(article)
    messages.success(request, f"{count} vectors will be tried again within seconds.")
    return redirect(reverse("admin:knowledge_passages", args=[article.pk]))


def _readable(site: ArticleAdmin, request: HttpRequest, pk: int) -> Article:
    article = find(pk)
    if not site.has_view_permission(request, article):
        raise PermissionDenied
    return article


def _vector(passage: Passage) -> tuple[str, str]:
    rows = list(passage.embeddings.select_related("model"))
    worst = sorted(rows, key=lambda row: ["failed", "pending", "ready"].index(row.state))
    return (worst[0].state, worst[0].error) if worst else ("none", "")


def _draft(article: Article, live: set[str]) -> list[ShownPassage]:
    """Split the draft as publishing would; vectors of unchanged passages will be reused."""
    if article.draft is None:
        return []
    split = splitting.of(article.draft, article, 0)
    return [
        _shown(passage, "reused" if passage.content_hash in live else "new", "")
        for passage in split
    ]


def _shown(passage: Passage, state: str, error: str) -> ShownPassage:
    return ShownPassage(
        number=passage.position + 1,
        path=" › ".join(passage.headings),
        html=rendering.to_html(passage.text),
        size=tokens(passage.embedding_text),
        state=state,
        error=error,
    )
