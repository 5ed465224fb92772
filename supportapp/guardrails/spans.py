"""A stretch of a text that a guard points at. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """What stands between two places of a text."""

    kind: str
    start: int
    end: int
