"""Feedback, signals and labels as they are stored; judging happens in the queue."""

from typing import TypeVar

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from supportapp.admin_base import ModelAdmin
from supportapp.review.calibration_admin import CalibrationAdmin
from supportapp.review.models import Annotation, Feedback, ReviewItem, Signal

__all__ = ["AnnotationAdmin", "CalibrationAdmin", "FeedbackAdmin", "ReviewItemAdmin", "SignalAdmin"]

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
    list_display = ("turn_id", "value", "reasons", "comment", "updated_at")
    list_filter = ("value",)
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
    list_display = ("item_id", "verdict", "reviewer", "note", "created_at", "undone_at")
    list_filter = ("verdict",)
    list_select_related = ("reviewer",)
