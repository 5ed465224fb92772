"""Compare embedding models in the admin: upload questions, look at both answers side by side."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from supportapp import row_numbers
from supportapp.admin_base import ModelAdmin, signed_in
from supportapp.evals import comparisons
from supportapp.evals.benchmark import BenchmarkError
from supportapp.evals.models import Comparison
from supportapp.evals.retrieval import MEASURES
from supportapp.knowledge.cleaning import clean_line
from supportapp.knowledge.models import EmbeddingModel, Workspace

FOLDER = "admin/evals/comparison"
MOST_BYTES = 2_000_000
EXAMPLE = '{"text": "How do I get my money back?", "articles": ["refund-policy"]}'


class ComparisonForm(forms.Form):
    """Two models and the questions to ask them."""

    first = forms.ModelChoiceField(EmbeddingModel.objects.none(), empty_label=None)
    second = forms.ModelChoiceField(
        EmbeddingModel.objects.none(), empty_label=None, label="Compared with it"
    )
    workspace = forms.ModelChoiceField(
        Workspace.objects.order_by("pk"), empty_label=None, help_text="Whose articles answer."
    )
    questions = forms.FileField(
        widget=forms.FileInput(attrs={"accept": ".jsonl,.json,.txt"}),
        help_text="One JSON object a line: a question and the addresses of the articles that"
        f" answer it, such as {EXAMPLE}",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        models = EmbeddingModel.objects.exclude(state=EmbeddingModel.State.RETIRED)
        for name in ("first", "second"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = models.order_by("state", "pk")

    def clean_questions(self) -> tuple[str, str]:
        """Return the file's name and its text."""
        file = self.cleaned_data["questions"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(f"At most {MOST_BYTES // 1_000_000} MB.")
        try:
            text = file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise forms.ValidationError("The file isn’t UTF-8.") from None
        if "\0" in text:
            raise forms.ValidationError("The file isn’t text.")
        return clean_line(file.name).rsplit(".", 1)[0][:120] or "questions", text

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("first") and data.get("first") == data.get("second"):
            self.add_error("second", "Choose another model.")
        return data


@admin.register(Comparison)
class ComparisonAdmin(ModelAdmin[Comparison]):
    list_display = ("__str__", "workspace", "state", "author", "created_at")
    list_select_related = ("workspace", "author")
    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, obj: Comparison | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Comparison | None = None) -> bool:
        return False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Take the questions and hand the comparison to the worker."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        models = EmbeddingModel.objects.exclude(state=EmbeddingModel.State.RETIRED)
        second = models.exclude(state=EmbeddingModel.State.ACTIVE).order_by("-pk").first()
        first = {"workspace": Workspace.default().pk, "second": second.pk if second else None}
        form = ComparisonForm(request.POST or None, request.FILES or None, initial=first)
        if request.method == "POST" and form.is_valid():
            started = _started(form, request)
            if started is not None:
                return redirect(reverse("admin:evals_comparison_change", args=[started.pk]))
        page = self._context(request) | {
            "form": form,
            "title": "Compare embedding models",
            "has_two": models.count() > 1,
            "recent": Comparison.objects.select_related("author")[:8],
        }
        return render(request, f"{FOLDER}/new.html", page)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a comparison's progress, and then its figures."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        number = row_numbers.parse(object_id)
        comparison = Comparison.objects.filter(pk=number).first() if number else None
        if comparison is None:
            raise Http404
        page = self._context(request) | {
            "comparison": comparison,
            "figures": comparison.figures,
            "measures": _measures(comparison.figures),
            "title": str(comparison),
        }
        name = "_report" if request.headers.get("HX-Request") else "report"
        return render(request, f"{FOLDER}/{name}.html", page)

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": Comparison._meta}


def _started(form: ComparisonForm, request: HttpRequest) -> Comparison | None:
    data = form.cleaned_data
    name, text = data["questions"]
    models = (data["first"], data["second"])
    try:
        return comparisons.start(name, data["workspace"], models, text, signed_in(request))
    except BenchmarkError as error:
        form.add_error("questions", str(error))
        return None


def _measures(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the measures with whether their difference is more than chance."""
    rows = []
    measured = figures.get("measures", {})
    for name in sorted(measured, key=list(MEASURES).index):
        value = measured[name]
        gain = value["difference"]
        kind = "ok" if gain["low"] > 0 else "danger" if gain["high"] < 0 else ""
        words = {"ok": "better", "danger": "worse"}.get(kind, "may be chance")
        rows.append({"name": name, "kind": kind, "words": words, **value})
    return rows
