"""Results: stored once each, read back as the answers that they were."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from supportapp.evals.grading import Graded
from supportapp.evals.models import Example, Result, Run


def missing(run: Run) -> list[tuple[Example, int]]:
    """Return the examples and repeats that a run has no result of yet."""
    done = set(run.results.values_list("example_id", "repeat"))
    examples = list(run.dataset.in_version(run.dataset_version))
    return [
        (example, repeat)
        for repeat in range(run.repeats)
        for example in examples
        if (example.pk, repeat) not in done
    ]


@transaction.atomic
def store(run: Run, holder: UUID, example: Example, repeat: int, graded: Graded) -> int | None:
    """Store a result and return how many there are; None where the run isn't held any more."""
    held = Run.objects.select_for_update().filter(pk=run.pk, holder=holder, state=Run.State.RUNNING)
    if not held.exists():
        return None
    _, is_new = Result.objects.get_or_create(
        run=run, example=example, repeat=repeat, defaults=_fields(graded)
    )
    if is_new:
        cost = graded.answered.cost + graded.judge_cost
        held.update(done=F("done") + 1, cost=F("cost") + cost, seen_at=timezone.now())
    return held.values_list("done", flat=True).get()


def _fields(graded: Graded) -> dict[str, object]:
    answered = graded.answered
    return {
        "answer": answered.text,
        "outcome": answered.outcome,
        "kind": answered.kind,
        "citations": [
            {"number": each.number, "slug": each.slug, "title": each.title, "quote": each.quote}
            for each in answered.citations
        ],
        "ranked": list(answered.ranked[:20]),
        "evidence": [
            {"number": each.number, "passage": each.passage_id, "slug": each.slug}
            for each in answered.evidence
        ],
        "notices": list(answered.notices),
        "scores": {name: each.noted() for name, each in graded.scores.items()},
        "tokens_in": answered.tokens_in,
        "tokens_out": answered.tokens_out,
        "cost": answered.cost,
        "judge_cost": graded.judge_cost,
        "milliseconds": answered.milliseconds,
        "first_token_ms": answered.first_token_ms,
        "error": answered.error[:60],
    }
