"""Staff configure models and allowances, try them, and look at calls and costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from supportapp.admin_base import ModelAdmin
from supportapp.gateway import declared, ledger, recording, registry, sealing, trying, wires
from supportapp.gateway.forms import ModelConfigForm
from supportapp.gateway.models import (
    Allowance,
    CallCount,
    ModelCall,
    ModelConfig,
    ModelRoute,
    Purpose,
)
from supportapp.gateway.values import Configured, Source

FOLDER = "admin/gateway/modelconfig"


class ReadOnly:
    """What was recorded is looked at, never changed."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Row:
    """A model as the page shows it; without its key."""

    name: str
    row: ModelConfig | None
    configured: Configured | None

    @property
    def is_readable(self) -> bool:
        """Return whether its key can be used; a new SECRET_KEY makes old ones unreadable."""
        if self.row is None:
            return True
        try:
            sealing.unseal(self.row.sealed_key)
        except sealing.Unreadable:
            return False
        return True

    @property
    def is_enabled(self) -> bool:
        return self.row is None or self.row.is_enabled

    @property
    def is_resting(self) -> bool:
        """Return whether this process leaves it alone after failures."""
        return self.configured is not None and wires.breaker(self.configured.endpoint).is_open

    @property
    def has_key(self) -> bool:
        """Return whether a key is sent with requests."""
        return self.configured is not None and bool(self.configured.endpoint.api_key)

    @property
    def purposes(self) -> str:
        """Return what it is asked for, in words."""
        chosen = frozenset() if self.configured is None else self.configured.purposes
        labels = [Purpose(each).label for each in Purpose.values if each in chosen]
        return ", ".join(labels) or "Everything but moderation"

    @property
    def writes(self) -> str:
        """Return which answers it writes, in words."""
        return "" if self.configured is None else ModelRoute(self.configured.route).label

    @property
    def abilities(self) -> str:
        """Return what it can do, in words."""
        if self.configured is None:
            return ""
        can = self.configured.endpoint.capabilities
        words = {"schema": "JSON schema", "mode": "JSON mode", "none": ""}
        named = [
            "tools" if can.tools else "",
            words[can.json],
            "streaming" if can.streaming else "",
            "seed" if can.seed else "",
        ]
        return ", ".join(word for word in named if word) or "text only"


def rows() -> list[Row]:
    """Return the environment's models and the configured ones, in the order of their places."""
    found = [(each.position, Row(each.endpoint.name, None, each)) for each in declared.configured()]
    found += [
        (row.position, Row(row.name, row, registry.of(row))) for row in ModelConfig.objects.all()
    ]
    return [row for _, row in sorted(found, key=lambda pair: (pair[0], pair[1].name))]


@admin.register(ModelConfig)
class ModelConfigAdmin(ModelAdmin[ModelConfig]):
    """Models: what there is, in which order it is asked, and whether it works."""

    form = ModelConfigForm
    fieldsets = (
        (None, {"fields": ("name", "provider", "base_url", "wire_name", "is_enabled")}),
        ("Order, purposes and route", {"fields": ("position", "purposes", "route")}),
        (
            "What it can do",
            {
                "fields": (
                    "context_tokens", "has_tools", "json_support", "has_streaming", "has_seed",
                )
            },
        ),
        (
            "Price",
            {
                "fields": ("price_in", "price_out", "price_cached"),
                "description": "US dollars per million tokens. Without them costs aren’t known.",
            },
        ),
    )  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: ModelConfig | None = None) -> Any:
        key = ("api_key", "forget_key") if obj is not None and obj.sealed_key else ("api_key",)
        first, *rest = self.fieldsets
        return (first, ("Key", {"fields": key}), *rest)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.try_view))
        name = "gateway_modelconfig_try"
        return [path("<str:name>/try/", view, name=name), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show every model in the order in which they are asked."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        page = self._context(request) | {"rows": rows(), "title": "Models"}
        return render(request, f"{FOLDER}/models.html", page)

    def try_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """Ask a model, and say what came of it; nothing but the calls is kept."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        row = next((each for each in rows() if each.name == name), None)
        if row is None:
            raise Http404
        if row.configured is None:
            messages.error(request, f"The key of {name} can’t be read. Enter it again.")
            return redirect(reverse("admin:gateway_modelconfig_changelist"))
        with ledger.opened() as noted:
            trial = async_to_sync(trying.run)(row.configured.endpoint, noted)
            calls = list(trial.calls)
        recording.close(noted)
        page = self._context(request) | {"row": row, "trial": trial, "calls": calls}
        if request.headers.get("HX-Request"):
            return render(request, f"{FOLDER}/_trial.html", page)
        return render(request, f"{FOLDER}/trial.html", page | {"title": f"Test of {name}"})

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": ModelConfig._meta,
            "may_add": self.has_add_permission(request),
            "may_change": self.has_change_permission(request),
            "environment": Source.ENVIRONMENT,
        }


@admin.register(Allowance)
class AllowanceAdmin(ModelAdmin[Allowance]):
    """What a workspace may use; empty fields mean what the settings say."""

    list_display = (
        "workspace", "are_models_on", "tokens_per_day", "dollars_per_day", "concurrent",
        "visitor_tokens_per_day", "visitor_concurrent",
    )  # fmt: skip
    list_select_related = ("workspace",)


@admin.register(ModelCall)
class ModelCallAdmin(ReadOnly, ModelAdmin[ModelCall]):
    """Single calls, newest first."""

    list_display = (
        "created_at", "purpose", "endpoint", "tokens", "cost", "first_token", "speed", "end",
    )  # fmt: skip
    list_filter = ("purpose", "endpoint", "error", "created_at")
    search_fields = ("=turn_id", "model")
    search_help_text = "A turn’s id, or the name of a snapshot"
    show_full_result_count = False
    list_per_page = 50

    @admin.display(description="tokens")
    def tokens(self, call: ModelCall) -> str:
        if not call.tokens_in and not call.tokens_out:
            return "–"
        about = "about " if call.is_estimated else ""
        cached = f" ({call.tokens_cached:,} cached)" if call.tokens_cached else ""
        return f"{about}{call.tokens_in:,}{cached} in, {call.tokens_out:,} out"

    @admin.display(description="first token", ordering="first_token_ms")
    def first_token(self, call: ModelCall) -> str:
        return "–" if call.first_token_ms is None else f"{call.first_token_ms:.0f} ms"

    @admin.display(description="speed", ordering="tokens_per_second")
    def speed(self, call: ModelCall) -> str:
        return "–" if call.tokens_per_second is None else f"{call.tokens_per_second:.0f} a second"

    @admin.display(description="end", ordering="error")
    def end(self, call: ModelCall) -> str:
        return call.error or call.finish_reason


@admin.register(CallCount)
class CallCountAdmin(ReadOnly, ModelAdmin[CallCount]):
    """What each day came to."""

    list_display = (
        "day", "purpose", "endpoint", "error", "calls", "tokens_in", "tokens_out", "cost",
        "mean_first_token",
    )  # fmt: skip
    list_filter = ("day", "purpose", "endpoint")
    date_hierarchy = "day"

    @admin.display(description="mean first token")
    def mean_first_token(self, count: CallCount) -> str:
        begun = sum(count.first_token_counts)
        return f"{count.first_token_seconds / begun * 1000:.0f} ms" if begun else "–"
