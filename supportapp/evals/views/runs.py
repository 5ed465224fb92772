"""Runs: started, watched, cancelled, gone on with; their results, compared; trust in judges."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from supportapp.evals import contrast, pairing, running, sheet, showing, trust
from supportapp.evals.candidates import NoSuchChoice
from supportapp.evals.forms import RunForm
from supportapp.evals.models import Dataset, Opinion, Result, Run
from supportapp.evals.running import NothingToRun
from supportapp.knowledge.models import Workspace
from supportapp.web.access import staff_with
from supportapp.web.requests import StaffRequest

VIEW, RUN, OPINE = "evals.view_run", "evals.add_run", "evals.add_opinion"
SHOWN = 100


@staff_with(RUN)
@require_POST
def start(request: StaffRequest, dataset_id: int) -> HttpResponse:
    """Hand a run to the worker."""
    dataset = get_object_or_404(Dataset.objects.select_related("workspace"), pk=dataset_id)
    form = RunForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Give whole numbers: from 1 to 20 repeats.")
        return redirect("evals:dataset", dataset.pk)
    choice = dict(form.cleaned_data)
    try:
        run = running.start(dataset, author=request.user, **choice)
    except (NothingToRun, NoSuchChoice) as error:
        messages.error(request, str(error))
        return redirect("evals:dataset", dataset.pk)
    return redirect("evals:run", run.pk)


@staff_with(VIEW)
@require_safe
def run_page(request: StaffRequest, run_id: int) -> HttpResponse:
    """Show a run's progress, then its figures and results."""
    run = _run(run_id)
    only_low = request.GET.get("show") == "low"
    rows = showing.rows(list(run.results.select_related("example")))
    if only_low:
        rows = [row for row in rows if row["low"] or row["result"].error]
    scorers, topics = showing.topics(run)
    context = {
        "run": run,
        "figures": showing.figures(run),
        "scorers": scorers,
        "topics": topics,
        "page": Paginator(rows, SHOWN).get_page(request.GET.get("page")),
        "only_low": only_low,
        "others": Run.objects.filter(dataset=run.dataset, state=Run.State.DONE)
        .exclude(pk=run.pk)
        .order_by("-pk")[:20],
        "may_be_gone_on_with": run.state in (Run.State.CANCELLED, Run.State.FAILED)
        or (run.state == Run.State.RUNNING and running.is_quiet(run)),
    }
    name = "evals/_run.html" if request.htmx else "evals/run.html"
    return render(request, name, context)


@staff_with(RUN)
@require_POST
def cancel(request: StaffRequest, run_id: int) -> HttpResponse:
    """Stop a run; what it has is kept."""
    if not running.cancel(_run(run_id)):
        messages.warning(request, "It had ended already.")
    return redirect("evals:run", run_id)


@staff_with(RUN)
@require_POST
def go_on(request: StaffRequest, run_id: int) -> HttpResponse:
    """Let the worker go on with a run that broke off."""
    if not running.go_on(_run(run_id)):
        messages.warning(request, "It is running, or done.")
    return redirect("evals:run", run_id)


@staff_with(VIEW)
@require_safe
def export(request: StaffRequest, run_id: int) -> HttpResponse:
    """Give a run's results away as CSV."""
    run = _run(run_id)
    response = HttpResponse(sheet.csv_of(run), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="run-{run.pk}.csv"'
    return response


@staff_with(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def result_page(request: StaffRequest, run_id: int, result_id: int) -> HttpResponse:
    """Show one result in full; those who may say whether they agree with the judge."""
    run = _run(run_id)
    result = get_object_or_404(run.results.select_related("example"), pk=result_id)
    if request.method == "POST":
        return _opined(request, run, result)
    mine = Opinion.objects.filter(result=result, author=request.user)
    said = dict(mine.values_list("scorer", "label"))
    asked = [
        {"scorer": name, "question": trust.QUESTIONS[name], "choices": trust.CHOICES[name].items(),
         "said": said.get(name, "")}
        for name in trust.asked_of(result)
    ]  # fmt: skip
    may_say = request.user.has_perm(OPINE)
    # Who is still to judge must not see what the judge said.
    hidden = {each["scorer"] for each in asked if may_say and not each["said"]}
    context = {
        "run": run,
        "result": result,
        "example": result.example,
        "answer": showing.answer_html(result),
        "scores": [each for each in showing.scored(result) if each.scorer.name not in hidden],
        "asked": asked if may_say else [],
        "is_hidden": bool(hidden),
        "others": run.results.filter(example=result.example).exclude(pk=result.pk),
        "before": _neighbour(run, result, -1),
        "next": _neighbour(run, result, 1),
    }
    return render(request, "evals/result.html", context)


@staff_with(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def compare(request: StaffRequest, before_id: int, after_id: int) -> HttpResponse:
    """Show two runs side by side; on request, a model compares the answers that changed."""
    before, after = _run(before_id), _run(after_id)
    if before.dataset.workspace_id != after.dataset.workspace_id:
        raise Http404
    if request.method == "POST" and request.user.has_perm(RUN):
        if pairing.ask(before, after):
            messages.success(request, "A model compares the answers. Look again in a minute.")
        else:
            messages.warning(request, "No model is configured that could compare them.")
        return redirect("evals:compare", before.pk, after.pk)
    found = contrast.contrast(before, after)
    lines = [
        {
            "line": each,
            "before": showing.number(each.before, each.scorer),
            "after": showing.number(each.after, each.scorer),
            "gain": showing.signed(each.gain.mean, each.scorer),
            "between": f"{showing.signed(each.gain.low, each.scorer)} to"
            f" {showing.signed(each.gain.high, each.scorer)}",
        }
        for each in found.lines
    ]
    verdicts = pairing.verdicts(before, after)
    changed = [
        {
            "row": each,
            "before": showing.answer_html(each.before),
            "after": showing.answer_html(each.after),
            "before_low": showing.low(each.before),
            "after_low": showing.low(each.after),
            "verdict": verdicts.get((each.before.pk, each.after.pk)),
        }
        for each in found.changed
    ]
    context: dict[str, Any] = {
        "before": before,
        "after": after,
        "found": found,
        "lines": lines,
        "changed": changed,
        "pairs": pairing.summary(verdicts.values()),
    }
    return render(request, "evals/compare.html", context)


@staff_with(VIEW)
@require_safe
def judges(request: StaffRequest) -> HttpResponse:
    """Show how far each judge agrees with people, topic by topic."""
    shown = [
        {"workspace": each, "rows": trust.of(each)} for each in Workspace.objects.order_by("pk")
    ]
    context = {"workspaces": [each for each in shown if each["rows"]]}
    return render(request, "evals/judges.html", context)


def _opined(request: StaffRequest, run: Run, result: Result) -> HttpResponse:
    if not request.user.has_perm(OPINE):
        raise Http404
    for scorer in trust.asked_of(result):
        if label := request.POST.get(scorer, ""):
            try:
                trust.say(result, scorer, label, request.user)
            except ValueError as error:
                messages.error(request, str(error))
    return redirect("evals:result", run.pk, result.pk)


def _neighbour(run: Run, result: Result, step: int) -> int | None:
    keys = list(run.results.values_list("pk", flat=True))
    place = keys.index(result.pk) + step
    return keys[place] if 0 <= place < len(keys) else None


def _run(run_id: int) -> Run:
    runs = Run.objects.select_related("dataset__workspace", "author")
    return get_object_or_404(runs, pk=run_id)
