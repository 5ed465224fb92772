"""The page of a workspace's guards: what each looks for, whether it is on, what it did."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from supportapp import row_numbers
from supportapp.admin_base import ModelAdmin, signed_in
from supportapp.guardrails import catalogue, counts, current
from supportapp.guardrails.models import GuardSwitch
from supportapp.knowledge.models import Workspace

PAGE = "admin/guardrails/guardswitch/page.html"


class SwitchForm(forms.Form):
    """One guard, on or off."""

    guard = forms.ChoiceField(
        choices=[(name, name) for name in sorted(catalogue.NAMES - catalogue.FIXED)]
    )
    is_on = forms.TypedChoiceField(
        choices=[("on", "on"), ("off", "off")], coerce=lambda value: value == "on"
    )


@admin.register(GuardSwitch)
class GuardSwitchAdmin(ModelAdmin[GuardSwitch]):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: GuardSwitch | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        switch = self.admin_site.admin_view(self.switch_view)
        return [
            path("<int:pk>/switch/", switch, name="guardrails_guardswitch_switch"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one workspace's guards."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        chosen = request.GET.get("workspace")
        workspace = Workspace.default() if chosen is None else _workspace(chosen)
        page = {
            **self.admin_site.each_context(request),
            "opts": GuardSwitch._meta,
            "title": "Guards",
            "workspace": workspace,
            "workspaces": Workspace.objects.order_by("name"),
            "groups": counts.groups(workspace.pk, timezone.localdate()),
            "may_change": self.has_change_permission(request),
        }
        return render(request, PAGE, page)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return redirect("admin:guardrails_guardswitch_changelist")

    def switch_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Switch one guard of one workspace."""
        if request.method != "POST" or not self.has_change_permission(request):
            raise PermissionDenied
        workspace = _workspace(str(pk))
        form = SwitchForm(request.POST)
        if not form.is_valid():
            raise Http404
        name, is_on = form.cleaned_data["guard"], form.cleaned_data["is_on"]
        switch, _ = GuardSwitch.objects.update_or_create(
            workspace=workspace,
            guard=name,
            defaults={"is_on": is_on, "changed_by": signed_in(request)},
        )
        current.forget(workspace.pk)
        state = "on" if is_on else "off"
        self.log_change(request, switch, f"Switched {state}.")
        title = catalogue.BY_NAME[name].title
        messages.success(request, f"{title} is {state}, everywhere within some seconds.")
        address = reverse("admin:guardrails_guardswitch_changelist")
        return redirect(f"{address}?workspace={workspace.pk}#guard-{name}")


def _workspace(chosen: str) -> Workspace:
    number = row_numbers.parse(chosen)
    found = Workspace.objects.filter(pk=number).first() if number is not None else None
    if found is None:
        raise Http404
    return found
