"""Datasets: the list, one with its examples and versions, files in and out, an example."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from supportapp import row_numbers
from supportapp.answering.models import PromptVersion
from supportapp.evals import datasets, importing, lines, suggesting_for, topics
from supportapp.evals.forms import DatasetForm, ExampleForm, RunForm, UploadForm, initial_of
from supportapp.evals.lines import BadLine
from supportapp.evals.models import Dataset, Example, Run
from supportapp.evals.scorers import assertions
from supportapp.gateway import registry
from supportapp.web.access import staff_with
from supportapp.web.requests import StaffRequest

VIEW, CHANGE = "evals.view_dataset", "evals.change_dataset"
SHOWN = 100
LISTED_RUNS = 20


@staff_with(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def dataset_list(request: StaffRequest) -> HttpResponse:
    """List the datasets; those who may make another."""
    form = DatasetForm(request.POST or None)
    if request.method == "POST" and request.user.has_perm("evals.add_dataset") and form.is_valid():
        given = form.cleaned_data
        workspace = given.pop("workspace")
        made = datasets.named(workspace, given.pop("name"), **given)
        return redirect("evals:dataset", made.pk)
    current = Count("examples", filter=Q(examples__ended_version=None))
    rows = Dataset.objects.select_related("workspace").annotate(count=current)
    shown = [
        {"dataset": each, "last": each.runs.filter(state=Run.State.DONE).first()} for each in rows
    ]
    context = {"rows": shown, "form": form}
    return render(request, "evals/datasets.html", context, status=400 if form.errors else 200)


@staff_with(VIEW)
@require_safe
def dataset_page(request: StaffRequest, dataset_id: int) -> HttpResponse:
    """Show one version's examples, the versions and the runs."""
    return _show(request, _dataset(dataset_id))


@staff_with(CHANGE)
@require_POST
def upload(request: StaffRequest, dataset_id: int) -> HttpResponse:
    """Take a file's examples in, all or none."""
    dataset = _dataset(dataset_id)
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            report = importing.load(dataset, form.cleaned_data["file"], request.user)
        except BadLine as error:
            form.add_error("file", str(error))
        else:
            said = f"{report.added} added, {report.changed} changed, {report.unchanged} as before."
            messages.success(request, said)
            return redirect("evals:dataset", dataset.pk)
    return _show(request, dataset, upload=form)


@staff_with(CHANGE)
@require_POST
def sample(request: StaffRequest, dataset_id: int) -> HttpResponse:
    """Take the sample help centre's examples in."""
    dataset = _dataset(dataset_id)
    report = importing.load(dataset, importing.SAMPLE.read_text(encoding="utf-8"), request.user)
    messages.success(request, f"{report.added} examples added.")
    return redirect("evals:dataset", dataset.pk)


@staff_with(CHANGE)
@require_POST
def of_topic(request: StaffRequest, dataset_id: int) -> HttpResponse:
    """Make a dataset of one topic's examples."""
    made = topics.split(_dataset(dataset_id), request.POST.get("topic", ""), request.user)
    if made is None:
        messages.warning(request, "No example has that topic.")
        return redirect("evals:dataset", dataset_id)
    messages.success(request, f"{made} holds that topic’s examples.")
    return redirect("evals:dataset", made.pk)


@staff_with(VIEW)
@require_safe
def export(request: StaffRequest, dataset_id: int) -> StreamingHttpResponse:
    """Give a version's examples away as JSONL."""
    dataset = _dataset(dataset_id)
    version = _version(request, dataset)
    form = lines.openai if request.GET.get("form") == "openai" else lines.plain
    found = (lines.dump(form(each)) for each in list(dataset.in_version(version)))
    response = StreamingHttpResponse(found, content_type="application/jsonl; charset=utf-8")
    name = f"{dataset.workspace.slug}-{dataset.pk}-v{version}.jsonl"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@staff_with("evals.add_example")
@require_http_methods(["GET", "HEAD", "POST"])
def add_example(request: StaffRequest, dataset_id: int) -> HttpResponse:
    """Add an example."""
    dataset = _dataset(dataset_id)
    form = ExampleForm(request.POST or None, initial={"topic": dataset.topic})
    if request.method == "POST" and form.is_valid():
        example = datasets.add(dataset, author=request.user, **form.fields_of_example())
        messages.success(request, "Added. Below are demands that its answer might meet.")
        return redirect("evals:example", dataset.pk, example.pk)
    return _example_page(request, dataset, form, None)


@staff_with(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def example_page(request: StaffRequest, dataset_id: int, example_id: int) -> HttpResponse:
    """Show an example; those who may change it."""
    dataset = _dataset(dataset_id)
    example = get_object_or_404(dataset.examples, pk=example_id)
    may_change = request.user.has_perm("evals.add_example") and example.ended_version is None
    form = ExampleForm(request.POST or None, initial=initial_of(example))
    if request.method == "POST" and may_change and form.is_valid():
        edited = datasets.edit(example, form.fields_of_example(), request.user)
        messages.success(request, "Kept.")
        return redirect("evals:example", dataset.pk, edited.pk)
    return _example_page(request, dataset, form, example)


@staff_with("evals.add_example")
@require_POST
def remove_example(request: StaffRequest, dataset_id: int, example_id: int) -> HttpResponse:
    """Leave an example out from now on."""
    example = get_object_or_404(Example, dataset=dataset_id, pk=example_id)
    datasets.remove(example)
    messages.success(request, "Removed. Runs that used it keep it.")
    return redirect("evals:dataset", dataset_id)


def _dataset(dataset_id: int) -> Dataset:
    return get_object_or_404(Dataset.objects.select_related("workspace"), pk=dataset_id)


def _version(request: StaffRequest, dataset: Dataset) -> int:
    number = row_numbers.parse(request.GET.get("version", "")) or dataset.version
    return min(max(number, 1), dataset.version)


def _show(
    request: StaffRequest, dataset: Dataset, upload: UploadForm | None = None
) -> HttpResponse:
    version, topic = _version(request, dataset), request.GET.get("topic", "")
    examples = dataset.in_version(version)
    context: dict[str, Any] = {
        "dataset": dataset,
        "version": version,
        "topic": topic,
        "topics": topics.counts(examples),
        "page": Paginator(examples.filter(topic=topic) if topic else examples, SHOWN).get_page(
            request.GET.get("page")
        ),
        "history": datasets.history(dataset),
        "runs": dataset.runs.select_related("author")[:LISTED_RUNS],
        "run_form": RunForm(),
        "upload": upload or UploadForm(),
        "models": [each.endpoint.name for each in registry.configured()],
        "prompts": PromptVersion.objects.filter(workspace=dataset.workspace, purpose="answer"),
    }
    bad = upload is not None and bool(upload.errors)
    return render(request, "evals/dataset.html", context, status=400 if bad else 200)


def _example_page(
    request: StaffRequest, dataset: Dataset, form: ExampleForm, example: Example | None
) -> HttpResponse:
    proposed = suggesting_for.suggestions(example) if example is not None else []
    context = {
        "dataset": dataset,
        "form": form,
        "example": example,
        "suggested": [
            {"value": json.dumps(each, ensure_ascii=False), "words": assertions.words(each)}
            for each in proposed
        ],
        "results": example.results.select_related("run").order_by("-run_id")[:LISTED_RUNS]
        if example is not None
        else [],
    }
    status = 400 if form.is_bound and form.errors else 200
    return render(request, "evals/example.html", context, status=status)
