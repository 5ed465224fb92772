"""Staff accounts and their groups, with fields that everybody can use and rights that groups give.

Django's own pages have pairs of lists to push names between, which need scripts and have no labels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Field, ManyToManyField
from django.forms import CheckboxSelectMultiple

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
    filter_horizontal = ()
    formfield_overrides = BOXES
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Rights", {"fields": ("is_active", "is_staff", "groups", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )


@admin.register(Group)
class RolesAdmin(GroupAdmin):
    """What the members of a group may do."""

    filter_horizontal = ()
    formfield_overrides = BOXES
