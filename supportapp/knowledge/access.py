"""Who may read what. Every page that shows an article asks here."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, PermissionsMixin

from supportapp.knowledge.models import Audience

EVERYONE = frozenset({Audience.PUBLIC.value})
CUSTOMERS = EVERYONE | {Audience.CUSTOMERS.value}
STAFF = CUSTOMERS | {Audience.STAFF.value}


def chat_audiences(user: AbstractBaseUser | AnonymousUser) -> frozenset[str]:
    """Return what answers to this user's own questions may rest on: never staff articles."""
    return CUSTOMERS if user.is_authenticated else EVERYONE


def visible_audiences(user: AbstractBaseUser | AnonymousUser) -> frozenset[str]:
    """Return the audiences whose articles this user may open in the help centre and staff tools."""
    if isinstance(user, PermissionsMixin) and is_staff_reader(user):
        return STAFF
    return chat_audiences(user)


def is_staff_reader(user: AbstractBaseUser | AnonymousUser | PermissionsMixin) -> bool:
    """Say whether the user works here and may read every article."""
    return (
        isinstance(user, PermissionsMixin)
        and bool(getattr(user, "is_staff", False))
        and user.has_perm("knowledge.view_article")
    )
