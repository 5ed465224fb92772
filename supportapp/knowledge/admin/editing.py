"""The page on which staff write: save, preview, publish, discard, archive, restore."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.module_loading import import_string

from supportapp import row_numbers
from supportapp.admin_base import signed_in
from supportapp.knowledge import diffing, inspections, publishing, rendering
from supportapp.knowledge.admin.forms import ArticleForm, NewArticleForm
from supportapp.knowledge.admin.listing import is_overdue
from supportapp.knowledge.cleaning import clean
from supportapp.knowledge.models import Article, Revision, Workspace
from supportapp.knowledge.publishing import DraftChanged, KnowledgeError
from supportapp.knowledge.values import ArticleText, Publication

if TYPE_CHECKING:
    from supportapp.knowledge.admin.articles import ArticleAdmin

EDIT = "admin/knowledge/article/edit.html"
# What another page may fill in before the editor is shown.
FILLED = ("title", "aliases", "tags", "subject")


def find(pk: int | str) -> Article:
    """Return an article with its revisions, or raise Http404."""
    number = row_numbers.parse(str(pk))
    articles = Article.objects.select_related("workspace", "draft", "published")
    found = None if number is None else articles.filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def context(
    site: ArticleAdmin, request: HttpRequest, article: Article | None, tab: str
) -> dict[str, object]:
    """Return what every page of an article needs."""
    return {
        **site.admin_site.each_context(request),
        "opts": Article._meta,
        "article": article,
        "tab": tab,
        "title": article.title if article else "New article",
        "may_change": site.has_change_permission(request, article),
        "may_publish": site.has_publish_permission(request),
        "is_overdue": is_overdue(article.review_by) if article else False,
    }


def add(site: ArticleAdmin, request: HttpRequest) -> HttpResponse:
    """Write a new article."""
    if not site.has_add_permission(request):
        raise PermissionDenied
    first = {"audience": "public", "language": "en", "workspace": Workspace.default().pk}
    form = NewArticleForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        article = _created(form, request)
        if article is not None:
            site.log_addition(request, article, "Draft written.")
            return _act(site, request, article, form)
    return _page(site, request, None, form, ArticleText("", ""))


def _created(form: NewArticleForm, request: HttpRequest) -> Article | None:
    data = form.cleaned_data
    try:
        article = publishing.create(
            data["workspace"], data["slug"], form.text(), author=signed_in(request)
        )
    except IntegrityError:
        form.add_error("slug", "Another article has this address.")
        return None
    _save_keeping(article, form)
    return article


def change(site: ArticleAdmin, request: HttpRequest, pk: str) -> HttpResponse:
    """Show an article to an editor, or do what a button says."""
    article = find(pk)
    if not site.has_view_permission(request, article):
        raise PermissionDenied
    latest = article.latest or Revision(article=article, title=article.title)
    shown = ArticleText.of(latest)
    if request.method != "POST":
        form = ArticleForm(initial=ArticleForm.initial_of(article, latest))
        return _page(site, request, article, form, shown)
    if not site.has_change_permission(request, article):
        raise PermissionDenied
    if simple := _SIMPLE.get(request.POST.get("action", "")):
        return simple(site, request, article)
    form = ArticleForm(request.POST)
    if not form.is_valid():
        return _page(site, request, article, form, shown)
    if request.POST.get("action") == "preview":
        return _page(site, request, article, form, form.text())
    try:
        _save(article, form, request)
    except DraftChanged as error:
        return _conflict(site, request, article, form, error)
    return _act(site, request, article, form)


def _save(article: Article, form: ArticleForm, request: HttpRequest) -> None:
    """Write the draft where the text says something new, and what stays outside revisions."""
    text = form.text()
    version = form.cleaned_data["version"]
    latest = article.latest
    differs = latest is None or text.content_hash != latest.content_hash
    note_differs = article.draft is not None and text.note != article.draft.note
    if differs or note_differs:
        publishing.save_draft(article, text, signed_in(request), version=version)
    elif version != article.version:
        raise DraftChanged("Someone else changed this article meanwhile.")
    _save_keeping(article, form)


def _save_keeping(article: Article, form: ArticleForm) -> None:
    article.owner = form.cleaned_data["owner"]
    article.review_by = form.cleaned_data["review_by"]
    article.save(update_fields=["owner", "review_by", "updated_at"])


def _act(
    site: ArticleAdmin, request: HttpRequest, article: Article, form: ArticleForm
) -> HttpResponse:
    """Go on after saving: publish, if that is what the button said."""
    article.refresh_from_db()
    if request.POST.get("action") != "publish":
        messages.success(request, "Saved." if article.draft is None else "Draft saved.")
        return _back(article)
    if not site.has_publish_permission(request):
        raise PermissionDenied
    if article.draft is None:
        messages.info(request, "Nothing changed, so there is nothing to publish.")
        return _back(article)
    # A room above may have something to say first: what the draft does to answers.
    elsewhere: str = import_string(settings.BEFORE_PUBLISHING)(article, signed_in(request))
    if elsewhere:
        return redirect(elsewhere)
    try:
        note = form.cleaned_data["note"]
        done = publishing.publish(article.draft, author=signed_in(request), note=note)
    except KnowledgeError as error:
        messages.error(request, str(error))
        return _back(article)
    site.log_change(request, article, f"Published revision {done.revision.number}.")
    messages.success(request, live_message(done))
    return _back(article)


def live_message(done: Publication) -> str:
    """Say that a text is live, how long it took, and what its passages cost."""
    plural = "" if done.passages == 1 else "s"
    reused = f", {done.reused_vectors} vectors reused" if done.reused_vectors else ""
    return f"Live in {done.milliseconds / 1000:.2f} s ({done.passages} passage{plural}{reused})."


def _discard(site: ArticleAdmin, request: HttpRequest, article: Article) -> HttpResponse:
    try:
        draft = publishing.discard_draft(article, version=request.POST.get("version"))
    except KnowledgeError as error:
        messages.error(request, str(error))
    else:
        site.log_change(request, article, f"Draft discarded (revision {draft.number}).")
        messages.success(
            request, f"Draft discarded. Revision {draft.number} under Revisions brings it back."
        )
    return _back(article)


def _archive(site: ArticleAdmin, request: HttpRequest, article: Article) -> HttpResponse:
    if not site.has_publish_permission(request):
        raise PermissionDenied
    publishing.archive(article)
    site.log_change(request, article, "Archived.")
    messages.success(request, "Archived: no new answer rests on it. “Restore” undoes it.")
    return _back(article)


def _restore(site: ArticleAdmin, request: HttpRequest, article: Article) -> HttpResponse:
    if not site.has_publish_permission(request):
        raise PermissionDenied
    try:
        publishing.restore(article)
    except KnowledgeError as error:
        messages.error(request, str(error))
    else:
        site.log_change(request, article, "Restored from the archive.")
        messages.success(request, "Restored.")
    return _back(article)


Simple = Callable[["ArticleAdmin", HttpRequest, Article], HttpResponse]


def _filled(site: ArticleAdmin, request: HttpRequest, article: Article) -> HttpResponse:
    """Show the editor with some fields filled in from elsewhere; nothing is saved yet."""
    latest = article.latest or Revision(article=article, title=article.title)
    given = {name: request.POST[name] for name in FILLED if name in request.POST}
    form = ArticleForm(initial=ArticleForm.initial_of(article, latest) | given)
    messages.info(request, "Filled in. Nothing is saved yet.")
    return _page(site, request, article, form, ArticleText.of(latest))


_SIMPLE: dict[str, Simple] = {
    "discard": _discard,
    "archive": _archive,
    "restore": _restore,
    "fill": _filled,
}


def _conflict(
    site: ArticleAdmin,
    request: HttpRequest,
    article: Article,
    form: ArticleForm,
    error: DraftChanged,
) -> HttpResponse:
    """Show both texts. Saving once more keeps the editor's own, knowingly."""
    theirs = find(article.pk)
    latest = theirs.latest
    again = request.POST.copy()
    again["version"] = theirs.version
    form = ArticleForm(again)
    form.is_valid()
    extra: dict[str, object] = {"conflict": str(error)}
    if latest is not None:
        extra["conflict_diff"] = diffing.diff(ArticleText.of(latest), form.text())
        extra["conflict_author"] = latest.author
    return _page(site, request, theirs, form, form.text(), status=409, **extra)


