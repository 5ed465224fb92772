"""What a message is before it is a question: small talk, distress, a wish for a person. Pure."""

from __future__ import annotations

from supportapp.guardrails import patterns
from supportapp.guardrails.values import ALLOWED, Action, Verdict

_EDGES = " \t\n.,!?…:;。！？，、~～\"'"


def inspect(text: str) -> Verdict:
    """Decide whether a question is answered from the articles or with words of our own.

    Text that speaks to a model over our heads is only noted: it is answered from evidence like
    any other question, or not at all.
    """
    if any(pattern.search(text) for pattern in patterns.DISTRESS_ANYWHERE):
        return Verdict(Action.REPLY, "self_harm", "self_harm")
    whole = text.strip(_EDGES)
    for kind, pattern in patterns.WHOLE:
        if pattern.fullmatch(whole):
            return Verdict(Action.REPLY, f"smalltalk.{kind}", kind)
    if any(pattern.search(text) for pattern in patterns.INJECTION_ANYWHERE):
        return Verdict(Action.ALLOW, "injection_structure")
    return ALLOWED
