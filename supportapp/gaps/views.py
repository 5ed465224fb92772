"""Staff's pages: gaps, and what is decided about them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from supportapp.gaps import decisions, scanning, showing
from supportapp.gaps.forms import DecisionForm, NameForm
from supportapp.gaps.models import Gap, Scan
from supportapp.gaps.workspaces import chosen
from supportapp.outbox import events as outbox
from supportapp.web import errors
from supportapp.web.access import staff_with
from supportapp.web.requests import StaffRequest

VIEW, CHANGE, WRITE = "gaps.view_gap", "gaps.change_gap", "knowledge.add_article"


@staff_with(VIEW)
@require_safe
def gap_list(request: StaffRequest) -> HttpResponse:
    """Show the gaps of one state, the worst first."""
    workspace, workspaces = chosen(request)
    wanted = request.GET.get("state", Gap.State.OPEN)
    state = wanted if wanted in Gap.State.values else Gap.State.OPEN
    context = {
        "tab": "gaps",
        "workspace": workspace,
        "workspaces": workspaces,
        "state": state,
        "states": showing.tabs(workspace, state),
        "rows": showing.rows(workspace, state),
        "scan": showing.scan_of(workspace, Scan.Kind.QUESTIONS),
    }
    return render(request, "gaps/list.html", context)


@staff_with(VIEW)
@require_safe
def gap_page(request: StaffRequest, gap_id: int) -> HttpResponse:
    """Show one gap with its questions; one that was merged leads to where it went."""
    gap = get_object_or_404(
        Gap.objects.select_related("workspace", "article", "solved_by__published", "decided_by"),
        pk=gap_id,
    )
    if gap.merged_into_id is not None:
        return redirect("gaps:gap", gap.merged_into_id)
    context = {
        "tab": "gaps",
        "workspace": gap.workspace,
        "view": showing.gap_view(gap, request.user),
    }
    return render(request, "gaps/gap.html", context)


@staff_with(WRITE)
@require_POST
def draft(request: StaffRequest, gap_id: int) -> HttpResponse:
    """Draft an article for a gap and open it."""
    gap = get_object_or_404(Gap.objects.select_related("workspace"), pk=gap_id, merged_into=None)
    article = decisions.draft(gap, request.user)
    messages.success(request, "Drafted. Check it before you publish it: nobody has yet.")
    return redirect("admin:knowledge_article_change", article.pk)


@staff_with(CHANGE)
@require_POST
def snooze(request: StaffRequest, gap_id: int) -> HttpResponse:
    """Put a gap off."""
    gap, form = get_object_or_404(Gap, pk=gap_id, merged_into=None), DecisionForm(request.POST)
    if not form.is_valid():
        return errors.page(request, 400, message="Choose for how many days, a year at most.")
    until = form.until()
    decisions.snooze(gap, request.user, until, form.cleaned_data["note"])
    messages.success(request, f"“{gap.name}” comes back on {until:%-d %B}.")
    return redirect("gaps:list")


@staff_with(CHANGE)
@require_POST
def dismiss(request: StaffRequest, gap_id: int) -> HttpResponse:
    """Dismiss a gap."""
    gap, form = get_object_or_404(Gap, pk=gap_id, merged_into=None), DecisionForm(request.POST)
    if not form.is_valid():
        return errors.page(request, 400, message="The note is too long.")
    decisions.dismiss(gap, request.user, form.cleaned_data["note"])
    messages.success(request, f"“{gap.name}” is dismissed.")
    return redirect("gaps:list")


@staff_with(CHANGE)
@require_POST
def reopen(request: StaffRequest, gap_id: int) -> HttpResponse:
    """Open a gap again."""
    gap = get_object_or_404(Gap, pk=gap_id, merged_into=None)
    decisions.reopen(gap, request.user)
    messages.success(request, "It is open again.")
    return redirect("gaps:gap", gap.pk)


@staff_with(CHANGE)
@require_POST
def rename(request: StaffRequest, gap_id: int) -> HttpResponse:
    """Give a gap another name."""
    gap, form = get_object_or_404(Gap, pk=gap_id, merged_into=None), NameForm(request.POST)
    if not form.is_valid():
        return errors.page(request, 400, message="Write a name of 120 characters at most.")
    decisions.rename(gap, form.cleaned_data["name"])
    return redirect("gaps:gap", gap.pk)


@staff_with(CHANGE)
@require_POST
def read_now(request: StaffRequest) -> HttpResponse:
    """Have the worker read what is new at once."""
    outbox.add(scanning.READ, workspace_id=chosen(request)[0].pk)
    messages.success(request, "The worker reads what is new. Look again in a moment.")
    return redirect("gaps:list")
