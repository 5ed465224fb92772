"""Whether the evidence supports the answer: the guards' own check, without a reference. Pure."""

from __future__ import annotations

from supportapp.evals.scorers.looked_at import Look
from supportapp.evals.values import Score

NAME = "support"
GUARDS = frozenset({"support", "figures", "links", "negation"})


def score(look: Look) -> Score:
    """Return the share of the answer's sentences that the evidence supports."""
    faults = look.of(GUARDS)
    said = [f"{each.finding.code}: “{each.sentence[:80]}”" for each in faults]
    return Score(1 - len(faults) / max(look.sentences, 1), "; ".join(said))
