"""Whether an answer keeps the tone that customers deserve. Pure."""

from __future__ import annotations

import re

from supportapp.evals.scorers.looked_at import Look
from supportapp.evals.values import Answered, Score

NAME = "tone"
_TALK = re.compile(
    r"\bas an? (?:ai|artificial|large) (?:language )?(?:model|assistant)\b|"
    r"\b(?:according to|based on) (?:the|my) (?:provided |given )?(?:context|evidence|passages?)\b|"
    r"\b(?:great|good|excellent) question\b|\bi(?:'m| am) just an? (?:ai|bot)\b",
    re.IGNORECASE,
)


def score(answered: Answered, look: Look) -> Score:
    """Return 0 where a sentence is rude or shouts, a half where it talks like a machine, else 1."""
    if rude := look.of({"tone"}):
        return Score(0.0, f"rude: “{rude[0].sentence[:80]}”")
    if talk := _TALK.search(answered.text):
        return Score(0.5, f"talks of itself: “{talk[0]}”")
    return Score(1.0)
