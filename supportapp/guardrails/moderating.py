"""What follows from a moderation model's judgement: a verdict. Pure.

Distress is met with help and a person, whatever else applies; everything else that is flagged is
held back. A judgement that can't be had lets the text through, with a note, unless the workspace
requires one.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence

from supportapp.guardrails.switches import Guards
from supportapp.guardrails.values import ALLOWED, Action, Verdict
from supportapp.llm.errors import ModelError
from supportapp.llm.moderation import Moderation

GUARD, REQUIRED, ANSWERS = "moderation", "moderation_required", "moderated_answers"
UNAVAILABLE = "moderation.unavailable"
SELF_HARM = "moderation.self_harm"
Moderate = Callable[[Sequence[str]], Awaitable[Sequence[Moderation]]]
_UNFIT = re.compile(r"[^a-z0-9]+")
_LONGEST = 40


async def judged(text: str, moderate: Moderate, guards: Guards, guard: str = GUARD) -> Verdict:
    """Return the verdict on a text. One without a judgement has the code `UNAVAILABLE`."""
    try:
        (moderation,) = await moderate([text])
    except ModelError:
        if guards.has(REQUIRED):
            return Verdict(Action.BLOCK, UNAVAILABLE, "moderation_away", guard)
        return Verdict(Action.ALLOW, UNAVAILABLE, guard=guard)
    return verdict(moderation, guard)


def verdict(moderation: Moderation, guard: str = GUARD) -> Verdict:
    """Return what is to be done about a judgement."""
    if not moderation.is_flagged:
        return ALLOWED
    named = sorted(moderation.categories, key=lambda each: -moderation.scores.get(each, 0.0))
    codes = [_UNFIT.sub("_", each.lower()).strip("_")[:_LONGEST] for each in named]
    if any(each.startswith("self_harm") for each in codes):
        return Verdict(Action.REPLY, SELF_HARM, "self_harm", guard)
    return Verdict(Action.BLOCK, f"moderation.{next(iter(codes), 'flagged')}", "moderated", guard)
