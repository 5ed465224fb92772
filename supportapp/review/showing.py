"""One queued turn as its reviewer sees it: question, answer, evidence, receipt, what was said."""

import json
from dataclasses import dataclass

from supportapp.conversations.models import Citation, Handoff, SpanRecord, Turn
from supportapp.gateway.models import ModelCall
from supportapp.knowledge.rendering import to_html
from supportapp.review.models import Annotation, Feedback, ReviewItem, Signal

# One key per verdict, in the order in which they are shown.
KEYS = [
    ("g", Annotation.Verdict.GOOD),
    ("w", Annotation.Verdict.WRONG),
    ("i", Annotation.Verdict.INCOMPLETE),
    ("d", Annotation.Verdict.SHOULD_DECLINE),
    ("a", Annotation.Verdict.SHOULD_ANSWER),
    ("t", Annotation.Verdict.BAD_TONE),
]
# What a reviewer must know beside the text; that a question was answered is plain to see.
OUTCOMES = {
    "no_evidence": "Said it doesn't know",
    "blocked": "Declined by a guardrail",
    "smalltalk": "Small talk",
}
EARLIER = 6


@dataclass(frozen=True)
class ItemView:
    """Everything that a reviewer needs to judge a turn without opening another page."""

    item: ReviewItem
    turn: Turn
    answer_html: str
    citations: list[Citation]
    spans: list[SpanRecord]
    calls: list[ModelCall]
    feedback: list[Feedback]
    signals: list[Signal]
    earlier: list[Turn]
    handoffs: list[Handoff]
    outcome: str
    annotation: Annotation | None
    receipt_text: str


def item_view(item: ReviewItem) -> ItemView:
    """Gather one item's view, each part by one query."""
    turn = item.turn
    earlier = turn.conversation.turns.filter(
        position__lt=turn.position, superseded_by__isnull=True
    ).order_by("-position")[:EARLIER]
    return ItemView(
        item=item,
        turn=turn,
        answer_html=to_html(turn.answer),
        citations=list(turn.citations.select_related("passage", "revision", "article__published")),
        spans=list(turn.spans.all()),
        calls=list(ModelCall.objects.filter(turn_id=turn.pk).order_by("pk")),
        feedback=list(turn.feedback.all()),
        signals=list(turn.signals.order_by("created_at")),
        earlier=list(reversed(earlier)),
        handoffs=list(turn.handoffs.all()),
        outcome=OUTCOMES.get(turn.outcome, ""),
        annotation=item.annotations.filter(undone_at__isnull=True)
        .select_related("reviewer")
        .first(),
        receipt_text=json.dumps(turn.receipt, indent=2, ensure_ascii=False),
    )
