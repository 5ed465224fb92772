"""Staff see what is remembered, approve, edit, renew and retire it, and watch the shadows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from supportapp.admin_base import ModelAdmin, TabularInline, signed_in
from supportapp.caching import calibrating, keeping
from supportapp.caching.keeping import NotApprovable
from supportapp.caching.models import (
    MemoryPolicy,
    RememberedAnswer,
    RememberedPassage,
    ShadowAnswer,
)
from supportapp.knowledge.admin.listing import badge

State = RememberedAnswer.State
KINDS = {State.LIVE: "ok", State.STALE: "warning", State.RETIRED: ""}
SHADOW_KINDS = {
    ShadowAnswer.State.AGREES: "ok",
    ShadowAnswer.State.DIFFERS: "danger",
    ShadowAnswer.State.FAILED: "warning",
    ShadowAnswer.State.WAITING: "",
}


class ApprovedFilter(admin.SimpleListFilter):
    """Who answers for it: people, and until when, or the model alone."""

    title = "approval"
    parameter_name = "approval"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("approved", "Approved"), ("due", "Approved, to be renewed"), ("none", "Not")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[RememberedAnswer]
    ) -> QuerySet[RememberedAnswer]:
        match self.value():
            case "approved":
                return queryset.filter(approved_at__isnull=False)
            case "due":
                lapsed = Q(review_by__lt=timezone.localdate()) | Q(state=State.STALE)
                return queryset.filter(lapsed, approved_at__isnull=False)
            case "none":
                return queryset.filter(approved_at__isnull=True)
        return queryset


class PassageInline(TabularInline[RememberedPassage, RememberedAnswer]):
    model = RememberedPassage
    fields = ("number", "passage", "quote", "generation")
    readonly_fields = fields
    extra = 0
    can_delete = False
    verbose_name_plural = "rests on"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[RememberedPassage]:
        return super().get_queryset(request).select_related("passage")


class RememberedAnswerForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes none as it runs
    class Meta:
        model = RememberedAnswer
        fields = ("question", "answer", "review_by")
        widgets = {
            "question": forms.Textarea(attrs={"rows": 2}),
            "answer": forms.Textarea(attrs={"rows": 8}),
        }


@admin.register(RememberedAnswer)
class RememberedAnswerAdmin(ModelAdmin[RememberedAnswer]):
    form = RememberedAnswerForm
    list_display = (
        "__str__",
        "status",
        "approval",
        "served",
        "last_served_at",
        "disagreement",
        "workspace",
    )
    list_filter = ("state", ApprovedFilter, "reason", "language", "workspace")
    search_fields = ("question", "answer")
    search_help_text = "Questions and answers"
    list_select_related = ("workspace", "approved_by")
    show_full_result_count = False
    inlines = (PassageInline,)
    actions = ("renew", "retire")
    readonly_fields = (
        "status",
        "approval",
        "kind",
        "model",
        "prompt",
        "audiences",
        "language",
        "served",
        "regenerated",
        "generation",
        "created_at",
    )
    fieldsets = (
        (None, {"fields": ("question", "answer", "review_by")}),
        ("Where it comes from", {"fields": readonly_fields}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[RememberedAnswer]:
        judged = Q(shadows__state__in=(ShadowAnswer.State.AGREES, ShadowAnswer.State.DIFFERS))
        differs = Q(shadows__state=ShadowAnswer.State.DIFFERS)
        return (
            super()
            .get_queryset(request)
            .annotate(judged=Count("shadows", judged), differing=Count("shadows", differs))
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: RememberedAnswer | None = None
    ) -> bool:
        """Only what people approved is theirs to word; the rest is the model's."""
        may = super().has_change_permission(request, obj)
        return may and (obj is None or obj.is_approved)

    def save_model(
        self, request: HttpRequest, obj: RememberedAnswer, form: Any, change: bool
    ) -> None:
        try:
            keeping.revise(obj, question=obj.question, answer=obj.answer, review_by=obj.review_by)
        except NotApprovable as error:
            self.message_user(request, str(error), messages.ERROR)

    @admin.display(description="State", ordering="state")
    def status(self, kept: RememberedAnswer) -> SafeString:
        word = badge(kept.get_state_display(), KINDS[State(kept.state)])
        why = kept.get_reason_display() if kept.reason else ""
        return format_html('{} <span class="quiet">{}</span>', word, why) if why else word

    @admin.display(description="Approval", ordering="review_by")
    def approval(self, kept: RememberedAnswer) -> SafeString:
        if not kept.is_approved:
            return badge("none")
        if kept.review_by and kept.review_by < timezone.localdate():
            return badge(f"lapsed {kept.review_by:%d %b %Y}", "warning")
        until = f" until {kept.review_by:%d %b %Y}" if kept.review_by else ""
        by = kept.approved_by.get_username() if kept.approved_by else "someone"
        return badge(f"by {by}{until}", "accent")

    @admin.display(description="Shadows that differ")
    def disagreement(self, kept: Any) -> str:
        return f"{kept.differing} of {kept.judged}" if kept.judged else "–"

    @admin.action(description="Renew the approval", permissions=["change"])
    def renew(self, request: HttpRequest, queryset: QuerySet[RememberedAnswer]) -> None:
        by = signed_in(request)
        approved = list(queryset.filter(approved_at__isnull=False))
        done = sum(keeping.renew(kept, by) for kept in approved)
        self.message_user(request, f"{done} renewed.", messages.SUCCESS)
        if done < len(approved):
            left = len(approved) - done
            said = f"{left} rest on text that is gone: ask the question again and approve anew."
            self.message_user(request, said, messages.WARNING)

    @admin.action(description="Take out of use", permissions=["change"])
    def retire(self, request: HttpRequest, queryset: QuerySet[RememberedAnswer]) -> None:
        rows = RememberedAnswer.objects.filter(pk__in=queryset.values("pk"))
        count = keeping.retire(rows, RememberedAnswer.Reason.BY_STAFF)
        self.message_user(request, f"{count} taken out of use.", messages.SUCCESS)


