"""The audit, to be read."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from supportapp.admin_base import ModelAdmin
from supportapp.audit.models import AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(ModelAdmin[AuditEvent]):
    """Nobody adds, changes or deletes here; the database would refuse it too."""

    list_display = ("at", "action", "actor", "subject", "details")
    list_filter = ("action",)
    search_fields = ("actor", "subject")
    date_hierarchy = "at"
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
