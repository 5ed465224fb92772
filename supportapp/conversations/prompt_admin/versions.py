"""The pages of prompts: what counts, every version with its history, writing, trying, labels."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from jinja2 import TemplateError

from supportapp import row_numbers
from supportapp.admin_base import FixedAdmin, signed_in
from supportapp.answering import prompting, sections, strictness, versions
from supportapp.answering.models import Label, PromptVersion
from supportapp.answering.prompting import Prompt
from supportapp.conversations import prompt_trials
from supportapp.conversations.models import Turn
from supportapp.conversations.prompt_admin import showing
from supportapp.conversations.prompt_admin.forms import (
    LabelForm,
    PromptForm,
    TurnForm,
    WorkspaceForm,
)
from supportapp.knowledge.models import Workspace
from supportapp.knowledge.rendering import to_html
from supportapp.llm.errors import ModelError

FOLDER = "admin/answering/promptversion"
NEXT = "It counts from the next question on."


@admin.register(PromptVersion)
class PromptVersionAdmin(FixedAdmin[PromptVersion]):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        pages = "of/<int:workspace>/<slug:purpose>/"
        return [
            path(pages, view(self.prompt_view), name="answering_prompts"),
            path(f"{pages}write/", view(self.write_view), name="answering_prompt_write"),
            path(f"{pages}back/", view(self.back_view), name="answering_prompt_back"),
            path("<int:pk>/label/", view(self.label_view), name="answering_prompt_label"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what counts for each purpose."""
        self._require_view(request)
        workspace = showing.workspace_or_404(request.GET.get("workspace"))
        versions.sync(workspace)
        page = {
            **showing.overview(workspace),
            "pick": WorkspaceForm(initial={"workspace": workspace.pk}),
            "is_one_of_many": Workspace.objects.count() > 1,
        }
        return self._page(request, "overview", "Prompts", workspace, page)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("admin:answering_promptversion_changelist")

    def prompt_view(self, request: HttpRequest, workspace: int, purpose: str) -> HttpResponse:
        """Show one purpose's versions."""
        self._require_view(request)
        chosen = showing.purpose_or_404(purpose)
        owner = showing.workspace_or_404(workspace)
        versions.sync(owner)
        page = {
            **showing.history(owner, purpose),
            "purpose": purpose,
            "may_write": self._may(request, "add"),
        }
        return self._page(request, "history", str(chosen.label), owner, page)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one version, compared with another."""
        self._require_view(request)
        version = showing.version_or_404(object_id)
        others = PromptVersion.objects.filter(
            workspace=version.workspace, purpose=version.purpose
        ).exclude(pk=version.pk)
        number = row_numbers.parse(request.GET.get("against", ""))
        against = others.filter(pk=number).first() if number else None
        against = against or others.filter(number__lt=version.number).first()
        page = {
            "version": version,
            "purpose": version.purpose,
            "others": others.only("number", "shipped", "purpose"),
            "against": against,
            "diff": showing.compared(against, version) if against else None,
            "labels": list(version.labels.filter(ended_at=None).values_list("label", flat=True)),
            "choices": Label.choices,
            "scores": version.scores.all(),
            "styles": sections.written(version.model_styles),
            "may_write": self._may(request, "add"),
        }
        return self._page(request, "version", str(version), version.workspace, page)

    def write_view(self, request: HttpRequest, workspace: int, purpose: str) -> HttpResponse:
        """Write a version: preview it, try it, save it."""
        if not self._may(request, "add"):
            raise PermissionDenied
        chosen, owner = showing.purpose_or_404(purpose), showing.workspace_or_404(workspace)
        may_read = request.user.has_perm("conversations.view_turn")
        turns = prompt_trials.past_turns(owner.pk) if may_read else []
        asked = TurnForm(turns, request.POST or None)
        page: dict[str, Any] = {"purpose": purpose, "turn_form": asked, "has_turns": bool(turns)}
        if request.method == "POST":
            form = PromptForm(purpose, request.POST)
            if form.is_valid() and asked.is_valid():
                if request.POST.get("what", "save") == "save":
                    return self._saved(request, owner, purpose, form)
                page |= _result(request.POST["what"], purpose, form, asked.chosen)
        else:
            form = PromptForm(purpose, initial=_initial(request, owner, purpose))
        page |= {"form": form, "variables": strictness.VARIABLES[purpose]}
        if request.htmx and form.is_bound:  # type: ignore[attr-defined]  # django-htmx adds it
            return render(request, f"{FOLDER}/_result.html", page)
        return self._page(request, "write", f"Write: {chosen.label}", owner, page)

    def label_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put a label on a version."""
        self._require_label(request)
        version = showing.version_or_404(pk)
        form = LabelForm(request.POST)
        if not form.is_valid():
            raise BadRequest("No label, or a reason that can't be kept.")
        name = form.cleaned_data["label"]
        try:
            moved = versions.label(
                version, name, by=signed_in(request), why=form.cleaned_data["why"]
            )
        except versions.StillTried:
            messages.error(request, "A rollout needs this label where it is. End that first.")
            return redirect("admin:answering_promptversion_change", pk)
        if moved is not None:
            self.log_change(request, version, f"Labelled {name}.")
            messages.success(request, f"{version} is labelled “{name}”. {NEXT}")
        return redirect("admin:answering_promptversion_change", pk)

    def back_view(self, request: HttpRequest, workspace: int, purpose: str) -> HttpResponse:
        """Let what counted before count again."""
        self._require_label(request)
        label = showing.purpose_or_404(purpose)
        owner = showing.workspace_or_404(workspace)
        try:
            moved = versions.roll_back(owner, purpose, by=signed_in(request))
        except versions.NothingBefore:
            messages.error(request, "There is nothing to go back to: what was shipped counts.")
        else:
            what = str(moved.prompt) if moved.prompt else f"{label.label}, as shipped,"
            if moved.prompt:
                self.log_change(request, moved.prompt, "Rolled back to.")
            messages.success(request, f"{what} counts again. {NEXT}")
        return redirect("admin:answering_prompts", workspace, purpose)

    def _saved(
        self, request: HttpRequest, workspace: Workspace, purpose: str, form: PromptForm
    ) -> HttpResponse:
        who, why = signed_in(request), form.cleaned_data["why"]
        version = versions.save(workspace, purpose, form.written, author=who, why=why)
        self.log_addition(request, version, "Written.")
        messages.success(
            request, f"{version} is stored. It counts for nobody before it is labelled."
        )
        url = reverse("admin:answering_promptversion_change", args=[version.pk])
        if request.htmx:  # type: ignore[attr-defined]  # django-htmx adds it
            return HttpResponse(headers={"HX-Redirect": url})
        return redirect(url)

    def _page(
        self,
        request: HttpRequest,
        name: str,
        title: str,
        workspace: Workspace,
        page: dict[str, Any],
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": PromptVersion._meta,
            "title": title,
            "workspace": workspace,
            "may_label": self._may(request, "label"),
            **page,
        }
        return render(request, f"{FOLDER}/{name}.html", context)

    def _may(self, request: HttpRequest, what: str) -> bool:
        return request.user.has_perm(f"answering.{what}_promptversion")

    def _require_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _require_label(self, request: HttpRequest) -> None:
        if request.method != "POST" or not self._may(request, "label"):
            raise PermissionDenied


