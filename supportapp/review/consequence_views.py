"""What follows from a verdict, done on the spot: each is one POST, shown as done, with an undo."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from supportapp.caching import keeping
from supportapp.knowledge.models import Article
from supportapp.review import aliases, approving, consequences, desk, golden, handoffs, telling
from supportapp.review.forms import AliasForm, ApprovalForm, GoldenForm, MessageForm
from supportapp.review.golden import Proposed
from supportapp.review.models import Annotation, Consequence, ReviewItem
from supportapp.review.showing import item_view
from supportapp.web import errors
from supportapp.web.access import staff_with
from supportapp.web.requests import StaffRequest

Kind = Consequence.Kind
APPROVE = "caching.add_rememberedanswer"


@staff_with("review.add_annotation")
@require_POST
def dismiss(request: StaffRequest, item_id: int) -> HttpResponse:
    """Note that nothing is to be done."""
    item = _judged(item_id)
    return _done(request, item, consequences.dismiss(item, request.user))


@staff_with("review.add_trainingmark")
@require_POST
def mark_for_training(request: StaffRequest, item_id: int) -> HttpResponse:
    """Let models learn from the turn."""
    item = _judged(item_id)
    if not _is_good(item):
        return errors.page(request, 400, message="Only a good answer is one to imitate.")
    return _done(request, item, consequences.mark_for_training(item, request.user))


@staff_with("knowledge.change_article")
@require_POST
def add_alias(request: StaffRequest, item_id: int) -> HttpResponse:
    """Write another name into an article's draft."""
    item = _judged(item_id)
    articles = aliases.articles_of(item.turn)
    form = AliasForm(articles, request.POST)
    if not form.is_valid():
        return _faulty(request, form)
    article = next(each for each in articles if each.pk == form.cleaned_data["article"])
    added = aliases.add(article, form.cleaned_data["alias"], request.user)
    if added.fault:
        return errors.page(request, 400, message=added.fault)
    return _done(request, item, _noted(item, added, request))


@staff_with("evals.add_example")
@require_POST
def add_golden(request: StaffRequest, item_id: int) -> HttpResponse:
    """Store a golden example."""
    item = _judged(item_id)
    form = GoldenForm(request.POST)
    if not form.is_valid():
        return _faulty(request, form)
    given = form.cleaned_data
    proposed = Proposed(
        question=given["question"],
        expected=given["expected"],
        outcome=given["outcome"],
        must_say=golden.facts(given["must_say"]),
        must_not_say=golden.facts(given["must_not_say"]),
    )
    slugs = [each.article.slug for each in item.turn.citations.select_related("article")]
    known = Article.objects.filter(
        workspace=item.turn.conversation.workspace_id, slug__in=request.POST.getlist("articles")
    )
    chosen = [*known.values_list("slug", flat=True)] or (slugs if _is_good(item) else [])
    return _done(request, item, golden.add(item, request.user, proposed, chosen))


@staff_with("conversations.add_message")
@require_POST
def tell(request: StaffRequest, item_id: int) -> HttpResponse:
    """Tell the customer what changed, once."""
    item = _judged(item_id)
    form = MessageForm(request.POST)
    if not form.is_valid():
        return _faulty(request, form)
    return _done(request, item, telling.tell(item, request.user, form.cleaned_data["text"]))


@staff_with("review.add_annotation")
@require_POST
def undo(request: StaffRequest, consequence_id: int) -> HttpResponse:
    """Take a consequence back, where its kind can be."""
    found = Consequence.objects.select_related("item__turn__conversation__workspace")
    consequence = get_object_or_404(found, pk=consequence_id)
    if not request.user.has_perm(consequences.OFFERS[consequence.kind].permission):
        return errors.page(request, 403, message="Whoever may do this may take it back.")
    if not consequences.undo(consequence, timezone.now()):
        return errors.page(request, 404, message="There is nothing to take back here.")
    return _done(request, consequence.item, None)


@staff_with(APPROVE)
@require_http_methods(["GET", "HEAD", "POST"])
def approve(request: StaffRequest, item_id: int) -> HttpResponse:
    """Let a reviewer word the answer that everybody gets first who asks the same."""
    item = get_object_or_404(_items(), pk=item_id)
    turn = item.turn
    if not approving.is_approvable(turn):
        return errors.page(request, 404, message="This answer rests on nothing to approve it by.")
    first = {
        "question": turn.question,
        "answer": turn.answer,
        "review_by": keeping.default_review(),
    }
    form = ApprovalForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            kept = approving.approve(turn, request.user, **form.cleaned_data)
        except keeping.NotApprovable as error:
            form.add_error(None, str(error))
        else:
            consequences.note(
                item,
                Kind.APPROVE,
                request.user,
                key=str(kept.pk),
                summary=kept.question,
                details={"remembered": kept.pk},
            )
            messages.success(request, "Approved. Whoever asks this gets it from now on.")
            return redirect("review:item", item.pk)
    context = {"form": form, "item": item, "open_requests": handoffs.open_count()}
    return render(request, "review/approve.html", context, status=400 if form.errors else 200)


def _noted(item: ReviewItem, added: aliases.Added, request: StaffRequest) -> Consequence:
    return consequences.note(
        item,
        Kind.ALIAS,
        request.user,
        key=f"{added.article.pk}:{added.alias}",
        summary=f"“{added.alias}” for “{added.article.title}”, in its draft",
        details={"article": added.article.pk, "alias": added.alias, "slug": added.article.slug},
    )


def _items() -> QuerySet[ReviewItem]:
    return ReviewItem.objects.filter(turn__conversation__deleted_at=None).select_related(
        "turn__conversation__workspace"
    )


def _judged(item_id: int) -> ReviewItem:
    """Return an item on which somebody said something; nothing follows from no verdict."""
    said = _items().filter(annotations__undone_at=None, annotations__isnull=False).distinct()
    return get_object_or_404(said, pk=item_id)


def _is_good(item: ReviewItem) -> bool:
    standing = Annotation.objects.standing().filter(item=item).first()
    return standing is not None and standing.verdict == Annotation.Verdict.GOOD


def _faulty(request: StaffRequest, form: forms.Form) -> HttpResponse:
    faults = dict.fromkeys(str(fault) for of_field in form.errors.values() for fault in of_field)
    return errors.page(request, 400, message=" ".join(faults))


def _done(request: StaffRequest, item: ReviewItem, done: Consequence | None) -> HttpResponse:
    """Show what was done beside the verdict, or the item's page with it."""
    if not request.htmx:
        said = f"{done.get_kind_display()}." if done else "Taken back."
        messages.success(request, said)
        return redirect("review:item", item.pk)
    view = item_view(item, request.user)
    context: dict[str, Any] = {"item": item, "view": view, "is_short": "short" in request.GET}
    return render(request, "review/_follow_ups.html", context | desk.follow_ups(view))
