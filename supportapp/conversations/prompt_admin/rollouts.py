"""The pages of rollouts: start one, see both sides, judge pairs, promote or stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path

from supportapp import row_numbers
from supportapp.admin_base import ModelAdmin, signed_in
from supportapp.answering import rollout_figures, rollouts
from supportapp.answering.models import Judgement, PromptVersion, Rollout, ShadowAnswer
from supportapp.conversations import pairs
from supportapp.conversations.prompt_admin import showing
from supportapp.conversations.prompt_admin.forms import RolloutForm, ShareForm, WorkspaceForm
from supportapp.knowledge.models import Workspace
from supportapp.knowledge.rendering import to_html

FOLDER = "admin/answering/rollout"


@admin.register(Rollout)
class RolloutAdmin(ModelAdmin[Rollout]):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("answering.label_promptversion")

    def has_change_permission(self, request: HttpRequest, obj: Rollout | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Rollout | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        name = "answering_rollout"
        return [
            path("<int:pk>/promote/", view(self.promote_view), name=f"{name}_promote"),
            path("<int:pk>/stop/", view(self.stop_view), name=f"{name}_stop"),
            path("<int:pk>/share/", view(self.share_view), name=f"{name}_share"),
            path("<int:pk>/judge/", view(self.judge_view), name=f"{name}_judge"),
            path("reset/<int:workspace>/", view(self.reset_view), name=f"{name}_reset"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """List a workspace's rollouts."""
        self._require_view(request)
        workspace = showing.workspace_or_404(request.GET.get("workspace"))
        rows = Rollout.objects.filter(workspace=workspace).select_related("prompt", "author")
        page = {
            "workspace": workspace,
            "rollouts": rows[:100],
            "pick": WorkspaceForm(initial={"workspace": workspace.pk}),
            "is_one_of_many": Workspace.objects.count() > 1,
        }
        return self._page(request, "list", "Rollouts", page)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Choose what is tried, and start it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        workspace = showing.workspace_or_404(request.GET.get("workspace"))
        usual = {"mode": "canary", "prompt": row_numbers.parse(request.GET.get("prompt", ""))}
        form = RolloutForm(workspace, request.POST or None, initial=usual)
        if request.method == "POST" and form.is_valid():
            try:
                started = rollouts.start(workspace, form.plan(), by=signed_in(request))
            except rollouts.AlreadyRunning:
                form.add_error("mode", "One of these runs already. End it first.")
            else:
                self.log_addition(request, started, "Started.")
                return redirect("admin:answering_rollout_change", started.pk)
        return self._page(request, "new", "Try a candidate", {"form": form, "workspace": workspace})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Compare both sides."""
        self._require_view(request)
        rollout = _rollout_or_404(row_numbers.parse(object_id))
        sides = rollout_figures.sides(rollout)
        page = {
            "rollout": rollout,
            "workspace": rollout.workspace,
            "sides": sides,
            "rows": rollout_figures.rows(sides),
            "by_model": rollout_figures.verdicts(rollout, by_model=True),
            "by_people": rollout_figures.verdicts(rollout, by_model=False),
            "to_judge": pairs.waiting(rollout, signed_in(request)).count(),
            "events": rollout.events.select_related("by"),
            "share_form": ShareForm(initial={"share": f"{100 * rollout.share:g}"}),
            "guards": _guards(rollout),
        }
        return self._page(request, "page", str(rollout), page)

    def promote_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let the candidate count for everyone."""
        return self._ended(request, pk, rollouts.promote, "The candidate counts for everyone now.")

    def stop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End it."""
        return self._ended(request, pk, rollouts.stop, "Stopped. What counted before counts alone.")

    def share_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give the candidate to another share of the conversations."""
        rollout = self._posted(request, pk)
        form = ShareForm(request.POST)
        if form.is_valid() and rollouts.set_share(
            rollout, form.cleaned_data["share"] / 100, by=signed_in(request)
        ):
            messages.success(request, "The share holds from the next conversation on.")
        else:
            messages.error(request, "A share lies between 0.1 and 100 percent, of one that runs.")
        return redirect("admin:answering_rollout_change", pk)

    def reset_view(self, request: HttpRequest, workspace: int) -> HttpResponse:
        """Let the settings choose model and retrieval again."""
        if request.method != "POST" or not self.has_add_permission(request):
            raise PermissionDenied
        owner = showing.workspace_or_404(workspace)
        rollouts.reset(owner)
        messages.success(request, "Model and retrieval are as the settings say.")
        return redirect("admin:answering_promptversion_changelist")

    def judge_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show one pair after the other, blind; keep what is said of it."""
        may_judge = request.user.has_perms(("answering.add_judgement", "conversations.view_turn"))
        if not may_judge:
            raise PermissionDenied
        rollout, who = _rollout_or_404(pk), signed_in(request)
        if request.method == "POST":
            number = row_numbers.parse(request.POST.get("shadow", ""))
            shadow = ShadowAnswer.objects.filter(pk=number or 0, rollout=rollout).first()
            if shadow is None or not pairs.judge(shadow, who, request.POST.get("better", "")):
                messages.error(request, "This pair can’t be judged any more.")
            return redirect("admin:answering_rollout_judge", pk)
        waiting = pairs.waiting(rollout, who)
        first = waiting.select_related("turn").first()
        shown = pairs.shown(first, who) if first else None
        page = {
            "rollout": rollout,
            "workspace": rollout.workspace,
            "left": waiting.count(),
            "pair": shown,
            "answers": [("A", to_html(shown.a)), ("B", to_html(shown.b))] if shown else [],
        }
        return self._page(request, "judge", "Which answer is better?", page)

    def _ended(
        self, request: HttpRequest, pk: int, verb: Callable[..., bool], said: str
    ) -> HttpResponse:
        rollout = self._posted(request, pk)
        if verb(rollout, by=signed_in(request)):
            self.log_change(request, rollout, said)
            messages.success(request, said)
        else:
            messages.error(request, "It had ended already.")
        return redirect("admin:answering_rollout_change", pk)

    def _posted(self, request: HttpRequest, pk: int) -> Rollout:
        if request.method != "POST" or not self.has_add_permission(request):
            raise PermissionDenied
        return _rollout_or_404(pk)

    def _require_view(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def _page(
        self, request: HttpRequest, name: str, title: str, page: dict[str, Any]
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": Rollout._meta,
            "prompts": PromptVersion._meta,
            "title": title,
            "may_label": self.has_add_permission(request),
            "may_judge": request.user.has_perm("answering.add_judgement"),
            "verdicts": Judgement.Verdict,
            **page,
        }
        return render(request, f"{FOLDER}/{name}.html", context)


def _rollout_or_404(pk: int | None) -> Rollout:
    rows = Rollout.objects.select_related("workspace", "prompt", "author")
    found = rows.filter(pk=pk).first() if pk is not None else None
    if found is None:
        raise Http404
    return found


def _guards(rollout: Rollout) -> list[str]:
    """Return in words what rolls it back."""
    shares = {
        rollout_figures.DOWN: rollout.most_down,
        rollout_figures.DECLINED: rollout.most_declined,
        rollout_figures.ERRORS: rollout.most_errors,
        rollout_figures.BLOCKED: rollout.most_blocked,
    }
    told = [
        f"more than {100 * share:g}% {rollout_figures.NAMES[name]}"
        for name, share in shares.items()
        if share is not None
    ]
    if rollout.most_first_token_ms is not None:
        told.append(f"the first token later than {rollout.most_first_token_ms} ms (p95)")
    return told
