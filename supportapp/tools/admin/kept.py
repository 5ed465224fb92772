"""Rows that only the product writes."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model
from django.http import HttpRequest

from supportapp.admin_base import ModelAdmin

M = TypeVar("M", bound=Model)


class KeptAdmin(ModelAdmin[M]):
    """To be read, not to be written."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False