def _initial(request: HttpRequest, workspace: Workspace, purpose: str) -> dict[str, str]:
    """Begin with the version that was chosen, or the one that counts."""
    number = row_numbers.parse(request.GET.get("from", ""))
    stored = PromptVersion.objects.filter(workspace=workspace, purpose=purpose)
    label = versions.production(workspace, purpose)
    row = stored.filter(pk=number).first() if number else (label.prompt if label else None)
    if row is None:
        return {"body": prompting.shipped(purpose).source, "style": "tags"}
    return {
        "body": row.body,
        "style": row.style,
        "model_styles": sections.written(row.model_styles),
    }


def _result(what: str, purpose: str, form: PromptForm, turn: Turn | None) -> dict[str, Any]:
    """Fill the prompt in, and try it where that was asked."""
    prompt = form.written.as_prompt(purpose)
    if turn is None:
        return {"problem": "There is no past question yet. Ask one in the chat first."}
    try:
        if what == "try":
            return _tried(purpose, prompt, turn)
        return {"messages_of": prompt_trials.filled(purpose, prompt, turn), "asked": turn}
    except TemplateError as error:
        return {"problem": f"It can’t be filled in: {error}"}


def _tried(purpose: str, prompt: Prompt, turn: Turn) -> dict[str, Any]:
    try:
        tried = prompt_trials.attempt(purpose, prompt, turn)
    except ModelError as error:
        return {"problem": f"The model didn’t answer ({error.code}). Try again."}
    if tried is None:
        return {"problem": "No model is configured, so answers are quoted and no prompt is used."}
    return {"tried": tried, "tried_html": to_html(tried.text), "asked": turn}
