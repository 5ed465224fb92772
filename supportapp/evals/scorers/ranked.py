"""Whether the search proposed the right articles, and how high: recall, MRR, nDCG. Pure.

The measures are those of trec_eval, as `evals/ranking.py` has them, over articles.
"""

from __future__ import annotations

from supportapp.evals import ranking
from supportapp.evals.values import Answered, Known, Score

RECALL, MRR, NDCG = "recall@5", "mrr@10", "ndcg@10"


def scores(answered: Answered, known: Known) -> dict[str, Score]:
    """Return all three; nothing where no article is known to answer, or nothing was searched."""
    grades = dict.fromkeys(known.articles, 1)
    if not grades or (not answered.ranked and "evidence" not in answered.receipt):
        return {}
    ranked = answered.ranked
    places = [ranked.index(slug) + 1 for slug in known.articles if slug in ranked]
    missing = [slug for slug in known.articles if slug not in ranked]
    note = f"found at {', '.join(map(str, sorted(places)))}" if places else ""
    if missing:
        note = "; ".join(filter(None, [note, f"not found: {', '.join(missing)}"]))
    return {
        RECALL: Score(ranking.recall(ranked, grades, 5), note),
        MRR: Score(ranking.reciprocal_rank(ranked, grades, 10), note),
        NDCG: Score(ranking.ndcg(ranked, grades, 10), note),
    }
