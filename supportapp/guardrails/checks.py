"""System checks for settings of the guards."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from supportapp.guardrails import catalogue


@register
def guards_are_known(**kwargs: Any) -> list[CheckMessage]:
    """A guard that is switched off by a wrong name would stay on unseen."""
    found: list[CheckMessage] = []
    try:
        catalogue.named(tuple(settings.GUARDRAILS_OFF))
    except ValueError as error:
        found.append(Error(f"GUARDRAILS_OFF: {error}", id="guardrails.E001"))
    if settings.GUARDRAILS_UNSUPPORTED not in {"hold", "mark"}:
        found.append(Error("GUARDRAILS_UNSUPPORTED must be hold or mark.", id="guardrails.E002"))
    return found
