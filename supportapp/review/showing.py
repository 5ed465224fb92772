"""One queued turn as its reviewer sees it: question, answer, evidence, receipt, what was said."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.models import User

from supportapp.conversations.models import Citation, Handoff, SpanRecord, Turn
from supportapp.gateway.models import ModelCall
from supportapp.knowledge.rendering import to_html
from supportapp.review import decisions, labelling, weights
from supportapp.review.models import (
    Annotation,
    Consequence,
    Feedback,
    Label,
    ReviewItem,
    Signal,
)

# One key per verdict, in the order in which they are shown.
KEYS = [
    ("g", Annotation.Verdict.GOOD),
    ("w", Annotation.Verdict.WRONG),
    ("i", Annotation.Verdict.INCOMPLETE),
    ("d", Annotation.Verdict.SHOULD_DECLINE),
    ("a", Annotation.Verdict.SHOULD_ANSWER),
    ("t", Annotation.Verdict.BAD_TONE),
]
# One key per yes-or-no question: pressed again it says no, then nothing.
QUESTION_KEYS = [(str(key), each) for key, each in enumerate(Label.Question, start=1)]
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
    reviewer: User
    may_settle: bool
    citations: list[Citation]
    spans: list[SpanRecord]
    calls: list[ModelCall]
    feedback: list[Feedback]
    signals: list[Signal]
    earlier: list[Turn]
    handoffs: list[Handoff]
    annotations: list[Annotation]
    consequences: list[Consequence]

    @property
    def outcome(self) -> str:
        return OUTCOMES.get(self.turn.outcome, "")

    @cached_property
    def answer_html(self) -> str:
        return to_html(self.turn.answer)

    @property
    def receipt_text(self) -> str:
        return json.dumps(self.turn.receipt, indent=2, ensure_ascii=False)

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        return labelling.in_sentences(self.turn.answer)

    @cached_property
    def weight(self) -> float:
        """What the customer's signs say together."""
        return weights.total(
            (each.kind for each in self.signals), (each.value for each in self.feedback)
        )

    @cached_property
    def mine(self) -> Annotation | None:
        return next((each for each in self.annotations if each.reviewer == self.reviewer), None)

    @cached_property
    def is_open(self) -> bool:
        """Whether this reviewer may judge it: what others said of it stays hidden until then."""
        role = decisions.role_of(self.item)
        if self.mine is not None or role is None:
            return False
        return role != Annotation.Role.ADJUDICATION or self.may_settle

    @property
    def is_settling(self) -> bool:
        return self.is_open and self.item.state == ReviewItem.State.DISPUTED

    @cached_property
    def opinions(self) -> list[Annotation]:
        """What is shown of others' verdicts: nothing while it could sway somebody."""
        counted = [each for each in self.annotations if each.role != Annotation.Role.GOLD]
        if self.is_settling:
            return counted
        if self.is_open or self.item.state != ReviewItem.State.DONE:
            return [self.mine] if self.mine else []
        if self.mine is not None and self.mine.role == Annotation.Role.GOLD:
            return [self.mine]
        return counted

    @cached_property
    def standing(self) -> Annotation | None:
        """The verdict that acts, or one's own while others are still asked."""
        settled = (each for each in self.opinions if each.role == Annotation.Role.ADJUDICATION)
        return next(settled, None) or next(iter(self.opinions), None)

    @property
    def verdict(self) -> str:
        return self.standing.verdict if self.standing and not self.is_open else ""


def item_view(item: ReviewItem, reviewer: User) -> ItemView:
    """Gather one item's view, each part by one query."""
    turn = item.turn
    earlier = (
        turn.conversation.turns.filter(position__lt=turn.position, superseded_by__isnull=True)
        .only("question", "answer", "position")
        .order_by("-position")[:EARLIER]
    )
    said = item.annotations.live().select_related("reviewer").prefetch_related("labels")
    return ItemView(
        item=item,
        turn=turn,
        reviewer=reviewer,
        may_settle=reviewer.has_perm("review.settle_reviewitem"),
        citations=list(turn.citations.select_related("passage", "revision", "article__published")),
        spans=list(turn.spans.all()),
        calls=list(ModelCall.objects.filter(turn_id=turn.pk).order_by("pk")),
        feedback=list(turn.feedback.all()),
        signals=list(turn.signals.order_by("created_at")),
        earlier=list(reversed(earlier)),
        handoffs=list(turn.handoffs.all()),
        annotations=list(said.order_by("pk")),
        consequences=list(
            item.consequences.filter(undone_at=None).select_related("actor").order_by("created_at")
        ),
    )
