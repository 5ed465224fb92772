"""Embedding models in the admin: add, fill, switch, go back, remove, and see how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from supportapp.admin_base import ModelAdmin
from supportapp.knowledge import filling, switching
from supportapp.knowledge.embedders import Endpoint
from supportapp.knowledge.filling import Filled
from supportapp.knowledge.models import EmbeddingModel
from supportapp.knowledge.switching import Refused, Switched

State = EmbeddingModel.State
FOLDER = "admin/knowledge/embeddingmodel"
# What can be asked for with a button; the others first say what they would do.
VERBS = ("fill", "pause", "rollback")
CONFIRMED = ("switch", "drop")
FIELDS = ("base_url", "key_variable", "batch", "requests_per_minute")


@dataclass(frozen=True, slots=True)
class Row:
    """A model as the page shows it."""

    model: EmbeddingModel
    filled: Filled

    @property
    def is_busy(self) -> bool:
        """Say whether the worker is at it, so that the page should look again."""
        state = self.model.state
        return state == State.RETIRED or (state == State.FILLING and not self.model.is_paused)

    @property
    def time_left(self) -> str:
        """Return how long the rest takes, in words; empty where nobody knows."""
        seconds = self.filled.seconds_left
        if seconds is None or not self.filled.missing:
            return ""
        if seconds < 90:
            return f"{round(seconds)} s"
        minutes = round(seconds / 60)
        return f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"


class EmbeddingModelForm(forms.ModelForm):  # type: ignore[type-arg]  # no generic at run time
    """Where a model is served; it is asked for a vector before anything is kept."""

    class Meta:
        model = EmbeddingModel
        fields = ("name", "kind", "served_name", *FIELDS)

    def _post_clean(self) -> None:
        # Only now are the model's own validators done, which say what may be sent where.
        super()._post_clean()  # type: ignore[misc]  # Django's hook, unknown to the stubs
        if self.errors:
            return
        try:
            self.instance.dimension = self._dimension(self.cleaned_data)
        except forms.ValidationError as error:
            self.add_error(None, error)

    def _dimension(self, data: dict[str, Any]) -> int:
        fixed = () if self.instance.pk is None else ("name", "kind", "served_name")
        given = data | {field: getattr(self.instance, field) for field in fixed}
        try:
            found = switching.probed(Endpoint(**given)).dimension
        except Refused as error:
            raise forms.ValidationError(str(error)) from None
        if self.instance.pk is not None and found != self.instance.dimension:
            raise forms.ValidationError(
                f"There, vectors have {found} dimensions; those that are stored have"
                f" {self.instance.dimension}."
            )
        return found


@admin.register(EmbeddingModel)
class EmbeddingModelAdmin(ModelAdmin[EmbeddingModel]):
    form = EmbeddingModelForm
    readonly_fields = ("dimension",)

    def get_readonly_fields(
        self, request: HttpRequest, obj: EmbeddingModel | None = None
    ) -> tuple[str, ...]:
        return ("dimension",) if obj is None else ("name", "kind", "served_name", "dimension")

    def get_fields(
        self, request: HttpRequest, obj: EmbeddingModel | None = None
    ) -> tuple[str, ...]:
        every = ("name", "kind", "served_name", *FIELDS)
        return every if obj is None else (*every, "dimension")

    def has_delete_permission(
        self, request: HttpRequest, obj: EmbeddingModel | None = None
    ) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: EmbeddingModel, form: Any, change: bool
    ) -> None:
        if change:
            EmbeddingModel.objects.filter(pk=obj.pk).update(
                **{field: getattr(obj, field) for field in FIELDS}
            )
            return
        obj.pk = switching.keep(Endpoint.of(obj)).pk

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        first = {"kind": EmbeddingModel.Kind.OPENAI}
        return {**first, **super().get_changeform_initial_data(request)}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.verb_view)
        name = "knowledge_embeddingmodel_verb"
        return [path("<int:pk>/<slug:verb>/now/", view, name=name), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show every model with what can be done about it; htmx looks again while one is busy."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        models = EmbeddingModel.objects.order_by("state", "pk")
        rows = [Row(model, filling.progress(model)) for model in models]
        page = self._context(request) | {
            "rows": rows,
            "title": "Embedding models",
            "previous": switching.previous(),
            "is_busy": any(row.is_busy for row in rows),
        }
        name = "_models" if request.headers.get("HX-Request") else "models"
        return render(request, f"{FOLDER}/{name}.html", page)

    def verb_view(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """Do what a button says. What is grave is said first, by GET."""
        model = EmbeddingModel.objects.filter(pk=pk).first()
        if model is None or verb not in (*VERBS, *CONFIRMED):
            raise Http404
        if not self.has_change_permission(request, model):
            raise PermissionDenied
        if request.method != "POST" and verb in CONFIRMED:
            page = self._context(request) | {
                "model": model,
                "verb": verb,
                "missing": filling.missing(model),
                "vectors": switching.vectors_of(model),
                "title": f"{'Switch to' if verb == 'switch' else 'Remove'} {model.name}",
            }
            return render(request, f"{FOLDER}/confirm.html", page)
        if request.method == "POST":
            try:
                said = _done(model, verb, force=bool(request.POST.get("force")))
            except Refused as error:
                messages.error(request, str(error))
            else:
                self.log_change(request, model, said)
                messages.success(request, said)
        return redirect(reverse("admin:knowledge_embeddingmodel_changelist"))

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": EmbeddingModel._meta,
            "may_change": self.has_change_permission(request),
        }


def _done(model: EmbeddingModel, verb: str, *, force: bool) -> str:
    """Do it, and say what was done."""
    match verb:
        case "fill":
            filling.start(model)
            return f"The worker fills {model.name}."
        case "pause":
            if not filling.pause(model):
                raise Refused(f"{model.name} isn’t being filled.")
            return f"The fill of {model.name} is paused."
        case "switch":
            return _switched(switching.switch(model, force=force))
        case "rollback":
            return _switched(switching.rollback())
    count = switching.retire(model)
    return f"The worker removes {model.name}: {count:,} vectors and their index."


def _switched(switched: Switched) -> str:
    said = f"From the next question on, {switched.now.name} answers."
    return said if not switched.missing else f"{said} {switched.missing:,} vectors are being made."
