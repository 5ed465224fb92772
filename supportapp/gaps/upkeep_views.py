"""Staff's pages: drift, the golden set beside production, and articles that need a writer."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from supportapp.gaps import drift, golden, pairing, showing, trend_plot, upkeep
from supportapp.gaps.forms import QuestionForm
from supportapp.gaps.models import PassagePair, Scan
from supportapp.gaps.workspaces import chosen
from supportapp.outbox import events as outbox
from supportapp.web import errors
from supportapp.web.access import staff_with
from supportapp.web.requests import StaffRequest

VIEW, CHANGE_PAIR, ADD_EXAMPLE = "gaps.view_gap", "gaps.change_passagepair", "evals.add_example"
SHOWN_PAIRS = 60


@staff_with(VIEW)
@require_safe
def drift_page(request: StaffRequest) -> HttpResponse:
    """Show how topics' shares change, and how the golden set differs from what is asked."""
    workspace, workspaces = chosen(request)
    found = drift.of(workspace, timezone.now())
    scan = showing.scan_of(workspace, Scan.Kind.GOLDEN)
    figures = scan.figures if scan else {}
    may_read = request.user.has_perm(showing.READ_WORDS)
    context = {
        "tab": "drift",
        "workspace": workspace,
        "workspaces": workspaces,
        "drift": found,
        "trends": [(each, trend_plot.spark(each.shares)) for each in found.trends],
        "volume": trend_plot.volume(found.weeks, found.counts),
        **golden.as_shown(figures),
        "scan": scan,
        "suggested": golden.shown(figures) if may_read else [],
        "may_read": may_read,
    }
    return render(request, "gaps/drift.html", context)


@staff_with(ADD_EXAMPLE)
@require_POST
def add_example(request: StaffRequest) -> HttpResponse:
    """Put one of the suggested questions into the golden set."""
    if not request.user.has_perm(showing.READ_WORDS):
        raise PermissionDenied
    workspace, _ = chosen(request)
    form = QuestionForm(request.POST)
    added = (
        golden.add(form.cleaned_data["turn"], request.user, workspace) if form.is_valid() else None
    )
    if added is None:
        return errors.page(request, 404, message="That question may not be used any more.")
    messages.success(
        request, "Added to the golden set. Say there what the right answer is, so that it counts."
    )
    return redirect("gaps:drift")


@staff_with(ADD_EXAMPLE)
@require_POST
def look_now(request: StaffRequest) -> HttpResponse:
    """Have the golden set compared at once."""
    outbox.add(golden.LOOK, workspace_id=chosen(request)[0].pk)
    messages.success(request, "The worker compares them. Look again in a moment.")
    return redirect("gaps:drift")


@staff_with(VIEW)
@require_safe
def articles_page(request: StaffRequest) -> HttpResponse:
    """Show passages that say the same or the opposite, and articles that need a writer."""
    workspace, workspaces = chosen(request)
    pairs = PassagePair.objects.filter(workspace=workspace).select_related(
        "first__article__published", "second__article__published", "dismissed_by"
    )
    still = pairs.filter(
        state=PassagePair.State.OPEN,
        first__generation_removed=None,
        second__generation_removed=None,
    )
    context = {
        "tab": "articles",
        "workspace": workspace,
        "workspaces": workspaces,
        "contradictions": still.filter(kind=PassagePair.Kind.CONTRADICTION)[:SHOWN_PAIRS],
        "duplicates": still.filter(kind=PassagePair.Kind.DUPLICATE)[:SHOWN_PAIRS],
        "dismissed": pairs.filter(state=PassagePair.State.DISMISSED).order_by("-dismissed_at")[:20],
        "upkeep": upkeep.of(workspace, timezone.now()),
        "scan": showing.scan_of(workspace, Scan.Kind.PASSAGES),
    }
    return render(request, "gaps/articles.html", context)


@staff_with(CHANGE_PAIR)
@require_POST
def dismiss_pair(request: StaffRequest, pair_id: int) -> HttpResponse:
    """Say that two passages may stand as they are."""
    pairing.dismiss(get_object_or_404(PassagePair, pk=pair_id), request.user)
    messages.success(request, "They may both stand, until one of them changes.")
    return redirect("gaps:articles")


@staff_with(CHANGE_PAIR)
@require_POST
def reopen_pair(request: StaffRequest, pair_id: int) -> HttpResponse:
    """Take a dismissal back."""
    pairing.reopen(get_object_or_404(PassagePair, pk=pair_id))
    return redirect("gaps:articles")
