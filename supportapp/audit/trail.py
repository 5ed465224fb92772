"""Write down who did what. Never what customers wrote: ids, counts and codes."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from supportapp.audit.models import AuditEvent

Action = AuditEvent.Action


def note(
    action: AuditEvent.Action,
    *,
    actor: AbstractBaseUser | AnonymousUser | None = None,
    subject: str = "",
    **details: Any,
) -> AuditEvent:
    """Write one row, in the caller's transaction: what was rolled back didn't happen."""
    known = actor if isinstance(actor, AbstractBaseUser) and actor.pk else None
    return AuditEvent.objects.create(
        action=action,
        actor_id=known.pk if known else None,
        actor=known.get_username() if known else "",
        subject=subject[:200],
        details=details,
    )
