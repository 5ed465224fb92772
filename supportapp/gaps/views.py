"""Staff's pages: gaps, drift, and articles that need a writer."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from supportapp.gaps.models import Gap
from supportapp.web.access import staff_with
from supportapp.web.requests import StaffRequest

VIEW = "gaps.view_gap"


@staff_with(VIEW)
@require_safe
def gap_list(request: StaffRequest) -> HttpResponse:
    """Show the open gaps, the worst first."""
    gaps = Gap.objects.filter(state=Gap.State.OPEN, merged_into=None)[:50]
    return render(request, "gaps/list.html", {"gaps": gaps})


@staff_with(VIEW)
@require_safe
def gap_page(request: StaffRequest, gap_id: int) -> HttpResponse:
    """Show one gap."""
    return render(request, "gaps/gap.html", {"gap": get_object_or_404(Gap, pk=gap_id)})


@staff_with(VIEW)
@require_safe
def drift_page(request: StaffRequest) -> HttpResponse:
    """Show how topics' shares change."""
    return render(request, "gaps/drift.html")


@staff_with(VIEW)
@require_safe
def articles_page(request: StaffRequest) -> HttpResponse:
    """Show the articles and passages that need a writer."""
    return render(request, "gaps/articles.html")
