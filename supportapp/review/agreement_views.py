"""How well people agree, how well they judge what is known, and what is gold."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from supportapp.review import agreement_figures, desk, gold, handoffs
from supportapp.review.models import ReviewItem
from supportapp.web.access import staff_with
from supportapp.web.requests import StaffRequest

SETTLE = "review.settle_reviewitem"


@staff_with("review.view_annotation")
@require_safe
def agreement_page(request: StaffRequest) -> HttpResponse:
    """Show kappa for each question; for leads also who hits the gold, and who did how much."""
    now = timezone.now()
    workspace = desk.filter_of(request.GET).workspace
    judged = agreement_figures.twice_judged(now, workspace)
    may_settle = request.user.has_perm(SETTLE)
    context = {
        "questions": agreement_figures.by_question(judged),
        "people": agreement_figures.by_people(judged) if may_settle else (),
        "twice": len(judged),
        "accuracies": gold.accuracies() if may_settle else (),
        "gold": ReviewItem.objects.exclude(gold_verdict="").count(),
        "work": agreement_figures.work(now) if may_settle else (),
        "may_settle": may_settle,
        "open_requests": handoffs.open_count(),
    }
    return render(request, "review/agreement.html", context)


@staff_with(SETTLE)
@require_POST
def make_gold(request: StaffRequest, item_id: int) -> HttpResponse:
    """Seed an item in among others' work, or let it be gold no longer."""
    item = get_object_or_404(ReviewItem, pk=item_id)
    if item.gold_verdict:
        gold.unmake(item)
        messages.success(request, "It is gold no longer.")
    elif gold.make(item, request.user):
        messages.success(request, "It is gold: others are shown it blind, now and then.")
    else:
        messages.error(request, "No verdict stands on it yet.")
    return redirect("review:item", item_id)
