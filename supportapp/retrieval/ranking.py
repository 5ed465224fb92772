"""From what the indexes say to an order of passages, and to what is known about its worth. Pure.

Used by every search, and by staff's trial of a draft: what explains a ranking is what ranked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from supportapp.retrieval import fusion, speech
from supportapp.retrieval.analysis import share_unspaced
from supportapp.retrieval.values import Candidate, Clues
from supportapp.retrieval.view import KeywordView, Signals

# How many of the best are looked at for clues, and how many of them speak for the answer.
LOOKED_AT = 6
EVIDENCE = 3
# Doubt looks further down; a passage this much behind the best weighs 1/e of it.
IN_DOUBT = 20
CLOSE = 0.1


@dataclass(frozen=True, slots=True)
class Ranking:
    """Candidates, best first, and the clues to whether they hold the answer."""

    candidates: tuple[Candidate, ...]
    clues: Clues
    # What made up the candidates' scores, and where each of them stands in it.
    parts: fusion.Parts
    places: tuple[int, ...]

    def parts_of(self, number: int) -> dict[str, float]:
        """Return what each part added to the score of the candidate with this number, from 0."""
        return self.parts.of(self.places[number])


@dataclass(frozen=True, slots=True)
class Proposal:
    """Everything that either index proposes, and what makes up its scores so far."""

    view: KeywordView
    passages: Sequence[int]
    signals: Signals
    similarities: Mapping[int, float]
    nearest: Sequence[int]
    parts: fusion.Parts

    def leading(self, count: int) -> list[int]:
        """Return the best passages so far, in order."""
        order = fusion.order(self.passages, self.parts.scores)
        return [self.passages[place] for place in order[:count]]


def propose(
    view: KeywordView, similarities: Mapping[int, float], nearest: Sequence[int] = ()
) -> Proposal:
    """Gather what either index proposes.

    `similarities` are the cosines of those passages whose vectors are known; `nearest` is the
    vector index's own list, best first.
    """
    passages = list(dict.fromkeys((*view.proposed, *nearest, *similarities)))
    signals = view.signals(passages)
    known = [similarities.get(passage) for passage in passages]
    parts = fusion.parts(known, signals, view.question, view.strongest)
    return Proposal(view, passages, signals, similarities, nearest, parts)


def rank(proposal: Proposal, lines: Mapping[int, float]) -> Ranking:
    """Order what was proposed; `lines` say how near the leading passages' nearest lines are."""
    view, passages, signals = proposal.view, proposal.passages, proposal.signals
    of_lines = np.array([lines.get(passage, np.nan) for passage in passages])
    gains = fusion.line_gains(proposal.parts.named["cosine"], of_lines)
    parts = fusion.with_lines(proposal.parts, gains)
    scores = parts.scores
    order = fusion.order(passages, scores)
    keyword_ranks = {passage: rank for rank, passage in enumerate(view.ranked, start=1)}
    vector_ranks = {passage: rank for rank, passage in enumerate(proposal.nearest, start=1)}
    ordered = [passages[place] for place in order]
    candidates = tuple(
        map(
            Candidate,
            ordered,
            map(keyword_ranks.get, ordered),
            signals.keyword[order].tolist(),
            map(vector_ranks.get, ordered),
            map(proposal.similarities.get, ordered),
            signals.focus[order].tolist(),
            scores[order].tolist(),
        )
    )
    return Ranking(candidates, _clues(view, candidates), parts, tuple(order))


def _clues(view: KeywordView, candidates: Sequence[Candidate]) -> Clues:
    """Gather what is known about the best candidates, cheaply."""
    if not candidates:
        return Clues()
    top = candidates[:LOOKED_AT]
    weights = np.array([word.weight for word in view.words])
    held = view.held([candidate.passage_id for candidate in top])
    total = float(weights.sum())
    missing = weights[~held[:, :EVIDENCE].any(axis=1)]
    return Clues(
        cosine=top[0].vector_score or 0.0,
        coverage=float((weights @ held).max()) / total if total else 0.0,
        missing=float(missing.max(initial=0.0)),
        strength=view.strength,
        margin=top[0].fused_score - top[-1].fused_score,
        doubt=_doubt(candidates[:IN_DOUBT]),
        words=speech.words(view.question),
        unspaced=share_unspaced(view.question),
    )


def _doubt(candidates: Sequence[Candidate]) -> float:
    # Passages that aren't there count as such that have nothing of the question.
    scores = np.zeros(IN_DOUBT)
    scores[: len(candidates)] = [candidate.fused_score for candidate in candidates]
    shares = np.exp((scores - scores.max()) / CLOSE)
    shares /= shares.sum()
    return float(-(shares * np.log(np.maximum(shares, 1e-12))).sum())
