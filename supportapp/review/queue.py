"""The queue: who looks at what, so that two people don't do one item."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from supportapp.review.models import Annotation, ReviewItem

LOCK = timedelta(minutes=10)


@dataclass(frozen=True)
class Progress:
    """Counts for the head of the queue."""

    open: int
    done_today: int
    mine_today: int


def open_items(reason: str = "") -> QuerySet[ReviewItem]:
    """Return what waits, most urgent first."""
    items = ReviewItem.objects.filter(state=ReviewItem.State.OPEN)
    if reason:
        items = items.filter(reason=reason)
    return items.select_related("turn", "assignee").order_by("-priority", "created_at")


def free_items(reviewer: User, now: datetime, reason: str = "") -> QuerySet[ReviewItem]:
    """Return what waits and no one else is looking at."""
    return open_items(reason).filter(
        Q(locked_until__lt=now) | Q(locked_until=None) | Q(assignee=reviewer)
    )


def take(item: ReviewItem, reviewer: User, now: datetime) -> bool:
    """Lock an item for a reviewer for ten minutes; False where someone else was first."""
    taken = ReviewItem.objects.filter(
        Q(locked_until__lt=now) | Q(locked_until=None) | Q(assignee=reviewer),
        pk=item.pk,
        state=ReviewItem.State.OPEN,
    ).update(assignee=reviewer, locked_until=now + LOCK)
    return taken == 1


def take_next(
    reviewer: User, now: datetime, *, reason: str = "", skipped: Sequence[int] = ()
) -> ReviewItem | None:
    """Lock and return the next free item; None where there is none but skipped ones."""
    for item in free_items(reviewer, now, reason).exclude(pk__in=skipped)[:20]:
        if take(item, reviewer, now):
            return item
    return None


def holder(item: ReviewItem, reviewer: User, now: datetime) -> User | None:
    """Return who else is looking at an item."""
    if item.state != ReviewItem.State.OPEN or item.assignee is None or item.assignee == reviewer:
        return None
    return item.assignee if item.locked_until and item.locked_until > now else None


def release(item_id: int, reviewer: User) -> None:
    """Let go of an item without a verdict."""
    ReviewItem.objects.filter(pk=item_id, assignee=reviewer, state=ReviewItem.State.OPEN).update(
        assignee=None, locked_until=None
    )


def progress(reviewer: User, now: datetime) -> Progress:
    """Count what waits and what was done since midnight."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    today = Annotation.objects.filter(created_at__gte=midnight, undone_at__isnull=True)
    return Progress(
        open=ReviewItem.objects.filter(state=ReviewItem.State.OPEN).count(),
        done_today=today.count(),
        mine_today=today.filter(reviewer=reviewer).count(),
    )
