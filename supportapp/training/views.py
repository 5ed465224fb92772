"""Staff's pages: consent, training sets, synthetic questions, fine-tuned models."""

import json

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from supportapp.gaps.workspaces import chosen
from supportapp.training import consents, inventing, sets, showing
from supportapp.training.forms import ConsentForm, SetForm, SyntheticForm
from supportapp.training.models import (
    SyntheticBatch,
    SyntheticQuestion,
    TrainingFile,
    TrainingSet,
)
from supportapp.training.sets import Wanted
from supportapp.web import errors
from supportapp.web.access import staff_with
from supportapp.web.requests import StaffRequest

VIEW, ADD = "training.view_trainingset", "training.add_trainingset"
CONSENT, EXPORT = "training.add_consent", "training.view_trainingfile"
INVENT = "training.add_syntheticbatch"


@staff_with(VIEW)
@require_safe
def overview(request: StaffRequest) -> HttpResponse:
    """Show what may be used, what was exported and made up, and what is being trained."""
    workspace, workspaces = chosen(request)
    context = showing.overview(workspace) | {"workspaces": workspaces}
    return render(request, "training/overview.html", context)


@staff_with(CONSENT)
@require_POST
def decide(request: StaffRequest) -> HttpResponse:
    """Write down whether customers' words may be used."""
    form = ConsentForm(request.POST)
    if not form.is_valid():
        return errors.page(
            request, 400, message="Say whether they may be used, and on what that rests."
        )
    given = form.cleaned_data
    consents.decide(
        chosen(request)[0],
        request.user,
        is_given=given["is_given"],
        basis=given["basis"],
        visitor=given["visitor"],
    )
    messages.success(request, "Written down. It counts for sets that are made from now on.")
    return redirect("training:overview")


@staff_with(ADD)
@require_POST
def make_set(request: StaffRequest) -> HttpResponse:
    """Have a training set made."""
    form = SetForm(request.POST)
    if not form.is_valid():
        return errors.page(
            request, 400, message="Choose what to export, and write under which licence."
        )
    given = form.cleaned_data
    percent = given["validation_percent"]
    wanted = Wanted(
        kind=given["kind"],
        licence=given["licence"],
        with_synthetic=given["with_synthetic"],
        validation_share=0.1 if percent is None else percent / 100,
    )
    sets.start(chosen(request)[0], wanted, request.user)
    messages.success(request, "The worker makes it. Look again in a moment.")
    return redirect("training:overview")


@staff_with(ADD)
@require_POST
def cancel_set(request: StaffRequest, set_id: int) -> HttpResponse:
    """Stop the making of a set."""
    sets.cancel(get_object_or_404(TrainingSet, pk=set_id))
    return redirect("training:overview")


@staff_with(EXPORT)
@require_safe
def download(request: StaffRequest, set_id: int, split: str) -> HttpResponse:
    """Give one side of a set away, while all of it may still be used."""
    file = get_object_or_404(
        TrainingFile.objects.select_related("training_set__workspace"),
        training_set=set_id,
        split=split,
    )
    if sets.stale(file.training_set):
        return errors.page(
            request,
            404,
            message="Conversations of this set were deleted, or consent was taken back. "
            "Make the set anew.",
        )
    response = HttpResponse(file.content, content_type="application/jsonl; charset=utf-8")
    name = sets.file_name(file.training_set, file)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@staff_with(EXPORT)
@require_safe
def manifest(request: StaffRequest, set_id: int) -> HttpResponse:
    """Give away what must be known of a set: licence, consent, sources, hashes."""
    found = sets.manifest(get_object_or_404(TrainingSet, pk=set_id))
    text = json.dumps(found, indent=2, ensure_ascii=False)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="training-set-{set_id}.json"'
    return response


@staff_with(INVENT)
@require_POST
def invent(request: StaffRequest) -> HttpResponse:
    """Have questions made up."""
    form = SyntheticForm(request.POST)
    if not form.is_valid():
        return errors.page(request, 400, message="One to ten questions for each passage.")
    inventing.start(chosen(request)[0], request.user, **form.cleaned_data)
    messages.success(request, "The worker has them made up. Look again in a moment.")
    return redirect("training:overview")


@staff_with(INVENT)
@require_POST
def cancel_batch(request: StaffRequest, batch_id: int) -> HttpResponse:
    """Stop the making up of questions."""
    inventing.cancel(get_object_or_404(SyntheticBatch, pk=batch_id))
    return redirect("training:overview")


@staff_with(VIEW)
@require_safe
def batch_page(request: StaffRequest, batch_id: int) -> HttpResponse:
    """Show the questions of one order, and what became of each."""
    batch = get_object_or_404(SyntheticBatch.objects.select_related("workspace"), pk=batch_id)
    return render(request, "training/batch.html", showing.batch(batch))


@staff_with(INVENT)
@require_POST
def dismiss_question(request: StaffRequest, question_id: int) -> HttpResponse:
    """Take one made-up question out."""
    question = get_object_or_404(SyntheticQuestion, pk=question_id)
    inventing.dismiss(question)
    return redirect("training:batch", question.batch_id)
