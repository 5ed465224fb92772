"""Staff's pages: training sets, synthetic questions, fine-tuned models."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from supportapp.training.models import TrainingSet
from supportapp.web.access import staff_with
from supportapp.web.requests import StaffRequest

VIEW = "training.view_trainingset"


@staff_with(VIEW)
@require_safe
def overview(request: StaffRequest) -> HttpResponse:
    """Show what was exported."""
    return render(request, "training/overview.html", {"sets": TrainingSet.objects.all()[:20]})
