"""A reviewer's verdict on one turn, and how to take it back."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from supportapp.review import approvals
from supportapp.review.models import Annotation, ReviewItem


@dataclass(frozen=True)
class Taken:
    """Somebody else judged or is judging the item: nothing was stored."""

    by: str


def annotate(
    item: ReviewItem, reviewer: User, *, verdict: str, note: str, now: datetime
) -> Annotation | Taken:
    """Store one verdict and close the item, if it is this reviewer's to judge.

    Sending the same verdict again (a double key press) returns the one that is stored.
    """
    with transaction.atomic():
        locked = ReviewItem.objects.select_for_update().get(pk=item.pk)
        stored = locked.annotations.filter(undone_at__isnull=True).first()
        if stored is not None:
            same = stored.reviewer_id == reviewer.pk and stored.verdict == verdict
            return stored if same else Taken(stored.reviewer.get_username())
        held = locked.locked_until and locked.locked_until > now
        if held and locked.assignee is not None and locked.assignee != reviewer:
            return Taken(locked.assignee.get_username())
        annotation = Annotation.objects.create(
            item=locked, reviewer=reviewer, verdict=verdict, note=note
        )
        approvals.promise(annotation)
        locked.state = ReviewItem.State.DONE
        locked.assignee = reviewer
        locked.locked_until = None
        locked.save(update_fields=["state", "assignee", "locked_until"])
    return annotation


def undo(annotation_id: int, reviewer: User, now: datetime) -> ReviewItem | None:
    """Take back one's own verdict; the item waits again. None where there is none to take back."""
    with transaction.atomic():
        annotation = (
            Annotation.objects.select_for_update()
            .filter(pk=annotation_id, reviewer=reviewer, undone_at__isnull=True)
            .first()
        )
        if annotation is None:
            return None
        annotation.undone_at = now
        annotation.save(update_fields=["undone_at"])
        approvals.take_back(annotation)
        ReviewItem.objects.filter(pk=annotation.item_id).update(
            state=ReviewItem.State.OPEN, assignee=reviewer, locked_until=None
        )
    return annotation.item
