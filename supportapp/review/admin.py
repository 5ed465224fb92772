"""Feedback, signals and labels as they are stored; judging happens in the queue."""

from calendar import day_abbr
from typing import TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from supportapp.admin_base import ModelAdmin
from supportapp.review.calibration_admin import CalibrationAdmin
from supportapp.review.models import (
    Annotation,
    Consequence,
    Feedback,
    ReviewItem,
    ReviewRule,
    RotaPlace,
    Signal,
    TrainingMark,
)
from supportapp.review.rule_form import RotaForm, RuleForm

__all__ = [
    "AnnotationAdmin",
    "CalibrationAdmin",
    "ConsequenceAdmin",
    "FeedbackAdmin",
    "ReviewItemAdmin",
    "ReviewRuleAdmin",
    "RotaPlaceAdmin",
    "SignalAdmin",
    "TrainingMarkAdmin",
]

M = TypeVar("M", bound=Model)


class ReadOnlyAdmin(ModelAdmin[M]):
    """Rows that only the product writes."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Feedback)
class FeedbackAdmin(ReadOnlyAdmin[Feedback]):
    list_display = ("turn_id", "value", "solved", "reasons", "comment", "correction", "updated_at")
    list_filter = ("value", "solved")
    date_hierarchy = "updated_at"


@admin.register(Signal)
class SignalAdmin(ReadOnlyAdmin[Signal]):
    list_display = ("turn_id", "kind", "created_at")
    list_filter = ("kind",)


@admin.register(ReviewItem)
class ReviewItemAdmin(ReadOnlyAdmin[ReviewItem]):
    list_display = ("turn_id", "reason", "state", "assignee", "created_at")
    list_filter = ("reason", "state")
    list_select_related = ("assignee",)


@admin.register(Annotation)
class AnnotationAdmin(ReadOnlyAdmin[Annotation]):
    list_display = ("item_id", "verdict", "role", "reviewer", "note", "created_at", "undone_at")
    list_filter = ("verdict", "role")
    list_select_related = ("reviewer",)


@admin.register(Consequence)
class ConsequenceAdmin(ReadOnlyAdmin[Consequence]):
    list_display = ("item_id", "kind", "summary", "actor", "created_at", "undone_at")
    list_filter = ("kind",)
    list_select_related = ("actor",)


@admin.register(TrainingMark)
class TrainingMarkAdmin(ReadOnlyAdmin[TrainingMark]):
    list_display = ("turn_id", "kind", "author", "created_at", "undone_at")
    list_filter = ("kind",)
    list_select_related = ("author",)


@admin.register(ReviewRule)
class ReviewRuleAdmin(ModelAdmin[ReviewRule]):
    """Staff's own rules; where a reason has none, the shipped one counts."""

    form = RuleForm
    list_display = (
        "reason",
        "workspace",
        "language",
        "priority",
        "threshold",
        "percent",
        "at_least",
        "is_on",
    )
    list_filter = ("reason", "is_on")
    list_select_related = ("workspace",)


@admin.register(RotaPlace)
class RotaPlaceAdmin(ModelAdmin[RotaPlace]):
    """Who reviews on which days, and how much."""

    form = RotaForm
    list_display = ("user", "is_on", "days", "goal")
    list_filter = ("is_on",)
    list_select_related = ("user",)
    autocomplete_fields = ("user",)

    @admin.display(description="days")
    def days(self, place: RotaPlace) -> str:
        """Name the days."""
        return ", ".join(day_abbr[day] for day in sorted(place.weekdays))
