"""A reviewer's verdict on one turn, how to take it back, and what several say together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction

from supportapp.review import approvals, labelling
from supportapp.review.models import Annotation, Label, ReviewItem

Role, State = Annotation.Role, ReviewItem.State
LOCK = timedelta(minutes=10)


@dataclass(frozen=True)
class Taken:
    """Somebody else judged or is judging the item: nothing was stored."""

    by: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with what was answered beside it: yes or no, of the whole and of sentences."""

    verdict: str
    note: str = ""
    labels: Mapping[str, bool] = field(default_factory=dict)
    sentences: Mapping[int, bool] = field(default_factory=dict)


def annotate(
    item: ReviewItem, reviewer: User, judged: Judgement, now: datetime
) -> Annotation | Taken:
    """Store one verdict, if the item is this reviewer's to judge, and close it once that is due.

    Sending the same verdict again (a double key press) returns the one that is stored. A gold item
    is open to everybody once and stays as it is.
    """
    with transaction.atomic():
        locked = ReviewItem.objects.select_for_update().select_related("turn").get(pk=item.pk)
        mine = locked.annotations.live().filter(reviewer=reviewer).first()
        if mine is not None:
            return mine if mine.verdict == judged.verdict else Taken(reviewer.get_username())
        role = role_of(locked)
        if role is None or (role != Role.GOLD and _is_held(locked, reviewer, now)):
            return Taken(_who(locked))
        annotation = Annotation.objects.create(
            item=locked, reviewer=reviewer, role=role, verdict=judged.verdict, note=judged.note
        )
        _store_labels(annotation, locked, judged)
        if role != Role.GOLD:
            _conclude(locked, now)
    return annotation


def role_of(item: ReviewItem) -> str | None:
    """Return as what one more verdict on the item would count; None where none is wanted."""
    if item.state == State.OPEN:
        return Role.OPINION
    if item.state == State.DISPUTED:
        return Role.ADJUDICATION
    return Role.GOLD if item.gold_verdict else None


def undo(annotation_id: int, reviewer: User, now: datetime) -> ReviewItem | None:
    """Take back one's own verdict; the item waits again. None where there is none to take back."""
    with transaction.atomic():
        mine = Annotation.objects.live().filter(pk=annotation_id, reviewer=reviewer).first()
        if mine is None:
            return None
        item = ReviewItem.objects.select_for_update().get(pk=mine.item_id)
        taken_back = Annotation.objects.live().filter(pk=mine.pk).update(undone_at=now)
        if not taken_back:
            return None
        if mine.role != Role.GOLD:
            _conclude(item, now)
            if item.state != State.DONE:
                item.locked_by, item.locked_until = reviewer, now + LOCK
                item.save(update_fields=["locked_by", "locked_until"])
    return item


def _conclude(item: ReviewItem, now: datetime) -> None:
    """Set the item's state by what stands now; whatever stands acts, whatever fell doesn't."""
    standing = list(item.annotations.live().exclude(role=Role.GOLD).order_by("pk"))
    settled = [each for each in standing if each.role == Role.ADJUDICATION]
    verdicts = {each.verdict for each in standing}
    if settled:
        state = State.DONE
    elif len(standing) < item.wanted:
        state = State.OPEN
    else:
        state = State.DONE if len(verdicts) == 1 else State.DISPUTED
    item.state = state
    item.done_at = now if state == State.DONE else None
    item.locked_by = item.locked_until = None
    item.assignee = item.assignee if state == State.DONE else None
    item.save(update_fields=["state", "done_at", "locked_by", "locked_until", "assignee"])
    if state == State.DONE:
        approvals.promise(settled[0] if settled else standing[0])
    else:
        approvals.take_back(item.turn_id)


def _is_held(item: ReviewItem, reviewer: User, now: datetime) -> bool:
    is_locked = item.locked_until is not None and item.locked_until > now
    return is_locked and item.locked_by_id not in (None, reviewer.pk)


def _who(item: ReviewItem) -> str:
    if item.state == State.DONE:
        first = item.annotations.live().exclude(role=Role.GOLD).first()
        return first.reviewer.get_username() if first else ""
    return item.locked_by.get_username() if item.locked_by else ""


def _store_labels(annotation: Annotation, item: ReviewItem, judged: Judgement) -> None:
    """Store what was answered, and what the verdict answers by itself."""
    declined = item.turn.outcome == "no_evidence"
    answers = {**labelling.implied(judged.verdict, declined=declined), **judged.labels}
    rows = [Label(annotation=annotation, question=q, value=v) for q, v in answers.items()]
    parts = labelling.in_sentences(item.turn.answer) if judged.sentences else ()
    rows += [
        Label(
            annotation=annotation,
            question=Label.Question.SUPPORTED,
            value=value,
            sentence=number,
            text=parts[number],
        )
        for number, value in judged.sentences.items()
        if number < len(parts)
    ]
    Label.objects.bulk_create(rows)
