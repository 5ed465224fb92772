"""Orders as the shop last told us."""

from __future__ import annotations

from django.contrib import admin

from supportapp.tools.admin.kept import KeptAdmin
from supportapp.tools.models import Order


@admin.register(Order)
class OrderAdmin(KeptAdmin[Order]):
    list_display = ("number", "customer", "item", "state", "ordered_on", "updated_at")
    list_filter = ("state", "workspace")
    search_fields = ("number", "customer")
    search_help_text = "Order number or account"
