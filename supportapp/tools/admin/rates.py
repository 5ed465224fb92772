"""The rates service: how old the rates are, how each sync went, and "Sync now"."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from supportapp.admin_base import TabularInline
from supportapp.knowledge.admin.listing import badge
from supportapp.tools import rates, sources
from supportapp.tools.admin.kept import KeptAdmin
from supportapp.tools.models import Rate, RateSheet, RateSync

STATES = {"updated": "ok", "unchanged": "ok", "failed": "danger", "running": "accent"}


class RateInline(TabularInline[Rate, RateSheet]):
    model = Rate
    extra = 0
    can_delete = False
    ordering = ("country", "fixed_years", "percent")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(RateSheet)
class RateSheetAdmin(KeptAdmin[RateSheet]):
    list_display = ("__str__", "source", "received_at")
    fields = ("as_of", "source", "received_at")
    inlines = (RateInline,)


@admin.register(RateSync)
class RateSyncAdmin(KeptAdmin[RateSync]):
    change_list_template = "admin/tools/ratesync/change_list.html"
    list_display = ("started_at", "went", "sheet", "error")
    list_filter = ("state",)
    list_select_related = ("sheet",)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.sync_now))
        return [path("now/", view, name="tools_ratesync_now"), *super().get_urls()]

    def has_sync_permission(self, request: HttpRequest) -> bool:
        """Say whether this user may ask the source."""
        return request.user.has_perm("tools.add_ratesync")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        sheet, now = rates.in_force(), timezone.now()
        return super().changelist_view(
            request,
            {
                **(extra_context or {}),
                "sheet": sheet,
                "is_stale": sheet is not None and rates.is_stale(sheet.as_of, now),
                "source": sources.shown(settings.RATES_SOURCE) if settings.RATES_SOURCE else "",
                "may_sync": self.has_sync_permission(request),
            },
        )

    def sync_now(self, request: HttpRequest) -> HttpResponse:
        """Ask the source at once."""
        if not self.has_sync_permission(request):
            raise PermissionDenied
        if not settings.RATES_SOURCE:
            self.message_user(request, "RATES_SOURCE names no source.", messages.ERROR)
        else:
            attempt = rates.sync(settings.RATES_SOURCE, timezone.now())
            failed = attempt.state == RateSync.State.FAILED
            said = f"The source failed: {attempt.error}. The last rates stay in force."
            self.message_user(
                request,
                said if failed else f"{attempt.get_state_display()}: {attempt.sheet}.",
                messages.ERROR if failed else messages.SUCCESS,
            )
        return redirect(reverse("admin:tools_ratesync_changelist"))

    @admin.display(description="Went", ordering="state")
    def went(self, attempt: RateSync) -> SafeString:
        return badge(attempt.get_state_display(), STATES[attempt.state])
