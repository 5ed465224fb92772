"""Receipts in words: why a question took its route."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()

# By the codes that receipts keep.
REASONS = {
    "easy": "easy enough for it",
    "hard": "too hard for a cheaper one",
    "critical": "a critical word",
    "failed_before": "an answer before it failed",
    "only_model": "the only model",
    "no_model": "no model was to be asked",
    "policy": "the policy asks no model",
    "budget_low": "little of the day’s budget is left",
    "budget_spent": "the day’s budget is spent",
}


@register.filter
def route_reasons(route: Mapping[str, Any]) -> str:
    """Say why a route was taken; nothing where it needs no reason."""
    return ", ".join(REASONS.get(code, code) for code in route.get("reasons") or ())
