"""The queue: who looks at what, so that two people don't do one item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from supportapp.review import gold
from supportapp.review.decisions import LOCK
from supportapp.review.models import Annotation, Consequence, ReviewItem, RotaPlace

# What was given to one person is anybody's again after so long.
RESERVED = timedelta(days=2)
TRIED = 20
# What nothing followed from is counted so far, and no further back than so long.
COUNTED = 100
LOOSE = timedelta(days=30)
State = ReviewItem.State
# What a list shows of a turn; its receipt would be most of what is read.
_LISTED = (
    "reason",
    "priority",
    "state",
    "created_at",
    "locked_until",
    "assigned_at",
    "turn__question",
    "assignee__username",
    "locked_by__username",
)


class List:
    """Which part of the work is shown."""

    WAITING, MINE, DISPUTED, OPEN_ENDS = "", "mine", "disputed", "open_ends"
    EVERY = (WAITING, MINE, DISPUTED, OPEN_ENDS)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reviewer wants to see: one reason, one list, one workspace."""

    reason: str = ""
    list: str = List.WAITING
    workspace: int | None = None


EVERYTHING = Filter()


@dataclass(frozen=True)
class Progress:
    """Counts for the head of the queue."""

    open: int
    disputed: int
    open_ends: int
    done_today: int
    mine_today: int
    assigned: int
    goal: int

    @property
    def to_go(self) -> int:
        return max(0, self.goal - self.mine_today)


def listed(reviewer: User, wanted: Filter = EVERYTHING) -> QuerySet[ReviewItem]:
    """Return the items of a list, most urgent first, without those that this person judged."""
    items = _alive().filter(_of_list(wanted.list, reviewer))
    if wanted.reason:
        items = items.filter(reason=wanted.reason)
    if wanted.workspace is not None:
        items = items.filter(turn__conversation__workspace=wanted.workspace)
    if wanted.list != List.OPEN_ENDS:
        items = items.exclude(_judged_by(reviewer))
    order = ("-priority", "created_at")
    return items.order_by(*(("-done_at",) if wanted.list == List.OPEN_ENDS else order))


def shown(items: QuerySet[ReviewItem], most: int) -> list[ReviewItem]:
    """Return the first of a list, with what a list shows and no more."""
    rows = items.select_related("turn", "assignee", "locked_by").only(*_LISTED)
    return list(rows[:most])


def free(items: QuerySet[ReviewItem], reviewer: User, now: datetime) -> QuerySet[ReviewItem]:
    """Return those that no one else is looking at, or has for themselves."""
    return items.filter(_unlocked(reviewer, now), _not_reserved(reviewer, now))


def take(item: ReviewItem, reviewer: User, now: datetime, *, lock: timedelta = LOCK) -> bool:
    """Lock an item for a reviewer for ten minutes; False where someone else was first."""
    taken = ReviewItem.objects.filter(
        _unlocked(reviewer, now), pk=item.pk, state__in=[State.OPEN, State.DISPUTED]
    ).update(locked_by=reviewer, locked_until=now + lock)
    return taken == 1


def take_next(
    reviewer: User,
    now: datetime,
    wanted: Filter = EVERYTHING,
    *,
    skipped: Sequence[int] = (),
    lock: timedelta = LOCK,
) -> ReviewItem | None:
    """Lock and return the next item: now and then a gold one, one's own before anybody's."""
    if wanted.list == List.OPEN_ENDS:
        return None
    if wanted.list == List.WAITING:
        seeded = gold.due(reviewer, reason=wanted.reason, skipped=skipped)
        if seeded is not None:
            return seeded
        mine = replace(wanted, list=List.MINE)
        found = _first(listed(reviewer, mine).exclude(pk__in=skipped), reviewer, now, lock)
        if found is not None:
            return found
    return _first(listed(reviewer, wanted).exclude(pk__in=skipped), reviewer, now, lock)


