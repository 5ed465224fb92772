"""Watch the memory: a sample of hits is answered anew beside, and both answers are compared."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.utils import timezone

from supportapp.caching import keeping, knobs, likeness
from supportapp.caching.models import RememberedAnswer, ShadowAnswer
from supportapp.knowledge.embeddings import current_embedder
from supportapp.llm.errors import EmbeddingUnavailable

State = ShadowAnswer.State
# Two writings of one answer lie nearer than this.
SAME_FROM = 0.7
# A calibration listens to the shipped curve as much as to so many hits.
PRIOR_HITS = 50
FEWEST_JUDGED = 20
_PARTS = 100_000


def is_chosen(share: float, turn: UUID) -> bool:
    """Return whether this turn's hit is one of the sample; the same whenever it is asked."""
    return turn.int % _PARTS < share * _PARTS


def ask(remembered_id: int, turn: UUID, question: str, alike: float) -> ShadowAnswer | None:
    """Write down that a hit shall be answered anew; None where it is known already."""
    if not RememberedAnswer.objects.filter(pk=remembered_id).exists():
        return None
    shadow, is_new = ShadowAnswer.objects.get_or_create(
        turn=turn,
        defaults={"remembered_id": remembered_id, "question": question, "likeness": alike},
    )
    return shadow if is_new else None


def judge(shadow: ShadowAnswer, answer: str, articles: Collection[int]) -> str:
    """Compare the answer given anew with the one served; returns the state.

    They agree where they cite a common article and say nearly the same. Where they don't, the
    remembered one goes; an approved one is marked for its approvers.
    """
    kept = shadow.remembered
    cited = kept.passages.filter(number__isnull=False)
    before = set(cited.values_list("passage__article", flat=True))
    union = before | set(articles)
    shared = len(before & set(articles)) / len(union) if union else 0.0
    try:
        one, other = current_embedder().embed([kept.answer, answer or "-"])
    except EmbeddingUnavailable:
        return _closed(shadow, State.FAILED, answer, None, shared)
    similarity = float(one @ other)
    agrees = bool(answer) and shared > 0 and similarity >= SAME_FROM
    if not agrees:
        keeping.retire(
            RememberedAnswer.objects.filter(pk=kept.pk), RememberedAnswer.Reason.DISAGREED
        )
    return _closed(shadow, State.AGREES if agrees else State.DIFFERS, answer, similarity, shared)


def failed(shadow: ShadowAnswer) -> str:
    """Note that no answer could be had."""
    return _closed(shadow, State.FAILED, "", None, None)


def _closed(
    shadow: ShadowAnswer, state: str, answer: str, similarity: float | None, shared: float | None
) -> str:
    ShadowAnswer.objects.filter(pk=shadow.pk, state=State.WAITING).update(
        state=state,
        answer=answer,
        similarity=similarity,
        shared_sources=shared,
        judged_at=timezone.now(),
    )
    return state


def judged(workspace_id: int) -> list[tuple[float, bool]]:
    """Return each judged hit's likeness and whether it was wrong; staff have the last word."""
    rows = ShadowAnswer.objects.filter(
        remembered__workspace=workspace_id, state__in=(State.AGREES, State.DIFFERS)
    ).values_list("likeness", "state", "is_wrong")
    return [
        (alike, state == State.DIFFERS if is_wrong is None else is_wrong)
        for alike, state, is_wrong in rows
    ]


def threshold_for(budget: float, hits: Collection[tuple[float, bool]]) -> float:
    """Return the lowest threshold whose expected share of wrong hits is within the budget.

    What is expected is what the shipped data say, moved by what was observed.
    """
    start = knobs.shipped(budget)
    if len(hits) < FEWEST_JUDGED:
        return start
    known = sorted(likeness.thresholds().items())
    candidates = sorted({threshold for _, threshold in known} | {alike for alike, _ in hits})
    for threshold in candidates:
        above = [wrong for alike, wrong in hits if alike >= threshold]
        expected = min((b for b, each in known if each <= threshold), default=known[-1][0])
        share = (expected * PRIOR_HITS + sum(above)) / (PRIOR_HITS + len(above))
        if share <= budget:
            return threshold
    return knobs.STRICTEST
