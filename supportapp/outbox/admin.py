"""Staff see what waits, what failed and what was given up, and may send it again."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from supportapp.admin_base import ModelAdmin
from supportapp.outbox.models import OutboxEvent


@admin.register(OutboxEvent)
class OutboxEventAdmin(ModelAdmin[OutboxEvent]):
    list_display = ("task", "state", "attempts", "last_error", "created_at", "done_at")
    list_filter = ("state", "task")
    readonly_fields = [field.name for field in OutboxEvent._meta.fields]
    show_full_result_count = False
    actions = ("send_again",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: OutboxEvent | None = None) -> bool:
        return False

    @admin.action(description="Send again what was given up", permissions=["change"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[OutboxEvent]) -> None:
        count = queryset.filter(state=OutboxEvent.State.DEAD).update(
            state=OutboxEvent.State.WAITING, attempts=0, due_at=timezone.now()
        )
        self.message_user(request, f"{count} will be sent again within seconds.")
