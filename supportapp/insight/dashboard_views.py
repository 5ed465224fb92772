"""The dashboard, the turns behind its numbers, its CSV, and the weekly digest."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from supportapp import row_numbers
from supportapp.insight import counting, dashboard, digests, drilldown, exporting, periods
from supportapp.insight.forms import ChoiceForm
from supportapp.insight.measures import MEASURES
from supportapp.insight.models import Digest, DigestReader
from supportapp.insight.periods import Choice
from supportapp.knowledge.models import Workspace
from supportapp.web.access import staff_with
from supportapp.web.requests import StaffRequest

SEE = digests.SEE
READ_TURNS = "conversations.view_turn"
LAST_PAGE = 1000
SHOWN_DIGESTS = 60


@staff_with(SEE)
@require_safe
def dashboard_page(request: StaffRequest) -> HttpResponse:
    """The numbers of a period, with the one before."""
    form, choice = _chosen(request)
    now = timezone.localtime()
    found = dashboard.gather(choice, now)
    context = {
        **_frame(request, form, choice),
        "found": found,
        "is_new": found.is_empty and counting.is_empty(choice.workspace_id),
        "prompts": counting.names(choice, now, "prompt"),
        "models": counting.names(choice, now, "model"),
        "measures": MEASURES,
        "tables": [name for name in exporting.TABLES if name != "gaps" or found.gaps],
    }
    return render(request, "insight/dashboard.html", context, status=400 if form.errors else 200)


@staff_with(SEE)
@require_safe
def turns(request: StaffRequest) -> HttpResponse:
    """The turns behind a number; for who may read turns."""
    if not request.user.has_perm(READ_TURNS):
        raise PermissionDenied
    form, choice = _chosen(request)
    number = min(row_numbers.parse(request.GET.get("page", "")) or 1, LAST_PAGE)
    key = request.GET.get("key")
    listed = drilldown.listed(
        choice,
        timezone.localtime(),
        measure=request.GET.get("measure", ""),
        key=key,
        page=max(1, number),
    )
    if listed is None:
        raise Http404
    here = {"measure": request.GET["measure"], **({"key": key} if key is not None else {})}
    context = {
        **_frame(request, form, choice),
        "listed": listed,
        "here": f"{choice.query}&{urlencode(here)}",
    }
    return render(request, "insight/turns.html", context)


@staff_with(SEE)
@require_safe
def export(request: StaffRequest) -> HttpResponse:
    """One of the page's tables as CSV."""
    table = request.GET.get("table", "figures")
    if table not in exporting.TABLES:
        raise Http404
    _, choice = _chosen(request)
    return exporting.export(dashboard.gather(choice, timezone.localtime()), table)


@staff_with(SEE)
@require_safe
def digest_list(request: StaffRequest) -> HttpResponse:
    """Every week that was reported, and whether one gets it by mail."""
    _, choice = _chosen(request)
    context = {
        "choice": choice,
        "digests": Digest.objects.filter(workspace=choice.workspace_id)[:SHOWN_DIGESTS],
        "is_reader": DigestReader.objects.filter(
            user=request.user, workspace=choice.workspace_id
        ).exists(),
        "has_mail": bool(settings.MAIL_FROM),
        "workspaces": _workspaces(),
    }
    return render(request, "insight/digests.html", context)


@staff_with(SEE)
@require_safe
def digest(request: StaffRequest, digest_id: int) -> HttpResponse:
    """One week as it was reported."""
    found = get_object_or_404(Digest.objects.select_related("workspace"), pk=digest_id)
    week = {
        "workspace": found.workspace.slug,
        "period": "own",
        "first": found.monday.isoformat(),
        "last": found.sunday.isoformat(),
    }
    return render(request, "insight/digest.html", {"digest": found, "week": urlencode(week)})


@staff_with(SEE)
@require_POST
def subscribe(request: StaffRequest) -> HttpResponse:
    """Begin or end getting the digest by mail."""
    workspace = get_object_or_404(Workspace, slug=request.POST.get("workspace", "")[:60])
    wanted = request.POST.get("wanted") == "1"
    digests.subscribe(request.user, workspace.pk, wanted=wanted)
    messages.success(
        request, "You get the digest on Mondays." if wanted else "You get no more digests."
    )
    return redirect(f"{reverse('insight:digests')}?{urlencode({'workspace': workspace.slug})}")


def _chosen(request: StaffRequest) -> tuple[ChoiceForm, Choice]:
    form = ChoiceForm(request.GET)
    return form, form.chosen(timezone.localdate())


def _workspaces() -> list[Workspace]:
    found = list(Workspace.objects.order_by("pk").only("pk", "slug", "name"))
    return found if len(found) > 1 else []


def _frame(request: StaffRequest, form: ChoiceForm, choice: Choice) -> dict[str, Any]:
    return {
        "form": form,
        "choice": choice,
        "periods": periods.PERIODS.items(),
        "none": periods.NONE,
        "workspaces": _workspaces(),
        "may_read_turns": request.user.has_perm(READ_TURNS),
    }
