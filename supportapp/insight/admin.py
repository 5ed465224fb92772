"""The audit of data queries, to be read."""

from django.contrib import admin

from supportapp.insight.models import DataQuery
from supportapp.tools.admin.kept import KeptAdmin


@admin.register(DataQuery)
class DataQueryAdmin(KeptAdmin[DataQuery]):
    list_display = ("created_at", "user", "origin", "question", "rows", "milliseconds", "error")
    list_filter = ("origin", "was_exported")
    list_select_related = ("user",)
    date_hierarchy = "created_at"
