"""What every room's admin builds on: Django's classes as generics, and who is signed in.

The stubs know `ModelAdmin[Article]`; the class that runs can't be subscripted, so ours ignores it.
"""

from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, StackedInline, TabularInline
else:

    class _Subscriptable:
        def __class_getitem__(cls, models: Any) -> type:
            return cls

    class ModelAdmin(_Subscriptable, admin.ModelAdmin):
        """One model's pages."""

    class StackedInline(_Subscriptable, admin.StackedInline):
        """Rows of another model beneath, one under the other."""

    class TabularInline(_Subscriptable, admin.TabularInline):
        """Rows of another model beneath, as a table."""


__all__ = ["FixedAdmin", "ModelAdmin", "StackedInline", "TabularInline", "signed_in"]
Row = TypeVar("Row", bound=Model)


class FixedAdmin(ModelAdmin[Row]):
    """Rows that are made on pages of their own, and never changed or deleted."""

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        """Offer no link to add one."""
        return {**super().get_model_perms(request), "add": False}


def signed_in(request: HttpRequest) -> User:
    """Return who is signed in. The admin lets nobody else in, so anyone else is refused."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
