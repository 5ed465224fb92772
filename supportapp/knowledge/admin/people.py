"""Staff accounts and their groups, with fields that everybody can use and rights that groups give.

Django's own pages have pairs of lists to push names between, which need scripts and have no labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Field, ManyToManyField, QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest

from supportapp.accounts import second_factor
from supportapp.admin_base import signed_in

if TYPE_CHECKING:
    UserAdminBase = UserAdmin[User]
else:
    UserAdminBase = UserAdmin

BOXES: Mapping[type[Field[Any, Any]], Mapping[str, Any]] = {
    ManyToManyField: {"widget": CheckboxSelectMultiple}
}
admin.site.unregister((User, Group))


@admin.register(User)
class PeopleAdmin(UserAdminBase):
    """Who may sign in, and what for: staff get their rights from groups."""

    list_display = ("username", "is_staff", "email", "first_name", "last_name", "last_login")
    list_filter = ("is_staff", "is_active", "groups")
    readonly_fields = ("last_login", "date_joined")
    actions = ("reset_second_factor",)
    filter_horizontal = ()
    formfield_overrides = BOXES
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Rights", {"fields": ("is_active", "is_staff", "groups", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )

    @admin.action(description="Reset the second factor", permissions=["change"])
    def reset_second_factor(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """For who lost phone and codes. Their next log-in sets it up anew."""
        count = sum(second_factor.remove(each, signed_in(request)) for each in people)
        self.message_user(request, f"{count} reset. Make sure that you know who asked.")


@admin.register(Group)
class RolesAdmin(GroupAdmin):
    """What the members of a group may do."""

    filter_horizontal = ()
    formfield_overrides = BOXES