def _page(
    site: ArticleAdmin,
    request: HttpRequest,
    article: Article | None,
    form: ArticleForm,
    shown: ArticleText,
    *,
    status: int = 200,
    **extra: object,
) -> HttpResponse:
    changes = None
    if article is not None and article.draft is not None and article.published is not None:
        changes = diffing.diff(ArticleText.of(article.published), ArticleText.of(article.draft))
    page = context(site, request, article, "edit") | {
        "form": form,
        "preview": rendering.to_html(shown.body),
        "preview_title": shown.title,
        "flagged": inspections.found(shown.body),
        "changes": changes,
        "media": site.media,
        **extra,
    }
    return render(request, EDIT, page, status=status)


def preview(site: ArticleAdmin, request: HttpRequest) -> HttpResponse:
    """Render what is being written."""
    if not (site.has_change_permission(request) or site.has_add_permission(request)):
        raise PermissionDenied
    body = clean(request.POST.get("body", ""))[: settings.MAX_ARTICLE_CHARACTERS]
    page = {
        "preview": rendering.to_html(body),
        "preview_title": clean(request.POST.get("title", ""))[:200],
        "flagged": inspections.found(body),
    }
    return render(request, "admin/knowledge/article/_preview.html", page)


def _back(article: Article) -> HttpResponse:
    return redirect(reverse("admin:knowledge_article_change", args=[article.pk]))