def holder(item: ReviewItem, reviewer: User, now: datetime) -> User | None:
    """Return who else is looking at an item."""
    if item.state == State.DONE or item.locked_by is None or item.locked_by == reviewer:
        return None
    return item.locked_by if item.locked_until and item.locked_until > now else None


def release(item_id: int, reviewer: User) -> None:
    """Let go of an item without a verdict; what was given to oneself is anybody's again."""
    mine = ReviewItem.objects.filter(pk=item_id).exclude(state=State.DONE)
    mine.filter(locked_by=reviewer).update(locked_by=None, locked_until=None)


def assign(item_id: int, to: User | None, now: datetime) -> bool:
    """Give an item to somebody, or to everybody again. False where it is done."""
    waiting = ReviewItem.objects.filter(pk=item_id).exclude(state=State.DONE)
    if to is None:
        return bool(waiting.update(assignee=None, assigned_at=None))
    unlocked = Q(locked_until__lt=now) | Q(locked_until=None) | Q(locked_by=to)
    waiting.exclude(unlocked).update(locked_by=None, locked_until=None)
    return bool(waiting.update(assignee=to, assigned_at=now))


def progress(reviewer: User, now: datetime) -> Progress:
    """Count what waits and what was done since midnight, in four queries."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    today = Annotation.objects.live().filter(created_at__gte=midnight)
    done = today.aggregate(every=Count("pk"), mine=Count("pk", filter=Q(reviewer=reviewer)))
    unfinished = _alive().exclude(state=State.DONE)
    waiting = unfinished.aggregate(
        open=Count("pk", filter=Q(state=State.OPEN)),
        disputed=Count("pk", filter=Q(state=State.DISPUTED)),
        assigned=Count("pk", filter=Q(state=State.OPEN, assignee=reviewer)),
    )
    place = RotaPlace.objects.filter(user=reviewer).first()
    return Progress(
        **waiting,
        open_ends=listed(reviewer, Filter(list=List.OPEN_ENDS)).order_by()[:COUNTED].count(),
        done_today=done["every"],
        mine_today=done["mine"],
        goal=place.goal if place else 0,
    )


def _alive() -> QuerySet[ReviewItem]:
    """Conversations that their customer deleted are shown to no one."""
    return ReviewItem.objects.filter(turn__conversation__deleted_at=None)


def _of_list(name: str, reviewer: User) -> Q:
    if name == List.MINE:
        return Q(state=State.OPEN, assignee=reviewer)
    if name == List.DISPUTED:
        may = reviewer.has_perm("review.settle_reviewitem")
        return Q(state=State.DISPUTED) if may else Q(pk__in=[])
    if name == List.OPEN_ENDS:
        bad = Annotation.objects.standing().exclude(verdict=Annotation.Verdict.GOOD)
        done = Consequence.objects.filter(item=OuterRef("pk"), undone_at=None)
        recent = Q(state=State.DONE, done_at__gte=timezone.now() - LOOSE)
        return recent & Q(Exists(bad.filter(item=OuterRef("pk"))), ~Exists(done))
    return Q(state=State.OPEN)


def _judged_by(reviewer: User) -> Exists:
    return Exists(Annotation.objects.live().filter(item=OuterRef("pk"), reviewer=reviewer))


def _unlocked(reviewer: User, now: datetime) -> Q:
    return Q(locked_until__lt=now) | Q(locked_until=None) | Q(locked_by=reviewer)


def _not_reserved(reviewer: User, now: datetime) -> Q:
    return Q(assignee=None) | Q(assignee=reviewer) | Q(assigned_at__lt=now - RESERVED)


def _first(
    items: QuerySet[ReviewItem], reviewer: User, now: datetime, lock: timedelta
) -> ReviewItem | None:
    candidates = free(items, reviewer, now).select_related("turn__conversation__workspace")
    for item in candidates[:TRIED]:
        if take(item, reviewer, now, lock=lock):
            return item
    return None
