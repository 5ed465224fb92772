"""Gold items: judged before, seeded in blind among the others, to see how well people judge."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from supportapp.review.models import Annotation, ReviewItem


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How often one reviewer said of gold items what is known of them."""

    reviewer: str
    right: int
    seen: int

    @property
    def percent(self) -> float:
        return 100 * self.right / self.seen if self.seen else 0.0


def due(reviewer: User, *, reason: str = "", skipped: Sequence[int] = ()) -> ReviewItem | None:
    """Return a gold item that it is time for; None where it isn't, or the reviewer saw all.

    It looks like every other item, so it must come like every other: under the same filter, and
    after a number of verdicts that nobody can count on.
    """
    if settings.REVIEW_GOLD_PERCENT <= 0:
        return None
    unseen = unseen_by(reviewer).exclude(pk__in=skipped)
    if reason:
        unseen = unseen.filter(reason=reason)
    count = Annotation.objects.filter(reviewer=reviewer).count()
    if not is_turn_of(reviewer.pk, count):
        return None
    return unseen.select_related("turn__conversation__workspace").order_by("pk").first()


def unseen_by(reviewer: User) -> QuerySet[ReviewItem]:
    """Return the gold items on which this person never said anything, and didn't make gold."""
    said = Annotation.objects.filter(item=OuterRef("pk"), reviewer=reviewer)
    return (
        ReviewItem.objects.filter(~Exists(said), turn__conversation__deleted_at=None)
        .exclude(gold_verdict="")
        .exclude(gold_by=reviewer)
    )


def is_turn_of(reviewer: int, count: int) -> bool:
    """Draw the share by person and number of verdicts: the same until one more is given."""
    drawn = int.from_bytes(hashlib.sha256(f"{reviewer}:{count}".encode()).digest()[:4], "big")
    return drawn % 10_000 < settings.REVIEW_GOLD_PERCENT * 100


def make(item: ReviewItem, by: User) -> bool:
    """Take the verdict that stands as known to be right. False where none stands."""
    standing = Annotation.objects.standing().filter(item=item).first()
    if standing is None:
        return False
    changed = ReviewItem.objects.filter(pk=item.pk, state=ReviewItem.State.DONE).update(
        gold_verdict=standing.verdict, gold_by=by
    )
    return bool(changed)


def unmake(item: ReviewItem) -> None:
    """Let an item be gold no longer; what was said of it as gold stays out of all labels."""
    ReviewItem.objects.filter(pk=item.pk).update(gold_verdict="", gold_by=None)


def accuracies() -> list[Accuracy]:
    """Return each reviewer's rate, who saw most first. For leads."""
    said = Annotation.objects.live().filter(role=Annotation.Role.GOLD)
    said = said.exclude(item__gold_verdict="")
    rows = said.values("reviewer__username").annotate(
        seen=Count("pk"), right=Count("pk", filter=Q(verdict=F("item__gold_verdict")))
    )
    found = [Accuracy(row["reviewer__username"], row["right"], row["seen"]) for row in rows]
    return sorted(found, key=lambda each: (-each.seen, each.reviewer))
