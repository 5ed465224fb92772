"""The help centre's pages: a list to browse and search, and each article."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from supportapp import row_numbers
from supportapp.knowledge import access, helpcentre
from supportapp.knowledge.models import Article, Passage, Revision, Workspace

PER_PAGE = 40
MOST_SEARCHED = 100


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List the articles that this visitor may read, by section, or those that hold some words."""
    workspace = _workspace(request)
    articles = helpcentre.published(workspace, access.visible_audiences(request.user))
    query = request.GET.get("q", "").replace("\0", "").strip()[:MOST_SEARCHED]
    tag = request.GET.get("tag", "").replace("\0", "")[:60]
    context: dict[str, object] = {"workspace": workspace, "query": query, "tag": tag}
    if query or tag:
        found = helpcentre.search(articles, query) if query else articles
        found = helpcentre.of_section(found, tag) if tag else found
        context["page"] = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
        context["section"] = helpcentre.named(tag) if tag else ""
    else:
        context["sections"] = helpcentre.sections(articles)
    return render(request, "help/index.html", context)


@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """Show an article; `?passage=` marks a passage, `?revision=` shows an earlier revision.

    What the visitor may not read is as if it weren't there.
    """
    if "\0" in slug:
        raise Http404
    passage = _passage(request, slug)
    workspace = passage.workspace if passage else _workspace(request)
    found = get_object_or_404(
        Article.objects.select_related("published", "workspace"), workspace=workspace, slug=slug
    )
    revision = _revision(request, found, passage)
    audiences = access.visible_audiences(request.user)
    if found.audience not in audiences or revision.audience not in audiences:
        raise Http404
    if found.state != Article.State.PUBLISHED and not access.is_staff_reader(request.user):
        raise Http404
    context = {
        "workspace": workspace,
        "article": found,
        "revision": revision,
        "is_current": revision.pk == found.published_id,
        "page": helpcentre.page(revision, passage),
        "section": found.tags[0] if found.tags else "",
        "is_staff_reader": access.is_staff_reader(request.user),
    }
    return render(request, "help/article.html", context)


def _workspace(request: HttpRequest) -> Workspace:
    slug = request.GET.get("workspace", "").replace("\0", "")
    return get_object_or_404(Workspace, slug=slug) if slug else Workspace.default()


def _passage(request: HttpRequest, slug: str) -> Passage | None:
    """Find the passage that a citation names; an unknown one is left out."""
    number = row_numbers.parse(request.GET.get("passage", ""))
    if number is None:
        return None
    return (
        Passage.objects.select_related("revision", "workspace")
        .filter(pk=number, article__slug=slug)
        .first()
    )


def _revision(request: HttpRequest, found: Article, passage: Passage | None) -> Revision:
    """Return the revision asked for: by number, the passage's own, else the current one."""
    number = row_numbers.parse(request.GET.get("revision", ""))
    if number is not None:
        return get_object_or_404(Revision, article=found, number=number, published_at__isnull=False)
    if passage is not None:
        return passage.revision
    if found.published is None:
        raise Http404
    return found.published
