"""Standing labels as JSONL, one object a line: what was asked, answered, cited and judged."""

import json
from collections.abc import Iterator

from supportapp.review.models import Annotation

PAGE = 200


def labels() -> Iterator[str]:
    """Yield one JSON object per annotation that was not taken back, oldest first."""
    after = 0
    while found := page(after):
        after = found[-1].pk
        for annotation in found:
            yield line(annotation)


def page(after: int) -> list[Annotation]:
    """Return the next labels whose ids come after one, few enough to hold in memory."""
    annotations = (
        Annotation.objects.filter(undone_at__isnull=True, pk__gt=after)
        .select_related("item__turn__conversation__workspace", "reviewer")
        .prefetch_related(
            "item__turn__citations__article",
            "item__turn__citations__revision",
            "item__turn__citations__passage",
            "item__turn__feedback",
        )
        .order_by("pk")
    )
    return list(annotations[:PAGE])


def line(annotation: Annotation) -> str:
    """Return one label as a line of JSONL, without its line break."""
    return json.dumps(label(annotation), ensure_ascii=False, sort_keys=True)


def label(annotation: Annotation) -> dict[str, object]:
    """Return one label with all that is needed to judge, repeat or train on it."""
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
            {"value": said.value, "reasons": said.reasons, "comment": said.comment}
            for said in turn.feedback.all()
        ],
        "verdict": annotation.verdict,
        "note": annotation.note,
        "reviewer": annotation.reviewer.get_username(),
        "reviewed_at": annotation.created_at.isoformat(),
    }
