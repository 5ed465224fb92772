"""Two answers to one question, blind: which is better? One key each, with an undo."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from supportapp import row_numbers
from supportapp.answering.models import ShadowAnswer
from supportapp.conversations import pairs
from supportapp.knowledge.rendering import to_html
from supportapp.review import handoffs
from supportapp.web.access import staff_with
from supportapp.web.requests import StaffRequest

JUDGE = "answering.add_judgement"
SKIPPED = "pairs_skipped"
MOST_SKIPPED = 200
VERDICTS = (("a", "A is better"), ("t", "Neither"), ("b", "B is better"))


@staff_with(JUDGE)
@require_safe
def pair_page(request: StaffRequest) -> HttpResponse:
    """Show the next pair of any rollout."""
    wanted = row_numbers.parse(request.GET.get("pair", ""))
    return _show(request, wanted=wanted)


@staff_with(JUDGE)
@require_POST
def judge(request: StaffRequest, shadow_id: int) -> HttpResponse:
    """Keep a verdict and show the next pair."""
    shadow = get_object_or_404(ShadowAnswer.objects.select_related("turn"), pk=shadow_id)
    better = {"t": "tie"}.get(request.POST.get("better", ""), request.POST.get("better", ""))
    if better == "skip":
        skipped = [*request.session.get(SKIPPED, []), shadow.pk]
        request.session[SKIPPED] = skipped[-MOST_SKIPPED:]
        stored = None
    else:
        stored = shadow.pk if pairs.judge(shadow, request.user, better) else None
    return _show(request, done=stored) if request.htmx else redirect("review:pairs")


@staff_with(JUDGE)
@require_POST
def undo(request: StaffRequest, shadow_id: int) -> HttpResponse:
    """Take a verdict back and show its pair again."""
    pairs.take_back(shadow_id, request.user)
    return _show(request, wanted=shadow_id) if request.htmx else redirect("review:pairs")


def _show(
    request: StaffRequest, *, wanted: int | None = None, done: int | None = None
) -> HttpResponse:
    waiting = pairs.everywhere(request.user).select_related("turn__conversation")
    skipped = request.session.get(SKIPPED, [])
    first = waiting.filter(pk=wanted).first() if wanted else None
    first = first or waiting.exclude(pk__in=skipped).first() or waiting.first()
    pair = pairs.shown(first, request.user) if first else None
    context = {
        "pair": pair,
        "answers": [("A", to_html(pair.a)), ("B", to_html(pair.b))] if pair else [],
        "left": waiting.count(),
        "done": done,
        "verdicts": VERDICTS,
        "open_requests": handoffs.open_count(),
    }
    template = "review/_pairs.html" if request.htmx else "review/pairs.html"
    return render(request, template, context)
