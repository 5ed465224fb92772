"""Log-ins, failed ones, and changes of rights, as Django tells them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AbstractUser, Group, User
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_save, pre_save

from supportapp.audit import trail
from supportapp.audit.trail import Action

RIGHTS = ("is_active", "is_staff", "is_superuser")
NEW = {"is_active": True, "is_staff": False, "is_superuser": False}
BEFORE = "_rights_before"


def listen() -> None:
    """Connect once, when the app is ready."""
    user_logged_in.connect(_signed_in, dispatch_uid="audit-signed-in")
    user_login_failed.connect(_failed, dispatch_uid="audit-failed")
    pre_save.connect(_remember, sender=User, dispatch_uid="audit-before")
    post_save.connect(_rights, sender=User, dispatch_uid="audit-rights")
    for through in (User.groups.through, User.user_permissions.through, Group.permissions.through):
        m2m_changed.connect(_given, sender=through, dispatch_uid=f"audit-{through.__name__}")


def _signed_in(user: AbstractUser, **_: Any) -> None:
    if user.is_staff:
        trail.note(Action.SIGNED_IN, actor=user, subject=_name(user))


def _failed(credentials: dict[str, Any], **_: Any) -> None:
    # The name as typed may be a password typed into the wrong field: only accounts are named.
    account = User.objects.filter(username=str(credentials.get("username", ""))[:150]).first()
    subject = _name(account) if account else "an account that doesn't exist"
    trail.note(Action.SIGN_IN_FAILED, subject=subject)


def _remember(instance: User, raw: bool, update_fields: Iterable[str] | None, **_: Any) -> None:
    before = None
    if instance.pk and not raw and set(RIGHTS) & set(update_fields or RIGHTS):
        before = User.objects.filter(pk=instance.pk).values(*RIGHTS).first()
    vars(instance)[BEFORE] = before


def _rights(instance: User, created: bool, **_: Any) -> None:
    before = NEW if created else vars(instance).pop(BEFORE, None)
    if before is None:
        return
    after = {name: getattr(instance, name) for name in RIGHTS}
    if changed := {name: value for name, value in after.items() if value != before[name]}:
        trail.note(Action.ROLE_CHANGED, subject=_name(instance), **changed)


def _given(
    instance: Model, action: str, model: type[Model], pk_set: set[int] | None, **_: Any
) -> None:
    if action == "post_clear" or (pk_set and action in ("post_add", "post_remove")):
        what: dict[str, Any] = {f"{model._meta.model_name}s": sorted(pk_set or ())}
        change = action.removeprefix("post_")
        trail.note(Action.ROLE_CHANGED, subject=_name(instance), change=change, **what)


def _name(instance: Model) -> str:
    return f"{instance._meta.model_name} {instance.pk}"
