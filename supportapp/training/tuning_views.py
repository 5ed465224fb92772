"""Staff's pages: one fine-tuning, its comparison, and whether it is put into use."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from supportapp.training import fine_tunings, registering, showing
from supportapp.training.fine_tunings import NotPossible, Plan
from supportapp.training.forms import FineTuningForm
from supportapp.training.models import FineTuning, TrainingSet
from supportapp.training.registering import NotComparable
from supportapp.web import errors
from supportapp.web.access import staff_with
from supportapp.web.requests import StaffRequest

VIEW, ADD = "training.view_finetuning", "training.add_finetuning"
ENABLE = "gateway.change_modelconfig"


@staff_with(ADD)
@require_POST
def start(request: StaffRequest) -> HttpResponse:
    """Have a model trained."""
    form = FineTuningForm(request.POST)
    if not form.is_valid():
        return errors.page(request, 400, message="Choose a set, a model, and what to train.")
    given = form.cleaned_data
    made = get_object_or_404(
        TrainingSet.objects.select_related("workspace"), pk=given["training_set"]
    )
    plan = Plan(
        given["endpoint"], given["base_model"], given["suffix"], given["epochs"], given["price"]
    )
    try:
        job = fine_tunings.start(made, plan, request.user, mark=given["mark"].hex)
    except NotPossible as error:
        return errors.page(request, 400, message=str(error))
    return redirect("training:fine_tuning", job.pk)


@staff_with(VIEW)
@require_safe
def page(request: StaffRequest, job_id: int) -> HttpResponse:
    """Show one fine-tuning."""
    return render(request, "training/fine_tuning.html", showing.fine_tuning(_job(job_id)))


@staff_with(ADD)
@require_POST
def cancel(request: StaffRequest, job_id: int) -> HttpResponse:
    """Stop a fine-tuning."""
    if fine_tunings.cancel(_job(job_id)):
        messages.success(request, "It is being cancelled at the server.")
    return redirect("training:fine_tuning", job_id)


@staff_with(ADD)
@require_POST
def compare(request: StaffRequest, job_id: int) -> HttpResponse:
    """Run the golden set with the trained model and with the one that it would replace."""
    try:
        registering.compare(_job(job_id), request.user)
    except NotComparable as error:
        messages.warning(request, str(error))
    return redirect("training:fine_tuning", job_id)


@staff_with(ENABLE)
@require_POST
def put_into_use(request: StaffRequest, job_id: int) -> HttpResponse:
    """Let routes use the trained model."""
    try:
        registering.put_into_use(_job(job_id), request.user)
    except NotComparable as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, "It is one of the models now. Its place and price are in Models.")
    return redirect("training:fine_tuning", job_id)


def _job(job_id: int) -> FineTuning:
    return get_object_or_404(
        FineTuning.objects.select_related(
            "workspace", "training_set", "registered", "baseline_run", "candidate_run", "author"
        ),
        pk=job_id,
    )
