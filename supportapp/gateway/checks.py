"""System checks for models and budgets."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from supportapp.gateway import declared

_POSITIVE = ("MODEL_CONNECT_SECONDS", "MODEL_BETWEEN_TOKENS_SECONDS", "MODEL_BREAKER_SECONDS")
_NOT_NEGATIVE = ("MODEL_LONGEST_RETRY_SECONDS", "MODEL_HEDGE_SECONDS", "BUDGET_DOLLARS_PER_DAY")


@register
def numbers_fit(**kwargs: Any) -> list[CheckMessage]:
    """Seconds and dollars are numbers that make sense."""
    found: list[CheckMessage] = [
        Error(f"{name} must be more than 0.", id="gateway.E001")
        for name in _POSITIVE
        if not 0 < getattr(settings, name) < float("inf")
    ]
    found += [
        Error(f"{name} must not be negative.", id="gateway.E002")
        for name in _NOT_NEGATIVE
        if not 0 <= getattr(settings, name) < float("inf")
    ]
    if 0 < settings.ANSWERING_FIRST_TOKEN_SECONDS <= settings.MODEL_HEDGE_SECONDS:
        found.append(
            Error(
                "MODEL_HEDGE_SECONDS must be less than ANSWERING_FIRST_TOKEN_SECONDS.",
                id="gateway.E003",
            )
        )
    return found


@register
def the_models_can_be_read(**kwargs: Any) -> list[CheckMessage]:
    """MODELS is a list of models."""
    try:
        listed = declared.models(settings.MODELS)
    except ValueError as error:
        return [Error(f"MODELS can't be read: {error}.", id="gateway.E004")]
    is_default_set = bool(settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL)
    if any(each.name == declared.DEFAULT for each in listed) and not is_default_set:
        return [
            Warning(
                "MODELS describes “default”, but neither OPENAI_API_KEY nor OPENAI_BASE_URL is "
                "set, so there is no such model.",
                id="gateway.W001",
            )
        ]
    return []