@admin.register(MemoryPolicy)
class MemoryPolicyAdmin(ModelAdmin[MemoryPolicy]):
    list_display = ("workspace", "is_on", "error_budget", "threshold", "shadow_share", "observed")
    fields = (
        "workspace",
        "is_on",
        "error_budget",
        "threshold",
        "shadow_share",
        "observed",
        "calibrated_at",
    )
    readonly_fields = ("observed", "calibrated_at")
    actions = ("calibrate",)

    @admin.display(description="Calibrated on")
    def observed(self, policy: MemoryPolicy) -> str:
        based = policy.calibrated_on
        if not based:
            return "shipped data"
        return f"{based['judged']} judged hits, {based['wrong']} wrong"

    @admin.action(description="Set the threshold by the budget", permissions=["change"])
    def calibrate(self, request: HttpRequest, queryset: QuerySet[MemoryPolicy]) -> None:
        for policy in queryset.select_related("workspace"):
            made = calibrating.calibrate(policy.workspace)
            said = f"{policy.workspace}: {made.threshold:.4f}, {self.observed(made)}."
            self.message_user(request, said, messages.SUCCESS)


@admin.register(ShadowAnswer)
class ShadowAnswerAdmin(ModelAdmin[ShadowAnswer]):
    list_display = ("question", "verdict", "likeness", "similarity", "is_wrong", "created_at")
    list_filter = ("state", "is_wrong", "remembered__workspace")
    list_select_related = ("remembered",)
    show_full_result_count = False
    fields = (
        "question",
        "served",
        "answer",
        "verdict",
        "likeness",
        "similarity",
        "shared_sources",
        "is_wrong",
        "created_at",
    )
    readonly_fields = tuple(name for name in fields if name != "is_wrong")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ShadowAnswer | None = None) -> bool:
        return False

    @admin.display(description="Compared", ordering="state")
    def verdict(self, shadow: ShadowAnswer) -> SafeString:
        return badge(shadow.get_state_display(), SHADOW_KINDS[ShadowAnswer.State(shadow.state)])

    @admin.display(description="Served from memory")
    def served(self, shadow: ShadowAnswer) -> str:
        return f"{shadow.remembered.question} → {shadow.remembered.answer}"
