"""Labels as JSONL, one object a line: what was asked, answered, cited and judged, and by whom.

Every opinion is given away, for whoever compares people; `stands` marks the one that acts. Verdicts
on gold items are about reviewers, and stay here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from supportapp.review.models import Annotation

PAGE = 200


@dataclass(frozen=True, slots=True)
class Exported:
    """One opinion, and whether it is the one that acts."""

    annotation: Annotation
    stands: bool


def labels() -> Iterator[str]:
    """Yield one JSON object per annotation that was not taken back, oldest first."""
    after = 0
    while found := page(after):
        after = found[-1].annotation.pk
        for each in found:
            yield line(each)


def page(after: int) -> list[Exported]:
    """Return the next labels whose ids come after one, few enough to hold in memory."""
    annotations = (
        Annotation.objects.live()
        .filter(pk__gt=after, item__turn__conversation__deleted_at=None)
        .exclude(role=Annotation.Role.GOLD)
        .select_related("item__turn__conversation__workspace", "reviewer")
        .prefetch_related(
            "item__turn__citations__article",
            "item__turn__citations__revision",
            "item__turn__citations__passage",
            "item__turn__feedback",
            "item__turn__signals",
            "labels",
        )
        .order_by("pk")
    )
    found = list(annotations[:PAGE])
    standing = Annotation.objects.standing().filter(pk__in=[each.pk for each in found])
    ids = set(standing.values_list("pk", flat=True))
    return [Exported(each, each.pk in ids) for each in found]


def line(exported: Exported) -> str:
    """Return one label as a line of JSONL, without its line break."""
    return json.dumps(label(exported), ensure_ascii=False, sort_keys=True)


def label(exported: Exported) -> dict[str, object]:
    """Return one label with all that is needed to judge, repeat or train on it."""
    annotation = exported.annotation
    turn = annotation.item.turn
    return {
        "turn": str(turn.pk),
        "workspace": turn.conversation.workspace.slug,
        "asked_at": turn.created_at.isoformat(),
        "question": turn.question,
        "answer": turn.answer,
        "outcome": turn.outcome,
        "kind": turn.kind,
        "model": turn.model,
        "prompt_version": turn.prompt_version,
        "citations": [
            {
                "number": citation.number,
                "article": citation.article.slug,
                "revision": citation.revision.number,
                "passage": citation.passage_id,
                "text": citation.passage.text,
            }
            for citation in turn.citations.all()
        ],
        "feedback": [
            {
                "value": said.value,
                "reasons": said.reasons,
                "comment": said.comment,
                "correction": said.correction,
                "solved": said.solved,
            }
            for said in turn.feedback.all()
        ],
        "signals": sorted({sign.kind for sign in turn.signals.all()}),
        "verdict": annotation.verdict,
        "role": annotation.role,
        "stands": exported.stands,
        "labels": {
            each.question: each.value for each in annotation.labels.all() if each.sentence is None
        },
        "sentences": [
            {"sentence": each.sentence, "text": each.text, each.question: each.value}
            for each in annotation.labels.all()
            if each.sentence is not None
        ],
        "note": annotation.note,
        "reviewer": annotation.reviewer.get_username(),
        "reviewed_at": annotation.created_at.isoformat(),
    }
